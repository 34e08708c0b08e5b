"""Which cookies of a response are kept, and which go with a request (RFC 6265)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from unit.loopback import RawServer, says

from pytest_apismoke.http.client import Client
from pytest_apismoke.http.cookies import (
    Cookie,
    cookie_header,
    given_cookies,
    kept,
    lifetime_of,
    set_cookies,
)
from pytest_apismoke.http.request import Request

LOGIN = "https://api.example.com/v1/auth/login"
DATE = "Thu, 01 Jan 2026 12:00:00 GMT"


def jar_of(*lines: str, url: str = LOGIN) -> tuple[Cookie, ...]:
    return kept((), set_cookies({"set-cookie": "\n".join(lines), "date": DATE}, url))


def lifetime(*lines: str) -> float | None:
    return lifetime_of(set_cookies({"set-cookie": "\n".join(lines), "date": DATE}, LOGIN))


@pytest.mark.parametrize(
    ("line", "cookie"),
    [
        ("sid=abc; Path=/", Cookie(name="sid", value="abc")),
        ("sid=abc", Cookie(name="sid", value="abc", path="/v1/auth")),
        ("sid=abc; Path=v1", Cookie(name="sid", value="abc", path="/v1/auth")),
        ("sid=abc; path=/; HTTPONLY", Cookie(name="sid", value="abc", is_hidden=True)),
        (' sid = "a b" ; Path=/v1', Cookie(name="sid", value='"a b"', path="/v1")),
        ("sid=a=b==; Path=/; Secure; SameSite=Strict", Cookie(name="sid", value="a=b==")),
        ("sid=abc; Path=/; Domain=.Example.com", Cookie(name="sid", value="abc")),
        ("sid=abc; Path=/; Domain=api.example.com", Cookie(name="sid", value="abc")),
    ],
)
def test_a_cookie_is_kept_with_what_matters_for_one_host(line: str, cookie: Cookie) -> None:
    assert jar_of(line) == (cookie,)


@pytest.mark.parametrize("line", ["", "sid", "=abc", "; Path=/", "sid=a\x00b"])
def test_what_is_no_cookie_is_not_kept(line: str) -> None:
    assert jar_of(line) == ()


@pytest.mark.parametrize("domain", ["evil.example", "other.example.com", "pi.example.com", "e.com"])
def test_a_cookie_of_another_host_is_never_kept(domain: str) -> None:
    [news] = set_cookies({"set-cookie": f"sid=abc; Domain={domain}"}, LOGIN)
    assert (news.refused, kept((), [news])) == (f"it is for the host {domain}", ())


@pytest.mark.parametrize(
    ("url", "is_kept"),
    [
        ("https://api.example.com/in", True),
        ("http://api.example.com/in", False),
        ("http://127.0.0.1:8000/in", True),
        ("http://localhost/in", True),
    ],
)
def test_a_secure_cookie_is_kept_where_nobody_listens(url: str, is_kept: bool) -> None:
    assert bool(jar_of("sid=abc; Secure", url=url)) is is_kept


@pytest.mark.parametrize(
    ("path", "header"),
    [
        ("/", "all=1"),
        ("/v1", "some=2; all=1"),
        ("/v1/", "some=2; all=1"),
        ("/v1/me", "some=2; all=1"),
        ("/v10", "all=1"),
        ("/v1/auth/refresh", "few=3; some=2; all=1"),
    ],
)
def test_a_cookie_goes_to_the_paths_below_its_own(path: str, header: str) -> None:
    jar = jar_of("all=1; Path=/", "some=2; Path=/v1", "few=3")
    assert cookie_header(jar, f"https://api.example.com{path}") == header


def test_a_later_cookie_replaces_one_of_the_same_name_and_path_and_may_delete_it() -> None:
    jar = jar_of("sid=1; Path=/", "sid=2; Path=/v1", "theme=dark; Path=/")
    long_ago = "Thu, 01 Jan 1970 00:00:00 GMT"
    lines = f"sid=3; Path=/\nsid=; Path=/v1; Max-Age=0\ntheme=; Path=/; Expires={long_ago}"
    assert kept(jar, set_cookies({"set-cookie": lines}, LOGIN)) == (Cookie(name="sid", value="3"),)


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [
        (("sid=1",), None),
        (("sid=1; Max-Age=60",), 60.0),
        (("sid=1; Max-Age=60; Expires=Thu, 01 Jan 2026 13:00:00 GMT",), 60.0),
        (("sid=1; Expires=Thu, 01 Jan 2026 12:01:00 GMT",), 60.0),
        (("sid=1; Max-Age=soon; Expires=later",), None),
        (("sid=1; HttpOnly; Max-Age=600", "theme=dark; Max-Age=5"), 600.0),
        (("sid=; Max-Age=0", "csrf=2; Max-Age=30", "lang=en; Max-Age=90"), 30.0),
        (("sid=1; Max-Age=999999999999",), 365 * 86400.0),
    ],
)
def test_a_session_ends_with_the_cookie_that_is_hidden_from_scripts(
    lines: tuple[str, ...], seconds: float | None
) -> None:
    assert lifetime(*lines) == seconds


@pytest.mark.parametrize(
    ("cookie", "is_secret"),
    [
        (Cookie(name="sid", value="1", is_hidden=True), True),
        (Cookie(name="sid", value="12345678"), True),
        (Cookie(name="theme", value="dark"), False),
    ],
)
def test_a_short_cookie_that_scripts_may_read_is_no_secret(cookie: Cookie, is_secret: bool) -> None:
    assert (cookie.is_secret, "1234" in repr(cookie)) == (is_secret, False)


def test_cookies_that_a_user_gives_go_to_every_path() -> None:
    assert given_cookies("sid=abc; csrf=x=y; nothing") == (
        Cookie(name="sid", value="abc", is_hidden=True),
        Cookie(name="csrf", value="x=y", is_hidden=True),
    )


# -- over real sockets ------------------------------------------------------------------------


def test_several_cookies_of_one_response_stay_apart(
    serve: Callable[..., RawServer], client_of: Callable[..., Client]
) -> None:
    """Their dates have commas, so that one line of all of them could not be read."""
    ends = "Expires=Thu, 01 Jan 2099 00:00:00 GMT"
    server = serve(says(f"Set-Cookie: a=1; {ends}", f"Set-Cookie: b=2; {ends}; Path=/", "{}"))
    response = client_of(server.url).send(Request(method="GET", path="/x"))
    jar = kept((), set_cookies(response.headers, f"{server.url}/x"))
    assert jar == (Cookie(name="a", value="1"), Cookie(name="b", value="2"))


def test_a_form_is_sent_as_browsers_do(
    serve: Callable[..., RawServer], client_of: Callable[..., Client]
) -> None:
    server = serve(says("{}"))
    form = (("grant_type", "password"), ("user[name]", "mé & you"), ("empty", ""))
    client_of(server.url).send(Request(method="POST", path="/token", form=form))
    [sent] = server.seen
    head, _, body = sent.partition("\r\n\r\n")
    assert "Content-Type: application/x-www-form-urlencoded" in head
    assert body == "grant_type=password&user%5Bname%5D=m%C3%A9+%26+you&empty="

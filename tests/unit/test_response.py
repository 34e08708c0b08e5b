"""A response: its JSON, its redirect, and the failure where another one was expected."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.exchanges import retold
from unit.hostile import bodies, header_texts, json_values, locations
from urllib3 import HTTPResponse

from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.http.response import Response

# -- JSON -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"{", "Expecting property name enclosed in double quotes (character 2)"),
        (b'"\xff"', "not UTF-8 at byte 2"),
        (b"NaN", "NaN is not JSON"),
        (b'{"a": Infinity}', "Infinity is not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"\xef\xbb\xbf{}", "Unexpected UTF-8 BOM (decode using utf-8-sig) (character 1)"),
        (b"{} {}", "Extra data (character 4)"),
        (b"9" * 10_000, "a number that is too long"),
    ],
    ids=lambda value: f"{value[:8]!r} {len(value)}" if isinstance(value, bytes) else "",
)
def test_a_body_that_is_not_json_is_invalid(
    body: bytes, why: str, make_answer: Callable[..., Response]
) -> None:
    with pytest.raises(SmokeError) as caught:
        make_answer(body=body).json()

    assert caught.value.failure.category is Category.INVALID
    assert str(caught.value) == (
        f"expected a JSON body, seen 200 with application/json, {len(body)} bytes: {why}\n"
        "  where: GET https://api.example.com/api\n"
        "  what to do: look at the response with the curl line: it is declared as JSON, and is not"
    )


@pytest.mark.parametrize(
    ("encoding", "unknown"),
    [("br", "br"), ("ZSTD", "zstd"), ("gzip, zstd", "zstd"), ("br,compress", "br, compress")],
)
def test_a_body_in_an_encoding_that_was_not_accepted_is_called_that(
    encoding: str,
    unknown: str,
    make_answer: Callable[..., Response],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # With other packages beside it, urllib3 accepts more.
    monkeypatch.setattr(HTTPResponse, "CONTENT_DECODERS", ["gzip", "x-gzip", "deflate"])
    headers = {"content-type": "application/json", "content-encoding": encoding}
    with pytest.raises(SmokeError) as caught:
        make_answer(body=b"\x1b\xff", headers=headers).json()
    assert str(caught.value) == (
        "expected a JSON body, seen 200 with application/json, 2 bytes,"
        f" encoded as {unknown}, which the request did not accept\n"
        "  where: GET https://api.example.com/api\n"
        "  what to do: let the target, or the cache in front of it, send only what Accept-Encoding"
        " allows: clients that do not know the encoding cannot read it either"
    )


@pytest.mark.parametrize("encoding", ["", "gzip", "deflate, gzip", "identity", "br"])
def test_an_encoding_is_no_mistake_where_the_body_can_be_read(
    encoding: str, make_answer: Callable[..., Response]
) -> None:
    headers = {"content-type": "application/json", "content-encoding": encoding}
    assert make_answer(body=b"[1]", headers=headers).json() == [1]


def test_an_empty_body_is_not_json(make_answer: Callable[..., Response]) -> None:
    with pytest.raises(SmokeError) as caught:
        make_answer(body=b"").json()
    assert (caught.value.failure.seen, caught.value.failure.hint) == (
        "200 with no body",
        "repeat the request with the curl line and find out why the body is empty",
    )


@pytest.mark.parametrize(
    ("kind", "seen"),
    [
        ("text/html; charset=utf-8", "an HTML page"),
        ("Application/XHTML+XML", "an HTML page"),
        ("text/plain", "text/plain"),
        ("", "no type"),
    ],
)
def test_the_failure_names_the_media_type_of_the_response(
    kind: str, seen: str, make_answer: Callable[..., Response]
) -> None:
    response = make_answer(502, body=b"gateway", headers={"content-type": kind})
    error = response.not_as_expected("200", category=Category.FETCH, hint="do x")
    assert str(error) == (
        f"expected 200, seen 502 with {seen}, 7 bytes\n"
        "  where: GET https://api.example.com/api\n"
        "  what to do: do x"
    )


def test_the_repr_of_a_response_does_not_show_its_body(
    make_answer: Callable[..., Response],
) -> None:
    assert repr(make_answer(body=b"canary")) == (
        "<Response 200 of GET https://api.example.com/api>"
    )


@pytest.mark.parametrize("kind", ["text/html", "text/plain", "application/xml", "image/png"])
def test_json_declared_as_another_media_type_is_invalid(
    kind: str, make_answer: Callable[..., Response]
) -> None:
    response = make_answer(body=b"{}", headers={"content-type": f"{kind}; charset=utf-8"})

    with pytest.raises(SmokeError) as caught:
        response.json()

    what = "an HTML page" if kind == "text/html" else kind
    assert caught.value.failure.category is Category.INVALID
    assert str(caught.value) == (
        f"expected a JSON body with a JSON media type, seen 200 with {what}, 2 bytes\n"
        "  where: GET https://api.example.com/api\n"
        "  what to do: send it as Content-Type: application/json: clients that go by the media type"
        " do not read it as JSON"
    )
    assert response.json(declared=False) == {}


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/problem+json",
        "text/json",
    ],
)
def test_every_json_media_type_is_accepted(kind: str, make_answer: Callable[..., Response]) -> None:
    assert make_answer(body=b"[1]", headers={"content-type": kind}).json() == [1]


def test_json_without_a_media_type_is_accepted(make_answer: Callable[..., Response]) -> None:
    assert make_answer(body=b"[1]", headers={"content-type": ""}).json() == [1]


# -- redirects in words -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "location", "words"),
    [
        (301, "https://www.example.com/", "a redirect to https://www.example.com/"),
        (302, "/login?next=secret&token=secret", "a redirect to /login"),
        (307, "/login#token=secret", "a redirect to /login"),
        (308, "?token=secret", "a redirect to nowhere"),
        (302, "", "a redirect to nowhere"),
        (200, "/login", ""),
        (404, "/login", ""),
    ],
)
def test_a_redirect_is_shown_without_its_query_and_fragment(
    status: int, location: str, words: str, make_answer: Callable[..., Response]
) -> None:
    response = make_answer(status, headers={"location": location})
    assert response.redirects_to == words
    seen = response.not_as_expected("200").failure.seen
    assert seen == (f"{status}, {words}" if words else f"{status} with no body")


def plain(response: Response, url: str = "http://api.example.com/v1/x") -> Response:
    """The same response to a request without TLS."""
    return replace(response, exchange=retold(response.exchange, url=url))


@pytest.mark.parametrize(
    ("location", "base"),
    [
        ("https://api.example.com/v1/x", "https://api.example.com"),
        ("https://API.example.com/", "https://API.example.com"),
        ("https://api.example.com:8443/v1/x?token=secret", "https://api.example.com:8443"),
    ],
)
def test_a_redirect_to_https_hints_at_the_base_url_to_use(
    location: str, base: str, make_answer: Callable[..., Response]
) -> None:
    response = plain(make_answer(308, headers={"location": location}))
    hint = (
        f"the target requires https: use a base URL that begins with {base};"
        " everything so far was sent without encryption"
    )
    assert response.https_hint == hint
    assert response.not_as_expected("200", hint="do x").failure.hint == hint


@pytest.mark.parametrize(
    ("status", "location"),
    [
        (301, "https://www.example.com/v1/x"),
        (301, "http://api.example.com/v1/x/"),
        (301, "/v1/x/"),
        (301, ""),
        (301, "https://["),
        (200, "https://api.example.com/v1/x"),
    ],
)
def test_other_redirects_have_no_https_hint(
    status: int, location: str, make_answer: Callable[..., Response]
) -> None:
    response = plain(make_answer(status, headers={"location": location}))
    assert response.https_hint == ""
    assert response.not_as_expected("200", hint="do x").failure.hint == "do x"


def test_a_target_under_https_has_no_https_hint(
    make_answer: Callable[..., Response],
) -> None:
    response = make_answer(301, headers={"location": "https://api.example.com/other"})
    assert response.https_hint == ""


# -- any response -----------------------------------------------------------------------------


@given(status=st.integers(100, 599), location=locations | header_texts, url=locations)
@settings(max_examples=150, deadline=None)
def test_any_redirect_can_be_shown(
    make_answer: Callable[..., Response], status: int, location: str, url: str
) -> None:
    for response in (
        plain(make_answer(status, headers={"location": location})),
        plain(make_answer(status, headers={"location": location}), url=url),
    ):
        error = response.not_as_expected("200", hint="do x")
        assert error.failure.seen.startswith(str(status))
        assert error.failure.hint
        assert "?" not in response.redirects_to


@given(
    body=bodies(json_values),
    kind=st.sampled_from(["application/json", "text/html", ""]) | header_texts,
    declared=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_any_body_is_json_or_invalid(
    make_answer: Callable[..., Response], body: bytes, kind: str, declared: bool
) -> None:
    response = make_answer(body=body, headers={"content-type": kind})
    refused: Category | None = None
    try:
        json.dumps(response.json(declared=declared))
    except SmokeError as error:
        refused = error.failure.category
    assert refused in (None, Category.INVALID)

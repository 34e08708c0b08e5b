"""Proxies from the environment: used, bypassed where told to, and named in failures."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest
import requests
from unit.loopback import RawServer, hangs_up, resets, says, unused_port

from pytest_apismoke.configuration.profiles import Limits
from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.request import Request

Serve = Callable[..., RawServer]
ClientOf = Callable[..., Client]

GET = Request(method="GET", path="/x")
WELL = says("{}")
#: Names that nobody resolves: only a proxy could.
PLAIN, SECURE = "http://api.example.com", "https://api.example.com"
SHORT = Limits(connect_timeout_s=5.0, read_timeout_s=5.0, request_timeout_s=0.1)


@pytest.fixture(autouse=True)
def no_names(monkeypatch: pytest.MonkeyPatch, plain_environment: None) -> None:
    """Nothing leaves the loopback, whatever a proxy setting makes of a URL."""
    look_up = socket.getaddrinfo

    def local_only(host: object, *args: object, **options: object) -> object:
        if host != "127.0.0.1":
            raise socket.gaierror(-2, "Name or service not known")
        return look_up(host, *args, **options)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(socket, "getaddrinfo", local_only)


def seen_by(client: Client) -> str:
    with pytest.raises(SmokeError) as caught:
        client.send(GET)
    assert caught.value.failure.category is Category.FETCH
    assert [e.error for e in client.recorder.exchanges] == [caught.value.failure.seen]
    return caught.value.failure.seen


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_proxy_of_the_environment_is_used(
    variable: str, serve: Serve, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(WELL)
    monkeypatch.setenv(variable, proxy.url)

    assert client_of(PLAIN).send(GET).status == 200

    assert [seen.split("\r\n")[0] for seen in proxy.seen] == [f"GET {PLAIN}/x HTTP/1.1"]


def test_a_proxy_may_be_given_without_a_scheme(
    serve: Serve, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(WELL, hangs_up)
    monkeypatch.setenv("HTTP_PROXY", f"127.0.0.1:{proxy.port}")
    assert client_of(PLAIN).send(GET).status == 200
    assert seen_by(client_of(PLAIN)) == (
        "a connection closed without a response (through the proxy 127.0.0.1)"
    )


@pytest.mark.parametrize("no_proxy", ["127.0.0.1", "127.0.0.0/8", "example.org,127.0.0.1", "*"])
def test_a_target_in_no_proxy_is_reached_directly(
    no_proxy: str, serve: Serve, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, target = serve(WELL), serve(WELL)
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", no_proxy)

    client_of(target.url).send(GET)

    assert (len(proxy.seen), len(target.seen)) == (0, 1)


def test_another_host_in_no_proxy_changes_nothing(
    serve: Serve, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, target = serve(WELL), serve(WELL)
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", "example.org")
    client_of(target.url).send(GET)
    assert (len(proxy.seen), len(target.seen)) == (1, 0)


def test_a_direct_client_bypasses_every_proxy(
    serve: Serve, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, target = serve(WELL), serve(WELL)
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    client_of(target.url, direct=True).send(GET)
    assert (len(proxy.seen), len(target.seen)) == (0, 1)


@pytest.mark.parametrize(
    ("play", "seen"),
    [
        (hangs_up, "a connection closed without a response"),
        (resets, "the connection was reset"),
        (says("half", length=100), "a body that ended early"),
    ],
    ids=["closed", "reset", "cut"],
)
def test_a_failure_behind_a_proxy_names_the_proxy(
    play: Callable[[socket.socket], None],
    seen: str,
    serve: Serve,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", serve(play).url)
    assert seen_by(client_of(PLAIN)) == f"{seen} (through the proxy 127.0.0.1)"


@pytest.mark.parametrize("url", [PLAIN, SECURE])
def test_a_proxy_that_refuses_connections_is_named(
    url: str, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, f"http://127.0.0.1:{unused_port()}")
    assert seen_by(client_of(url)) == "connection refused (through the proxy 127.0.0.1)"


@pytest.mark.parametrize("url", [PLAIN, SECURE])
def test_a_proxy_that_hangs_is_abandoned(
    url: str, serve: Serve, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy: RawServer = serve(lambda connection: proxy.until_closed(connection))
    for variable in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, proxy.url)

    seen = seen_by(client_of(url, limits=SHORT))

    assert seen == "no complete response in time (through the proxy 127.0.0.1)"
    proxy.stop()
    assert proxy.closed == [b""]


@pytest.mark.parametrize("status", ["403 Forbidden", "502 No"])
def test_a_proxy_that_refuses_a_tunnel_is_named(
    status: str, serve: Serve, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(says("<html>no</html>", status=status))
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)

    client = client_of(SECURE)
    sent = Request(method="GET", path="/x", headers={"Authorization": "Bearer canary"})
    with pytest.raises(SmokeError) as caught:
        client.send(sent)

    assert caught.value.failure.seen == (
        "a proxy that did not let the request through (through the proxy 127.0.0.1)"
    )
    assert "canary" not in proxy.seen[0]


@pytest.mark.parametrize("url", [PLAIN, SECURE])
def test_a_407_is_told_as_the_proxys(
    url: str, serve: Serve, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(says("", status="407 Proxy Authentication Required"))
    for variable in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, proxy.url)

    with pytest.raises(SmokeError) as caught:
        client_of(url).send(GET)

    assert str(caught.value) == (
        "expected a response, seen 407: the proxy wants a login (through the proxy 127.0.0.1)\n"
        f"  where: GET {url}/x\n"
        "  what to do: write the proxy's user name and password into the URL of HTTP_PROXY or"
        " HTTPS_PROXY, or name the target's host in NO_PROXY: the target never saw the request"
    )


def test_a_407_without_a_proxy_is_the_targets(serve: Serve, client_of: ClientOf) -> None:
    target = serve(says("", status="407 Proxy Authentication Required"))
    assert client_of(target.url).send(GET).status == 407


def test_a_proxy_password_is_sent_to_the_proxy_and_never_shown(
    serve: Serve, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(WELL, hangs_up)
    monkeypatch.setenv("HTTP_PROXY", f"http://me:canary-password@127.0.0.1:{proxy.port}")
    client = client_of(PLAIN)

    client.send(GET)
    with pytest.raises(SmokeError) as caught:
        client.send(GET)

    assert "Proxy-Authorization: Basic bWU6Y2FuYXJ5LXBhc3N3b3Jk" in proxy.seen[0]
    assert "canary" not in f"{caught.value} {client.recorder.exchanges}"


@pytest.mark.parametrize(
    "setting",
    [
        *("http://me:canary@[::1", "http://me:canary@", "http://me:canary@:3128", "http://["),
        *("me:canary@:port", "http://me:canary@proxy:notaport", "http://", "://", "socks5://x:1"),
        *("ftp://me:canary@127.0.0.1:1", "http://me:canary@bad host:1", "http://me:canary@%zz:1"),
    ],
)
@pytest.mark.parametrize("url", [PLAIN, SECURE])
def test_an_invalid_proxy_setting_is_a_fetch_failure_without_its_password(
    url: str, setting: str, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, setting)
    client = client_of(url)

    seen = seen_by(client)

    assert seen
    assert "canary" not in f"{seen} {client.recorder.exchanges}"


# -- as requests would ------------------------------------------------------------------------


@pytest.mark.parametrize("login", ["", "me:p%40ss@"])
def test_a_proxy_is_asked_as_requests_would_ask_it(
    login: str, serve: Serve, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the whole URL of a plain target, and with a tunnel to one with TLS."""
    for url in (PLAIN, SECURE):
        proxy = serve(says("no", status="403 Forbidden"))
        for variable in ("HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(variable, f"http://{login}127.0.0.1:{proxy.port}")
        session = requests.Session()
        session.headers.update({"User-Agent": "pytest-apismoke", "Accept": "application/json"})
        with session, suppress(requests.RequestException):
            session.get(f"{url}/x?a=%20", allow_redirects=False)
        with suppress(SmokeError):
            client_of(url).send(replace(GET, path="/x?a=%20"))
        by_requests, by_gate = proxy.seen
        assert by_gate == by_requests


@pytest.mark.parametrize("variable", ["", "NO_COLOR_PROXY"])
def test_without_a_proxy_nobody_has_to_be_asked_for_one(
    variable: str, serve: Serve, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """requests would tell which one, and takes its time to be imported."""
    asked: list[str] = []
    monkeypatch.setattr("requests.utils.select_proxy", lambda url, _: asked.append(url))
    if variable:
        monkeypatch.setenv(variable, "x")
    server = serve(WELL)

    assert client_of(server.url).send(GET).status == 200

    assert asked == [f"{server.url}/x"] * bool(variable)


def test_the_environment_is_asked_once_for_each_client(
    serve: Serve, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def proxy_for(url: str) -> str:
        asked.append(url)
        return ""

    monkeypatch.setattr("pytest_apismoke.http.wire.proxy_for", proxy_for)
    server = serve(WELL)
    client = client_of(server.url)
    for _ in range(3):
        client.send(GET)
    assert asked == [f"{server.url}/x"]

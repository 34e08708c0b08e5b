"""Waiting until the target is ready, and until the right version answers three times in a row."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from unit.loopback import RawServer, hangs_up, resets, says, says_raw, unused_port

from pytest_apismoke.configuration.profiles import Readiness
from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.preflight.health_page import OTHER_HINT
from pytest_apismoke.preflight.readiness import Ready, confirm_version, wait_until_ready

if TYPE_CHECKING:
    from unit.conftest import FakeClock, ScriptedClient

MakeAnswer = Callable[..., Response]
Scripted = Callable[..., "ScriptedClient"]

VERSION_HINT = "wait for the roll-out to finish, or check that the deploy took this version"
NO_VERSION_HINT = (
    "say where the version is: version_pointer, version_header or version_path in [readiness] of"
    " apismoke.toml; or leave out --target-version"
)
NO_VERSION = "no version (the string '' at /version)"
REFUSED = fail(
    Category.FETCH, expected="an answer", seen="connection refused", where="", hint="start it"
)


class Waiting:
    """One wait for a scripted target, and what it told while it waited."""

    def __init__(self, client: ScriptedClient, clock: FakeClock) -> None:
        self.client = client
        self.clock = clock
        self.told: list[tuple[str, float]] = []

    def until_ready(
        self,
        *,
        wait_s: float = 60.0,
        version: str | None = None,
        readiness: Readiness | None = None,
    ) -> Ready:
        return wait_until_ready(
            self.client,
            readiness or Readiness(),
            wait_s=wait_s,
            version=version,
            clock=self.clock,
            sleep=self.clock.sleep,
            progress=lambda reason, after_s: self.told.append((reason, after_s)),
        )

    def refusal(self, *, wait_s: float = 1.0, **options: Any) -> SmokeError:
        with pytest.raises(SmokeError) as caught:
            self.until_ready(wait_s=wait_s, **options)
        return caught.value


@pytest.fixture
def waiting(
    scripted: Scripted, clock: FakeClock, make_answer: MakeAnswer
) -> Callable[..., Waiting]:
    """A wait for a target that says the given things; a text is a healthy answer's version."""

    def make(*script: str | Response | SmokeError) -> Waiting:
        said = [
            make_answer(body={"status": "ok", "version": line}) if isinstance(line, str) else line
            for line in script
        ]
        return Waiting(scripted(*said), clock)

    return make


MakeWaiting = Callable[..., Waiting]


# -- waiting ----------------------------------------------------------------------------------


def test_a_target_that_is_ready_is_asked_once(waiting: MakeWaiting) -> None:
    wait = waiting("1.0")

    assert wait.until_ready() == Ready(after_s=0.0, version="1.0")
    assert wait.client.requests == [Request(method="GET", path="/health")]
    assert wait.told == []


def test_it_waits_through_a_roll_out_and_says_for_what(
    waiting: MakeWaiting, make_answer: MakeAnswer
) -> None:
    wait = waiting(REFUSED, make_answer(503), make_answer(404), "1.0")

    assert wait.until_ready() == Ready(after_s=1.5, version="1.0")
    assert wait.told == [("connection refused", 0.0), ("503", 0.5), ("404", 1.0)]


def test_a_target_that_never_gets_ready_is_unready(
    waiting: MakeWaiting, make_answer: MakeAnswer
) -> None:
    wait = waiting(REFUSED, make_answer(503))

    error = wait.refusal(wait_s=1.2)

    assert (error.failure.category, len(wait.client.requests)) == (Category.UNREADY, 3)
    assert str(error) == (
        "expected the target to be ready within 1.2 s, seen 503\n"
        "  where: GET https://api.example.com/health\n"
        f"  what to do: {OTHER_HINT}"
    )


def test_an_unreachable_target_is_unready_with_the_hint_of_the_request(
    waiting: MakeWaiting,
) -> None:
    assert str(waiting(REFUSED).refusal()) == (
        "expected the target to be ready within 1 s, seen connection refused\n"
        "  where: GET https://api.example.com/health\n"
        "  what to do: start it"
    )


def test_without_a_wait_it_is_asked_once(waiting: MakeWaiting, make_answer: MakeAnswer) -> None:
    wait = waiting(make_answer(503), "1.0")

    error = wait.refusal(wait_s=0.0)

    assert error.failure.category is Category.UNREADY
    assert (len(wait.client.requests), wait.clock.slept) == (1, [])
    assert waiting("1.0").until_ready(wait_s=0.0) == Ready(after_s=0.0, version="1.0")


def test_the_right_version_must_answer_twenty_times_in_a_row(waiting: MakeWaiting) -> None:
    """With a quarter of the instances old, that happens by chance less than once in 200 times."""
    wait = waiting("old", "old", "new")

    assert wait.until_ready(version="new") == Ready(after_s=1.0, version="new")
    assert len(wait.client.requests) == 2 + 20
    assert wait.told == [("version old answers", 0.0), ("version old answers", 0.5)]


def test_once_both_versions_answer_in_turn_the_row_starts_again_and_is_longer(
    waiting: MakeWaiting,
) -> None:
    wait = waiting(*["new"] * 9, "old", "new")

    assert wait.until_ready(version="new") == Ready(after_s=0.5, version="new", is_mixed=True)
    # One by itself and two rounds of seven, of which the second shows both; then the longer row.
    assert len(wait.client.requests) == 1 + 7 + 7 + 62
    assert wait.told == [("version old answers", 0.0)]


def test_versions_that_go_on_to_answer_in_turn_are_told_with_their_share(
    waiting: MakeWaiting,
) -> None:
    wait = waiting(*["new", "old"] * 50)

    error = wait.refusal(wait_s=1.0, version="new")

    assert str(error) == (
        "expected version new to answer within 1 s, seen version old in 12 of 24 answers, and the"
        " expected one in the others\n"
        "  where: GET https://api.example.com/health, property /version\n"
        "  what to do: wait for the roll-out to finish (--target-wait SECONDS), or look for the"
        " instances that it has left out"
    )


def test_a_moment_of_bad_health_begins_the_row_again(
    waiting: MakeWaiting, make_answer: MakeAnswer
) -> None:
    wait = waiting("new", "new", make_answer(502), "new")
    assert wait.until_ready(version="new") == Ready(after_s=0.5, version="new")
    assert (len(wait.client.requests), wait.told) == (1 + 7 + 24, [("502", 0.0)])


def busy(make_answer: MakeAnswer, retry_after: str = "1") -> Response:
    return make_answer(429, headers={"retry-after": retry_after})


def test_a_target_that_asks_for_fewer_requests_is_asked_as_slowly_as_it_wishes(
    waiting: MakeWaiting, make_answer: MakeAnswer
) -> None:
    wait = waiting("new", *[busy(make_answer)] * 3, "new")

    assert wait.until_ready(version="new") == Ready(after_s=1.0, version="new")
    # One, then seven of which three are refused, and what is missing one after the other.
    assert (len(wait.client.requests), wait.clock.slept[:3]) == (23, [0.0, 1.0, 0.0])


def test_a_version_that_could_not_be_seen_as_often_as_needed_is_believed_with_a_note(
    waiting: MakeWaiting, make_answer: MakeAnswer
) -> None:
    wait = waiting(*["new"] * 5, busy(make_answer, "30"))

    assert wait.until_ready(version="new", wait_s=20.0) == Ready(
        after_s=0.0,
        version="new",
        note="the version was seen 5 times in a row and not 20 times, because the target asked for"
        " fewer requests or was slow: an instance with another version may have gone unseen",
    )


@pytest.mark.parametrize(
    ("script", "seen"),
    [
        (["new", "new"], "it 2 times in a row, then 429"),
        (
            [*["new"] * 7, "old", "new"],
            "it 1 times in a row, after version old in 1 of 9 answers, and the expected one in the"
            " others, then 429",
        ),
    ],
)
def test_a_version_that_was_seen_too_seldom_is_not_believed(
    script: list[str], seen: str, waiting: MakeWaiting, make_answer: MakeAnswer
) -> None:
    error = waiting(*script, busy(make_answer, "30")).refusal(wait_s=20.0, version="new")

    needed = 62 if "old" in script else 20
    assert str(error) == (
        f"expected version new to answer {needed} times in a row within 20 s, seen {seen}\n"
        "  where: GET https://api.example.com/health, property /version\n"
        "  what to do: allow more time with --target-wait SECONDS: after two versions have answered"
        " in turn, only a long row of answers shows that the other one is gone"
    )


@pytest.mark.parametrize(
    ("script", "seen"),
    [
        (["old"], "version old"),
        ([""], NO_VERSION),
    ],
)
def test_another_version_is_told_as_such(
    script: list[str], seen: str, waiting: MakeWaiting
) -> None:
    error = waiting(*script).refusal(version="new")

    assert error.failure.category is Category.VERSION
    assert str(error) == (
        f"expected version new to answer within 1 s, seen {seen}\n"
        "  where: GET https://api.example.com/health, property /version\n"
        f"  what to do: {NO_VERSION_HINT if seen == NO_VERSION else VERSION_HINT}"
    )


def test_a_version_that_begins_to_answer_in_the_last_moment_is_asked_again_all_the_same(
    waiting: MakeWaiting,
) -> None:
    wait = waiting("old", "new")
    wait.clock.step_s = 0.2
    assert wait.until_ready(wait_s=1.0, version="new").version == "new"


def test_a_version_that_answers_already_needs_no_wait(waiting: MakeWaiting) -> None:
    wait = waiting("new")
    wait.clock.step_s = 0.01
    assert wait.until_ready(wait_s=0.0, version="new").version == "new"
    assert len(wait.client.requests) == 20


def test_a_sick_target_is_unready_whatever_version_is_expected(
    waiting: MakeWaiting, make_answer: MakeAnswer
) -> None:
    sick = make_answer(body={"status": "down", "version": "new"})
    error = waiting(sick).refusal(version="new")
    assert (error.failure.category, error.failure.seen) == (
        Category.UNREADY,
        "200 with the string 'down' at /status",
    )


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("v1.2.3", "1.2.3"), ("1.2.3", "1.2.3+b5"), ("80e3b71" + "0" * 33, "80e3b71")],
)
def test_one_version_has_several_spellings(asked: str, shown: str, waiting: MakeWaiting) -> None:
    wait = waiting(shown)
    assert wait.until_ready(version=asked) == Ready(after_s=0.0, version=shown)
    assert len(wait.client.requests) == 20
    confirm_version(wait.client, Readiness(), asked)


def test_what_looks_like_the_version_is_told_with_the_difference_and_what_to_give(
    waiting: MakeWaiting,
) -> None:
    assert str(waiting("1.2").refusal(version="1.2.3")) == (
        "expected version 1.2.3 to answer within 1 s, seen version 1.2, with which it only begins\n"
        "  where: GET https://api.example.com/health, property /version\n"
        f"  what to do: {VERSION_HINT}; if this is the version, give it as --target-version=1.2"
    )


def test_a_number_that_has_lost_its_zeros_is_told_at_once(
    waiting: MakeWaiting, make_answer: MakeAnswer
) -> None:
    wait = waiting(make_answer(body={"status": "ok", "version": 1.10}))

    assert str(wait.refusal(wait_s=60.0, version="v1.10")) == (
        "expected version v1.10 to answer, seen version 1.1, a number, which loses the zeros at its"
        " end\n"
        "  where: GET https://api.example.com/health, property /version\n"
        "  what to do: let the page give the version as a text, in quotation marks; or, if the"
        " number names one version only, give it as --target-version=1.1 (told at once: waiting"
        " does not change it)"
    )
    assert wait.clock.slept == []


@pytest.mark.parametrize(
    ("written", "asked"), [("1.10", "1.10"), ("1.1", "1.1"), ("2", "v2"), ("2.0", "2.0")]
)
def test_a_number_is_a_version_as_the_page_writes_it(
    written: str, asked: str, waiting: MakeWaiting, make_answer: MakeAnswer
) -> None:
    page = make_answer(body=f'{{"status": "ok", "version": {written}}}'.encode())
    assert waiting(page).until_ready(version=asked).version == written


def test_another_number_may_still_become_the_version(
    waiting: MakeWaiting, make_answer: MakeAnswer
) -> None:
    old = make_answer(body={"status": "ok", "version": 1.1})
    assert waiting(old, "1.2").until_ready(version="1.2") == Ready(after_s=0.5, version="1.2")


def test_a_target_that_shows_no_version_is_not_said_to_show_another(
    waiting: MakeWaiting, make_answer: MakeAnswer
) -> None:
    wait = waiting(make_answer(body={"status": "ok"}))

    error = wait.refusal(version="new")

    assert wait.told[0] == ("it shows no version", 0.0)
    assert error.failure.seen == "no version (nothing (the field is absent) at /version)"
    assert error.failure.hint == NO_VERSION_HINT


def test_a_version_at_another_path_is_asked_for_once_the_target_is_ready(
    waiting: MakeWaiting, make_answer: MakeAnswer
) -> None:
    text = make_answer(body=b"v7\n", headers={"content-type": "text/plain"})
    wait = waiting(make_answer(503), make_answer(body={"status": "ok"}), text)
    readiness = Readiness(version_path="/version.txt", version_pointer="")

    assert wait.until_ready(readiness=readiness) == Ready(after_s=0.5, version="v7")
    paths = [request.path for request in wait.client.requests]
    assert paths == ["/health", "/health", "/version.txt"]


@pytest.mark.parametrize(
    ("status", "seen"),
    [(404, "no version (404)"), (200, "no version (200 with an HTML page, 6 bytes)")],
)
def test_a_version_page_that_shows_none_is_told_with_its_place(
    status: int, seen: str, waiting: MakeWaiting, make_answer: MakeAnswer
) -> None:
    page = make_answer(status, body=b"<html>", headers={"content-type": "text/html"})
    wait = waiting(make_answer(body={"status": "ok"}), page)

    error = wait.refusal(
        wait_s=0.0, version="7", readiness=Readiness(version_path="/v", version_pointer="")
    )

    assert str(error) == (
        f"expected version 7 to answer within 0 s, seen {seen}\n"
        "  where: GET https://api.example.com/v, its body\n"
        f"  what to do: {NO_VERSION_HINT}"
    )


# -- what waiting does not change --------------------------------------------------------------


def test_a_redirect_that_will_stay_is_told_at_once(
    waiting: MakeWaiting, make_answer: MakeAnswer
) -> None:
    wait = waiting(make_answer(308, headers={"location": "https://www.example.com/api"}), "1.0")

    error = wait.refusal(wait_s=60.0)

    assert (error.failure.category, len(wait.client.requests)) == (Category.UNREADY, 1)
    assert str(error) == (
        "expected the target to be ready, seen 308, a redirect to https://www.example.com/api\n"
        "  where: GET https://api.example.com/health\n"
        "  what to do: if https://www.example.com is the API, use a base URL that begins with it;"
        " if it only asks who is there, give the header that passes it below [headers] in"
        " apismoke.toml, or name a path that it lets through, as path in [readiness] (told at once:"
        " waiting does not change it)"
    )


def refused_over_sockets(client: Any) -> SmokeError:
    """The failure of a wait of a minute, which no test waits for."""
    with pytest.raises(SmokeError) as caught:
        wait_until_ready(
            client,
            Readiness(),
            wait_s=60.0,
            version=None,
            clock=lambda: 0.0,
            sleep=lambda _: pytest.fail("it waits"),
            progress=lambda *_: None,
        )
    return caught.value


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A server's side of TLS, with a certificate that nobody trusts."""
    folder: Path = tmp_path_factory.mktemp("tls")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    files = ["-keyout", str(folder / "key"), "-out", str(folder / "certificate")]
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, *files, *subject], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate", folder / "key")
    return context


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"Invalid HTTP request received."]
)
def test_https_at_a_port_that_speaks_plain_http_is_told_at_once(
    answer: bytes, serve: Callable[..., RawServer], client_of: Callable[..., Any]
) -> None:
    server = serve(says_raw(answer))
    url = server.url.replace("http:", "https:")

    error = refused_over_sockets(client_of(url))

    assert str(error) == (
        "expected the target to be ready, seen a port that speaks plain HTTP, not TLS\n"
        f"  where: GET {url}/health\n"
        f"  what to do: use a base URL that begins with {server.url}, or name the port at which"
        " the target speaks TLS (told at once: waiting does not change it)"
    )
    assert len(server.seen) == 1


def test_plain_http_at_a_port_that_hangs_up_because_it_speaks_tls_is_told_at_once(
    tls: ssl.SSLContext, serve: Callable[..., RawServer], client_of: Callable[..., Any]
) -> None:
    server = serve(hangs_up, context=tls)
    url = server.url.replace("https:", "http:")

    error = refused_over_sockets(client_of(url))

    assert error.failure.seen.endswith("a port that speaks TLS, not plain HTTP") or (
        error.failure.seen.endswith(": the port speaks TLS, not plain HTTP")
    )
    assert error.failure.hint == (
        f"use a base URL that begins with {server.url} (told at once: waiting does not change it)"
    )
    assert server.failed_handshakes == 1


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (
            says_raw(b"\x15\x03\x01\x00\x02\x02\x0a"),
            "a port that speaks TLS, not plain HTTP",
        ),
        (
            says("<p>The plain HTTP request was sent to HTTPS port", status="400 Bad Request"),
            "400: the port speaks TLS, not plain HTTP",
        ),
        (
            says("Client sent an HTTP request to an HTTPS server.\n", status="400 Bad Request"),
            "400: the port speaks TLS, not plain HTTP",
        ),
        (
            says("You're speaking plain HTTP to an SSL-enabled server port.", status="400 No"),
            "400: the port speaks TLS, not plain HTTP",
        ),
    ],
)
def test_plain_http_at_a_port_that_says_that_it_speaks_tls_is_told_at_once(
    answer: Any, seen: str, serve: Callable[..., RawServer], client_of: Callable[..., Any]
) -> None:
    server = serve(answer)

    error = refused_over_sockets(client_of(server.url))

    url = server.url.replace("http:", "https:")
    assert str(error) == (
        f"expected the target to be ready, seen {seen}\n"
        f"  where: GET {server.url}/health\n"
        f"  what to do: use a base URL that begins with {url}"
        " (told at once: waiting does not change it)"
    )
    assert len(server.seen) == 1


def test_a_certificate_that_is_not_trusted_is_told_at_once(
    tls: ssl.SSLContext, serve: Callable[..., RawServer], client_of: Callable[..., Any]
) -> None:
    server = serve(says('{"status": "ok"}'), context=tls)

    error = refused_over_sockets(client_of(server.url))

    assert error.failure.seen.startswith("a certificate that is not trusted: ")
    assert error.failure.hint.endswith(" (told at once: waiting does not change it)")
    # No request, and no second poll; what the server has noted may lag behind the client.
    assert ("".join(server.seen), server.failed_handshakes <= 1) == ("", True)


@pytest.mark.parametrize("play", [hangs_up, resets])
def test_a_plain_port_that_hangs_up_may_still_get_ready(
    play: Any, serve: Callable[..., RawServer], client_of: Callable[..., Any]
) -> None:
    # The handshake that tells it from a port that speaks TLS is a connection of its own.
    now = iter(range(9))
    server = serve(play, play, says('{"status": "ok"}'))

    ready = wait_until_ready(
        client_of(server.url),
        Readiness(),
        wait_s=60.0,
        version=None,
        clock=lambda: float(next(now)),
        sleep=lambda _: None,
        progress=lambda *_: None,
    )

    assert (ready, len(server.seen)) == (Ready(after_s=2.0, version=None), 3)


def test_a_name_without_an_address_and_a_port_where_nobody_listens_may_still_get_ready(
    client_of: Callable[..., Any],
) -> None:
    slept: list[float] = []
    now = iter(range(100))
    for url in ("http://no-such-name.invalid", f"http://127.0.0.1:{unused_port()}"):
        with pytest.raises(SmokeError) as caught:
            wait_until_ready(
                client_of(url),
                Readiness(),
                wait_s=5.0,
                version=None,
                clock=lambda: float(next(now)),
                sleep=slept.append,
                progress=lambda *_: None,
            )
        assert caught.value.failure.expected == "the target to be ready within 5 s"
    assert slept == [0.5] * 8


# -- at the end -------------------------------------------------------------------------------


def confirming(wait: Waiting, *, was_mixed: bool = False) -> str:
    """What is said at the end; nothing where the version is confirmed."""
    try:
        confirm_version(wait.client, Readiness(), "new", was_mixed=was_mixed)
    except SmokeError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("was_mixed", "looks"), [(False, 20), (True, 52)])
def test_the_version_is_confirmed_when_it_still_answers(
    was_mixed: bool, looks: int, waiting: MakeWaiting
) -> None:
    wait = waiting("new")
    assert confirming(wait, was_mixed=was_mixed) == ""
    assert wait.client.requests == [Request(method="GET", path="/health")] * looks
    assert wait.clock.slept == []


@pytest.mark.parametrize(
    ("script", "seen"),
    [
        (["old"], "version old"),
        (
            [*["new"] * 10, "old", "new"],
            "version old in 1 of 15 answers, and the expected one in the others",
        ),
        ([""], NO_VERSION),
        ([REFUSED], "connection refused"),
    ],
)
def test_a_fleet_half_rolled_out_does_not_pass(
    script: list[str | SmokeError], seen: str, waiting: MakeWaiting
) -> None:
    hint = NO_VERSION_HINT if seen == NO_VERSION else VERSION_HINT
    if "others" in seen:
        hint = (
            "wait for the roll-out to finish (--target-wait SECONDS), or look for the instances"
            " that it has left out"
        )
    assert confirming(waiting(*script)) == (
        f"expected version new to answer at the end of the run, seen {seen}\n"
        "  where: GET https://api.example.com/health, property /version\n"
        f"  what to do: {hint}"
    )


def test_an_instance_that_is_not_well_at_the_end_does_not_pass(
    waiting: MakeWaiting, make_answer: MakeAnswer
) -> None:
    sick = make_answer(body={"status": "error", "version": "new"})
    wait = waiting(*["new"] * 10, sick)

    assert confirming(wait) == (
        "expected the target to be ready at the end of the run, seen 200 with the string 'error' at"
        " /status\n"
        "  where: GET https://api.example.com/health\n"
        f"  what to do: {OTHER_HINT}"
    )
    assert wait.clock.slept == [0.5, 0.5]


def test_a_moment_of_bad_health_at_the_end_is_no_failure(
    waiting: MakeWaiting, make_answer: MakeAnswer
) -> None:
    wait = waiting("new", make_answer(503), "new")
    assert confirming(wait) == ""
    assert wait.clock.slept == [0.5]


def test_a_target_that_asks_for_fewer_requests_at_the_end_is_believed_once_seen(
    waiting: MakeWaiting, make_answer: MakeAnswer
) -> None:
    wait = waiting(*["new"] * 4, busy(make_answer))
    assert confirming(wait) == ""
    assert wait.clock.slept == [1.0, 1.0]


def test_a_limit_that_the_gate_itself_has_used_up_is_waited_out(
    waiting: MakeWaiting, make_answer: MakeAnswer
) -> None:
    wait = waiting(*[make_answer(429)] * 5, "new")

    assert confirming(wait) == ""
    assert wait.clock.slept == [1.0, 2.0, 4.0, 8.0, 8.0]


def test_a_target_that_only_ever_says_not_now_is_not_believed(
    waiting: MakeWaiting, make_answer: MakeAnswer
) -> None:
    wait = waiting(make_answer(429))

    assert confirming(wait) == (
        "expected version new to answer at the end of the run, seen 429\n"
        "  where: GET https://api.example.com/health, property /version\n"
        "  what to do: the target limits requests to this page: raise the limit for it, or name a"
        " page without one, as version_path in [readiness] of apismoke.toml"
    )
    # The budget allows no more.
    assert wait.clock.slept[:5] == [1.0, 2.0, 4.0, 8.0, 8.0]
    assert sum(wait.clock.slept) < 50.0

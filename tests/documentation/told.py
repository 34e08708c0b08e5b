"""Messages that no golden file has, as the code makes them of a cause at hand."""

from __future__ import annotations

import socket
import ssl
import tempfile
from collections.abc import Callable, Iterator, Mapping
from http.client import BadStatusLine
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

import pytest
from unit.conftest import new_answer
from unit.test_entries_of_dead_runs import new_entry
from unit.test_error_words import tls
from unit.test_login_refusal import hint_of, missing
from unit.test_settings import what
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import ReadTimeoutError

from pytest_apismoke.commands.ends import NO_TARGET, REJECTED, End, Told
from pytest_apismoke.commands.gate import NoVerdict, exit_code
from pytest_apismoke.configuration.credentials import read_credentials
from pytest_apismoke.configuration.loading import load
from pytest_apismoke.configuration.option_clashes import OWNERS
from pytest_apismoke.configuration.profiles import Readiness
from pytest_apismoke.configuration.reading import check_paths, clash
from pytest_apismoke.configuration.report_paths import refuse_without_library
from pytest_apismoke.configuration.rootdir import refuse_elsewhere
from pytest_apismoke.configuration.setting_table import HTML
from pytest_apismoke.configuration.settings import resolve
from pytest_apismoke.demo.options import StartError, parse_options
from pytest_apismoke.documents import Difference
from pytest_apismoke.errors import Failure, SmokeError
from pytest_apismoke.http.error_words import ProxyLoginError, explain
from pytest_apismoke.preflight.health_page import read_response
from pytest_apismoke.preflight.roll_out import RollOut
from pytest_apismoke.preflight.unready import never_ready, wrong_version
from pytest_apismoke.safewrite import messages, recovery_messages
from pytest_apismoke.safewrite.unfit import no_probe_field
from pytest_apismoke.verdict import run_failures
from pytest_apismoke.verdict.judgement import judge
from pytest_apismoke.verdict.reasons import reason

URL = "https://api.example.com"


def told_by_code() -> Iterator[tuple[str, str]]:
    """Messages, each with its label."""
    for failure in (*_of_the_call(), *_of_a_run(), *_of_a_write()):
        yield from _parts(failure)
    yield from _of_connections()
    yield from _of_the_login()
    yield from _of_readiness()
    yield from _without_a_verdict()
    yield from _of_earlier_runs()
    (nothing,) = judge((), plan=()).checks
    yield "headline", reason(nothing)
    yield from (("expected", nothing.expected), ("got", nothing.seen), ("to do", nothing.hint))


def _parts(failure: Failure) -> Iterator[tuple[str, str]]:
    yield from (("expected", failure.expected), ("got", failure.seen), ("to do", failure.hint))


def _raised(call: Callable[..., object], *arguments: Any) -> Failure:
    with pytest.raises(SmokeError) as caught:
        call(*arguments)
    return caught.value.failure


def _of_connections() -> Iterator[tuple[str, str]]:
    slow = ReadTimeoutError(HTTPConnectionPool("api.example.com"), URL, "")
    untrusted = ssl.SSLCertVerificationError(1, "certificate has expired")
    causes: Mapping[BaseException, str] = {
        socket.gaierror(-2, "Name or service not known"): "",
        ConnectionRefusedError(): "",
        slow: "",
        untrusted: "",
        tls("WRONG_VERSION_NUMBER"): "",
        BadStatusLine("\x15\x03\x01"): "",
        ProxyLoginError(): "proxy.example.com",
    }
    for cause, proxy in causes.items():
        failure = explain(cause, proxy=proxy)
        yield from (("got", failure.words), ("to do", failure.hint))


def _of_the_login() -> Iterator[tuple[str, str]]:
    yield "to do", hint_of(missing("tenant"))
    yield "to do", hint_of(missing("username", "password"))
    yield "to do", hint_of({"detail": "Not Found"}, status=404)


def _of_readiness() -> Iterator[tuple[str, str]]:
    readiness = Readiness()
    answers = (
        new_answer(404),
        new_answer(302),
        new_answer(307, headers={"location": "https://wall.example.net/login"}),
    )
    for answer in answers:
        poll = read_response(answer, readiness)
        yield from _parts(never_ready(URL, readiness, poll, "within 60 s").failure)
        yield "headline", f"GET /health answers {poll.reason}, not ready within 60 s"
    silent = read_response(new_answer(200, body={"status": "ok"}), readiness)
    roll_out = RollOut(at_least=3)
    unseen = wrong_version(URL, readiness, silent, "1.4.2", "within 60 s", roll_out)
    yield from _parts(unseen.failure)


def _of_the_call() -> Iterator[Failure]:
    yield _raised(read_credentials, {})
    for url in ("", "localhost:8000"):
        yield _raised(resolve, what({"--target-url": url}))
    _, mistakes = load({"apismoke.toml": "[login]\nusernam_field = 'user'\n"})
    yield from mistakes
    here = Path("/srv/shop")
    call = SimpleNamespace(dir=here, args=["--smoke", "no_such_file.py"])
    config = SimpleNamespace(
        invocation_params=call,
        args=["no_such_file.py"],
        rootpath=here,
        option=SimpleNamespace(pyargs=False),
        getini=lambda _name: [],
        stash={OWNERS: {"--smoke": "conftest.py"}},
    )
    yield _raised(check_paths, cast("pytest.Config", config), ())
    clashed = clash(cast("pytest.Config", config))
    assert clashed
    yield clashed
    with tempfile.TemporaryDirectory() as folder:
        below = Path(folder) / "shop"
        below.mkdir()
        (below / "apismoke.toml").touch()
        yield _raised(refuse_elsewhere, below, Path(folder))
    with patch("pytest_apismoke.configuration.report_paths.find_spec", return_value=None):
        yield _raised(refuse_without_library, HTML, "--smoke-html")
    refused = PermissionError(13, "Permission denied")
    yield run_failures.not_written(here / "report.json", refused, option="--smoke-report")


def _of_a_run() -> Iterator[Failure]:
    yield run_failures.ended_by_force()
    yield run_failures.did_not_end("conftest.py:7, in wait", 60, 60)


def _of_a_write() -> Iterator[Failure]:
    place = "/business_hours"
    yield messages.disagree("3 of 4 answers", place=place, where=URL).failure
    yield messages.no_turn(URL, 3).failure
    yield no_probe_field(
        {"greetings": "Hello"}, ["/greeting"], id_field="id", outlives=True, where=URL
    ).failure


def _of_earlier_runs() -> Iterator[tuple[str, str]]:
    entry, changed = new_entry(), [Difference(pointer="/description", before="Hair", after="Nails")]
    repair = f"apismoke restore --target-url={URL} 0a1b2c3d"
    yield "note", recovery_messages.put_back(entry, ["/description"])
    yield "note", recovery_messages.edited_and_kept(entry, changed, repair=repair)
    yield "note", recovery_messages.may_arrive(entry, settled_s=60)


def _without_a_verdict() -> Iterator[tuple[str, str]]:
    reasons: list[NoVerdict] = []

    def without_verdict(reason: NoVerdict) -> int:
        reasons.append(reason)
        return 5

    for end in (
        End(code=0, told=()),
        End(code=4, told=(Told(REJECTED, 4),)),
        End(code=4, told=(Told(NO_TARGET, 4),)),
    ):
        exit_code(end, ("--smoke",), without_verdict)
    for one in reasons:
        yield from (("expected", one.expected), ("got", one.seen), ("to do", one.hint))
    with pytest.raises(StartError) as caught:
        parse_options(["--fault", "oauth500"])
    problem = str(caught.value).partition("expected ")[2].partition("\n")[0]
    yield from zip(("expected", "got"), problem.split(", seen "), strict=True)

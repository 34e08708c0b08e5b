"""A transient error of a gateway is retried and reported; a broken target stays broken."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gate.sampling import sampled, sampled_with_workers
from harness import Backend, Ended, Gate
from noisy_proxy import Decision, Noise, NoisyProxy, Script, Spoiled

FETCH = "GET /api/business/me"
SAVE = "PUT /api/business/me"
LOGIN = "POST /api/auth/login"
HEALTH = "GET /health"
OAUTH = "GET /oauth/google/start"
UNAVAILABLE, BAD_GATEWAY = Spoiled.UNAVAILABLE, Spoiled.BAD_GATEWAY
#: More often than any request is sent again.
FOR_EVER = 50
Front = Callable[[Backend, Decision], NoisyProxy]


@pytest.fixture
def front() -> Iterator[Front]:
    """Puts proxies in front of backends, and stops them after the test."""
    started: list[NoisyProxy] = []

    def start(backend: Backend, decide: Decision) -> NoisyProxy:
        started.append(NoisyProxy(backend.url, decide))
        return started[-1]

    yield start
    for proxy in started:
        proxy.stop()


def through(
    proxy: NoisyProxy, backend: Backend, gate: Gate, *arguments: str, workers: int = 0
) -> Ended:
    """A smoke run through the proxy; nothing is left of it whatever comes of it."""
    ended = leaving_the_document(proxy, backend, gate, *arguments, workers=workers)
    assert gate.entries() == []
    return ended


def leaving_the_document(
    proxy: NoisyProxy, backend: Backend, gate: Gate, *arguments: str, workers: int = 0
) -> Ended:
    """A smoke run through the proxy; the document is as before whatever comes of it."""
    before = backend.document()
    # One read after the other: side by side they have no order, and each is sent again by itself.
    one_by_one = "-oapismoke_fresh_reads=1"
    arguments = ("--smoke", "-oapismoke_readback_wait=0.2", one_by_one, *arguments)
    ended = gate.against_url(proxy.url, *arguments, workers=workers)
    assert backend.document() == before
    return ended


def flaky(ended: Ended) -> set[str]:
    """The checks that are marked."""
    return {check["name"] for check in ended.report["checks"] if check["flaky"]}


def attempts(ended: Ended, name: str) -> list[tuple[int | None, int]]:
    """The status and the number of each attempt of a check."""
    return [(e["status"], e["attempt"]) for e in ended.check(name)["exchanges"]]


# -- false alarms --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("runs", "workers"),
    [pytest.param(3, 0, id="serial"), pytest.param(1, 2, id="n2", marks=pytest.mark.distributed)],
)
def test_noise_is_no_false_alarm(
    tmp_path: Path, backend: Backend, front: Front, runs: int, workers: int
) -> None:
    """Every tenth safe request spoiled; tests/soak/false_alarms.py makes a thousand such runs."""
    proxy = front(backend, Noise(0.1, "test"))
    for number in range(runs):
        folder = tmp_path / str(number)
        folder.mkdir()
        ended = through(proxy, backend, Gate(folder), workers=workers)
        assert (ended.code, ended.report["verdict"]) == (0, "pass"), ended.output
    assert proxy.spoiled


@pytest.mark.parametrize(
    ("spoiled", "workers"),
    sampled_with_workers(
        [UNAVAILABLE, BAD_GATEWAY, Spoiled.RESET, Spoiled.CUT],
        in_sample=lambda spoiled: spoiled is UNAVAILABLE,
    ),
)
def test_a_fetch_that_was_spoiled_once_is_sent_again_and_told(
    gate: Gate, backend: Backend, front: Front, spoiled: Spoiled, workers: int
) -> None:
    proxy = front(backend, Script({FETCH: [spoiled]}))
    ended = through(proxy, backend, gate, workers=workers)
    assert (ended.code, ended.report["verdict"]) == (0, "pass")
    # One fetch for all suites.
    names = {f"{api}::fetch" for api in ("settings", "calendar", "twilio")}
    assert flaky(ended) == names
    check = ended.check("settings::fetch")
    first = int(spoiled.value) if spoiled.value.isdecimal() else 200 if spoiled == "cut" else None
    assert (check["outcome"], check["retries"]) == ("passed", 1)
    assert attempts(ended, "settings::fetch") == [(first, 1), (200, 2)]
    assert "login ok, fetch flaky, contract, save" in ended.told
    what = f": {first}" if spoiled.value.isdecimal() else ": "
    told = f"flaky: settings: fetch: GET {proxy.url}/api/business/me{what}"
    (note,) = (note for note in ended.notes() if note.startswith("flaky: settings: fetch"))
    assert note.startswith(told)
    assert note.endswith(", asked again, then 200")
    assert flaky_in_junit(ended) == names


@pytest.mark.parametrize("route", [LOGIN, OAUTH, HEALTH])
def test_any_other_request_that_was_spoiled_once_is_sent_again(
    gate: Gate, backend: Backend, front: Front, route: str
) -> None:
    """Waiting for readiness asks again anyway, and is nothing to be told."""
    ended = through(front(backend, Script({route: [UNAVAILABLE]})), backend, gate)
    assert ended.code == 0
    apis = ("settings", "calendar", "twilio")
    names = {LOGIN: {f"{api}::login" for api in apis}, OAUTH: {"calendar::oauth"}}
    assert flaky(ended) == names.get(route, set())


def test_a_last_look_at_the_version_that_was_spoiled_is_no_false_alarm(
    gate: Gate, backend: Backend, front: Front
) -> None:
    """The version is asked for three times before the tests; the fourth time is the last one."""
    proxy = front(backend, Script({HEALTH: [None, None, None, BAD_GATEWAY]}))
    assert through(proxy, backend, gate, "--target-version=1.0.0").code == 0


def flaky_in_junit(ended: Ended) -> set[str]:
    """The checks that the JUnit file marks."""
    return {
        name.replace(".", "::")
        for name, properties in ended.junit_properties().items()
        if properties.get("apismoke_flaky") == "true"
    }


# -- what is not repeated away -------------------------------------------------------------------


def test_a_fetch_that_stays_spoiled_is_fetch(gate: Gate, backend: Backend, front: Front) -> None:
    proxy = front(backend, Script({FETCH: [UNAVAILABLE] * FOR_EVER}))
    ended = through(proxy, backend, gate)
    assert (ended.code, ended.report["categories"]) == (2, {"fetch": 1})
    assert attempts(ended, "settings::fetch")[-1] == (503, 4)
    assert flaky(ended) == set()
    assert proxy.arrived[FETCH] == 4


@pytest.mark.parametrize(
    ("spoiled", "code", "category"),
    [(Spoiled.SERVER_ERROR, 2, "fetch"), (Spoiled.PAGE, 5, "invalid")],
    ids=str,
)
def test_a_response_of_the_api_itself_is_not_retried(
    gate: Gate, backend: Backend, front: Front, spoiled: Spoiled, code: int, category: str
) -> None:
    """The second one would be right, and is not asked for."""
    proxy = front(backend, Script({FETCH: [spoiled]}))
    ended = through(proxy, backend, gate, "--smoke-api=settings")
    assert (ended.code, ended.report["categories"]) == (code, {category: 1})
    assert proxy.arrived[FETCH] == 1
    assert flaky(ended) == set()


@pytest.mark.parametrize(
    ("fault", "code", "category", "workers"),
    sampled_with_workers(
        [("login-500", 1, "auth"), ("oauth-500", 3, "oauth"), ("write-dropped", 4, "persist")],
        in_sample=lambda case: case[2] == "persist",
    ),
)
def test_noise_hides_no_fault(
    gate: Gate,
    start_backend: Callable[..., Backend],
    front: Front,
    fault: str,
    code: int,
    category: str,
    workers: int,
) -> None:
    """The first and the third of every safe request are spoiled as well."""
    backend = start_backend(fault)
    script = {route: [UNAVAILABLE, None, BAD_GATEWAY] for route in (FETCH, OAUTH)}
    proxy = front(backend, Script(script))
    arguments = ("--smoke", "-oapismoke_readback_wait=0.2")
    ended = gate.against_url(proxy.url, *arguments, workers=workers)
    assert (ended.code, ended.report["categories"]) == (code, {category: 1})


# -- writing -------------------------------------------------------------------------------------


def test_an_update_that_was_not_taken_is_sent_again(
    gate: Gate, backend: Backend, front: Front, workers: int
) -> None:
    proxy = front(backend, Script({SAVE: [UNAVAILABLE]}))
    ended = through(proxy, backend, gate, workers=workers)
    assert (ended.code, flaky(ended)) == (0, {"settings::save"})
    # The probe twice, and the original.
    assert (proxy.arrived[SAVE], backend.requests(SAVE)) == (3, 2)


@pytest.mark.parametrize(
    ("spoiled", "workers"),
    sampled_with_workers(
        [BAD_GATEWAY, Spoiled.CUT], in_sample=lambda spoiled: spoiled is Spoiled.CUT
    ),
)
def test_an_update_that_may_have_been_taken_is_not_sent_again(
    gate: Gate, backend: Backend, front: Front, spoiled: Spoiled, workers: int
) -> None:
    """One that was CUT has been taken, one for the gateway's page may be under way.

    The original is sent after either. No round showed the probe, so that it may come yet, and the
    entry stays until a run a minute later.
    """
    proxy = front(backend, Script({SAVE: [spoiled]}))
    ended = leaving_the_document(proxy, backend, gate, workers=workers)
    assert (ended.code, ended.report["categories"]) == (3, {"save": 1})
    assert [attempt for _, attempt in attempts(ended, "settings::save")][-1] == 1
    assert ended.outcomes()["settings::restore"] == "passed"
    # The probe once, and the original once.
    assert proxy.arrived[SAVE] == 2
    (entry,) = gate.entries()
    assert entry["phase"] == "open"
    (told,) = (note for note in ended.notes() if str(entry["run_id"]) in note)
    assert "was never seen and may still arrive" in told

    a_minute_has_passed(gate)
    later = through(proxy, backend, gate, workers=workers)
    assert (later.code, later.report["verdict"]) == (0, "pass")


def a_minute_has_passed(gate: Gate) -> None:
    """Makes the last update of the only entry older than any update that is under way."""
    (file,) = gate.state_dir.glob("*.json")
    entry = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**entry, "sent_at": entry["sent_at"] - 61}), "utf-8")


def test_an_update_whose_kept_connection_was_dropped_is_sent_again(
    gate: Gate, backend: Backend, front: Front
) -> None:
    """It says what is to be, so it may arrive twice; not a byte of an answer came."""
    proxy = front(backend, Script({SAVE: [Spoiled.RESET]}))
    ended = through(proxy, backend, gate, workers=0)
    assert (ended.code, ended.report["categories"]) == (0, {})
    assert [attempt for _, attempt in attempts(ended, "settings::save")][-2:] == [1, 2]
    assert ended.outcomes()["settings::restore"] == "passed"


@pytest.mark.parametrize(
    "spoiled", sampled([BAD_GATEWAY, Spoiled.RESET, Spoiled.CUT], every=3), ids=str
)
def test_a_restore_that_was_spoiled_once_is_made_all_the_same(
    gate: Gate, backend: Backend, front: Front, spoiled: Spoiled
) -> None:
    """The target comes first: what is to be there again is known.

    What the gateway refused, the target has not acknowledged: that is no `persist`.
    """
    ended = through(front(backend, Script({SAVE: [None, spoiled]})), backend, gate)
    assert ended.outcomes()["settings::restore"] == "passed"
    assert (ended.code, ended.report["verdict"]) == (0, "pass")

"""The three tables of exit codes, each cell by a real run."""

from __future__ import annotations

import pytest
from gate.sampling import sampled, sampled_with_workers
from harness import Gate, credentials

FAST = ("--smoke", "--target-url=demo", "-oapismoke_readback_wait=0.1")


@pytest.mark.parametrize(
    ("api", "fault", "code", "category", "workers"),
    sampled_with_workers(
        [
            ("calendar", "login-refused", 1, "auth"),
            ("calendar", "me-html", 5, "error"),
            ("twilio", "me-500", 2, "fetch"),
            ("twilio", "phone-malformed", 3, "phone"),
            ("twilio", "me-html", 5, "error"),
        ],
        in_sample=lambda cell: cell[1] == "phone-malformed",
    ),
)
def test_the_category_table(
    gate: Gate, api: str, fault: str, code: int, category: str, workers: int
) -> None:
    ended = gate.run(*FAST, f"--smoke-api={api}", faults=[fault], workers=workers)
    assert (ended.code, ended.report["categories"]) == (code, {category: 1})
    assert list(ended.report["apis"]) == [api]


@pytest.mark.parametrize(
    ("fault", "code", "workers"),
    sampled_with_workers(
        [
            (None, 0),
            ("save-500", 1),
            ("oauth-500", 2),
            ("phone-malformed", 3),
            ("me-500", 4),
            ("never-ready", 5),
        ],
        in_sample=lambda cell: cell[0] == "me-500",
    ),
)
def test_the_api_table(gate: Gate, fault: str | None, code: int, workers: int) -> None:
    faults = [fault] if fault else []
    arguments = (*FAST, "--smoke-exit-codes=api", "--target-wait=0.1")
    ended = gate.run(*arguments, faults=faults, workers=workers)
    assert (ended.code, ended.report["exit_codes"]) == (code, "api")


@pytest.mark.parametrize(
    ("fault", "code", "verdict", "workers"),
    sampled_with_workers(
        [
            (None, 0, "pass"),
            ("save-500", 1, "fail"),
            ("never-ready", 2, "inconclusive"),
            ("no-such-fault", 3, "misconfigured"),
            ("restore-refused", 4, "dirty"),
        ],
        in_sample=lambda cell: cell[2] in ("misconfigured", "dirty"),
    ),
)
def test_the_verdict_table(
    gate: Gate, fault: str | None, code: int, verdict: str, workers: int
) -> None:
    faults = [fault] if fault else []
    arguments = (*FAST, "--smoke-exit-codes=verdict", "--target-wait=0.1")
    ended = gate.run(*arguments, faults=faults, workers=workers)
    assert (ended.code, ended.report["verdict"]) == (code, verdict)


@pytest.mark.parametrize(
    ("arguments", "workers"),
    sampled_with_workers(
        [["-x"], ["--maxfail=1"]], in_sample=lambda arguments: arguments == ["-x"]
    ),
)
def test_stopping_at_the_first_failure_does_not_change_the_code(
    gate: Gate, arguments: list[str], workers: int
) -> None:
    """settings breaks at 4 and is looked at first; calendar breaks at 3."""
    faults = ["write-dropped", "oauth-500"]
    ended = gate.run(*FAST, *arguments, faults=faults, workers=workers)
    assert ended.code == 3
    assert "-x and --maxfail are ignored" in ended.told


@pytest.mark.parametrize("seed", sampled(range(3), every=3))
def test_reordering_does_not_change_the_code_or_the_requests(gate: Gate, seed: int) -> None:
    ended = gate.run(
        *FAST, "-prandomly", f"--randomly-seed={seed}", faults=["save-needs-calendar-later"]
    )
    assert ended.code == 0


@pytest.mark.parametrize("plugin_arguments", [["-prerunfailures", "--reruns=2"]])
def test_a_rerun_neither_hides_nor_repeats(gate: Gate, plugin_arguments: list[str]) -> None:
    ended = gate.run(*FAST, *plugin_arguments, faults=["oauth-500"])
    assert (ended.code, ended.report["categories"]) == (3, {"oauth": 1})


@pytest.mark.parametrize(
    ("arguments", "workers"),
    sampled_with_workers(
        [
            ["-k", "nothing_has_this_name"],
            ["-k", "settings"],
            ["-m", "no_such_marker"],
            ["--deselect", "twilio::state"],
            ["--collect-only"],
            ["--setup-plan"],
            ["--setup-only"],
        ],
        in_sample=lambda arguments: arguments in (["-k", "settings"], ["--collect-only"]),
    ),
)
def test_nothing_or_not_everything_verified_is_never_0(
    gate: Gate, arguments: list[str], workers: int
) -> None:
    ended = gate.run(*FAST, *arguments, workers=workers)
    assert ended.code == 5
    assert ended.report["categories"].keys() == {"unverified"}


def test_a_hook_of_another_plugin_that_breaks_the_end_is_not_a_pass(gate: Gate) -> None:
    gate.write("conftest.py", "def pytest_sessionfinish(session): raise RuntimeError('boom')")
    ended = gate.run(*FAST)
    assert (ended.code, ended.report["categories"]) == (5, {"internal": 1})
    assert "RuntimeError: boom" in ended.told


@pytest.mark.parametrize("hook", ["pytest_sessionstart", "pytest_runtest_setup"])
def test_another_plugin_that_exits_with_0_is_not_a_pass(gate: Gate, hook: str) -> None:
    gate.write(
        "conftest.py",
        f"""
        import pytest
        def {hook}():
            pytest.exit("enough", returncode=0)
        """,
    )
    ended = gate.run(*FAST)
    assert ended.code == 5


def test_two_faults_end_with_the_earlier_stage(gate: Gate, workers: int) -> None:
    ended = gate.run(
        "--smoke",
        "--target-url=demo",
        "-oapismoke_readback_wait=0.1",
        faults=["write-dropped", "oauth-500", "receptionist-text"],
        workers=workers,
    )
    assert ended.code == 3
    assert ended.report["categories"] == {"oauth": 1, "persist": 1, "state": 1}
    assert ended.report["apis"] == {
        "settings": {"verdict": "fail", "failed_stage": "persist"},
        "calendar": {"verdict": "fail", "failed_stage": "oauth"},
        "twilio": {"verdict": "fail", "failed_stage": "state"},
    }


@pytest.mark.parametrize(
    ("fault", "code", "true_code", "verdict", "workers"),
    sampled_with_workers(
        [
            ("me-500", 0, 2, "fail"),
            ("no-such-fault", 0, 5, "misconfigured"),
            ("restore-refused", 4, 4, "dirty"),
        ],
        in_sample=lambda cell: cell[0] == "me-500",
    ),
)
def test_a_rehearsal_ends_with_0_and_reports_the_verdict(
    gate: Gate, fault: str, code: int, true_code: int, verdict: str, workers: int
) -> None:
    given = (*FAST, "--smoke-rehearse", "--target-wait=0.1")
    ended = gate.run(*given, faults=[fault], workers=workers)
    told = {name: ended.report[name] for name in ("verdict", "exit_code", "rehearsal")}
    assert ended.code == code
    assert told == {"verdict": verdict, "exit_code": true_code, "rehearsal": {"exit_code": code}}


def test_a_rehearsal_against_several_targets_ends_with_0(gate: Gate) -> None:
    down = ("--target-url=http://127.0.0.1:9", "--target-url=http://127.0.0.1:10")
    given = ("--smoke", "--smoke-rehearse", "--target-wait=0.1", *down)
    ended = gate.run(*given, environ=credentials())
    told = {name: ended.report[name] for name in ("verdict", "exit_code", "rehearsal")}
    assert ended.code == 0
    assert told == {"verdict": "inconclusive", "exit_code": 5, "rehearsal": {"exit_code": 0}}


@pytest.mark.parametrize(
    "targets",
    [
        ("--target-url=",),
        ("--target-url=http://127.0.0.1:9", "--target-url="),
        ("--target-url=", "--target-url=http://127.0.0.1:9"),
    ],
    ids=("none", "the last", "the first"),
)
def test_a_rehearsal_does_not_excuse_a_target_that_is_missing(
    gate: Gate, targets: tuple[str, ...]
) -> None:
    ended = gate.run("--smoke", "--smoke-rehearse", *targets, environ=credentials())
    assert (ended.code, ended.report["verdict"], "rehearsal" in ended.report) == (
        5,
        "misconfigured",
        False,
    )


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("options", "environ", "code"),
    [
        (("--smoke-rehearse",), {}, 0),
        ((), {"APISMOKE_REHEARSE": "true"}, 0),
        ((), {"APISMOKE_REHEARSE": "maybe"}, 5),
        ((), {}, 5),
    ],
)
def test_a_rehearsal_that_a_test_ends_by_force_ends_with_0(
    gate: Gate, options: tuple[str, ...], environ: dict[str, str], code: int
) -> None:
    gate.write(
        "test_it.py",
        "import os, pytest\n@pytest.mark.smoke\ndef test_it(smoke_client): os._exit(3)\n",
    )
    given = (*FAST, "--smoke-api=settings", "test_it.py", *options)
    ended = gate.run(*given, environ=environ)
    assert (ended.code, ended.report["exit_code"]) == (code, 5)

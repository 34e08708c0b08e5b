"""`scripts/deploy.sh`: each end by running it, with a gate that ends as the case says."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import pytest
from deploying.deployment import SCRIPTS, URL, Deployment, read_until
from harness import clean_environment

ROOT = SCRIPTS.parent
GATED = f"gate: --target-url={URL}"
RESTORED = f"gate: restore --target-url={URL}"
DEPLOYED, ROLLED_BACK = "deploy", "roll back"
SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A call: the codes of its gates, its options, and what has to come of it."""

    name: str
    code: int
    summary: str
    events: tuple[str, ...]
    gates: tuple[int, ...] = ()
    options: tuple[str, ...] = ()
    deploy_code: int = 0
    rollback_code: int = 0


MISCONFIGURED = "HELD, THE GATE IS MISCONFIGURED: what was deployed stays, and nobody has judged it"
INCONCLUSIVE = "HELD, INCONCLUSIVE: what was deployed stays, and nobody could tell whether it works"
DIRTY = "HELD, DIRTY: the target was left changed; nothing was rolled back since"
CASES = (
    Case(
        name="the gate passes",
        gates=(0,),
        events=(DEPLOYED, GATED),
        code=0,
        summary="DEPLOYED: the gate passes",
    ),
    Case(
        name="the gate fails",
        gates=(1, 0),
        events=(DEPLOYED, GATED, ROLLED_BACK, GATED),
        code=1,
        summary="ROLLED BACK: the gate failed; the gate passes again",
    ),
    Case(
        name="the gate can't tell",
        gates=(2,),
        events=(DEPLOYED, GATED),
        code=2,
        summary=INCONCLUSIVE,
    ),
    Case(
        name="the gate can't tell, and that is enough",
        options=("--rollback-inconclusive",),
        gates=(2, 0),
        events=(DEPLOYED, GATED, ROLLED_BACK, GATED),
        code=1,
        summary="ROLLED BACK: the gate could not tell; the gate passes again",
    ),
    Case(
        name="the gate is misconfigured, which is never enough",
        options=("--rollback-inconclusive",),
        gates=(3,),
        events=(DEPLOYED, GATED),
        code=3,
        summary=MISCONFIGURED,
    ),
    Case(
        name="the gate is killed",
        gates=(137,),
        events=(DEPLOYED, GATED),
        code=2,
        summary=INCONCLUSIVE,
    ),
    Case(
        name="the gate is misconfigured",
        gates=(3,),
        events=(DEPLOYED, GATED),
        code=3,
        summary=MISCONFIGURED,
    ),
    Case(
        name="the gate is gone after the deploy",
        gates=(127,),
        events=(DEPLOYED, GATED),
        code=3,
        summary=MISCONFIGURED,
    ),
    Case(
        name="the target was left changed",
        gates=(4,),
        events=(DEPLOYED, GATED),
        code=4,
        summary=DIRTY,
    ),
    Case(
        name="the target is restored, and passes",
        options=("--restore",),
        gates=(4, 0, 0),
        events=(DEPLOYED, GATED, RESTORED, GATED),
        code=0,
        summary="DEPLOYED: the gate passes",
    ),
    Case(
        name="the target is restored, and fails",
        options=("--restore",),
        gates=(4, 0, 1, 0),
        events=(DEPLOYED, GATED, RESTORED, GATED, ROLLED_BACK, GATED),
        code=1,
        summary="ROLLED BACK: the gate failed; the gate passes again",
    ),
    Case(
        name="the target can't be restored",
        options=("--restore",),
        gates=(4, 4),
        events=(DEPLOYED, GATED, RESTORED),
        code=4,
        summary=DIRTY,
    ),
    Case(
        name="the target is left changed once more",
        options=("--restore",),
        gates=(4, 0, 4),
        events=(DEPLOYED, GATED, RESTORED, GATED),
        code=4,
        summary=DIRTY,
    ),
    Case(
        name="the deploy fails, and harms nothing",
        deploy_code=7,
        gates=(0,),
        events=(DEPLOYED, GATED),
        code=5,
        summary="DEPLOY FAILED (exit code 7): the gate passes on what answers; not rolled back",
    ),
    Case(
        name="the deploy fails, and the target is bad",
        deploy_code=7,
        gates=(1, 0),
        events=(DEPLOYED, GATED, ROLLED_BACK, GATED),
        code=1,
        summary="ROLLED BACK: the deploy command failed (exit code 7), and the gate failed; the"
        " gate passes again",
    ),
    *(
        Case(
            name=f"the deploy fails, and the gate ends with {last}",
            deploy_code=7,
            gates=(last,),
            events=(DEPLOYED, GATED),
            code=last,
            summary=summary.replace(": ", ": the deploy command failed (exit code 7), and "),
        )
        for last, summary in ((2, INCONCLUSIVE), (3, MISCONFIGURED), (4, DIRTY))
    ),
    Case(
        name="the roll-back fails",
        gates=(1,),
        rollback_code=3,
        events=(DEPLOYED, GATED, ROLLED_BACK),
        code=6,
        summary="ROLL-BACK FAILED (exit code 3): the gate failed, and that version may still"
        " answer",
    ),
    *(
        Case(
            name=f"the gate ends with {last} after the roll-back",
            gates=(1, last),
            events=(DEPLOYED, GATED, ROLLED_BACK, GATED),
            code=7,
            summary="ROLLED BACK, AND NOT WELL: the gate failed; the gate does not pass after the"
            " roll-back either",
        )
        for last in (1, 2, 3)
    ),
    Case(
        name="the target was left changed after the roll-back",
        gates=(1, 4),
        events=(DEPLOYED, GATED, ROLLED_BACK, GATED),
        code=4,
        summary=DIRTY,
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_each_end_has_its_code(deployment: Deployment, case: Case) -> None:
    deployment.deploy = deployment.event(DEPLOYED, case.deploy_code)
    deployment.rollback = deployment.event(ROLLED_BACK, case.rollback_code)
    ended = deployment.run(*case.options, codes=case.gates)
    assert (ended.code, ended.events) == (case.code, case.events)
    assert case.summary in ended.said
    assert ended.said[-1] == f"exit code {case.code}"
    assert not deployment.lock.exists()


def test_what_it_says_has_the_time_and_goes_to_the_log_too(deployment: Deployment) -> None:
    ended = deployment.run("--log", "deploy.log", codes=(1, 0))
    assert ended.said == (
        "deploying",
        "deployed; gating",
        "the gate fails: the target is bad",
        "rolling back: the gate failed",
        "the gate passes",
        "ROLLED BACK: the gate failed; the gate passes again",
        "to do: read the first verdict above",
        "exit code 1",
    )
    assert (deployment.folder / "deploy.log").read_text("utf-8") == ended.err


def test_dirty_names_the_command_that_restores(deployment: Deployment) -> None:
    gate = ("--smoke", "--target-url", URL, "--target-profile=production", "-q")
    ended = deployment.run(gate=gate, codes=(4,))
    assert ended.said[-2] == (
        "to do: restore it with the command that the verdict names, or: apismoke restore"
        f" --target-url={URL} --target-profile=production"
    )


def test_the_gate_after_a_roll_back_wants_the_previous_version_and_keeps_the_evidence(
    deployment: Deployment,
) -> None:
    gate = (
        *("--target-url", URL, "--target-version", "2.0"),
        *("--smoke-report", "out/smoke.json", "--junitxml=junit", "--smoke-html=-"),
        *("-k", "a b"),
    )
    ended = deployment.run("--rollback-version=1.0", gate=gate, codes=(1, 0))
    assert ended.events == (
        DEPLOYED,
        f"gate: --target-url {URL} --target-version=2.0 --smoke-report=out/smoke.json"
        " --junitxml=junit --smoke-html=- -k a b",
        ROLLED_BACK,
        f"gate: --target-url {URL} --smoke-report=out/smoke.rolled-back.json"
        " --junitxml=junit.rolled-back --smoke-html=- -k a b --target-version=1.0",
    )


def test_after_a_failed_deploy_any_version_may_answer(deployment: Deployment) -> None:
    deployment.deploy = "exit 1"
    gate = (f"--target-url={URL}", "--target-version=2.0")
    assert deployment.run(gate=gate, codes=(0,)).events == (GATED,)


def test_a_gate_that_is_missing_deploys_nothing(deployment: Deployment) -> None:
    deployment.gate.unlink()
    ended = deployment.run()
    assert (ended.code, ended.events) == (3, ())
    assert ended.said[0] == (
        f"THE GATE IS MISSING: {deployment.gate} can't be started; nothing was deployed"
    )


def test_a_gate_that_breaks_with_the_deploy_rolls_nothing_back(deployment: Deployment) -> None:
    """Python ends with 1 for a package that is gone; that is not the verdict *fail*."""
    (deployment.folder / "breaking").touch()
    ended = deployment.run(codes=(1,))
    assert (ended.code, ended.events) == (3, (DEPLOYED, GATED))
    assert "the gate ended with 1, but can't be started: that is no verdict" in ended.said


@pytest.mark.parametrize(("codes", "shouts"), [((0,), False), ((2,), True)])
def test_it_shouts_unless_all_is_well(
    deployment: Deployment, codes: tuple[int, ...], shouts: bool
) -> None:
    shout = 'echo "$DEPLOY_EXIT_CODE $DEPLOY_SUMMARY" >>shouts; exit 9'
    ended = deployment.run("--shout", shout, codes=codes)
    assert ended.code == codes[0]
    path = deployment.folder / "shouts"
    assert (path.exists() and path.read_text()) == (shouts and f"2 {INCONCLUSIVE}\n")
    assert ("the shout command failed (exit code 9)" in ended.said) == shouts


def test_nobody_has_to_read_what_it_says(deployment: Deployment) -> None:
    """Behind a connection that broke, the next word would end the script without a roll-back."""
    deployment.deploy = deployment.waiting("deploy", 9)
    process = deployment.start(codes=(1, 0))
    deployment.until_it_runs("deploy")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    process.stderr.close()
    deployment.go_on("deploy")
    assert (process.wait(60), deployment.events()) == (1, (GATED, ROLLED_BACK, GATED))
    assert not deployment.lock.exists()


@pytest.mark.parametrize("closed", ["<&-", "<&- >&- 2>&-"])
def test_it_needs_no_open_streams(deployment: Deployment, closed: str) -> None:
    """As under some service managers; to end with 1 there would say that it has rolled back."""
    (deployment.folder / "codes").write_text("0\n")
    command = [
        *deployment.shell,
        str(SCRIPTS / "deploy.sh"),
        *(f"--deploy={deployment.deploy}", "--rollback=true", f"--gate={deployment.gate}"),
        *(f"--lock={deployment.lock}", "--", f"--target-url={URL}"),
    ]
    ended = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", *command],
        cwd=deployment.folder,
        env=clean_environment(),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (ended.returncode, deployment.events()) == (0, (DEPLOYED, GATED))


def test_a_shout_that_hangs_holds_nothing_up_and_a_signal_ends_it(deployment: Deployment) -> None:
    shout = deployment.waiting("shout", 9).replace("exec ", "")
    process = deployment.start(f"--shout={shout}; true", codes=(2,))
    deployment.until_it_runs("shout")
    assert not deployment.lock.exists()
    process.terminate()
    ended = deployment.end(process)
    assert (ended.code, ended.said[-2]) == (2, "a signal: passed on to the shout command")


@pytest.mark.parametrize("environ", [{}, {"APISMOKE_REHEARSE": "true"}])
def test_a_rehearsal_is_not_told_as_a_pass(deployment: Deployment, environ: dict[str, str]) -> None:
    gate = (f"--target-url={URL}", *(() if environ else ("--smoke-rehearse",)))
    ended = deployment.run(gate=gate, codes=(0,), environ=environ)
    assert (ended.code, ended.said[-2]) == (
        0,
        "DEPLOYED: the gate ended with 0, as a rehearsal does whatever its verdict is",
    )


# -- one at a time -------------------------------------------------------------------------------


def test_a_second_deployment_does_nothing(deployment: Deployment) -> None:
    deployment.deploy = deployment.waiting("deploy", 9)
    first = deployment.start(codes=(0,))
    deployment.until_it_runs("deploy")
    second = deployment.run()
    assert (second.code, second.events) == (75, ())
    assert second.said == (
        f"another deployment is running: process {first.pid} has {deployment.lock};"
        " nothing was done",
        "to do: wait for it; if there is none, remove that directory",
    )
    (deployment.folder / "codes").write_text("0\n")
    deployment.go_on("deploy")
    assert deployment.end(first).code == 0


def test_the_lock_of_a_process_that_is_gone_is_taken_over(deployment: Deployment) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    deployment.lock.mkdir()
    (deployment.lock / "pid").write_text(f"{gone.pid}\n")
    ended = deployment.run(codes=(0,))
    assert ended.code == 0
    assert ended.said[0] == f"the lock of process {gone.pid}, which is gone, was taken over"


def test_a_lock_from_before_the_machine_was_started_is_taken_over(deployment: Deployment) -> None:
    """The number of its process may be another one's by now."""
    if not Path("/proc/sys/kernel/random/boot_id").exists():
        pytest.skip("the system does not tell its starts apart")
    deployment.lock.mkdir()
    (deployment.lock / "pid").write_text(f"{os.getpid()} of-an-earlier-start\n")
    ended = deployment.run(codes=(0,))
    assert ended.code == 0
    assert ended.said[0] == f"the lock of process {os.getpid()}, which is gone, was taken over"


def test_one_of_several_takes_over_the_lock_of_a_process_that_is_gone(
    deployment: Deployment,
) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    deployment.lock.mkdir()
    (deployment.lock / "pid").write_text(f"{gone.pid}\n")
    deployment.deploy = deployment.waiting("deploy", 9)
    started = [deployment.start(codes=(0,)) for _ in range(4)]
    with ThreadPoolExecutor(len(started)) as pool:
        ended = as_completed([pool.submit(deployment.end, process) for process in started])
        # The others end while the one that has the lock waits.
        refused = [next(ended).result().code for _ in range(3)]
        deployment.until_it_runs("deploy")
        deployment.go_on("deploy")
        assert (refused, next(ended).result().code) == ([75, 75, 75], 0)


def test_a_lock_that_is_let_go_just_now_is_no_mistake_in_the_call(deployment: Deployment) -> None:
    """Between two looks nobody has it: it was there, and is no more."""
    if deployment.shell[0] == "busybox":
        pytest.skip("its own mkdir can't be replaced")
    mkdir = deployment.gate.with_name("mkdir")
    mkdir.write_text('#!/bin/sh\n[ -e "$0.was" ] && exec /bin/mkdir "$@"\n: >"$0.was"\nexit 1\n')
    mkdir.chmod(0o755)
    path = f"{mkdir.parent}{os.pathsep}{os.environ['PATH']}"
    ended = deployment.run(codes=(0,), environ={"PATH": path})
    assert (ended.code, mkdir.with_name("mkdir.was").exists()) == (0, True)


def test_what_is_left_of_taking_over_is_named(deployment: Deployment) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    deployment.lock.mkdir()
    (deployment.lock / "pid").write_text(f"{gone.pid}\n")
    taking_over = deployment.lock.with_name("lock.taking-over")
    taking_over.mkdir()
    ended = deployment.run()
    assert (ended.code, ended.events, ended.said) == (
        75,
        (),
        (
            "another deployment is running: another one, which is just taking it over, has"
            f" {deployment.lock}; nothing was done",
            f"to do: wait for it; if there is none, remove {taking_over}",
        ),
    )


def test_a_signal_while_the_lock_is_made_leaves_none(deployment: Deployment) -> None:
    if deployment.shell[0] == "busybox":
        pytest.skip("its own mkdir can't be replaced")
    mkdir = deployment.gate.with_name("mkdir")
    mkdir.write_text('#!/bin/sh\n/bin/mkdir "$@" && kill -TERM "$PPID"\n', "utf-8")
    mkdir.chmod(0o755)
    path = f"{mkdir.parent}{os.pathsep}{os.environ['PATH']}"
    ended = deployment.run(environ={"PATH": path})
    assert (ended.code, ended.events) == (128 + signal.SIGTERM, ())
    assert not deployment.lock.exists()


def test_a_lock_without_an_owner_is_not_taken(deployment: Deployment) -> None:
    deployment.lock.mkdir()
    assert deployment.run().code == 75
    assert deployment.lock.exists()


# -- signals -------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", SIGNALS)
@pytest.mark.parametrize(("says", "code"), [(0, 0), (2, 2), (4, 4)])
def test_a_signal_is_passed_on_to_the_gate_and_its_verdict_decides(
    deployment: Deployment, sent: signal.Signals, says: int, code: int
) -> None:
    waiting = deployment.waiting("gate", says)
    deployment.install_gate(f'#!/bin/sh\n[ "$1" != --help ] || exit 0\n{waiting}\n')
    process = deployment.start("--rollback-inconclusive")
    deployment.until_it_runs("gate")
    os.kill(process.pid, sent)
    ended = deployment.end(process)
    assert (ended.code, ended.events) == (code, (DEPLOYED,))
    assert "a signal: passed on to the gate, which restores first" in ended.said


def test_a_signal_lets_the_deploy_command_end_and_nothing_is_gated(deployment: Deployment) -> None:
    deployment.deploy = deployment.waiting("deploy", 9)
    process = deployment.start()
    deployment.until_it_runs("deploy")
    process.terminate()
    read = read_until(process, "waiting for the deploy command; another signal ends it")
    deployment.go_on("deploy")
    ended = deployment.end(process, read)
    assert (ended.code, ended.events) == (2, ())
    assert (
        "HELD, INTERRUPTED: the deploy command ended with 0, and nobody has gated what answers now"
        in ended.said
    )


def test_a_second_signal_ends_the_deploy_command(deployment: Deployment) -> None:
    deployment.deploy = deployment.waiting("deploy", 9)
    process = deployment.start()
    deployment.until_it_runs("deploy")
    process.send_signal(signal.SIGINT)
    read = read_until(process, "another signal ends it")
    process.terminate()
    ended = deployment.end(process, read)
    assert ended.code == 2
    assert (
        "HELD, INTERRUPTED: the deploy command ended with 9, and nobody has gated what answers now"
        in ended.said
    )


def test_a_second_signal_ends_what_the_deploy_command_runs_too(deployment: Deployment) -> None:
    """A shell ends at a signal, and what it runs would go on, holding what it has inherited."""
    waiting = deployment.waiting("deploy", 9).replace("exec ", "")
    deployment.deploy = f"(true; {waiting}; true); {deployment.event('after')}"
    process = deployment.start()
    deployment.until_it_runs("deploy")
    process.terminate()
    read = read_until(process, "another signal ends it")
    process.terminate()
    ended = deployment.end(process, read)
    assert (ended.code, ended.events) == (2, ())


def test_a_signal_does_not_make_a_gate_that_failed_one_that_is_gone(
    deployment: Deployment,
) -> None:
    waiting = deployment.waiting("look", 9)
    deployment.install_gate(
        "#!/bin/sh\n"
        f"cd {deployment.folder}; verdicts=$(grep -c gate: events)\n"
        f'if [ "$1" = --help ]; then [ "$verdicts" = 1 ] || exit 0; set -- x; {waiting}; fi\n'
        'echo gate: >>events; [ "$verdicts" != 0 ] || exit 1\n'
    )
    (deployment.folder / "events").touch()
    process = deployment.start()
    deployment.until_it_runs("look")
    process.terminate()
    read = read_until(
        process, "a signal while looking whether the gate starts, which is not interrupted"
    )
    deployment.go_on("look")
    ended = deployment.end(process, read)
    assert (ended.code, ended.events) == (1, (DEPLOYED, "gate:", ROLLED_BACK, "gate:"))


def test_a_roll_back_is_not_interrupted(deployment: Deployment) -> None:
    deployment.rollback = deployment.waiting("rollback", 9)
    process = deployment.start(codes=(1, 0))
    deployment.until_it_runs("rollback")
    process.terminate()
    read = read_until(process, "a signal while rolling back, which is not interrupted")
    deployment.go_on("rollback")
    ended = deployment.end(process, read)
    assert (ended.code, ended.events) == (1, (DEPLOYED, GATED, GATED))


@pytest.mark.parametrize("sent", SIGNALS)
def test_a_signal_before_the_deploy_does_nothing(
    deployment: Deployment, sent: signal.Signals
) -> None:
    waiting = deployment.waiting("gate", 9).replace("exec ", "")
    deployment.install_gate(f"#!/bin/sh\nset -- x\n{waiting}\n")
    process = deployment.start()
    deployment.until_it_runs("gate")
    os.kill(process.pid, sent)
    deployment.go_on("gate")
    ended = deployment.end(process)
    assert (ended.code, ended.events) == (128 + sent, ())
    assert ended.said == ("a signal before anything was deployed; nothing was done",)
    assert not deployment.lock.exists()


# -- the call ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "gate", "message"),
    [
        (("--deploy=",), (), "--deploy is missing or empty"),
        (("--rollback", ""), (), "--rollback is missing or empty"),
        (("--deploy= \n",), (), "--deploy is missing or empty"),
        (("--rollback=\t",), (), "--rollback is missing or empty"),
        (("--deploy", "--restore"), (), "--deploy has no value"),
        (("--log",), (), "--log has no value"),
        (("--gate=",), (), "--gate is empty"),
        (("--lock=",), (), "--lock is empty"),
        (("--smoke",), (), "'--smoke' is no option of deploy.sh"),
        (("--log=gone/log",), (f"--target-url={URL}",), "--log gone/log can't be written"),
        (("--lock=gone/lock",), (f"--target-url={URL}",), "the lock gone/lock can't be made"),
        ((), ("--smoke",), "the gate has no target: --target-url is missing or empty"),
        ((), ("--target-url=",), "the gate has no target: --target-url is missing or empty"),
        ((), ("--smoke-exit-codes=api",), "--smoke-exit-codes is given"),
        ((), (f"--target-url={URL}", "--help"), "--help is given to the gate"),
    ],
)
def test_a_mistake_in_the_call_does_nothing(
    deployment: Deployment, options: tuple[str, ...], gate: tuple[str, ...], message: str
) -> None:
    ended = deployment.run(*options, gate=gate)
    assert (ended.code, ended.events) == (64, ())
    assert re.fullmatch(
        rf"deploy\.sh: {re.escape(message)}\n  to do: .+; nothing was done\n", ended.err
    )


def test_the_target_may_stand_in_the_environment(deployment: Deployment) -> None:
    ended = deployment.run(gate=("--smoke",), codes=(0,), environ={"APISMOKE_TARGET_URL": URL})
    assert (ended.code, ended.events) == (0, (DEPLOYED, "gate: --smoke"))


def test_a_word_that_is_a_command_of_apismoke_is_a_path_for_the_gate(
    deployment: Deployment,
) -> None:
    """`apismoke restore` would end with 0 and gate nothing."""
    deployment.install_gate('#!/bin/sh\n[ "$1" = --help ] || { echo "$@" >>events; exit 3; }\n')
    ended = deployment.run(gate=("restore", f"--target-url={URL}"))
    assert (ended.code, ended.events) == (
        3,
        (DEPLOYED, f"--smoke-exit-codes=verdict restore --target-url={URL}"),
    )


def test_a_dry_run_shows_the_plan_and_runs_nothing(deployment: Deployment) -> None:
    ended = deployment.run(
        *("--dry-run", "--deploy=./switch.sh 2.0", "--rollback=./switch.sh 1.0"),
        *("--rollback-version=1.0", "--restore"),
        gate=("--smoke", f"--target-url={URL}"),
    )
    assert (ended.code, ended.events, ended.err) == (0, (), "")
    assert ended.out == (
        "deploy:    ./switch.sh 2.0\n"
        f"gate:      {deployment.gate} --smoke-exit-codes=verdict --smoke --target-url={URL}\n"
        "fail:      ./switch.sh 1.0, then the gate with --target-version=1.0\n"
        f"dirty:     apismoke restore --target-url={URL}, then the gate\n"
        "otherwise: hold\n"
        f"lock:      {deployment.lock}\n"
    )
    assert not deployment.lock.exists()


def test_a_dry_run_notices_that_the_gate_is_missing(deployment: Deployment) -> None:
    deployment.gate.unlink()
    assert deployment.run("--dry-run").code == 3


@pytest.mark.parametrize("options", [(), ("--dry-run",), ("--restore",)])
def test_no_secret_is_shown(deployment: Deployment, options: tuple[str, ...]) -> None:
    canary = "canary-8a41"
    url = f"https://user:{canary}@api.example.com"
    deployment.deploy = f"API_TOKEN={canary} PASSWORD='{canary} x' true --key {canary}"
    deployment.rollback = (
        f'SECRET="{canary} x" true https://u:{canary}@git.example.com'
        f" && true -H 'Authorization: Bearer {canary}'"
    )
    ended = deployment.run(
        *("--log=deploy.log", *options),
        gate=(
            f"--target-url={url}",
            f"--smoke-notify=slack://{canary}/b",
            "--smoke-notify",
            canary,
        ),
        codes=(4, 4),
        environ={"APISMOKE_PASSWORD": canary},
    )
    log = deployment.folder / "deploy.log"
    assert canary not in ended.out + ended.err + (log.read_text() if log.exists() else "")


# -- the documentation ---------------------------------------------------------------------------


def test_the_table_of_the_documentation_and_the_help_have_the_codes_of_these_tests() -> None:
    tested = {case.code for case in CASES} | {64, 75, *(128 + sent for sent in SIGNALS)}
    page = (ROOT / "docs" / "how-to" / "deploy-scripts.md").read_text("utf-8")
    table = page.partition("\n## What each exit code means\n")[2].partition("\n## ")[0]
    assert {
        int(code)
        for row in re.findall(r"^\| ([\d, ]+) \|", table, re.MULTILINE)
        for code in row.split(",")
    } == tested
    shown = subprocess.run(
        ["sh", str(SCRIPTS / "deploy.sh"), "--help"], capture_output=True, text=True, check=True
    ).stdout.partition("exit codes:")[2]
    codes = [*re.findall(r"^ {1,4}(\d[\d, ]*?)  ", shown, re.MULTILINE), "129, 130, 131, 143"]
    assert {int(code) for row in codes for code in row.split(",")} == tested

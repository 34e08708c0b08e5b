"""The scripts: each verdict becomes the answer that the platform understands."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from platforms.manifests import DEPLOY, pods
from platforms.scripts import Commands, Ran

if os.name != "posix":
    pytest.skip("the scripts are for POSIX shells", allow_module_level=True)

ARN = "arn:aws:ecs:eu-central-1:123456789012:service-deployment/shop/api/EZe5RNVLH6PPzHXINuP28"
DEPLOYMENT = f"--service-deployment-arn {ARN} --hook-id ecs-pause-1 --action"
GATE = "apismoke --smoke --target-url=https://test.example.com"
VERDICT = "--smoke-exit-codes=verdict"
CODES = (0, 1, 2, 3, 4, 5, 137)


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    return Commands(tmp_path)


def aws(*, deployment: str = ARN, hook: str = "ecs-pause-1", answer: int = 0) -> str:
    return f"""
case $2 in
    list-service-deployments) echo '{deployment}' ;;
    describe-service-deployments) echo '{hook}' ;;
    continue-service-deployment) exit {answer} ;;
esac"""


def ecs(commands: Commands, *options: str, **environ: str) -> Ran:
    script = DEPLOY / "ecs" / "gate.sh"
    return commands.run([script, "shop", "api", "https://test.example.com", *options], **environ)


@pytest.mark.parametrize("code", CODES)
def test_ecs_continues_or_rolls_back_or_stays_paused(commands: Commands, code: int) -> None:
    commands.put("aws", aws())
    commands.put("apismoke", f"exit {code}")
    ran = ecs(commands, "--target-version=1.4.2")
    gate = f"{GATE} --target-version=1.4.2 {VERDICT}"
    action = {0: "CONTINUE", 1: "ROLLBACK"}.get(code)
    answer = (f"aws ecs continue-service-deployment {DEPLOYMENT} {action}",) if action else ()
    assert (ran.code, ran.calls[2:]) == (code, (gate, *answer))
    assert ("stays paused" in ran.told) == (action is None)


@pytest.mark.parametrize(
    "fake", [aws(deployment="None"), aws(hook="None"), aws(hook=""), "exit 254"]
)
def test_ecs_runs_no_gate_where_nothing_is_paused(commands: Commands, fake: str) -> None:
    commands.put("aws", fake)
    commands.put("apismoke", "exit 0")
    ran = ecs(commands, APISMOKE_ECS_WAIT="0")
    assert ran.code == 2
    assert not any(call.startswith("apismoke") for call in ran.calls)
    assert "expected a deployment of api in shop that awaits an action, got none" in ran.told


def test_ecs_does_not_end_with_0_if_its_answer_is_refused(commands: Commands) -> None:
    commands.put("aws", aws(answer=254))
    commands.put("apismoke", "exit 0")
    ran = ecs(commands)
    assert (ran.code, "the answer CONTINUE was refused" in ran.told) == (2, True)


@pytest.mark.parametrize("code", CODES)
def test_kubernetes_shows_the_output_and_ends_with_the_code(commands: Commands, code: int) -> None:
    commands.put("kubectl", f"case $1 in create) echo job.batch/gate-x ;; get) echo {code} ;; esac")
    ran = commands.run([DEPLOY / "kubernetes" / "gate.sh", "job.yaml", "--namespace=shop"])
    path = ".items[*].status.containerStatuses[?(@.name=='apismoke')].state.terminated.exitCode"
    assert (ran.code, ran.calls) == (
        code,
        (
            "kubectl create --namespace=shop -f job.yaml -o name",
            "kubectl get pods --namespace=shop -l batch.kubernetes.io/job-name=gate-x"
            f" -o jsonpath={{{path}}}",
            "kubectl logs --namespace=shop job.batch/gate-x -c apismoke",
        ),
    )


def test_kubernetes_finds_the_job_among_what_else_the_file_has(commands: Commands) -> None:
    created = "persistentvolumeclaim/state\njob.batch/gate-x\nconfigmap/gate"
    commands.put("kubectl", f"case $1 in create) printf '{created}\n' ;; get) echo 4 ;; esac")
    ran = commands.run([DEPLOY / "kubernetes" / "gate.sh", "job.yaml"])
    assert (ran.code, ran.calls[-1]) == (4, "kubectl logs job.batch/gate-x -c apismoke")


@pytest.mark.parametrize("created", ["configmap/gate", "job.batch/one\\njob.batch/two"])
def test_kubernetes_judges_one_job(commands: Commands, created: str) -> None:
    commands.put("kubectl", f"case $1 in create) printf '{created}\n' ;; get) echo 0 ;; esac")
    ran = commands.run([DEPLOY / "kubernetes" / "gate.sh", "job.yaml"])
    assert (ran.code, len(ran.calls)) == (3, 1)
    assert "expected one Job in job.yaml, got '" in ran.told


def test_kubernetes_has_no_verdict_of_two_pods(commands: Commands) -> None:
    commands.put("kubectl", "case $1 in create) echo job.batch/gate-x ;; get) echo 0 1 ;; esac")
    ran = commands.run([DEPLOY / "kubernetes" / "gate.sh", "job.yaml"])
    assert (ran.code, "expected one pod of job.batch/gate-x, got the codes 0 1" in ran.told) == (
        2,
        True,
    )


@pytest.mark.parametrize("given", [{"WAIT": "6m"}, {"POLL": "0"}, {"POLL": "0.5"}])
@pytest.mark.parametrize(
    ("script", "prefix"), [("kubernetes/gate.sh", "APISMOKE_JOB"), ("ecs/gate.sh", "APISMOKE_ECS")]
)
def test_a_wait_that_would_never_end_is_refused(
    commands: Commands, script: str, prefix: str, given: dict[str, str]
) -> None:
    environ = {f"{prefix}_{name}": value for name, value in given.items()}
    ran = commands.run([DEPLOY / script, "a", "b", "https://test.example.com"], **environ)
    assert (ran.code, ran.calls) == (3, ())
    assert ran.told.startswith("gate.sh: expected whole seconds, got '")


def test_kubernetes_has_no_verdict_without_a_code(commands: Commands) -> None:
    """A pod that was never started, or that is gone."""
    commands.put("kubectl", "case $1 in create) echo job.batch/gate-x ;; esac")
    script = DEPLOY / "kubernetes" / "gate.sh"
    ran = commands.run([script, "job.yaml"], APISMOKE_JOB_WAIT="0")
    assert (ran.code, len(ran.calls)) == (2, 2)
    assert "expected job.batch/gate-x to end within 0 s" in ran.told


def test_kubernetes_is_misconfigured_if_there_is_no_job(commands: Commands) -> None:
    commands.put("kubectl", "exit 1")
    ran = commands.run([DEPLOY / "kubernetes" / "gate.sh", "job.yaml"])
    assert (ran.code, len(ran.calls)) == (3, 1)


@pytest.mark.parametrize("code", CODES)
def test_cloudflare_moves_the_traffic_only_after_a_pass(commands: Commands, code: int) -> None:
    """The gate knows the version by its header, and has to see it."""
    commands.put("npx", "exit 0")
    commands.put(
        "apismoke", f'printf \'%s\\n\' "asks for $WORKER_VERSION_ID" >> "$CALLS"; exit {code}'
    )
    script = DEPLOY / "cloudflare" / "gate.sh"
    ran = commands.run([script, "https://test.example.com", "old-id", "new-id"])
    moved = {0: "new-id@100%", 1: "old-id@100%"}.get(code)
    assert (ran.code, ran.calls) == (
        code,
        (
            "npx wrangler versions deploy old-id@100% new-id@0% --yes",
            f"{GATE} --target-profile=override --target-version=new-id {VERDICT}",
            "asks for new-id",
            *((f"npx wrangler versions deploy {moved} --yes",) if moved else ()),
        ),
    )


def test_cloudflare_runs_no_gate_if_the_version_is_not_deployed(commands: Commands) -> None:
    commands.put("npx", "exit 1")
    commands.put("apismoke", "exit 0")
    script = DEPLOY / "cloudflare" / "gate.sh"
    ran = commands.run([script, "https://test.example.com", "old", "new"])
    assert (ran.code, len(ran.calls)) == (2, 1)


@pytest.mark.parametrize("code", CODES)
def test_a_protection_rule_is_approved_rejected_or_left_waiting(
    commands: Commands, code: int
) -> None:
    """The token is in no argument."""
    commands.put("apismoke", f"exit {code}")
    commands.put("curl", 'cat >> "$CALLS"')
    script = DEPLOY / "github" / "answer-protection-rule.sh"
    callback = "https://api.github.com/repos/octo/shop/actions/runs/7/deployment_protection_rule"
    ran = commands.run(
        [script, callback, "production", "https://test.example.com"], APP_TOKEN="ghs_canary"
    )
    gate, curl, header = ran.calls
    answer = json.loads(curl[curl.index("{") : curl.rindex("}") + 1])
    state = {0: {"state": "approved"}, 1: {"state": "rejected"}}.get(code, {})
    told = {0: "pass", 1: "fail"}.get(code, f"no verdict on the target, code {code}")
    assert answer == {"environment_name": "production", **state, "comment": f"apismoke: {told}"}
    assert (ran.code, gate) == (code, f"{GATE} {VERDICT}")
    assert curl.endswith(callback)
    assert header == 'header = "Authorization: Bearer ghs_canary"'
    assert "ghs_canary" not in curl


def test_a_protection_rule_wants_a_token_before_it_runs_a_gate(commands: Commands) -> None:
    commands.put("apismoke", "exit 0")
    script = DEPLOY / "github" / "answer-protection-rule.sh"
    ran = commands.run([script, "https://api.github.com", "production", "https://example.com"])
    assert (ran.code, ran.calls) == (3, ())
    assert "expected APP_TOKEN" in ran.told


def test_the_name_of_an_environment_stays_a_name(commands: Commands) -> None:
    """It may hold quotes, and with them what would be an answer of its own."""
    commands.put("apismoke", "exit 1")
    commands.put("curl", "cat >/dev/null")
    name = 'eu\\", "state": "approved'
    script = DEPLOY / "github" / "answer-protection-rule.sh"
    ran = commands.run(
        [script, "https://api.github.com/x", name, "https://test.example.com"], APP_TOKEN="t"
    )
    data = ran.calls[1].partition(" --data ")[2].partition(" --url ")[0]
    assert json.loads(data) == {
        "environment_name": name,
        "state": "rejected",
        "comment": "apismoke: fail",
    }


@pytest.mark.parametrize("callback", ["http://api.github.com/x", "--output=/tmp/x", ""])
def test_the_token_goes_to_no_address_that_is_not_encrypted(
    commands: Commands, callback: str
) -> None:
    commands.put("apismoke", "exit 0")
    commands.put("curl", "cat >/dev/null")
    script = DEPLOY / "github" / "answer-protection-rule.sh"
    ran = commands.run([script, callback, "production", "https://example.com"], APP_TOKEN="t")
    assert (ran.code, ran.calls) == (3, ())
    assert f"expected a URL that begins with https://, got '{callback}'" in ran.told


@pytest.mark.parametrize(
    ("script", "first"),
    [
        ("ecs/gate.sh", "shop"),
        ("cloudflare/gate.sh", "https://test.example.com"),
        ("github/answer-protection-rule.sh", "https://api.github.com/x"),
    ],
)
def test_a_gate_that_does_not_start_has_no_verdict(
    commands: Commands, script: str, first: str
) -> None:
    """Python ends with 1 for a package that is gone, which would roll back or reject."""
    for name in ("aws", "npx", "curl"):
        commands.put(name, "exit 0")
    commands.put("apismoke", "exit 1")
    arguments = [first, "b", "https://test.example.com"]
    ran = commands.run([DEPLOY / script, *arguments], APP_TOKEN="t", STARTS="1")
    assert (ran.code, ran.calls) == (3, ())
    assert ran.told == (
        f"{script.rpartition('/')[2]}: expected the command apismoke, which can't be started; "
        "install it; nothing was done\n"
    )


@pytest.mark.parametrize(
    ("script", "arguments"),
    [
        ("kubernetes/gate.sh", 0),
        ("ecs/gate.sh", 2),
        ("cloudflare/gate.sh", 2),
        ("github/answer-protection-rule.sh", 2),
    ],
)
def test_too_few_arguments_are_a_mistake(commands: Commands, script: str, arguments: int) -> None:
    ran = commands.run([DEPLOY / script, *["x"] * arguments])
    assert (ran.code, ran.calls) == (3, ())
    assert ran.told.startswith("usage: ")


def wrapper() -> list[str]:
    """The command of the analysis that fails for 1 alone."""
    (pod,) = (pod for name, pod, _ in pods() if name.endswith("smoke-fails"))
    command: list[str] = pod["containers"][0]["command"]
    return command


@pytest.mark.parametrize("code", CODES)
def test_an_analysis_aborts_for_a_fail_alone(commands: Commands, code: int) -> None:
    commands.put("apismoke", f"exit {code}")
    ran = commands.run([*wrapper()[1:], "--smoke", "--target-url=https://test.example.com"])
    assert (ran.code, ran.calls) == (int(code == 1), (GATE,))


def test_an_analysis_that_is_ended_lets_the_gate_restore(commands: Commands) -> None:
    """SIGTERM reaches the gate, and the shell waits for its end."""
    # os.write, because the signal may come inside of a print, which is not reentrant.
    program = (
        "import os, signal, sys\n"
        "def restore(*_):\n"
        "    os.write(1, b'restored\\n')\n"
        "    sys.exit(2)\n"
        "signal.signal(signal.SIGTERM, restore)\n"
        "os.write(1, b'ready\\n')\n"
        "signal.pause()\n"
    )
    commands.put("apismoke", f"exec '{sys.executable}' -c \"{program}\"")
    process = subprocess.Popen(
        [*wrapper(), "--smoke"], env=commands.environment(), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "restored\napismoke ended with 2\n")

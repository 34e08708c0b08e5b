"""The manifests: what Kubernetes publishes accepts them, and each pod is as tight as it can be."""

from __future__ import annotations

import re

import pytest
from platforms.manifests import HANGING_S, KUBERNETES, TEMPLATE, Manifest, manifests, pods

MANIFESTS = {name: document for name, document in manifests() if document["kind"] in KUBERNETES}
PODS = {name: (pod, life) for name, pod, life in pods()}
GATES = {name: pods for name, pods in PODS.items() if "Deployment" not in name}
#: The oldest version of Kubernetes that is still maintained somewhere, and the newest.
VERSIONS = ("1.30", "1.37")
POD_SECURITY = {
    "runAsNonRoot": True,
    "runAsUser": 10001,
    "runAsGroup": 10001,
    "fsGroup": 10001,
    "seccompProfile": {"type": "RuntimeDefault"},
}
CONTAINER_SECURITY = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}


def seconds(pod: Manifest, option: str) -> int:
    (value,) = re.findall(rf"{option}=(\d+)", " ".join(pod["containers"][0]["args"]))
    return int(value)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", MANIFESTS)
def test_kubernetes_accepts_it(name: str, version: str) -> None:
    """Strictly: a property that Kubernetes does not know is a mistake."""
    kubernetes = pytest.importorskip("kubernetes_validate", reason="needs kubernetes-validate")
    kubernetes.validate(MANIFESTS[name], version, strict=True)


@pytest.mark.parametrize("name", PODS)
def test_a_pod_meets_the_restricted_standard_and_writes_to_its_volumes_only(name: str) -> None:
    pod, _ = PODS[name]
    (container,) = pod["containers"]
    assert pod["securityContext"] == POD_SECURITY
    assert container["securityContext"] == CONTAINER_SECURITY
    assert pod["automountServiceAccountToken"] is False
    writable = {one["mountPath"] for one in container["volumeMounts"] if not one.get("readOnly")}
    assert writable == {"/state", "/tmp"}  # noqa: S108 - in the container


@pytest.mark.parametrize("name", PODS)
def test_a_pod_has_its_secrets_in_files_and_its_journal_on_a_claim(name: str) -> None:
    pod, _ = PODS[name]
    assert {one["name"]: one["value"] for one in pod["containers"][0]["env"]} == {
        "APISMOKE_USERNAME_FILE": "/run/secrets/apismoke/username",
        "APISMOKE_PASSWORD_FILE": "/run/secrets/apismoke/password",
        "APISMOKE_STATE_DIR": "/state",
    }
    assert pod["volumes"] == [
        {"name": "account", "secret": {"secretName": "apismoke-account", "defaultMode": 0o440}},
        {"name": "state", "persistentVolumeClaim": {"claimName": "apismoke-state"}},
        {"name": "scratch", "emptyDir": {}},
    ]


@pytest.mark.parametrize("name", PODS)
def test_a_pod_has_limits_and_the_time_to_restore(name: str) -> None:
    pod, _ = PODS[name]
    assert pod["containers"][0]["resources"] == {
        "requests": {"cpu": "100m", "memory": "128Mi"},
        "limits": {"memory": "512Mi"},
    }
    assert pod["terminationGracePeriodSeconds"] == 45


@pytest.mark.parametrize("name", GATES)
def test_a_gate_runs_once_and_ends_itself_before_it_is_ended(name: str) -> None:
    """A minute is left for the scheduler and the image."""
    pod, life = GATES[name]
    assert pod["restartPolicy"] == "Never"
    assert life.get("backoffLimit", 0) == 0
    own_s = seconds(pod, "--target-wait") + seconds(pod, "--smoke-budget") + HANGING_S
    assert life["activeDeadlineSeconds"] >= own_s + 60


@pytest.mark.parametrize("name", GATES)
def test_a_gate_tells_its_verdict_by_its_code_and_by_the_status_of_its_pod(name: str) -> None:
    (container,) = GATES[name][0]["containers"]
    assert container["args"][-1] == "--smoke-exit-codes=verdict"
    assert container["terminationMessagePolicy"] == "FallbackToLogsOnError"


def test_a_helm_value_is_text_wherever_text_is_wanted() -> None:
    """A version without quotes is a number, of which `printf "%s"` makes no version."""
    text = TEMPLATE.read_text("utf-8")
    assert '{{- if not (kindIs "string" .Values.apismoke.targetVersion) }}\n{{- fail ' in text
    values = re.findall(r"\{\{ (?!add)[^}]*\.Values[^}]*\}\}", text)
    assert values
    assert [value for value in values if not value.endswith("| quote }}")] == []


def test_flagger_waits_longer_than_a_gate_can_take() -> None:
    (canary,) = (document for _, document in manifests() if document["kind"] == "Canary")
    (webhook,) = canary["spec"]["analysis"]["webhooks"]
    assert webhook["type"] == "pre-rollout"
    command = {"containers": [{"args": webhook["metadata"]["cmd"].split()}]}
    own_s = seconds(command, "--target-wait") + seconds(command, "--smoke-budget") + HANGING_S
    # What runs the command gives up at 180 s.
    assert own_s < int(webhook["timeout"].removesuffix("s")) < 180


def test_cloud_deploy_keeps_the_container_of_the_manifest() -> None:
    """Skaffold takes volumes and limits from the container of that name, and the rest from here."""
    (skaffold,) = (document for _, document in manifests() if document["kind"] == "Config")
    job = MANIFESTS["kubernetes/job.yaml Job"]
    name = job["spec"]["template"]["spec"]["containers"][0]["name"]
    for profile in skaffold["profiles"]:
        (verify,) = profile["verify"]
        assert verify["container"]["name"] == name
        gate = {"containers": [{"args": verify["container"]["args"]}]}
        own_s = seconds(gate, "--target-wait") + seconds(gate, "--smoke-budget") + HANGING_S
        assert verify["timeout"] >= own_s + 60
        assert verify["executionMode"] == {
            "kubernetesCluster": {"jobManifestPath": "kubernetes/job.yaml"}
        }
    # Without labels Skaffold has nothing to add its own to.
    assert job["metadata"]["labels"]

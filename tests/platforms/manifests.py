"""The manifests in deploy/, and the pods that they make."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
TEMPLATE = DEPLOY / "helm" / "templates" / "tests" / "apismoke.yaml"
#: Kinds whose schemas Kubernetes publishes.
KUBERNETES = {"Job", "CronJob", "PersistentVolumeClaim", "Deployment", "Service", "Pod"}
#: What a gate that hangs takes beyond its limits, until it has ended itself: it is interrupted
#: after 10 s, ended 15 s later, and has 10 s for its last steps.
HANGING_S = 35

Manifest = Mapping[str, Any]


def manifests() -> Iterator[tuple[str, Manifest]]:
    """Each document of the YAML files, with its file and kind; the Helm test is rendered."""
    for path in sorted(DEPLOY.rglob("*.y*ml")):
        if "helm" in path.parts and path != TEMPLATE:
            continue
        text = rendered() if path == TEMPLATE else path.read_text("utf-8")
        for document in yaml.safe_load_all(text):
            if "kind" in document:
                yield f"{path.relative_to(DEPLOY)} {document['kind']}", document


def pods() -> Iterator[tuple[str, Manifest, Manifest]]:
    """The specification of each pod that runs the gate, and that of what limits its life."""
    for name, document in manifests():
        spec = document.get("spec", {})
        if document["kind"] == "Pod":
            yield name, spec, spec
        elif document["kind"] in {"Job", "Deployment"}:
            yield name, spec["template"]["spec"], spec
        elif document["kind"] == "CronJob":
            job = spec["jobTemplate"]["spec"]
            yield name, job["template"]["spec"], job
        elif document["kind"] == "AnalysisTemplate":
            job = spec["metrics"][0]["provider"]["job"]["spec"]
            yield f"{name} {document['metadata']['name']}", job["template"]["spec"], job


def rendered() -> str:
    """The Helm test with the values of its chart: only the constructs that it uses."""
    values = yaml.safe_load((DEPLOY / "helm" / "values.yaml").read_text("utf-8"))["apismoke"]
    deadline_s = values["targetWaitSeconds"] + values["budgetSeconds"] + 180
    text = TEMPLATE.read_text("utf-8")

    def valued(match: re.Match[str]) -> str:
        *option, name = match.groups()
        return f'"{"".join(f"{one}=" for one in option)}{values[name]}"'

    for before, after in (
        (r"\{\{- /\*.*?\*/\}\}\n", ""),
        (r" *\{\{- (if|end|fail).*?\}\}\n", ""),
        (r"\{\{ printf \"--target-url=.*?\}\}", '"--target-url=http://shop.shop.svc"'),
        (r"\{\{ printf \"--target-version=.*?\}\}", '"--target-version=0.1.0"'),
        (r"\{\{ printf \"(--[\w-]+)=%v\" \.Values\.apismoke\.(\w+) \| quote \}\}", None),
        (r"\{\{ add .*? 180 \}\}", str(deadline_s)),
        (r"\{\{ \.Release\.Name \}\}", "shop"),
        (r"\{\{ \.Values\.apismoke\.(\w+)(?: \| quote)? \}\}", None),
    ):
        text = re.sub(before, after if after is not None else valued, text)
    assert "{{" not in text
    return text

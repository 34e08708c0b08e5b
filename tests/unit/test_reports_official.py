"""Each verdict is valid by the official schema of each machine format."""

from __future__ import annotations

import json
from typing import Any

import official_schemas as official
import pytest
from jsonschema.protocols import Validator
from verdicts import SCENES, Scene

from pytest_apismoke.reports import ctrf, har, sarif

every_scene = pytest.mark.parametrize("scene", SCENES, ids=str)


@pytest.mark.parametrize(
    ("module", "schema"),
    [(ctrf, official.CTRF), (har, official.HAR), (sarif, official.SARIF)],
    ids=["ctrf", "har", "sarif"],
)
@every_scene
def test_each_verdict_is_valid_by_the_official_schema(
    scene: Scene, module: Any, schema: Validator
) -> None:
    document = json.loads(module.render(scene.report))
    assert [str(error) for error in schema.iter_errors(document)] == []
    assert json.loads(module.render(scene.report, ascii_only=True)) == document

"""Any backend, by configuration alone: each shape of the table, healthy and broken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gate.sampling import sampled
from harness import Ended, Gate, credentials
from shapes.parts import STATIC_TOKEN
from shapes.server import Server, serving
from shapes.shape import Shape
from shapes.table import SHAPES

#: CI has every third shape, in the sample or beyond it; the whole table takes a minute and a half.
IN_CI = SHAPES[::3]


@pytest.mark.parametrize(
    "shape",
    [
        *sampled(IN_CI, every=3),
        *(pytest.param(one, marks=pytest.mark.by_hand) for one in SHAPES if one not in IN_CI),
    ],
    ids=lambda shape: shape.name,
)
def test_a_shape_is_verified_and_its_broken_variation_is_caught(
    tmp_path: Path, shape: Shape
) -> None:
    with serving(shape.backend) as healthy:
        before = healthy.document
        ended = run(tmp_path / "healthy", shape, healthy)

        assert (ended.code, ended.report["verdict"]) == (0, "pass")
        assert (healthy.document, Gate(tmp_path / "healthy").entries()) == (before, [])
        # No token, and nothing that guards an update.
        assert "canary" not in ended.output

    with serving(shape.broken_backend) as broken:
        before = broken.document
        ended = run(tmp_path / "broken", shape, broken)

        assert (ended.code, shape.broken.category in ended.report["categories"]) == (
            shape.broken.code,
            True,
        )
        assert "canary" not in ended.output
        # What a broken update has deleted is put back at the end of the document.
        is_restored = json.loads(broken.document) == json.loads(before)
        assert is_restored or ended.report["verdict"] == "dirty"


def run(folder: Path, shape: Shape, server: Server) -> Ended:
    """Run the gate in full mode, as a user does with this profile."""
    folder.mkdir()
    gate = Gate(folder)
    if shape.profile:
        gate.write("apismoke.toml", shape.lines)
    given = {"APISMOKE_TOKEN": STATIC_TOKEN} if shape.has_token else credentials()
    return gate.run(
        f"--target-url={server.url}",
        "--target-wait=0",
        *shape.arguments,
        environ={**given, **shape.environ},
    )

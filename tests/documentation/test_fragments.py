"""The fragments for CI systems and platforms in the documentation are parts of files they read."""

from __future__ import annotations

import pytest
from documentation.fragments import Kind, completed, content_of, fragments, kind_of
from documentation.pages import Block, read


@pytest.mark.parametrize("block", fragments(), ids=str)
def test_every_fragment_is_of_a_kind_that_is_checked(block: Block) -> None:
    """`tox -e workflows` holds those with a schema against it (tests/workflows/lint.py)."""
    assert kind_of(content_of(block)) is not None


def test_each_kind_has_its_fragments() -> None:
    assert {kind_of(content_of(block)) for block in fragments()} == set(Kind)


@pytest.mark.parametrize(
    ("text", "kind", "whole"),
    [
        (
            "- run: x",
            Kind.GITHUB,
            {
                "on": "push",
                "jobs": {"smoke": {"runs-on": "ubuntu-latest", "steps": [{"run": "x"}]}},
            },
        ),
        ("jobs: {a: {}}", Kind.GITHUB, {"on": "push", "jobs": {"a": {}}}),
        ("steps: [{script: x}]", Kind.AZURE, {"steps": [{"script": "x"}]}),
        ("a: {script: x}", Kind.GITLAB, {"a": {"script": "x"}}),
        ("strategy: {standard: {verify: true}}", Kind.PART, None),
        ("strategy: {standard: {verify: false}}", None, None),
        ("- analysis: {}", None, None),
    ],
)
def test_a_fragment_is_known_by_its_keys(text: str, kind: Kind | None, whole: object) -> None:
    (block,) = read(f"```yaml\n{text}\n```\n")
    content = content_of(block)
    assert (kind_of(content), completed(content)) == (kind, whole or content)

"""Every block of the documentation is carried out by a test, in one way."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from documentation.outputs import is_printed
from documentation.pages import ROOT, every_block, read
from documentation.programs import FOREIGN
from documentation.unseen import CALLED_ONLY, UNSEEN
from documentation.ways import Way, way_of, ways_of

BLOCKS = every_block()
#: What a comment in front of a block may say; those with a colon go on.
COMMENTS = (
    *("file:", "written:", "output", "output of:", "unseen:", "called only:"),
    # Which .ci/run reads.
    "the two commands",
)


def test_every_block_is_claimed_by_one_way() -> None:
    claims = {f"{block}, {block.first_line!r}": ways_of(block) for block in BLOCKS}
    assert {name: ways for name, ways in claims.items() if len(ways) != 1} == {}


def test_every_way_has_its_blocks() -> None:
    """One without any would be a rule that nothing tests."""
    assert {way for block in BLOCKS for way in ways_of(block)} == set(Way)


def test_every_comment_in_front_of_a_block_is_one_of_those_that_say_something() -> None:
    odd = {str(block): block.comment for block in BLOCKS if not _is_known(block.comment)}
    assert odd == {}


def test_a_week_of_runs_is_what_the_trend_of_its_test_says() -> None:
    (block,) = (block for block in BLOCKS if block.said("unseen") == "a week of runs")
    assert is_printed(block.text, (ROOT / "tests/unit/test_trend_terminal.py").read_text("utf-8"))


@pytest.mark.parametrize(("key", "reasons"), [("unseen", UNSEEN), ("called only", CALLED_ONLY)])
def test_what_no_test_brings_about_is_in_a_list_with_its_reason(
    key: str, reasons: Mapping[str, str]
) -> None:
    """Each name stands in front of one block."""
    named = [name for block in BLOCKS if (name := block.said(key)) is not None]
    assert sorted(named) == sorted(reasons)


def test_no_program_is_replaced_but_for_a_reason() -> None:
    assert sorted(FOREIGN) == [
        *("aws", "curl", "docker", "git", "helm", "jq", "kubectl", "mail", "npx", "pip"),
        *("pre-commit", "python", "python3", "syft", "tox", "vi"),
    ]


def test_every_program_that_is_replaced_is_called_by_a_page() -> None:
    words = " ".join(block.text for block in BLOCKS)
    called = {name for name in FOREIGN if re.search(rf"(?<![\w-]){name} ", words)}
    # $EDITOR is it.
    assert set(FOREIGN) - called == {"vi"}


def test_a_test_that_is_named_in_a_reason_exists() -> None:
    reasons = [*UNSEEN.values(), *CALLED_ONLY.values(), *(reason for reason, _ in FOREIGN.values())]
    named = [path for reason in reasons for path in re.findall(r"tests/[\w./]+\w", reason)]
    assert [path for path in named if not (ROOT / path).exists()] == []


def _is_known(comment: str) -> bool:
    key, colon, _ = comment.partition(":")
    return not comment or f"{key}{colon}" in COMMENTS


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("```sh\na\n```", [("sh", "a\n", "")]),
        ("- item\n\n  ```toml title=x\n  a = 1\n  ```\n", [("toml", "a = 1\n", "")]),
        ("<!-- file: a.txt -->\n```\nx\n```\n", [("", "x\n", "file: a.txt")]),
        ("<!-- file: a.txt -->\n\n```\nx\n```\n", [("", "x\n", "file: a.txt")]),
        ("<!-- file: a.txt -->\n\nText.\n\n    x\n", [("indented", "x\n", "")]),
        ("````md\n```sh\na\n```\n````\n", [("md", "```sh\na\n```\n", "")]),
        ("`a` and ``b``", []),
    ],
)
def test_blocks_are_read_as_commonmark_has_them(
    text: str, found: list[tuple[str, str, str]]
) -> None:
    assert [(one.language, one.text, one.comment) for one in read(text)] == found


def test_a_block_of_an_unknown_language_is_claimed_by_no_way() -> None:
    (block,) = read("```cobol\nSTOP RUN.\n```\n")
    assert (ways_of(block), way_of(block)) == ([], None)

"""The pages of troubleshooting have every message, and what they quote is what a run says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import troubleshooting
from documentation.pages import read
from documentation.told import told_by_code
from documentation.ways import is_quote
from documenting.messages.sentences import NOT_PRINTED
from documenting.messages.template import Template
from unit.test_profile_mistakes import MISTAKES

GOLDEN = Path(__file__).parents[1] / "golden" / "files"
_CAUSE = re.compile(r"^  - number: \d+\n(?:    .*\n)+", re.MULTILINE)
_PART = re.compile(r"^    (summary|expected|got|hint): (.*)$", re.MULTILINE)
_NOTE = re.compile(r"^  (note|drift) {2,}(.*(?:\n {8,}.*)*)", re.MULTILINE)
#: The check that a note is about stands before it.
_OF_CHECK = re.compile(r"\S+::[^:]+: ")
_MISTAKE = re.compile(r"expected (.*), seen (.*)\n  where: .*\n  what to do: (.*)", re.DOTALL)
#: The labels of the pages, and those of the report.
_LABELS = {"summary": "headline", "hint": "to do"}
#: What a user's test or an OpenAPI document says, and statuses: no message has words for it.
_OF_NOBODY = re.compile(r"assert .*|[\d, or]+|OpenAPI [\d., ]+")
Told = tuple[str, str]


def _of_report(value: str) -> str:
    """A value as the golden files have it, which quote what would else be something else."""
    return str(json.loads(value)) if value.startswith('"') else value


@cache
def told() -> frozenset[Told]:
    """What runs have said, each with the label of the terminal."""
    return frozenset({*_told_by_runs(), *_told_by_mistakes(), *told_by_code()})


def _told_by_runs() -> Iterator[Told]:
    for path in GOLDEN.rglob("*.txt"):
        text = path.read_text("utf-8")
        for cause in _CAUSE.finditer(text):
            for label, value in _PART.findall(cause[0]):
                yield _LABELS.get(label, label), _of_report(value)
        for label, note in _NOTE.findall(text):
            yield label, " ".join(note.split())


def _told_by_mistakes() -> Iterator[Told]:
    for case in MISTAKES:
        if found := _MISTAKE.fullmatch(case.message):
            yield from zip(("expected", "got", "to do"), found.groups(), strict=True)


@cache
def templates() -> tuple[Template, ...]:
    found = (text for one in troubleshooting.messages() for text in one.templates)
    return tuple(text for text in found if text.has_words)


def is_a_message(text: str) -> bool:
    """Whether a text is a message, or several with a semicolon between them."""
    ends = [found.start() for found in re.finditer("; ", text)]
    return any(one.matches(text) for one in templates()) or any(
        any(one.matches(text[:end]) for one in templates()) and is_a_message(text[end + 2 :])
        for end in ends
    )


def test_the_pages_are_as_the_code_makes_them() -> None:
    """After a message has changed: python scripts/troubleshooting.py."""
    made = troubleshooting.written()
    assert (made.homeless, made.idle) == ((), ())
    assert made.pages == troubleshooting.pages()


def test_what_is_never_printed_is_a_module_of_the_package() -> None:
    sources = troubleshooting.sources()
    assert [one for one in NOT_PRINTED if not any(name.startswith(one) for name in sources)] == []


def test_what_runs_expect_and_advise_is_on_the_pages() -> None:
    """Of every golden run, and of every mistake in a profile; and so are the notes."""
    parts = {text for label, text in told() if label in ("expected", "to do")}
    notes = {_OF_CHECK.sub("", text, count=1) for label, text in told() if label == "note"}
    assert (len(parts) > 200, len(notes) > 20) == (True, True)
    said = sorted(parts | notes)
    unknown = [one for one in said if not _OF_NOBODY.fullmatch(one) and not is_a_message(one)]
    assert unknown == []


def quoted() -> list[tuple[str, str, str]]:
    """The lines that the pages quote: page, label, text."""
    found = []
    for page, text in troubleshooting.pages().items():
        for block in filter(is_quote, read(text)):
            for line in block.text.splitlines():
                found.append((page, line[:10].strip(), line[10:]))
    return found


def test_more_than_forty_messages_are_explained_by_hand() -> None:
    headings = [
        heading
        for text in troubleshooting.pages().values()
        for heading in re.findall(r"^## (?!Every |apismoke|How to|The headlines).*", text, re.M)
    ]
    assert len(headings) > 40


def test_what_a_page_quotes_is_what_a_run_says() -> None:
    """Words in capitals stand for any."""
    unsaid = [
        (page, label, text)
        for page, label, text in quoted()
        if not any(one == label and _like(text).fullmatch(said) for one, said in told())
    ]
    assert unsaid == []


@cache
def _like(text: str) -> re.Pattern[str]:
    pieces = re.split(r"\b[A-Z][A-Z_]+\b", text)
    return re.compile(".+?".join(map(re.escape, pieces)))

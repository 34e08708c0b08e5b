"""Writes what was found as a configuration file. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pytest_apismoke.configuration.toml_text import dotted, toml_value
from pytest_apismoke.discovery.finding import Finding
from pytest_apismoke.errors import presentable

_WIDTH = 90
_LONGEST = 2000


def text_of(findings: Sequence[Finding], *, command: str) -> str:
    """The file: each table with what led to it, then what could not be told.

    Args:
        findings: the parts of the profile, in the order of the file.
        command: the call that wrote it, without secrets.

    """
    lines = [f"# Written by '{command}': correct it by hand, it is not written again."]
    for finding in findings:
        if finding.keys or finding.unknown:
            lines += ["", *_comments(finding.seen), *_tables(finding.keys)]
            lines += _comments([f"TODO: {one}" for one in finding.unknown])
    return "\n".join(lines) + "\n"


def _tables(keys: Mapping[tuple[str, ...], Any]) -> Iterator[str]:
    tables: dict[tuple[str, ...], list[str]] = {}
    for (*table, key), value in keys.items():
        tables.setdefault(tuple(table), []).append(f"{dotted((key,))} = {toml_value(value)}")
    for index, (table_path, lines) in enumerate(tables.items()):
        yield from [""] if index else []
        yield f"[{dotted(table_path)}]"
        yield from lines


def _comments(sentences: Sequence[str]) -> Iterator[str]:
    for sentence in sentences:
        # A name of the target's may have any character in it.
        for line in textwrap.wrap(presentable(sentence, _LONGEST), _WIDTH, break_long_words=False):
            yield f"# {line}"

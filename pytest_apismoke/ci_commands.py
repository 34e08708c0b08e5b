"""Keep the words of others from being taken for commands by a CI system. Pure.

GitHub takes a line for a command that begins with `::`, behind any blanks; Azure Pipelines,
TeamCity and older runners find `##vso[`, `##teamcity[` and `##[` anywhere in a line.
"""

from __future__ import annotations

import re

from pytest_apismoke.late_pattern import late_pattern

_MARKER = late_pattern(r"##(?=\w*\[)")
_AT_LINE_START = late_pattern(r"^([^\S\n]*):(?=:)", re.MULTILINE)


def without_markers(text: str) -> str:
    """The text without what is a command wherever it stands in a line."""
    return _MARKER.sub("# #", text)


def without_commands(text: str) -> str:
    """Lines of output without commands; what is not one is unchanged."""
    return _AT_LINE_START.sub(r"\1: ", without_markers(text))

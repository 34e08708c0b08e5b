"""Whether an output in the documentation is one that was printed. Pure."""

from __future__ import annotations

import re

#: What differs between two runs: times, addresses, and what is made up anew.
_CHANGING = re.compile(
    r"""
    (?:https?://)?127\.0\.0\.1:\d+
    | https://[\w.-]*\bexample\.com
    | \b\d+(?:\.\d+)?[ ]m?s\b
    | \bin[ ]\d+[ ]of[ ]\d+[ ]answers
    | \b[0-9a-f]{32}\b | \b[0-9a-f]{8}(?:\.\d+[ ]\d+s)?\b
    | \d{4}-\d\d-\d\dT[\d:.]+Z | \d{4}-\d\d-\d\d[ ]\d\d:\d\d
    | \d+\.\d+\.\d+(?=:[ ])
    """,
    re.VERBOSE,
)
#: Where the world of the examples has another health page; to readers it is a host of its own.
_PLACE = re.compile(r"/(?:walled|switching|switched)\b")
#: The time at which a script logs a line.
_LOGGED_AT = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+Z (?=[a-z-]+\.sh: )", re.MULTILINE)
#: Which requests were slow differs too.
_SLOW = re.compile(r"  slowest .*\n(?: {9,}.*\n)*")
#: Where a command that can be pasted is folded.
_FOLD = re.compile(r" \\\n")
_GAP = re.compile(r"(?:^\s*(?:# )?| )\.\.\.$", re.MULTILINE)


def is_printed(shown: str, printed: str) -> bool:
    """Whether what a page shows was printed, all that differs between two runs apart.

    Three dots at the end of a line stand for what follows, and alone for any number of lines.
    Where lines are folded is no matter.
    """
    parts = [comparable(part) for part in re.split(_GAP, shown)]
    where, text = 0, comparable(printed)
    for part in parts:
        found = text.find(part, where)
        if found < 0:
            return False
        where = found + len(part)
    return True


def comparable(text: str) -> str:
    """A text without what differs between two runs, and on one line."""
    for pattern in (_LOGGED_AT, _SLOW, _PLACE):
        text = pattern.sub("", text)
    text = _CHANGING.sub("*", _FOLD.sub("\n", text))
    return " ".join(text.split())

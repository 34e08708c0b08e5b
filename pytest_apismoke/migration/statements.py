"""Parts a script into its statements, and tells which of them always run. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.records import dataclass

_QUOTES = "\"'`"
_FUNCTION = r"(?:async\s*)?(?:function\s*\w*\s*\([^)]*\)|\([^)]*\)\s*=>|\w+\s*=>)\s*$"
#: The beginning of a test, whose body always runs.
_TEST = late_pattern(rf"pm\.test\(\s*(?:\"[^\"]*\"|'[^']*'|`[^`]*`)\s*,\s*{_FUNCTION}")
#: The beginning of a block whose body may run never, or several times.
_OTHER = late_pattern(
    rf"^(?:\}}\s*)?(?:if|else|for|while|do|switch|try|catch|finally|function)\b|{_FUNCTION}"
)
_CONTINUES = (".", "?", ":", "+", "&&", "||", ")", ",", "=")
_UNFINISHED = ("=", "(", ",", ".", "+", "&&", "||", "?", ":")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement of a script; `always` says that nothing decides whether it runs."""

    text: str
    always: bool


def statements(script: str) -> Iterator[Statement]:  # noqa: C901  # one scan, one state
    """The statements in their order; a block's beginning, such as `if (x)`, is one too."""
    text, deep = "", 0
    blocks: list[bool] = []
    parts = list(_parts(script))
    for number, part in enumerate(parts):
        after = "".join(parts[number + 1 : number + 40]).lstrip()
        ended = False
        if part == "{" and not _is_literal(text):
            # The parenthesis of the call that has the function stays open until the block ends.
            is_test = _TEST.search(text.strip()) is not None
            if not is_test and text.strip():
                yield Statement(text=text.strip(), always=False)
            blocks.append(is_test)
            text, deep = "", 0
            continue
        if part == "}" and not text.count("{") > text.count("}"):
            ended = True
        elif part in "([{":
            deep += 1
        elif part in ")]}":
            deep = max(0, deep - 1)
            if part == ")" and not text.strip():
                # The end of a call whose function was a block.
                continue
        is_end = part == ";" or (
            part == "\n"
            and not after.startswith(_CONTINUES)
            and not text.rstrip().endswith(_UNFINISHED)
        )
        if ended or (is_end and deep == 0):
            if text.strip():
                yield Statement(text=text.strip(), always=all(blocks))
            text, deep = "", 0
            if ended and blocks:
                blocks.pop()
            continue
        text += " " if part == "\n" else part
    if text.strip():
        yield Statement(text=text.strip(), always=all(blocks))


def _is_literal(text: str) -> bool:
    """Whether a brace behind this text begins an object, and no block."""
    stripped = text.strip()
    return bool(stripped) and not (_TEST.search(stripped) or _OTHER.search(stripped))


def _parts(script: str) -> Iterator[str]:
    """Strings as one part each, and every other character; comments are gone."""
    at = 0
    while at < len(script):
        one = script[at]
        if script.startswith("//", at):
            end = script.find("\n", at)
            at = len(script) if end < 0 else end
        elif script.startswith("/*", at):
            end = script.find("*/", at)
            at = len(script) if end < 0 else end + 2
        elif one in _QUOTES:
            end = at + 1
            while end < len(script) and script[end] != one:
                end += 2 if script[end] == "\\" else 1
            yield script[at : end + 1]
            at = end + 1
        else:
            yield "\n" if one == "\r" else one
            at += 1

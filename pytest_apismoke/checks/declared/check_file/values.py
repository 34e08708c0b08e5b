"""What single values of a declared check may be: each rule yields what is wrong with one. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from pytest_apismoke.checks.declared.captures import placeholders
from pytest_apismoke.configuration.sources import nearest
from pytest_apismoke.configuration.toml_loader import MOST_BITS, in_words
from pytest_apismoke.documents import step

#: What `changes` says of a check that leaves everything as it was.
NOTHING = "nothing"

_LONGEST_NAME = 200
_LONGEST_LATENCY_MS = 3_600_000
#: Nobody writes a body or a schema deeper than this; what walks through one may call itself.
_DEEPEST = 100
#: The visible characters of ASCII; all others are percent-encoded in a path.
_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a value does not fit; `pointer` leads from the value to the place inside it."""

    expected: str
    seen: str
    hint: str
    pointer: str = ""


#: Yields what is wrong with a value.
Rule = Callable[[Any], Iterator[Problem]]


def inside(name: object, problems: Iterator[Problem]) -> Iterator[Problem]:
    """The problems of a member as those of what it stands in."""
    return (replace(one, pointer=f"/{step(name)}{one.pointer}") for one in problems)


def is_number(value: Any) -> bool:
    """Whether a value is a number that JSON has too, and that everybody can read."""
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return value.bit_length() <= MOST_BITS
    return isinstance(value, float) and math.isfinite(value)


def switch(value: Any) -> Iterator[Problem]:
    """True or false."""
    if not isinstance(value, bool):
        hint = "write it without quotes"
        yield Problem(expected="true or false", seen=in_words(value), hint=hint)


def one_of(choices: Sequence[str], normal: Callable[[str], str]) -> Rule:
    """One of some words; `normal` brings another one into their form."""

    def problems(value: Any) -> Iterator[Problem]:
        if not isinstance(value, str) or value not in choices:
            hint = nearest(normal(value) if isinstance(value, str) else "", choices)
            expected = f"one of {', '.join(choices)}"
            yield Problem(expected=expected, seen=in_words(value), hint=hint)

    return problems


def name_of_a_check(value: Any) -> Iterator[Problem]:
    """A name that can stand in a node id of pytest, and on a line of a report.

    Behind '[' pytest looks for the parameters of a test.
    """
    is_right = isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME and value.isprintable()
    if not is_right or value.strip() != value or "::" in value or "[" in value:
        yield Problem(
            expected=f"1 to {_LONGEST_NAME} printable characters, without '::', '[' and outer"
            " spaces",
            seen=in_words(value),
            hint='write, for instance, name = "the list of orders"',
        )


def placeholders_closed(value: str) -> Iterator[Problem]:
    """A text in which every brace belongs to a placeholder, or is doubled."""
    try:
        placeholders(value)
    except ValueError as error:
        yield Problem(
            expected="captures written as {name}, and any other brace doubled",
            seen=str(error),
            hint="close it, or write {{ for a '{' and }} for a '}'",
        )


def filled_text(value: Any) -> Iterator[Problem]:
    """A text with placeholders."""
    if isinstance(value, str):
        yield from placeholders_closed(value)
    else:
        yield Problem(expected="a text", seen=in_words(value), hint="put it in quotes")


def filled_path(value: Any, *, key: str) -> Iterator[Problem]:
    """A path with placeholders; `key` is what it was given for."""
    wrong = _wrong_path(value, key) if isinstance(value, str) else (in_words(value), "")
    if wrong:
        seen, hint = wrong
        yield Problem(
            expected="a path below the target's URL that begins with one '/'",
            seen=seen,
            hint=hint or f'write, for instance, {key} = "/api/orders"',
        )
    else:
        yield from placeholders_closed(value)


def _wrong_path(value: str, key: str) -> tuple[str, str] | None:
    """Why a text is no path, and what to do about it; None where it is one."""
    before, mark, _ = value.partition("?")
    if not value:
        return "an empty text", ""
    if "://" in before:
        return f"a URL, {value!r}", "write only what stands behind the target's URL"
    if not value.startswith("/") or value.startswith("//"):
        return repr(value), f"write {'/' + value.lstrip('/')!r}"
    if "#" in value:
        return f"{value!r}, with a fragment", "leave it out; a '#' is written %23"
    if mark and key == "path":
        hint = "write it as query = { name = value }; a '?' is written %3F"
        return f"{value!r}, with a query", hint
    if not set(value) <= set(_VISIBLE):
        return f"{value!r}, not percent-encoded", f"write {quote(value, safe=_VISIBLE)!r}"
    if {".", ".."} & set(before.split("/")):
        return f"{value!r}, with '.' or '..' in it", "write the path that it leads to"
    return None


def changed_document(value: Any) -> Iterator[Problem]:
    """`nothing`, or the path of a document."""
    if value != NOTHING:
        for problem in filled_path(value, key="changes"):
            expected = "'nothing', or the path of the document that is changed"
            is_no_path = problem.expected.startswith("a path")
            yield replace(problem, expected=expected) if is_no_path else problem


def member_names(value: Any) -> Iterator[Problem]:
    """Names of members, each once."""
    hint = 'write, for instance, changing = ["revision"]'
    if not isinstance(value, list):
        yield Problem(expected="a list of names", seen=in_words(value), hint=hint)
        return
    for index, name in enumerate(value):
        if not isinstance(name, str) or not name:
            seen = "an empty text" if name == "" else in_words(name)
            expected = "the name of a member"
            yield Problem(pointer=f"/{index}", expected=expected, seen=seen, hint=hint)
        elif name in value[:index]:
            seen, hint_ = f"{name!r} twice", "take one of them away"
            expected = "each name once"
            yield Problem(pointer=f"/{index}", expected=expected, seen=seen, hint=hint_)


def latency(value: Any) -> Iterator[Problem]:
    """How long an answer may take."""
    if not is_number(value) or not 0 < value <= _LONGEST_LATENCY_MS:
        yield Problem(
            expected=f"a number of milliseconds above 0, at most {_LONGEST_LATENCY_MS}",
            seen=in_words(value),
            hint="write, for instance, max_latency_ms = 800",
        )


def statuses(value: Any) -> Iterator[Problem]:
    """One or more statuses of final answers."""
    items = value if isinstance(value, list) else [value]
    wrong = [one for one in items if type(one) is not int or not 200 <= one < 600]
    if wrong or not items:
        yield Problem(
            expected="a status from 200 to 599, or a list of such",
            seen=in_words(wrong[0]) if wrong else "an empty list",
            hint="write, for instance, status = [200, 404]; without it any 2xx is right",
        )


def json_value(value: Any, *, is_filled: bool) -> Iterator[Problem]:
    """A value that JSON can express; TOML has dates and infinities besides."""
    # With a stack of its own instead of Python's: TOML's dotted keys nest without end.
    todo: list[tuple[str, int, Any]] = [("", 0, value)]
    while todo:
        pointer, depth, one = todo.pop()
        if depth > _DEEPEST:
            hint = "nobody could read it: make it flatter"
            yield Problem(expected=f"at most {_DEEPEST} levels", seen="more of them", hint=hint)
            return
        if isinstance(one, (dict, list)):
            members = one.items() if isinstance(one, dict) else enumerate(one)
            below = [(f"{pointer}/{step(n)}", depth + 1, member) for n, member in members]
            todo += reversed(below)
        elif isinstance(one, str):
            if is_filled:
                yield from (replace(p, pointer=pointer) for p in placeholders_closed(one))
        elif not isinstance(one, bool) and not is_number(one):
            hint = "leave it out" if isinstance(one, (int, float)) else "put it in quotes"
            yield Problem(pointer=pointer, expected="a JSON value", seen=in_words(one), hint=hint)

"""Which keys a declared check has, and what each of them takes. Pure.

`checks.schema.json` says the same to editors; a test holds the two against each other.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from pytest_apismoke.checks.declared.captures import NAME, fits_a_header
from pytest_apismoke.checks.declared.check_file.values import (
    Problem,
    Rule,
    changed_document,
    filled_path,
    filled_text,
    inside,
    is_number,
    json_value,
    latency,
    member_names,
    name_of_a_check,
    one_of,
    placeholders_closed,
    statuses,
    switch,
)
from pytest_apismoke.configuration.sources import nearest
from pytest_apismoke.configuration.toml_loader import in_words
from pytest_apismoke.documents import step
from pytest_apismoke.errors import Category

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
#: What a check may say that its failures count as: the stages of the declared checks' table.
CATEGORIES = (Category.AUTH, Category.FETCH, Category.SAVE, Category.STATE, Category.INVALID)

_POINTER = re.compile(r"(/([^~/]|~[01])*)*")
_HEADER_NAME = re.compile(r"[0-9A-Za-z!#$%&'*+.^_`|~-]+")


def shape_problems(table: Mapping[str, Any], keys: Mapping[str, Rule]) -> Iterator[Problem]:
    """What is wrong with the members of a table, each by itself.

    Args:
        table: as it was read.
        keys: what each key takes.

    """
    for name, value in table.items():
        if name in keys:
            yield from inside(name, keys[name](value))
        else:
            yield Problem(
                pointer=f"/{step(name)}",
                expected="a key of [check.expect]" if keys is EXPECT else "a key of a check",
                seen=repr(name),
                hint=_belongs_to(name, keys) or nearest(name, tuple(keys)),
            )


def _belongs_to(name: str, keys: Mapping[str, Rule]) -> str:
    """The hint for a key of the other table: in TOML all below a header belongs to it."""
    if keys is CHECK and name in EXPECT:
        return f"it says what is expected: write it below [check.expect], or expect.{name} = ..."
    if keys is EXPECT and name in CHECK:
        return "it is a key of the check itself: write it above [check.expect]"
    return ""


def _table_of(rule: Callable[[str, Any], Iterator[Problem]], *, example: str) -> Rule:
    """A table with any names; the rule looks at one of them and its value."""

    def problems(value: Any) -> Iterator[Problem]:
        if not isinstance(value, dict):
            hint = f"write, for instance, {example}"
            yield Problem(expected="a table", seen=in_words(value), hint=hint)
            return
        for name, member in value.items():
            yield from inside(name, rule(name, member))

    return problems


def _parameter(name: str, value: Any) -> Iterator[Problem]:
    if isinstance(value, str):
        yield from placeholders_closed(value)
    elif not isinstance(value, bool) and not is_number(value):
        expected, hint = "a text, a number or a boolean", "write, for instance, limit = 5"
        yield Problem(expected=expected, seen=in_words(value), hint=hint)


def _header(name: str, value: Any) -> Iterator[Problem]:
    yield from _header_name(name)
    if not isinstance(value, str):
        yield Problem(expected="a text", seen=in_words(value), hint="put it in quotes")
    elif not fits_a_header(value):
        yield Problem(
            expected="the printable characters of ASCII, without outer spaces",
            seen=in_words(value),
            hint="a header can carry no others",
        )
    else:
        yield from placeholders_closed(value)


def _header_name(name: str) -> Iterator[Problem]:
    if not _HEADER_NAME.fullmatch(name):
        hint = "a header's name has letters, digits and hyphens"
        yield Problem(expected="the name of a header", seen=repr(name), hint=hint)


def _header_wanted(name: str, value: Any) -> Iterator[Problem]:
    yield from _header_name(name)
    if value is True or isinstance(value, str):
        return
    if isinstance(value, dict) and list(value) == ["pattern"]:
        yield from inside("pattern", _pattern(value["pattern"]))
        return
    yield Problem(
        expected="a text to equal, true for any value, or { pattern = ... }",
        seen=in_words(value),
        hint=f'write, for instance, {name} = {{ pattern = "^W/" }}',
    )


def _pattern(value: Any) -> Iterator[Problem]:
    seen = in_words(value)
    if isinstance(value, str):
        try:
            with warnings.catch_warnings():
                # What may mean something else one day means something today.
                warnings.simplefilter("ignore")
                re.compile(value)
        except (re.error, RecursionError, OverflowError) as error:
            seen = f"{value!r}: {error}"
        else:
            return
    hint = "correct it; it is searched for, so anchor it with ^ and $ where it has to be all"
    yield Problem(expected="a regular expression", seen=seen, hint=hint)


def _captured(name: str, value: Any) -> Iterator[Problem]:
    if not NAME.fullmatch(name):
        expected, hint = "a name of letters, digits and underscores", f"write {_as_name(name)!r}"
        yield Problem(expected=expected, seen=repr(name), hint=hint)
    if not isinstance(value, str) or not _POINTER.fullmatch(value):
        yield Problem(
            expected="a JSON Pointer such as '/items/0/id'",
            seen=in_words(value),
            hint="begin it with '/' and put '/' between the names; ~1 is a '/', ~0 a '~'",
        )


def _as_name(text: str) -> str:
    return re.sub(r"^(?=\d)|\W", "_", text, flags=re.ASCII) or "order_id"


def _schema(value: Any) -> Iterator[Problem]:
    if isinstance(value, dict):
        yield from json_value(value, is_filled=False)
    elif not isinstance(value, str) or not value:
        yield Problem(
            expected="the name of a schema in contracts/, or a table that is one",
            seen="an empty text" if value == "" else in_words(value),
            hint='write, for instance, schema = "order" for contracts/order.schema.json',
        )


def _expect(value: Any) -> Iterator[Problem]:
    if isinstance(value, dict):
        yield from shape_problems(value, EXPECT)
    else:
        hint = "write [check.expect], and status, schema, headers below it"
        yield Problem(expected="a table", seen=in_words(value), hint=hint)


#: What each key of `[check.expect]` takes.
EXPECT: Mapping[str, Rule] = {
    "status": statuses,
    "schema": _schema,
    "headers": _table_of(_header_wanted, example='headers = { Content-Type = "application/json" }'),
    "max_latency_ms": latency,
}
#: What each key of `[[check]]` takes.
CHECK: Mapping[str, Rule] = {
    "name": name_of_a_check,
    "method": one_of(METHODS, str.upper),
    "path": partial(filled_path, key="path"),
    "query": _table_of(_parameter, example="query = { limit = 5 }"),
    "headers": _table_of(_header, example='headers = { X-Tenant = "one" }'),
    "json": partial(json_value, is_filled=True),
    "body": filled_text,
    "changes": changed_document,
    "changing": member_names,
    "auth": switch,
    "refused_without_auth": switch,
    "category": one_of([category.value for category in CATEGORIES], str.lower),
    "smoke": switch,
    "required": switch,
    "capture": _table_of(_captured, example='capture = { order_id = "/items/0/id" }'),
    "expect": _expect,
}

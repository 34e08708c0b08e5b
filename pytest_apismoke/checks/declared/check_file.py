"""A file with declared checks as records, and every mistake in it. Pure.

`check_schema` validates each key by itself, `check_rules` the keys and the checks among each other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytest_apismoke.checks.declared.check_rules import Checks, Sound, method_of, statuses_of
from pytest_apismoke.checks.declared.check_schema import Problem, schema_of
from pytest_apismoke.checks.declared.model import (
    FOLDER,
    SUFFIX,
    Declared,
    DeclaredCheck,
    Expect,
    HeaderWanted,
)
from pytest_apismoke.configuration.sources import nearest
from pytest_apismoke.configuration.toml_loader import in_words, parse_toml
from pytest_apismoke.documents import lookup, step
from pytest_apismoke.errors import Category, Failure, SmokeError, misconfigured

#: Names that something else in a run or a report has already.
RESERVED = ("settings", "calendar", "twilio", "tests", "apismoke", "openapi")
_API = re.compile(r"[a-z][a-z0-9_-]*")


def parse(text: str, path: str) -> Declared:
    """Reads the text of a file with declared checks; what is wrong with it is returned, not raised.

    Args:
        text: the file's content.
        path: of the file inside `contracts/`, such as `orders.toml`.

    """
    try:
        # Some editors begin a file with a mark that TOML does not allow.
        content = parse_toml(text.removeprefix("\ufeff"), f"{FOLDER}/{path}")
    except SmokeError as error:
        return Declared((), {}, (*_failures(path, _wrong_name(path)), error.failure))
    return read(content, path)


def read(content: Mapping[str, Any], path: str) -> Declared:
    """As `parse`, for the table that a file holds."""
    wrong_name = _failures(path, _wrong_name(path))
    mistakes = [*wrong_name, *_failures(path, _wrong_at_the_top(content))]
    tables = content.get("check")
    file = Checks(tables if isinstance(tables, list) else ())
    checks: list[DeclaredCheck] = []
    schemas: dict[str, Any] = {}
    for index in range(len(file.tables)):
        found, problems = file.read(index)
        place, table = f"/check/{index}", found.table
        # In a pointer the first check is number 0; nobody counts them.
        called = repr(table["name"]) if "name" in table else f"check {index + 1} of the file"
        mistakes += _failures(path, problems, place, f" (of {called})")
        if not problems:
            check = _record(found, path, place)
            checks.append(check)
            if isinstance(schema := lookup(table, "/expect/schema"), dict):
                schemas[check.expect.schema] = schema
    return Declared(() if wrong_name else tuple(checks), schemas, tuple(mistakes))


def _failures(
    path: str, problems: Iterable[Problem], place: str = "", whose: str = ""
) -> list[Failure]:
    return [
        misconfigured(
            expected=problem.expected,
            seen=problem.seen,
            where=f"{FOLDER}/{path}{'#' if pointer else ''}{pointer}{whose}",
            hint=problem.hint,
        ).failure
        for problem in problems
        for pointer in [f"{place}{problem.pointer}"]
    ]


def _record(found: Sound, path: str, place: str) -> DeclaredCheck:
    table = found.table
    expect = table.get("expect", {})
    schema = expect.get("schema", "")
    category = table.get("category")
    return DeclaredCheck(
        api=path.removesuffix(SUFFIX),
        name=table["name"],
        file=f"{FOLDER}/{path}",
        place=place,
        method=method_of(table, table),
        path=table["path"],
        query=tuple((name, _as_text(value)) for name, value in table.get("query", {}).items()),
        headers=tuple(table.get("headers", {}).items()),
        json=table.get("json"),
        body=table.get("body"),
        changes=table.get("changes", ""),
        changing=tuple(table.get("changing", ())),
        auth=table.get("auth", True),
        refused_without_auth=table.get("refused_without_auth", False),
        category=Category(category) if category else None,
        smoke=found.smoke,
        required=table.get("required", True),
        captures=tuple(table.get("capture", {}).items()),
        needs=found.needs,
        expect=Expect(
            statuses=statuses_of(expect),
            # A $ref in one that stands inside is relative to contracts/, as one in a file there is.
            schema=f"{path}?{place}/expect/schema" if isinstance(schema, dict) else schema,
            headers=tuple(_wanted(*pair) for pair in expect.get("headers", {}).items()),
            max_latency_ms=expect.get("max_latency_ms"),
        ),
    )


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _wanted(name: str, value: Any) -> HeaderWanted:
    if isinstance(value, dict):
        return HeaderWanted(name=name, pattern=value["pattern"])
    return HeaderWanted(name=name, equals=None if value is True else value)


# -- the file -------------------------------------------------------------------------------------


def _wrong_name(path: str) -> Iterator[Problem]:
    api = path.removesuffix(SUFFIX)
    if api in RESERVED:
        yield Problem(
            expected=f"an API's name other than {', '.join(RESERVED)}",
            seen=repr(api),
            hint=f"rename the file, for instance to {f'my-{api}{SUFFIX}'!r}",
        )
    elif not _API.fullmatch(api):
        better = re.sub(r"[^a-z0-9_]+", "-", api.lower()).strip("-_0123456789") or "orders"
        yield Problem(
            expected="an API's name of lower-case letters, digits, '-' and '_'",
            seen=repr(api),
            hint=f"rename the file, for instance to {f'{better}{SUFFIX}'!r}",
        )


def _wrong_at_the_top(content: Mapping[str, Any]) -> Iterator[Problem]:
    schema = schema_of("check")
    for name in content:
        if name != "check":
            below = "it is a key of a check: write it below [[check]]"
            yield Problem(
                pointer=f"/{step(name)}",
                expected="[[check]] and nothing else at the top of the file",
                seen=repr(name),
                hint=below if name in schema["properties"] else nearest(name, ["check"]),
            )
    tables = content.get("check", [])
    hint = schema["x-hint"]
    if isinstance(tables, dict):
        hint = "write [[check]], with two brackets on each side"
        yield Problem(pointer="/check", expected="a list of checks", seen="one table", hint=hint)
    elif not isinstance(tables, list):
        seen = in_words(tables)
        yield Problem(pointer="/check", expected="a list of checks", seen=seen, hint=hint)
    elif not tables:
        hint = f"{hint}; or take the file away"
        yield Problem(expected="at least one check", seen="none", hint=hint)

"""Parse `contracts/<api>.toml` into declared checks, and collect every error in it. Pure.

`check_schema` validates single keys, `key_rules` combinations of keys, `check_rules` all checks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from pytest_apismoke.checks.declared.check_rules import CheckReader, ReadCheck
from pytest_apismoke.checks.declared.check_schema import Problem, schema_of
from pytest_apismoke.checks.declared.key_rules import method_of, statuses_of
from pytest_apismoke.checks.declared.model import (
    FOLDER,
    SUFFIX,
    WHOLE,
    Declared,
    DeclaredCheck,
    Expect,
    HeaderWanted,
)
from pytest_apismoke.configuration.keys import API_NAME
from pytest_apismoke.configuration.profiles import RESERVED
from pytest_apismoke.configuration.sources import nearest
from pytest_apismoke.configuration.toml_loader import in_words, parse_toml
from pytest_apismoke.documents import lookup, name_of, step
from pytest_apismoke.errors import Category, Excerpt, Failure, SmokeError, misconfigured

if TYPE_CHECKING:
    from pytest_apismoke.configuration.toml_lines import Places


def parse(text: str, path: str) -> Declared:
    """Parse a file of declared checks; errors are returned in the result, never raised.

    Args:
        text: the content of the file.
        path: of the file relative to `contracts/`, such as `orders.toml`.

    """
    try:
        # Some editors write a byte order mark, which TOML does not allow.
        content = parse_toml(text.removeprefix("\ufeff"), f"{FOLDER}/{path}")
    except SmokeError as error:
        return Declared((), {}, (*_failures(path, _api_name_problems(path)), error.failure))
    return read(content, path, _excerpts(text.removeprefix("\ufeff"), path))


def _excerpts(text: str, path: str) -> Callable[[str], Excerpt | None]:
    """What finds the line of the file that has a mistake, by a JSON Pointer into it."""

    @cache
    def places() -> Places:
        # Most files have no mistake.
        from pytest_apismoke.configuration.toml_lines import Places

        return Places(text, f"{FOLDER}/{path}")

    return lambda pointer: places().excerpt(tuple(map(name_of, pointer.split("/")[1:])))


def read(
    content: Mapping[str, Any],
    path: str,
    excerpt: Callable[[str], Excerpt | None] = lambda _: None,
) -> Declared:
    """Like `parse`, for content that is parsed TOML already.

    Args:
        content: of the file.
        path: as in `parse`.
        excerpt: finds the line of the file that has a mistake, by a JSON Pointer into it.

    """
    name_failures = _failures(path, _api_name_problems(path))
    top_level = _failures(path, _top_level_problems(content), excerpt=excerpt)
    mistakes = [*name_failures, *top_level]
    tables = content.get("check")
    reader = CheckReader(tables if isinstance(tables, list) else ())
    checks: list[DeclaredCheck] = []
    schemas: dict[str, Any] = {}
    for index in range(len(reader.tables)):
        found, problems = reader.read(index)
        place, table = f"/check/{index}", found.table
        # A pointer alone would make readers count checks, from 0.
        name = repr(table["name"]) if "name" in table else f"check {index + 1} of the file"
        mistakes += _failures(path, problems, place, f" (of {name})", excerpt=excerpt)
        if not problems:
            check = _record(found, path, place)
            checks.append(check)
            if isinstance(schema := lookup(table, "/expect/schema"), dict):
                schemas[check.expect.schema] = schema
    return Declared(() if name_failures else tuple(checks), schemas, tuple(mistakes))


def _failures(
    path: str,
    problems: Iterable[Problem],
    place: str = "",
    suffix: str = "",
    *,
    excerpt: Callable[[str], Excerpt | None] = lambda _: None,
) -> list[Failure]:
    return [
        misconfigured(
            expected=problem.expected,
            seen=problem.seen,
            where=f"{FOLDER}/{path}{'#' if pointer else ''}{pointer}{suffix}",
            hint=problem.hint,
            excerpt=excerpt(pointer),
        ).failure
        for problem in problems
        for pointer in [f"{place}{problem.pointer}"]
    ]


def _record(found: ReadCheck, path: str, place: str) -> DeclaredCheck:
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
        query=tuple((name, _as_string(value)) for name, value in table.get("query", {}).items()),
        headers=tuple(table.get("headers", {}).items()),
        json=table.get("json"),
        body=table.get("body"),
        changes=table.get("changes", ""),
        changing=tuple(table.get("changing", ())),
        restores_whole=table.get("restore") == WHOLE,
        auth=table.get("auth", True),
        refused_without_auth=table.get("refused_without_auth", False),
        category=Category(category) if category else None,
        smoke=found.smoke,
        required=table.get("required", True),
        captures=tuple(table.get("capture", {}).items()),
        may_be_empty=table.get("may_be_empty", False),
        may_lack=tuple(table.get("may_lack", ())),
        needs=found.needs,
        uses=found.uses,
        expect=Expect(
            statuses=statuses_of(expect),
            # This name makes a $ref in an inline schema relative to contracts/, as in a file there.
            schema=f"{path}?{place}/expect/schema" if isinstance(schema, dict) else schema,
            headers=tuple(_wanted(*pair) for pair in expect.get("headers", {}).items()),
            max_latency_ms=expect.get("max_latency_ms"),
            persisted=expect.get("persisted", True),
        ),
    )


def _as_string(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _wanted(name: str, value: Any) -> HeaderWanted:
    if isinstance(value, dict):
        return HeaderWanted(name=name, pattern=value["pattern"])
    return HeaderWanted(name=name, equals=None if value is True else value)


# -- the file -------------------------------------------------------------------------------------


def _api_name_problems(path: str) -> Iterator[Problem]:
    api = path.removesuffix(SUFFIX)
    if api in RESERVED:
        yield Problem(
            expected=f"an API name other than {', '.join(RESERVED)}",
            seen=repr(api),
            hint=f"rename the file, for instance to {f'my-{api}{SUFFIX}'!r}",
        )
    elif not API_NAME.fits(api):
        better = re.sub(r"[^a-z0-9_]+", "-", api.lower()).strip("-_0123456789") or "orders"
        yield Problem(
            expected="an API name of lowercase letters, digits, '-' and '_'",
            seen=repr(api),
            hint=f"rename the file, for instance to {f'{better}{SUFFIX}'!r}",
        )


def _top_level_problems(content: Mapping[str, Any]) -> Iterator[Problem]:
    schema = schema_of("check")
    for name in content:
        if name != "check":
            below = "it is a key of a check: write it below [[check]]"
            yield Problem(
                pointer=f"/{step(name)}",
                expected="only [[check]] at the top level of the file",
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
        hint = f"{hint}; or remove the file"
        yield Problem(expected="at least one check", seen="none", hint=hint)

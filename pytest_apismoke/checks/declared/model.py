"""Declared checks: `contracts/<api>.toml` as records, and every mistake in it. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from pytest_apismoke.checks.declared.check_file.file import FOLDER as FOLDER
from pytest_apismoke.checks.declared.check_file.file import SUFFIX, CheckFile, Sound
from pytest_apismoke.checks.declared.check_file.rules import method_of, statuses_of
from pytest_apismoke.configuration.toml_loader import parse_toml
from pytest_apismoke.documents import ABSENT, lookup
from pytest_apismoke.errors import Category, Failure, SmokeError, misconfigured
from pytest_apismoke.http.request import SAFE_METHODS
from pytest_apismoke.schemas.store import SUFFIX as SCHEMA
from pytest_apismoke.schemas.store import Schemas


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderWanted:
    """A header that has to be there: equal to a text, or matching a pattern, where one is given."""

    name: str
    equals: str | None = None
    pattern: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What an answer has to be like; no `statuses` stand for any 2xx, no `schema` for any body."""

    statuses: tuple[int, ...] = ()
    schema: str = ""
    headers: tuple[HeaderWanted, ...] = ()
    max_latency_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredCheck:
    """One check as somebody declared it.

    `file` and `place` say where: a path as messages show it, and a JSON Pointer into the file. The
    texts in `path`, `query`, `headers`, `json`, `body` and `changes` may hold placeholders.
    `json` is None where there is none: TOML has no null. `changes` is empty for methods that change
    nothing, else `nothing` or the path of a document; `changing` are the members of that which
    change by themselves. `captures` pairs names with JSON Pointers;
    `needs` names the checks whose captures it uses, in the order of the file.
    """

    api: str
    name: str
    file: str
    place: str
    path: str
    method: str = "GET"
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    json: Any = field(default=None, hash=False)
    body: str | None = None
    changes: str = ""
    changing: tuple[str, ...] = ()
    auth: bool = True
    refused_without_auth: bool = False
    category: Category | None = None
    smoke: bool = True
    required: bool = True
    captures: tuple[tuple[str, str], ...] = ()
    needs: tuple[str, ...] = ()
    expect: Expect = field(default_factory=Expect)

    @property
    def node_id(self) -> str:
        """How pytest calls it."""
        return f"{self.file}::{self.name}"

    @property
    def where(self) -> str:
        """How a message names its place."""
        return f"{self.file}#{self.place}"

    @property
    def is_safe(self) -> bool:
        """Whether its method changes nothing (RFC 9110, 9.2.1)."""
        return self.method in SAFE_METHODS


class Declared(NamedTuple):
    """What a file declares: the checks without mistakes, and the schemas that stand inside them.

    The schemas are documents by the names by which the checks call them; `labels` has their places
    in messages.
    """

    checks: tuple[DeclaredCheck, ...]
    schemas: Mapping[str, Any]
    mistakes: tuple[Failure, ...]

    @property
    def labels(self) -> dict[str, str]:
        """How a message names each of the schemas."""
        return {name: f"{FOLDER}/{name.replace('?', '#')}" for name in self.schemas}


def parse(text: str, path: str) -> Declared:
    """Reads the text of a file with declared checks; what is wrong with it is returned, not raised.

    Args:
        text: the file's content.
        path: of the file inside `contracts/`, such as `orders.toml`.

    """
    file = CheckFile(path)
    has_a_name = not file.mistakes
    try:
        # Some editors begin a file with a mark that TOML does not allow.
        content = parse_toml(text.removeprefix("\ufeff"), file.file)
    except SmokeError as error:
        return Declared((), {}, (*file.mistakes, error.failure))
    checks: list[DeclaredCheck] = []
    schemas: dict[str, Any] = {}
    for sound in file.sound(content):
        schema = lookup(sound.table, "/expect/schema")
        if isinstance(schema, dict):
            # A $ref in it is relative to contracts/, as one in a file there is.
            name = f"{path}?{sound.place}/expect/schema"
            schemas[name] = schema
        else:
            name = "" if schema is ABSENT else schema
        if has_a_name:
            checks.append(_check(sound, path, schema=name))
    return Declared(tuple(checks), schemas, tuple(file.mistakes))


def _check(sound: Sound, path: str, *, schema: str) -> DeclaredCheck:
    table = sound.table
    expect = table.get("expect", {})
    category = table.get("category")
    return DeclaredCheck(
        api=path.removesuffix(SUFFIX),
        name=table["name"],
        file=f"{FOLDER}/{path}",
        place=sound.place,
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
        smoke=sound.smoke,
        required=table.get("required", True),
        captures=tuple(table.get("capture", {}).items()),
        needs=sound.needs,
        expect=Expect(
            statuses=statuses_of(expect),
            schema=schema,
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


def refusals_without_a_login(checks: Iterable[DeclaredCheck]) -> tuple[Failure, ...]:
    """The mistakes of checks where nobody logs in: nothing is refused for want of a token there."""
    return tuple(
        misconfigured(
            expected="a login, without which a request is to be refused",
            seen="none ([login] enabled = false in apismoke.toml)",
            where=f"{check.where}/refused_without_auth (of {check.name!r})",
            hint="take refused_without_auth away, or enable the login",
        ).failure
        for check in checks
        if check.refused_without_auth
    )


def unknown_schemas(
    checks: Iterable[DeclaredCheck], schemas: Schemas, passed_over: Collection[str] = ()
) -> tuple[Failure, ...]:
    """What is wrong with the schemas' names in checks: no such schema, or no such place in it.

    Args:
        checks: those to look at.
        schemas: all there are.
        passed_over: the names of files that may be meant for schemas, see `ContractFiles`.

    """
    return tuple(_unknown_schemas(checks, schemas, passed_over))


def _unknown_schemas(
    checks: Iterable[DeclaredCheck], schemas: Schemas, passed_over: Collection[str]
) -> Iterator[Failure]:
    for check in checks:
        name = check.expect.schema
        if not name or name in schemas.documents:
            continue
        try:
            schemas.validator(name)
        except SmokeError as error:
            failure = error.failure
            stem = name.partition("#")[0].removeprefix(f"{FOLDER}/").removesuffix(".json")
            if f"{stem}.json" in passed_over:
                renamed = f"rename {FOLDER}/{stem}.json to {stem}{SCHEMA}, and write {stem!r}"
                failure = replace(failure, hint=renamed)
            yield replace(failure, where=f"{check.where}/expect/schema (of {check.name!r})")

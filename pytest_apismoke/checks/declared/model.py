"""Declared checks as records: what the files `contracts/<api>.toml` say."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from pytest_apismoke.errors import Category, Failure, SmokeError, misconfigured
from pytest_apismoke.http.request import SAFE_METHODS
from pytest_apismoke.schemas.store import SUFFIX as SCHEMA
from pytest_apismoke.schemas.store import Schemas

FOLDER = "contracts"
SUFFIX = ".toml"
#: What `changes` says of a check that leaves everything as it was.
NOTHING = "nothing"
#: The end of the name of what `refused_without_auth` adds.
WITHOUT_TOKEN = " without a token"  # noqa: S105  # no password


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

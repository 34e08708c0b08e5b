"""The records of declared checks, as `contracts/<api>.toml` declares them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import field, replace
from typing import Any, NamedTuple

from pytest_apismoke.checks.declared import captures
from pytest_apismoke.errors import Category, Failure, SmokeError, misconfigured
from pytest_apismoke.http.request import SAFE_METHODS
from pytest_apismoke.records import dataclass
from pytest_apismoke.safewrite.obeyed import KnownDocument
from pytest_apismoke.schemas.store import SUFFIX as SCHEMA
from pytest_apismoke.schemas.store import Schemas

FOLDER = "contracts"
SUFFIX = ".toml"
#: The value of `changes` for a check that modifies nothing.
NOTHING = "nothing"
#: The value of `restore` for an API whose updates replace the document.
WHOLE = "whole"
#: Suffix of the item that `refused_without_auth` adds.
WITHOUT_TOKEN = " without a token"  # noqa: S105  # not a password


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderWanted:
    """A required response header; `equals` and `pattern` (searched for) restrict its value."""

    name: str
    equals: str | None = None
    pattern: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """The expected response; empty `statuses` mean any 2xx, an empty `schema` any body.

    `persisted`: whether an update's values have to be read back afterwards.
    """

    statuses: tuple[int, ...] = ()
    schema: str = ""
    headers: tuple[HeaderWanted, ...] = ()
    max_latency_ms: float | None = None
    persisted: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredCheck:
    """One declared check.

    `file` is the path in messages, `place` the JSON Pointer to the check inside that file. Strings
    in `path`, `query`, `headers`, `json`, `body` and `changes` may contain placeholders. `json` is
    None for no body, since TOML has no null. `changes` is empty for safe methods, else `nothing` or
    the path of the modified document; `changing` lists properties of that document that change on
    their own. `restores_whole`: the restoring update has to contain the whole document, not only
    the fields that the check sent. `captures` pairs names with JSON Pointers. `may_be_empty`: the
    lists that they lead into may be; `may_lack` names those whose values an item may lack. `needs`
    names the checks whose captures this one uses, in the order of the file, and `uses` those
    captures.
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
    restores_whole: bool = False
    auth: bool = True
    refused_without_auth: bool = False
    category: Category | None = None
    smoke: bool = True
    required: bool = True
    captures: tuple[tuple[str, str], ...] = ()
    may_be_empty: bool = False
    may_lack: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    expect: Expect = field(default_factory=Expect)

    @property
    def node_id(self) -> str:
        """The node id in pytest."""
        return f"{self.file}::{self.name}"

    @property
    def where(self) -> str:
        """The location in messages."""
        return f"{self.file}#{self.place}"

    @property
    def updates_what_it_changes(self) -> bool:
        """Whether its request is an update of the document that it changes."""
        return self.path == self.changes and self.method != "DELETE"

    @property
    def is_safe(self) -> bool:
        """Whether the method is safe (RFC 9110, 9.2.1)."""
        return self.method in SAFE_METHODS


class Declared(NamedTuple):
    """The content of one file: its valid checks, their inline schemas, and the errors.

    `schemas` maps the name in `Expect.schema` to the schema; `labels` maps it to the location in
    messages.
    """

    checks: tuple[DeclaredCheck, ...]
    schemas: Mapping[str, Any]
    mistakes: tuple[Failure, ...]

    @property
    def labels(self) -> dict[str, str]:
        """The location of each inline schema in messages."""
        return {name: f"{FOLDER}/{name.replace('?', '#')}" for name in self.schemas}


def changed_documents(
    checks: Iterable[DeclaredCheck], update_method: str
) -> tuple[KnownDocument, ...]:
    """The documents that checks may change.

    Args:
        checks: the checks.
        update_method: restores a document that a check changes otherwise than by an update.

    """
    return tuple(
        KnownDocument(
            method=check.method if check.updates_what_it_changes else update_method,
            paths=captures.pattern_of(check.changes),
        )
        for check in checks
        if check.changes
    )


def refusals_without_a_login(checks: Iterable[DeclaredCheck]) -> tuple[Failure, ...]:
    """Errors for `refused_without_auth` in a profile without a login, where no token exists."""
    return tuple(
        misconfigured(
            expected="a login, since requests without its token must be refused",
            seen="none ([login] enabled = false in apismoke.toml)",
            where=f"{check.where}/refused_without_auth (of {check.name!r})",
            hint="remove refused_without_auth, or enable the login",
        ).failure
        for check in checks
        if check.refused_without_auth
    )


def unknown_schemas(
    checks: Iterable[DeclaredCheck], schemas: Schemas, passed_over: Collection[str] = ()
) -> tuple[Failure, ...]:
    """Errors for checks that name a schema, or a place in one, that does not exist.

    Args:
        checks: the checks to validate.
        schemas: all known schemas.
        passed_over: names of files that may be misnamed schemas, see `ContractFiles`.

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

"""Read the files in `contracts/`, and parse them into schemas and declared checks."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import field
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

from pytest_apismoke.checks.declared.folder_mistakes import (
    check_path,
    folder_error,
    intended_suffix,
    is_contract,
    label,
    link_error,
    name_error,
    read_error,
    wrong_kind,
)
from pytest_apismoke.checks.declared.model import FOLDER as FOLDER
from pytest_apismoke.checks.declared.model import SUFFIX as CHECKS
from pytest_apismoke.checks.declared.model import DeclaredCheck, unknown_schemas
from pytest_apismoke.configuration.rootdir import KNOWN
from pytest_apismoke.errors import Failure, SmokeError, misconfigured
from pytest_apismoke.known.entries import Entry, Known
from pytest_apismoke.records import dataclass
from pytest_apismoke.schemas.json_text import parse_json
from pytest_apismoke.schemas.store import SUFFIX, Schemas, built_in

#: The largest file that is read; hand-written checks and schemas are far smaller.
LARGEST_BYTES = 10 * 1024 * 1024
#: Suffixes of possible misspellings, or of other files: an OpenAPI document, say.
_AMBIGUOUS = (".json", ".yaml", ".yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFiles:
    """The content of `contracts/`, before parsing.

    `texts`: pairs of a path relative to `contracts/` and the content. `mistakes`: the unreadable
    files. `passed_over`: names of ignored files that may be misnamed checks or schemas.
    `records_known`: whether the run records violations as known ones. `read_on`: the date in UTC,
    the same in every process of a run; known violations expire.
    """

    texts: tuple[tuple[str, str], ...] = ()
    mistakes: tuple[Failure, ...] = ()
    passed_over: tuple[str, ...] = ()
    records_known: bool = False
    read_on: date = date.min

    def note(self, *, besides: Collection[str] = ()) -> str:
        """A sentence about the ignored files; empty when there are none.

        Args:
            besides: names of files that something else reads, such as the OpenAPI document.

        """
        names = [f"{FOLDER}/{name}" for name in self.passed_over if name not in besides]
        if not names:
            return ""
        return (
            f"not looked at: {', '.join(names)} (checks are in {FOLDER}/API{CHECKS}, and"
            f" the name of a schema ends in {SUFFIX})"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Contracts:
    """All schemas, built-in ones included, and all declared checks; use only without `mistakes`.

    `user_schema_names`: names of the schemas in `contracts/`, including those that replace built-in
    ones. `known`: the known violations. `files`: the files that everything was parsed from.
    """

    schemas: Schemas = field(default_factory=built_in)
    user_schema_names: tuple[str, ...] = ()
    checks: tuple[DeclaredCheck, ...] = ()
    known: Known = field(default_factory=Known)
    mistakes: tuple[Failure, ...] = ()
    files: ContractFiles = field(default_factory=ContractFiles)


def load(files: ContractFiles) -> Contracts:
    """Parse the files into schemas, checks and known violations, and collect every error."""
    documents: dict[str, Any] = {}
    labels: dict[str, str] = {}
    checks: list[DeclaredCheck] = []
    mistakes = list(files.mistakes)
    names = []
    known: tuple[Entry, ...] = ()
    for path, text in files.texts:
        if path == KNOWN:
            from pytest_apismoke.known import file

            parsed = file.parse(text, today=files.read_on)
            known = parsed.entries
            mistakes += parsed.mistakes
        elif path.endswith(SUFFIX):
            names.append(path.removesuffix(SUFFIX))
            # An invalid document stands in as a schema that accepts anything: one error is enough.
            documents[path] = True
            try:
                documents[path] = parse_json(text, f"{FOLDER}/{path}")
            except SmokeError as error:
                mistakes.append(error.failure)
        else:
            from pytest_apismoke.checks.declared.check_file import parse

            declared = parse(text, path)
            checks += declared.checks
            documents.update(declared.schemas)
            labels.update(declared.labels)
            mistakes += declared.mistakes
    schemas = built_in().with_documents(documents, labels)
    mistakes += [*schemas.mistakes(), *unknown_schemas(checks, schemas, files.passed_over)]
    return Contracts(
        schemas=schemas,
        user_schema_names=tuple(names),
        checks=tuple(checks),
        known=Known(entries=known, records=files.records_known),
        mistakes=tuple(mistakes),
        files=files,
    )


# -- the disk -------------------------------------------------------------------------------------


def read_folder(folder: Path) -> ContractFiles:
    """Read every `*.schema.json` in a folder, recursively, and every `*.toml` directly in it.

    Dot files are ignored. Symbolic links out of the folder are errors.

    Args:
        folder: `contracts/`; it may be absent.

    """
    texts: list[tuple[str, str]] = []
    mistakes: list[Failure] = []
    for path, problem in _paths(folder):
        try:
            if problem:
                raise problem
            texts.append((path, _read_file(folder, path)))
        except SmokeError as error:
            mistakes.append(error.failure)
    return ContractFiles(
        texts=tuple(texts),
        mistakes=tuple(mistakes),
        passed_over=_passed_over(folder),
        read_on=datetime.now(timezone.utc).date(),
    )


def _passed_over(folder: Path) -> tuple[str, ...]:
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError:
        # `_paths` reports an unreadable folder already.
        return ()
    return tuple(
        name
        for name in names
        if name.lower().endswith(_AMBIGUOUS)
        and not (name.startswith(".") or is_contract(name) or intended_suffix(name))
        and (folder / name).is_file()
    )


def _paths(folder: Path) -> Iterator[tuple[str, SmokeError | None]]:
    """The paths of checks and schemas in order, each with an error if it can't be read."""
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        yield ".", wrong_kind("folder", folder, ".")
        return
    unreadable: list[OSError] = []
    found: list[tuple[str, SmokeError | None]] = []
    for here, folders, names in os.walk(folder, onerror=unreadable.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        inner = Path(here).relative_to(folder)
        found += [((inner / name).as_posix(), None) for name in names if is_contract(name)]
        errors = [
            *((name, link_error) for name in folders if (Path(here) / name).is_symlink()),
            *((name, folder_error) for name in folders if is_contract(name)),
            *((name, name_error) for name in names if intended_suffix(name)),
        ]
        paths = (((inner / name).as_posix(), error) for name, error in errors)
        found += [(path, error(path)) for path, error in paths]
    for error in unreadable:
        path = Path(str(error.filename)).relative_to(folder).as_posix()
        found.append((path, read_error(error, path)))
    yield from sorted(found, key=lambda pair: pair[0])


def _read_file(folder: Path, path: str) -> str:
    """Read one file.

    Raises:
        SmokeError: (`usage`) when it is unreadable, too large, outside of the folder or misnamed.

    """
    file = folder / path
    check_path(path)
    if file.is_symlink() and not file.exists():
        raise wrong_kind("file", file, path)
    if not Path(os.path.realpath(file)).is_relative_to(os.path.realpath(folder)):
        raise link_error(path)
    try:
        # Reading a named pipe would never end.
        is_regular = stat.S_ISREG(file.stat().st_mode)
        content = b""
        if is_regular:
            with file.open("rb") as opened:
                content = opened.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise read_error(error, path) from None
    if not is_regular:
        raise wrong_kind("file", file, path)
    if len(content) > LARGEST_BYTES:
        raise misconfigured(
            expected=f"a file of at most {LARGEST_BYTES // 1024**2} MB",
            seen="a larger one",
            where=label(path),
            hint="split it, or move it out of contracts/",
        )
    try:
        # Some editors write a byte order mark, which neither TOML nor JSON allows.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise misconfigured(
            expected="a file in UTF-8",
            seen=f"the byte 0x{error.object[error.start]:02x}",
            where=f"{label(path)}, line {line}",
            hint="save the file as UTF-8",
        ) from None

"""Reads `contracts/` from disk, and makes schemas and checks of what it read."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_apismoke.contracts.checkfiles import file as checkfile
from pytest_apismoke.contracts.declared import DeclaredCheck, parse, unknown_schemas
from pytest_apismoke.contracts.schemas import SUFFIX, Schemas, built_in
from pytest_apismoke.contracts.texts import parse_json
from pytest_apismoke.errors import Failure, SmokeError, misconfigured

FOLDER = checkfile.FOLDER
#: No file of declared checks or schemas that anybody wrote is larger.
LARGEST_BYTES = 10 * 1024 * 1024
#: Characters that mean something in a `$ref`, or in a path on another system.
_MEANS_SOMETHING = re.compile(r"[#?%:\\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFiles:
    """What was read: pairs of a path inside `contracts/` and a text; and what could not be read."""

    texts: tuple[tuple[str, str], ...] = ()
    mistakes: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contracts:
    """Schemas, the built-in ones among them, and declared checks; counts only without mistakes.

    `user_schema_names` are those of the files in `contracts/`, also where they take the place of
    built-in ones.
    """

    schemas: Schemas = field(default_factory=built_in)
    user_schema_names: tuple[str, ...] = ()
    checks: tuple[DeclaredCheck, ...] = ()
    mistakes: tuple[Failure, ...] = ()


def load(files: ContractFiles) -> Contracts:
    """Makes schemas and checks of files, and says everything that is wrong with them."""
    documents: dict[str, Any] = {}
    labels: dict[str, str] = {}
    checks: list[DeclaredCheck] = []
    mistakes = list(files.mistakes)
    names = []
    for path, text in files.texts:
        if path.endswith(SUFFIX):
            names.append(path.removesuffix(SUFFIX))
            # What can't be read stands in as one that allows everything: told once is enough.
            documents[path] = True
            try:
                documents[path] = parse_json(text, f"{FOLDER}/{path}")
            except SmokeError as error:
                mistakes.append(error.failure)
        else:
            declared = parse(text, path)
            checks += declared.checks
            documents.update(declared.schemas)
            labels.update(declared.labels)
            mistakes += declared.mistakes
    schemas = built_in().with_documents(documents, labels)
    mistakes += [*schemas.mistakes(), *unknown_schemas(checks, schemas)]
    return Contracts(
        schemas=schemas,
        user_schema_names=tuple(names),
        checks=tuple(checks),
        mistakes=tuple(mistakes),
    )


# -- the disk -------------------------------------------------------------------------------------


def read_folder(folder: Path) -> ContractFiles:
    """Reads every `*.schema.json` in a folder and below it, and every `*.toml` in it.

    What begins with a dot is not looked at. Links that lead out of the folder are not followed.

    Args:
        folder: `contracts/`; where there is none, nothing is declared.

    """
    texts: list[tuple[str, str]] = []
    mistakes: list[Failure] = []
    for path, problem in _paths(folder):
        try:
            if problem:
                raise problem
            texts.append((path, _text(folder, path)))
        except SmokeError as error:
            mistakes.append(error.failure)
    return ContractFiles(texts=tuple(texts), mistakes=tuple(mistakes))


def _paths(folder: Path) -> Iterator[tuple[str, SmokeError | None]]:
    """What counts, sorted by its path, and why it can't be read where that is known already."""
    if not os.path.lexists(folder):
        return
    unreadable: list[OSError] = []
    found: list[tuple[str, SmokeError | None]] = []
    for here, folders, names in os.walk(folder, onerror=unreadable.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        inner = Path(here).relative_to(folder)
        found += [((inner / n).as_posix(), None) for n in names if _counts(n)]
        links = ((inner / n).as_posix() for n in folders if (Path(here) / n).is_symlink())
        found += [(path, _a_link(path)) for path in links]
    for error in unreadable:
        path = Path(str(error.filename)).relative_to(folder).as_posix()
        found.append((path, _unreadable(error, path)))
    yield from sorted(found, key=lambda pair: pair[0])


def _counts(name: str) -> bool:
    return name.endswith((SUFFIX, checkfile.SUFFIX)) and not name.startswith(".")


def _a_link(path: str) -> SmokeError:
    return misconfigured(
        expected="files and folders of contracts/ itself",
        seen="a link that leads elsewhere",
        where=_label(path),
        hint="put a copy there: links that lead out, and links to folders, are not followed",
    )


def _text(folder: Path, path: str) -> str:
    """The text of a file.

    Raises:
        SmokeError: (`usage`) when it can't be read, or is none that counts.

    """
    file = folder / path
    _has_a_place(path)
    if not Path(os.path.realpath(file)).is_relative_to(os.path.realpath(folder)):
        raise _a_link(path)
    try:
        # A pipe of that name would never end.
        is_regular = stat.S_ISREG(file.stat().st_mode)
        content = b""
        if is_regular:
            with file.open("rb") as opened:
                content = opened.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise _unreadable(error, path) from None
    if not is_regular or len(content) > LARGEST_BYTES:
        raise misconfigured(
            expected=f"a file of at most {LARGEST_BYTES // 1024**2} MB",
            seen="a larger one" if is_regular else "something else than a file",
            where=_label(path),
            hint="split it, or take it out of contracts/",
        )
    try:
        # Some editors begin a file with a mark that neither TOML nor JSON allow.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise misconfigured(
            expected="a file in UTF-8",
            seen=f"the byte 0x{error.object[error.start]:02x}",
            where=f"{_label(path)}, line {line}",
            hint="save the file as UTF-8",
        ) from None


def _has_a_place(path: str) -> None:
    if path.endswith(checkfile.SUFFIX) and "/" in path:
        raise misconfigured(
            expected="declared checks in contracts/ itself",
            seen="some in a folder below it",
            where=_label(path),
            hint="move the file up; its name is the name of the API",
        )
    found = _MEANS_SOMETHING.search(path)
    if found:
        raise misconfigured(
            expected="a path that a $ref can name",
            seen=f"a {found[0]!r} in it",
            where=_label(path),
            hint="rename it: letters, digits, dots, hyphens and underscores are safe",
        )


def _unreadable(error: OSError, path: str) -> SmokeError:
    return misconfigured(
        expected="files that can be read",
        seen=error.strerror or str(error),
        where=_label(path),
        hint="correct its permissions, or take it away",
    )


def _label(path: str) -> str:
    return f"{FOLDER}/{path}" if path != "." else f"{FOLDER}/"

"""Reads `contracts/` from disk, and makes schemas and checks of what it read."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_apismoke.checks.declared.check_file import parse
from pytest_apismoke.checks.declared.model import FOLDER as FOLDER
from pytest_apismoke.checks.declared.model import SUFFIX as CHECKS
from pytest_apismoke.checks.declared.model import DeclaredCheck, unknown_schemas
from pytest_apismoke.errors import Failure, SmokeError, misconfigured
from pytest_apismoke.schemas.json_text import parse_json
from pytest_apismoke.schemas.store import SUFFIX, Schemas, built_in

#: No file of declared checks or schemas that anybody wrote is larger.
LARGEST_BYTES = 10 * 1024 * 1024
#: Characters that mean something in a `$ref`, or in a path on another system.
_MEANS_SOMETHING = re.compile(r"[#?%:\\\s]")
#: Endings of names that can only be meant for a file of checks or a schema, by what these end in.
_MEANT = {
    CHECKS: (CHECKS, ".tml"),
    SUFFIX: (SUFFIX, ".schema.yaml", ".schema.yml"),
}
#: What may be meant for one, or be something else: a description of the API, say.
_MAY_BE_MEANT = (".json", ".yaml", ".yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFiles:
    """What was read: pairs of a path inside `contracts/` and a text; and what could not be read.

    `passed_over` are the names of files that are neither checks nor schemas, and may be meant so.
    """

    texts: tuple[tuple[str, str], ...] = ()
    mistakes: tuple[Failure, ...] = ()
    passed_over: tuple[str, ...] = ()

    def note(self, *, besides: Collection[str] = ()) -> str:
        """What a person has to know about what was passed over; empty where there is nothing.

        Args:
            besides: names of those that are looked at by somebody else.

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
    """Schemas, the built-in ones among them, and declared checks; counts only without mistakes.

    `user_schema_names` are those of the files in `contracts/`, also where they take the place of
    built-in ones; `files` is what everything was made of.
    """

    schemas: Schemas = field(default_factory=built_in)
    user_schema_names: tuple[str, ...] = ()
    checks: tuple[DeclaredCheck, ...] = ()
    mistakes: tuple[Failure, ...] = ()
    files: ContractFiles = field(default_factory=ContractFiles)


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
    mistakes += [*schemas.mistakes(), *unknown_schemas(checks, schemas, files.passed_over)]
    return Contracts(
        schemas=schemas,
        user_schema_names=tuple(names),
        checks=tuple(checks),
        mistakes=tuple(mistakes),
        files=files,
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
    return ContractFiles(
        texts=tuple(texts), mistakes=tuple(mistakes), passed_over=_passed_over(folder)
    )


def _passed_over(folder: Path) -> tuple[str, ...]:
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError:
        # Where there is one that can't be read, that is told already.
        return ()
    return tuple(
        name
        for name in names
        if name.lower().endswith(_MAY_BE_MEANT)
        and not (name.startswith(".") or _counts(name) or _meant(name))
        and (folder / name).is_file()
    )


def _paths(folder: Path) -> Iterator[tuple[str, SmokeError | None]]:
    """What counts, sorted by its path, and why it can't be read where that is known already."""
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        yield ".", _not_a("folder", folder, ".")
        return
    unreadable: list[OSError] = []
    found: list[tuple[str, SmokeError | None]] = []
    for here, folders, names in os.walk(folder, onerror=unreadable.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        inner = Path(here).relative_to(folder)
        found += [((inner / n).as_posix(), None) for n in names if _counts(n)]
        links = ((inner / n).as_posix() for n in folders if (Path(here) / n).is_symlink())
        found += [(path, _a_link(path)) for path in links]
        called = [name for name in folders if _counts(name)]
        found += [((inner / n).as_posix(), _a_folder((inner / n).as_posix())) for n in called]
        meant = [name for name in names if _meant(name)]
        found += [((inner / n).as_posix(), _almost((inner / n).as_posix())) for n in meant]
    for error in unreadable:
        path = Path(str(error.filename)).relative_to(folder).as_posix()
        found.append((path, _unreadable(error, path)))
    yield from sorted(found, key=lambda pair: pair[0])


def _counts(name: str) -> bool:
    return name.endswith((SUFFIX, CHECKS)) and not name.startswith(".")


def _meant(name: str) -> str:
    """What the name of a file that does not count was meant to end in; empty where it was not."""
    if name.startswith(".") or _counts(name):
        return ""
    endings = (suffix for suffix, known in _MEANT.items() if name.lower().endswith(known))
    return next(endings, "")


def _almost(path: str) -> SmokeError:
    suffix = _meant(path.rpartition("/")[2])
    ending = next(one for one in _MEANT[suffix] if path.lower().endswith(one))
    better = repr(f"{path[: -len(ending)].rpartition('/')[2]}{suffix}")
    is_yaml = ending.endswith((".yaml", ".yml"))
    return misconfigured(
        expected=f"the name of a file to end in {CHECKS} or {SUFFIX}",
        seen=repr(path[-len(ending) :]),
        where=_label(path),
        hint=f"write it as JSON, in {better}" if is_yaml else f"rename it to {better}",
    )


def _a_folder(path: str) -> SmokeError:
    return misconfigured(
        expected="a file",
        seen="a folder",
        where=_label(path),
        hint="rename it: a name that ends so is that of a file with checks, or of a schema",
    )


def _not_a(what: str, place: Path, path: str) -> SmokeError:
    """The error of something that is no file, or no folder, where one is wanted."""
    is_lost = place.is_symlink() and not place.exists()
    return misconfigured(
        expected=f"a {what}",
        seen="a link that leads nowhere" if is_lost else f"something else than a {what}",
        where=_label(path),
        hint="correct the link, or take it away" if is_lost else "take it away, or rename it",
    )


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
    if file.is_symlink() and not file.exists():
        raise _not_a("file", file, path)
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
    if not is_regular:
        raise _not_a("file", file, path)
    if len(content) > LARGEST_BYTES:
        raise misconfigured(
            expected=f"a file of at most {LARGEST_BYTES // 1024**2} MB",
            seen="a larger one",
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
    if path.endswith(CHECKS) and "/" in path:
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
            seen="a space in it" if found[0] == " " else f"a {found[0]!r} in it",
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

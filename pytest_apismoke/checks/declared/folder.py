"""Read the files in `contracts/`, and parse them into schemas and declared checks."""

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

#: The largest file that is read; hand-written checks and schemas are far smaller.
LARGEST_BYTES = 10 * 1024 * 1024
#: Characters with a meaning in a `$ref`, or in paths of other operating systems.
_SPECIAL_CHARACTERS = re.compile(r"[#?%:\\\s]")
#: Misspelled suffixes by the suffix that they clearly stand for.
_MISSPELLED = {CHECKS: (CHECKS, ".tml"), SUFFIX: (SUFFIX, ".schema.yaml", ".schema.yml")}
#: Suffixes of possible misspellings, or of other files: an OpenAPI document, say.
_AMBIGUOUS = (".json", ".yaml", ".yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFiles:
    """The content of `contracts/`, before parsing.

    `texts`: pairs of a path relative to `contracts/` and the content. `mistakes`: the unreadable
    files. `passed_over`: names of ignored files that may be misnamed checks or schemas.
    """

    texts: tuple[tuple[str, str], ...] = ()
    mistakes: tuple[Failure, ...] = ()
    passed_over: tuple[str, ...] = ()

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
    ones. `files`: the files that everything was parsed from.
    """

    schemas: Schemas = field(default_factory=built_in)
    user_schema_names: tuple[str, ...] = ()
    checks: tuple[DeclaredCheck, ...] = ()
    mistakes: tuple[Failure, ...] = ()
    files: ContractFiles = field(default_factory=ContractFiles)


def load(files: ContractFiles) -> Contracts:
    """Parse the files into schemas and checks, and collect every error."""
    documents: dict[str, Any] = {}
    labels: dict[str, str] = {}
    checks: list[DeclaredCheck] = []
    mistakes = list(files.mistakes)
    names = []
    for path, text in files.texts:
        if path.endswith(SUFFIX):
            names.append(path.removesuffix(SUFFIX))
            # An invalid document stands in as a schema that accepts anything: one error is enough.
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
        texts=tuple(texts), mistakes=tuple(mistakes), passed_over=_passed_over(folder)
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
        and not (name.startswith(".") or _is_contract(name) or _intended_suffix(name))
        and (folder / name).is_file()
    )


def _paths(folder: Path) -> Iterator[tuple[str, SmokeError | None]]:
    """The paths of checks and schemas in order, each with an error if it can't be read."""
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        yield ".", _wrong_kind("folder", folder, ".")
        return
    unreadable: list[OSError] = []
    found: list[tuple[str, SmokeError | None]] = []
    for here, folders, names in os.walk(folder, onerror=unreadable.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        inner = Path(here).relative_to(folder)
        found += [((inner / name).as_posix(), None) for name in names if _is_contract(name)]
        errors = [
            *((name, _link_error) for name in folders if (Path(here) / name).is_symlink()),
            *((name, _folder_error) for name in folders if _is_contract(name)),
            *((name, _name_error) for name in names if _intended_suffix(name)),
        ]
        paths = (((inner / name).as_posix(), error) for name, error in errors)
        found += [(path, error(path)) for path, error in paths]
    for error in unreadable:
        path = Path(str(error.filename)).relative_to(folder).as_posix()
        found.append((path, _read_error(error, path)))
    yield from sorted(found, key=lambda pair: pair[0])


def _is_contract(name: str) -> bool:
    return name.endswith((SUFFIX, CHECKS)) and not name.startswith(".")


def _intended_suffix(name: str) -> str:
    """The suffix that a misspelled name was meant to have; empty for other names."""
    if name.startswith(".") or _is_contract(name):
        return ""
    endings = (suffix for suffix, known in _MISSPELLED.items() if name.lower().endswith(known))
    return next(endings, "")


def _name_error(path: str) -> SmokeError:
    suffix = _intended_suffix(path.rpartition("/")[2])
    ending = next(one for one in _MISSPELLED[suffix] if path.lower().endswith(one))
    better = repr(f"{path[: -len(ending)].rpartition('/')[2]}{suffix}")
    is_yaml = ending.endswith((".yaml", ".yml"))
    return misconfigured(
        expected=f"a file name that ends in {CHECKS} or {SUFFIX}",
        seen=repr(path[-len(ending) :]),
        where=_label(path),
        hint=f"write it as JSON, in {better}" if is_yaml else f"rename it to {better}",
    )


def _folder_error(path: str) -> SmokeError:
    return misconfigured(
        expected="a file",
        seen="a folder",
        where=_label(path),
        hint="rename it: only files of checks and schemas have such a name",
    )


def _wrong_kind(kind: str, place: Path, path: str) -> SmokeError:
    """The error for a path that should be a file or a folder and is something else."""
    is_lost = place.is_symlink() and not place.exists()
    return misconfigured(
        expected=f"a {kind}",
        seen="a link that leads nowhere" if is_lost else "something else",
        where=_label(path),
        hint="correct the link, or remove it" if is_lost else "remove or rename it",
    )


def _link_error(path: str) -> SmokeError:
    return misconfigured(
        expected="files and folders inside contracts/",
        seen="a link that leads elsewhere",
        where=_label(path),
        hint="copy the files: links to folders, and links out of contracts/, are not followed",
    )


def _read_file(folder: Path, path: str) -> str:
    """Read one file.

    Raises:
        SmokeError: (`usage`) when it is unreadable, too large, outside of the folder or misnamed.

    """
    file = folder / path
    _check_path(path)
    if file.is_symlink() and not file.exists():
        raise _wrong_kind("file", file, path)
    if not Path(os.path.realpath(file)).is_relative_to(os.path.realpath(folder)):
        raise _link_error(path)
    try:
        # Reading a named pipe would never end.
        is_regular = stat.S_ISREG(file.stat().st_mode)
        content = b""
        if is_regular:
            with file.open("rb") as opened:
                content = opened.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise _read_error(error, path) from None
    if not is_regular:
        raise _wrong_kind("file", file, path)
    if len(content) > LARGEST_BYTES:
        raise misconfigured(
            expected=f"a file of at most {LARGEST_BYTES // 1024**2} MB",
            seen="a larger one",
            where=_label(path),
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
            where=f"{_label(path)}, line {line}",
            hint="save the file as UTF-8",
        ) from None


def _check_path(path: str) -> None:
    if path.endswith(CHECKS) and "/" in path:
        raise misconfigured(
            expected="declared checks in contracts/ itself",
            seen="a file in a subfolder",
            where=_label(path),
            hint="move the file up; its name is the name of the API",
        )
    found = _SPECIAL_CHARACTERS.search(path)
    if found:
        raise misconfigured(
            expected="a path that a $ref can name",
            seen="a space in it" if found[0] == " " else f"a {found[0]!r} in it",
            where=_label(path),
            hint="rename it: letters, digits, dots, hyphens and underscores are safe",
        )


def _read_error(error: OSError, path: str) -> SmokeError:
    return misconfigured(
        expected="files that can be read",
        seen=error.strerror or str(error),
        where=_label(path),
        hint="correct its permissions, or remove it",
    )


def _label(path: str) -> str:
    return f"{FOLDER}/{path}" if path != "." else f"{FOLDER}/"

"""Writes contract files, all or none: keeps files that are there, and refuses credentials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

from pytest_apismoke.errors import SmokeError, misconfigured
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.system import atomic_file

_PUBLISHED = "checks.schema.json"
_INFER = "apismoke infer"
#: The name that the first line of a check file gives to editors.
CHECKS_SCHEMA = f".{_PUBLISHED}"


def checks_schema() -> str:
    """The JSON Schema by which editors complete a check file, from the installed version."""
    return (files("pytest_apismoke.checks.declared") / _PUBLISHED).read_text(encoding="utf-8")


def check_new(paths: Sequence[Path], *, force: bool, command: str = _INFER) -> None:
    """Checks that no file would be overwritten without `force`.

    Raises:
        SmokeError: (`usage`) when a file exists, or the directory can't be read.

    """
    try:
        there = [str(path) for path in paths if path.exists()]
    except OSError as error:
        raise _not_written(paths[0].parent, error) from None
    if there and not force:
        raise misconfigured(
            expected="files that do not exist yet",
            seen=", ".join(there),
            where=command,
            hint="--force replaces them, including corrections made by hand"
            + ("; --out=DIR writes elsewhere, to compare" if command == _INFER else ""),
        )


def check_secrets(texts: Mapping[Path, str], redactor: Redactor) -> None:
    """Checks that no file would contain a credential of this run.

    Raises:
        SmokeError: (`usage`) when one would.

    """
    for path, text in texts.items():
        if redactor.text(path.name) != path.name or redactor.text(text) != text:
            raise misconfigured(
                expected="a contract without a credential of this run",
                seen="one in the content to write",
                where=path.name,
                hint="use a password or a token that is not a word of the API or of JSON Schema",
            )


def write(texts: Mapping[Path, str]) -> None:
    """Writes all files, or restores the earlier ones when one of them can't be written.

    Args:
        texts: the content of each file; their directories are created.

    Raises:
        SmokeError: (`usage`) when a file can't be written.

    """
    folder, made = next(iter(texts)).parent, [p for p in _folders(texts) if not p.exists()]
    before: dict[Path, bytes | None] = {}
    try:
        for path, text in texts.items():
            folder = path.parent
            folder.mkdir(parents=True, exist_ok=True)
            before[path] = path.read_bytes() if path.exists() else None
            atomic_file.write(path, text, mode=0o644)
    except OSError as error:
        for path, old in before.items():
            with suppress(OSError):
                path.unlink() if old is None else path.write_bytes(old)
        for one in made:
            with suppress(OSError):
                one.rmdir()
        raise _not_written(folder, error) from None


def _folders(texts: Mapping[Path, str]) -> list[Path]:
    return list(dict.fromkeys(path.parent for path in texts))


def _not_written(folder: Path, error: OSError) -> SmokeError:
    return misconfigured(
        expected="a directory to write to",
        seen=error.strerror or str(error),
        where=f"--out {folder}",
        hint="correct its permissions, make room, or write elsewhere with --out=DIR",
    )

"""What is wrong with the names and kinds of the files in `contracts/`, in words."""

from __future__ import annotations

from pathlib import Path

from pytest_apismoke.checks.declared.model import FOLDER
from pytest_apismoke.checks.declared.model import SUFFIX as CHECKS
from pytest_apismoke.errors import SmokeError, misconfigured
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.schemas.store import SUFFIX

#: Characters with a meaning in a `$ref`, or in paths of other operating systems.
_SPECIAL_CHARACTERS = late_pattern(r"[#?%:\\\s]")
#: Misspelled suffixes by the suffix that they clearly stand for.
_MISSPELLED = {CHECKS: (CHECKS, ".tml"), SUFFIX: (SUFFIX, ".schema.yaml", ".schema.yml")}


def is_contract(name: str) -> bool:
    """Whether a file of this name has checks or a schema."""
    return name.endswith((SUFFIX, CHECKS)) and not name.startswith(".")


def intended_suffix(name: str) -> str:
    """The suffix that a misspelled name was meant to have; empty for other names."""
    if name.startswith(".") or is_contract(name):
        return ""
    endings = (suffix for suffix, known in _MISSPELLED.items() if name.lower().endswith(known))
    return next(endings, "")


def check_path(path: str) -> None:
    """Refuses a path that no check or schema may have.

    Raises:
        SmokeError: (`usage`) for such a path.

    """
    if path.endswith(CHECKS) and "/" in path:
        raise misconfigured(
            expected="declared checks in contracts/ itself",
            seen="a file in a subfolder",
            where=label(path),
            hint="move the file up; its name is the name of the API",
        )
    found = _SPECIAL_CHARACTERS.search(path)
    if found:
        raise misconfigured(
            expected="a path that a $ref can name",
            seen="a space in it" if found[0] == " " else f"a {found[0]!r} in it",
            where=label(path),
            hint="rename it: letters, digits, dots, hyphens and underscores are safe",
        )


def name_error(path: str) -> SmokeError:
    """The error for a name with a misspelled suffix."""
    suffix = intended_suffix(path.rpartition("/")[2])
    ending = next(one for one in _MISSPELLED[suffix] if path.lower().endswith(one))
    better = repr(f"{path[: -len(ending)].rpartition('/')[2]}{suffix}")
    is_yaml = ending.endswith((".yaml", ".yml"))
    return misconfigured(
        expected=f"a file name that ends in {CHECKS} or {SUFFIX}",
        seen=repr(path[-len(ending) :]),
        where=label(path),
        hint=f"write it as JSON, in {better}" if is_yaml else f"rename it to {better}",
    )


def folder_error(path: str) -> SmokeError:
    """The error for a folder with the name of a file."""
    return misconfigured(
        expected="a file",
        seen="a folder",
        where=label(path),
        hint="rename it: only files of checks and schemas have such a name",
    )


def wrong_kind(kind: str, place: Path, path: str) -> SmokeError:
    """The error for a path that should be a file or a folder and is something else."""
    is_lost = place.is_symlink() and not place.exists()
    return misconfigured(
        expected=f"a {kind}",
        seen="a link that leads nowhere" if is_lost else "something else",
        where=label(path),
        hint="correct the link, or remove it" if is_lost else "remove or rename it",
    )


def link_error(path: str) -> SmokeError:
    """The error for a link out of the folder."""
    return misconfigured(
        expected="files and folders inside contracts/",
        seen="a link that leads elsewhere",
        where=label(path),
        hint="copy the files: links to folders, and links out of contracts/, are not followed",
    )


def read_error(error: OSError, path: str) -> SmokeError:
    """The error for a file that can't be read."""
    return misconfigured(
        expected="files that can be read",
        seen=error.strerror or str(error),
        where=label(path),
        hint="correct its permissions, or remove it",
    )


def label(path: str) -> str:
    """How a message names a path inside of the folder."""
    return f"{FOLDER}/{path}" if path != "." else f"{FOLDER}/"

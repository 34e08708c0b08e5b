"""The files at the rootdir: contents of the configuration, names of declared APIs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pytest_apismoke.errors import SmokeError, misconfigured

#: The configuration's own file, and the file that may have `[tool.apismoke]` instead.
FILE, SHARED_FILE = "apismoke.toml", "pyproject.toml"
#: The folder of the declared checks, with one file for each API, named after it.
DECLARED_IN = "contracts"
#: The file there that lists the known violations, and declares no checks.
KNOWN = "known.toml"


def configuration_files(folder: Path) -> dict[str, str]:
    """The contents of the files that may hold a configuration, by their names.

    Raises:
        SmokeError: (`usage`) when a file exists but can't be read.

    """
    contents = {}
    for name in (FILE, SHARED_FILE):
        try:
            # Some editors begin a file with a byte order mark, which TOML does not allow.
            contents[name] = (folder / name).read_bytes().decode("utf-8-sig")
        except FileNotFoundError:
            continue
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            seen, where = f"the byte 0x{error.object[error.start]:02x}", f"{name}, line {line}"
            hint = "save the file as UTF-8"
        except OSError as error:
            seen, where = error.strerror or str(error), str(folder / name)
            hint = "correct its permissions, or remove it"
        else:
            continue
        raise misconfigured(expected="a file in UTF-8", seen=seen, where=where, hint=hint)
    return contents


def declared_apis(folder: Path) -> tuple[str, ...]:
    """The names of the APIs that have declared checks, in the order of the alphabet."""
    found = (folder / DECLARED_IN).glob("*.toml")
    names = (path for path in found if not path.name.startswith(".") and path.name != KNOWN)
    files = (path for path in names if path.is_file())
    return tuple(sorted(path.stem for path in files))


def refuse_elsewhere(directory: Path, rootdir: Path) -> None:
    """Refuses a configuration, or declared checks, of a folder that is not the rootdir.

    They would be ignored in silence, and a run without them would pass.

    Args:
        directory: where the command was called.
        rootdir: pytest's, which may lie above it, below it, or elsewhere.

    Raises:
        SmokeError: (`usage`) with both places.

    """
    for folder in _folders_between(directory, rootdir):
        for what, name in _owned(folder):
            is_here = folder == directory
            raise misconfigured(
                expected=f"{what} at the rootdir, {rootdir}",
                seen=f"one in {folder}",
                where=name,
                hint="move it there, or make its folder the rootdir with --rootdir="
                + ("." if is_here else str(folder)),
            )


def _folders_between(directory: Path, rootdir: Path) -> Iterator[Path]:
    """The folder of the call, and those between it and the rootdir; the rootdir is none of them."""
    here, root = (Path(os.path.realpath(path)) for path in (directory, rootdir))
    if here == root:
        return
    yield directory
    low, high = (here, root) if root in here.parents else (root, here)
    yield from (folder for folder in low.parents if high in folder.parents)


def _owned(folder: Path) -> Iterator[tuple[str, str]]:
    """What a folder has for the gate, each in words and as a name."""
    if (folder / FILE).exists():
        yield FILE, FILE
    if _has_table(folder / SHARED_FILE):
        yield f"a {SHARED_FILE} with [tool.apismoke]", SHARED_FILE
    declared = folder / DECLARED_IN
    # Any other folder may have that name: of smart contracts, say.
    if any(path.name.endswith((".toml", ".schema.json")) for path in declared.glob("*")):
        yield f"the folder {DECLARED_IN}/", f"{DECLARED_IN}/"


def _has_table(file: Path) -> bool:
    from pytest_apismoke.configuration.toml_loader import parse_toml

    try:
        text = file.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return False
    try:
        tool = parse_toml(text, SHARED_FILE).get("tool")
    except SmokeError:
        # It may have one: nobody can read it.
        return "[tool.apismoke" in text
    return isinstance(tool, dict) and "apismoke" in tool

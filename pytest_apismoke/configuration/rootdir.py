"""The files at the rootdir: contents of the configuration, names of declared APIs."""

from __future__ import annotations

from pathlib import Path

from pytest_apismoke.errors import misconfigured

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

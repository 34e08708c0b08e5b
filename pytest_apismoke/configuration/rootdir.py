"""What lies at the rootdir: the text of the configuration, and which APIs are declared."""

from __future__ import annotations

from pathlib import Path

from pytest_apismoke.errors import misconfigured

#: The file of its own, and the one in which `[tool.apismoke]` may stand instead.
FILE, SHARED_FILE = "apismoke.toml", "pyproject.toml"
#: The folder of the declared checks; each of its files is an API's, and bears its name.
DECLARED_IN = "contracts"


def configuration_files(folder: Path) -> dict[str, str]:
    """The texts of the files in which a configuration may stand, by their names.

    Raises:
        SmokeError: (`usage`) when one can't be read; what it says must not be left out.

    """
    texts = {}
    for name in (FILE, SHARED_FILE):
        try:
            # Some editors begin a file with a mark that TOML does not allow.
            texts[name] = (folder / name).read_bytes().decode("utf-8-sig")
        except FileNotFoundError:
            continue
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            seen, where = f"the byte 0x{error.object[error.start]:02x}", f"{name}, line {line}"
            hint = "save the file as UTF-8"
        except OSError as error:
            seen, where = error.strerror or str(error), str(folder / name)
            hint = "correct its permissions, or take it away"
        else:
            continue
        raise misconfigured(expected="a file in UTF-8", seen=seen, where=where, hint=hint)
    return texts


def declared_apis(folder: Path) -> tuple[str, ...]:
    """The names of the APIs that have declared checks, in the order of the alphabet."""
    found = (folder / DECLARED_IN).glob("*.toml")
    files = (path for path in found if not path.name.startswith(".") and path.is_file())
    return tuple(sorted(path.stem for path in files))

"""Reads saved responses from files, each for one of the paths."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pytest_apismoke.errors import misconfigured
from pytest_apismoke.schemas.json_text import parse_json


def saved_responses(given: Sequence[str], paths: Sequence[str]) -> list[list[Any]]:
    """The saved responses of each path, in the order of the paths.

    Args:
        given: the values of `--sample`: `FILE`, or `PATH=FILE` where there are several paths.
        paths: the paths on the command line.

    Raises:
        SmokeError: (`usage`) when a file can't be read, is not JSON, or belongs to no path.

    """
    found: dict[str, list[Any]] = {path: [] for path in paths}
    for text in given:
        path = max((p for p in paths if text.startswith(f"{p}=")), key=len, default="")
        if not path and len(paths) > 1:
            raise misconfigured(
                expected="the PATH of a saved response, because there are several",
                seen=repr(text),
                where="--sample",
                hint=f"give PATH=FILE, for instance --sample={paths[0].partition('?')[0]}=FILE",
            )
        name = text[len(path) + 1 :] if path else text
        found[path or paths[0]].append(parse_json(_read(name), f"--sample {name}"))
    return list(found.values())


def _read(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not text in UTF-8"
    raise misconfigured(
        expected="a readable file with a JSON response",
        seen=f"{name!r}: {reason}",
        where="--sample",
        hint="save one with curl, or correct the path",
    )

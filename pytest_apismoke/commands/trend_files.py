"""Finds the reports that 'apismoke trend' is given, and reads them."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from pathlib import Path

from pytest_apismoke.errors import presentable
from pytest_apismoke.history.past_run import PastRun
from pytest_apismoke.history.reading import UnreadableReportError, runs_in
from pytest_apismoke.records import dataclass

#: A report of thousands of checks is a tenth of this.
_MOST_BYTES = 100_000_000
_LONGEST_PATH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The runs in some files, and the files that are left out, each with the reason."""

    runs: tuple[PastRun, ...]
    left_out: tuple[tuple[str, str], ...]


def found_in(given: Sequence[str]) -> Found:
    """Reads files, the JSON files in folders and below, and what patterns match."""
    runs: list[PastRun] = []
    left_out: dict[str, str] = {}
    for path in dict.fromkeys(path for text in given for path in _paths(text)):
        source = presentable(str(path), _LONGEST_PATH)
        try:
            runs += runs_in(_text_of(path), source)
        except UnreadableReportError as refused:
            left_out[source] = str(refused)
        except OSError as error:
            left_out[source] = error.strerror or type(error).__name__
    return Found(runs=tuple(runs), left_out=tuple(left_out.items()))


def _paths(text: str) -> Iterator[Path]:
    path = Path(text)
    if path.is_dir():
        yield from sorted(path.rglob("*.json"))
        return
    # A shell expands patterns, unless they are quoted, or it is that of Windows.
    matching = [] if path.exists() else sorted(glob.glob(text, recursive=True))  # noqa: PTH207
    for name in matching:
        yield from _paths(name) if Path(name).is_dir() else (Path(name),)
    if not matching:
        yield path


def _text_of(path: Path) -> str:
    if path.exists() and not path.is_file():
        # To open a pipe is to wait for somebody who writes into it.
        raise UnreadableReportError("it is no file")
    with path.open("rb") as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise UnreadableReportError(f"it is larger than {_MOST_BYTES // 1_000_000} MB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableReportError("it is no text in UTF-8") from None

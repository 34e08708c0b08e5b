"""The lines of contracts that were broken, in files that this run has read or can read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path

from pytest_apismoke.checks.declared.folder import FOLDER, Contracts
from pytest_apismoke.documents import name_of
from pytest_apismoke.verdict.outcome import Outcome

#: So many places are looked for: a large document takes a moment for each.
_MOST = 100


def lines_of_contracts(
    outcomes: Iterable[Outcome], contracts: Contracts, folders: Iterable[Path]
) -> dict[str, int]:
    """The line of each place of a contract that a response broke, and of each check that found it.

    Args:
        outcomes: of the checks.
        contracts: with the texts of their files.
        folders: that the paths of other files may be relative to, such as an OpenAPI document's.

    Returns:
        by the place as violations name it (`FILE#POINTER`), and by the name of a declared check.

    """
    checks = {f"{check.file}::{check.name}": check for check in contracts.checks}
    wanted: dict[str, tuple[str, str]] = {}
    for outcome in outcomes:
        for violation in outcome.violations:
            file, mark, pointer = violation.schema_location.partition("#")
            if mark:
                wanted[violation.schema_location] = (file, pointer)
        if outcome.violations and (check := checks.get(outcome.name)):
            wanted[outcome.name] = (check.file, check.place)
    files = _Files({f"{FOLDER}/{path}": text for path, text in contracts.files.texts}, folders)
    found: dict[str, int] = {}
    for name, (file, pointer) in islice(wanted.items(), _MOST):
        # A line is a convenience: what can't be found, or changed meanwhile, is told without one.
        with suppress(OSError, ValueError, LookupError, RecursionError, AssertionError):
            found[name] = files.line(file, pointer)
    return found


class _Files:
    """The texts of files, each taken apart once.

    Args:
        texts: those that the run has read, by name.
        folders: that the paths of others may be relative to.

    """

    def __init__(self, texts: Mapping[str, str], folders: Iterable[Path]) -> None:
        self._texts, self._folders = texts, folders
        self._finders: dict[str, Callable[[str], int]] = {}

    def line(self, file: str, pointer: str) -> int:
        """The line of a place in a file."""
        if file not in self._finders:
            text = self._texts.get(file)
            self._finders[file] = _finder(file, (text or self._read(file)).removeprefix("\ufeff"))
        return self._finders[file](pointer)

    def _read(self, file: str) -> str:
        paths = (folder / file for folder in self._folders)
        path = next((one for one in paths if one.is_file()), None)
        if path is None:
            raise FileNotFoundError(file)
        return path.read_text(encoding="utf-8")


@lru_cache(maxsize=16)
def _finder(file: str, text: str) -> Callable[[str], int]:
    """What finds the line of a place in a text; kept, because a run tells its facts several times.

    With it are kept the lines that it has found.
    """
    if file.endswith(".toml"):
        from pytest_apismoke.configuration.toml_lines import lines_of

        lines = lines_of(text)
        return lambda pointer: _nearest(lines, tuple(map(name_of, pointer.split("/")[1:])))
    if file.endswith((".yaml", ".yml")):
        from pytest_apismoke.openapi.yaml_loader import line_in_yaml, nodes_of

        nodes = nodes_of(text)
        return lambda pointer: line_in_yaml(nodes, pointer)
    from pytest_apismoke.schemas.json_lines import line_in_json

    return cache(lambda pointer: line_in_json(text, pointer))


def _nearest(lines: Mapping[tuple[str, ...], int], steps: tuple[str, ...]) -> int:
    while steps and steps not in lines:
        steps = steps[:-1]
    return lines.get(steps, 1)

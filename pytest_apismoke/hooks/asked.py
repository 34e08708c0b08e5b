"""What pytest has collected of what a run was asked for: users' tests, and what each path gave.

The process that collects fills the record; under xdist that is a worker, and the controller reads
its record.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from enum import Enum
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pytest_apismoke.records import dataclass
from pytest_apismoke.verdict.records import Planned


class Kind(str, Enum):
    """Whether something that was collected belongs to the run, and if not, why."""

    #: A test of this run.
    WANTED = "wanted"
    #: A test of full runs only, in a smoke run.
    OF_FULL_RUNS = "of full runs"
    #: A test of an API that this run does not check.
    OF_ANOTHER_API = "of another API"
    #: A test without a marker of the gate.
    UNMARKED = "unmarked"
    #: A file that skips itself.
    SKIPPED = "skipped"
    #: A file that could not be collected, which is a failure of its own.
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """A test that pytest has collected, or a file of which it collected none.

    `name` is its node id, `path` its file; `detail` is the reason of a skip.
    """

    name: str
    path: str
    kind: Kind
    api: str = ""
    is_users_test: bool = True
    detail: str = ""

    @property
    def planned(self) -> Planned:
        """A user's test as a part of the plan."""
        return Planned(api=self.api, stage="call", name=self.name, is_users_test=True)


class Asked:
    """All that was collected for a run, in one process."""

    def __init__(self, collected: Iterable[Collected] = ()) -> None:
        self.keep(collected)

    def keep(self, collected: Iterable[Collected]) -> None:
        """Keeps what was collected; each process of a run collects the same."""
        self._collected = tuple(collected)
        self._by_place: dict[Path, list[Collected]] | None = None

    @property
    def planned(self) -> tuple[Planned, ...]:
        """The tests of users that this run has to run, in the order of the collection."""
        return tuple(
            one.planned for one in self._collected if one.kind is Kind.WANTED and one.is_users_test
        )

    def below(self, path: str, *, directory: Path) -> tuple[Collected, ...]:
        """What was collected below a path.

        Args:
            path: as pytest was given it, with or without `::` and a test's name.
            directory: the directory that it is relative to.

        """
        place, _, name = path.partition("::")
        if self._by_place is None:
            self._by_place = _by_place(self._collected)
        found: dict[str, Collected] = {}
        for one_place in _places_of(place, directory):
            found |= {one.name: one for one in self._by_place.get(one_place, ())}
        return tuple(one for one in found.values() if _has_name(one, name))

    def to_json(self) -> list[dict[str, Any]]:
        """The record as plain JSON values."""
        return [{**asdict(one), "kind": one.kind.value} for one in self._collected]

    def read_json(self, data: Iterable[Mapping[str, Any]]) -> None:
        """The inverse of `to_json`."""
        self.keep(Collected(**{**one, "kind": Kind(one["kind"])}) for one in data)


def _places_of(place: str, directory: Path) -> Iterator[Path]:
    """The files or folders that a path names; with --pyargs it is the name of a module."""
    path = directory / place
    if path.exists():
        # pytest does not follow links, and other plugins do.
        yield Path(os.path.normpath(path))
        yield Path(os.path.realpath(path))
        return
    try:
        spec = find_spec(place)
    except (ImportError, ValueError):
        return
    if spec is not None and spec.submodule_search_locations is not None:
        yield from map(Path, spec.submodule_search_locations)
    elif spec is not None and spec.origin is not None:
        yield Path(spec.origin)


def _by_place(collected: Iterable[Collected]) -> dict[Path, list[Collected]]:
    """What was collected at and below each file and folder, under all names that they have."""
    of_file: dict[str, list[Collected]] = {}
    for one in collected:
        of_file.setdefault(one.path, []).append(one)
    found: dict[Path, list[Collected]] = {}
    for path, several in of_file.items():
        paths = {Path(path), Path(os.path.realpath(path))}
        for place in {place for one in paths for place in (one, *one.parents)}:
            found.setdefault(place, []).extend(several)
    return found


def _has_name(one: Collected, name: str) -> bool:
    """Whether it has a name, or is below one: a class, or a test with parameters."""
    own = one.name.partition("::")[2]
    return not name or own == name or own.startswith((f"{name}::", f"{name}["))

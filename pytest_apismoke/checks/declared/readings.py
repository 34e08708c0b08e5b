"""The declared checks that read a document which another check changes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from pytest_apismoke.checks.declared import captures
from pytest_apismoke.checks.declared.model import DeclaredCheck


class _Reading(NamedTuple):
    """A check, after the number of those that are declared before it."""

    number: int
    check: DeclaredCheck


class Readings:
    """All declared checks with a schema that may request a document that a check changes.

    Args:
        declared: all declared checks, including those that a run leaves out.
        auth: whether the run has a token; another reader may be shown another document.

    """

    def __init__(self, declared: Iterable[DeclaredCheck] = (), *, auth: bool = True) -> None:
        self._auth = auth
        self._by_path: dict[str, list[_Reading]] = {}
        #: By the file, and the first capture that the path uses.
        self._by_capture: dict[tuple[str, str], list[_Reading]] = {}
        for number, check in enumerate(declared):
            if self.has(check):
                names = captures.placeholders(check.path)
                found = (
                    self._by_capture.setdefault((check.file, names[0]), [])
                    if names
                    else self._by_path.setdefault(captures.fill(check.path, {}), [])
                )
                found.append(_Reading(number, check))

    def has(self, check: DeclaredCheck) -> bool:
        """Whether a check shows a whole document, and says what is in it."""
        return (
            check.method == "GET"
            and bool(check.expect.schema)
            and (not check.expect.statuses or 200 in check.expect.statuses)
            and check.auth is self._auth
            # A query, or content negotiation (RFC 9110, 12.5), may select another representation.
            and not check.query
            and not any(name.lower().startswith("accept") for name, _ in check.headers)
        )

    def of(
        self, path: str, *, file: str, captured: Collection[str] = ()
    ) -> tuple[DeclaredCheck, ...]:
        """The checks that request a path, or may with some captures; in their order.

        Args:
            path: of the document.
            file: of the check that changes it; captures have their values in one file only.
            captured: the names of the captures that have values.

        """
        found = list(self._by_path.get(path, ()))
        for name in captured:
            found += self._by_capture.get((file, name), ())
        return tuple(one.check for one in sorted(found, key=lambda one: one.number))


#: Those of a check that changes no document.
NO_READINGS = Readings()

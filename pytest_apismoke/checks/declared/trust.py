"""Decides whether the reading of a document is fit to restore it from.

An update that is restored from an incomplete reading deletes what the reading lacks. So nothing is
written while the document, as it is read, breaks a contract.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pytest_apismoke.checks.declared import captures
from pytest_apismoke.checks.declared.model import DeclaredCheck
from pytest_apismoke.checks.declared.readings import Readings
from pytest_apismoke.checks.model import CheckContext
from pytest_apismoke.checks.suites.base import CONTRACT, breach
from pytest_apismoke.errors import Category, Failure, SmokeError, Violation
from pytest_apismoke.http.document_shape import document_in
from pytest_apismoke.http.response import Response
from pytest_apismoke.known.place import LABEL
from pytest_apismoke.records import dataclass

_ALSO_KNOWN = f" (before a write {LABEL} excuses nothing)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Compares a reading of the document that a check changes with the contracts for it.

    `path` is that of the document; `readings` are the checks that request documents.
    """

    check: DeclaredCheck
    path: str
    readings: Readings
    context: CheckContext

    def distrust(self, response: Response) -> Failure | None:
        """Why nothing may be written after this reading; None if it breaks no contract.

        Raises:
            SmokeError: `budget` when a validation takes too long.

        """
        try:
            document = response.json()
        except SmokeError as error:
            return error.failure
        for violations, difference in self._breaches(response, document):
            return Failure(
                category=Category.INVALID,
                expected=f"{self.check.changes} to match its contract before it is changed",
                seen=str(violations[0]),
                where=response.where,
                hint="nothing was written: an update that is restored from an incomplete reading"
                " would delete what is missing; fix the response or its contract first"
                + (_ALSO_KNOWN if self.context.known.entries else ""),
                violations=violations,
                difference=difference,
            )
        return None

    def _breaches(
        self, response: Response, document: Any
    ) -> Iterator[tuple[tuple[Violation, ...], tuple[str, ...]]]:
        settings = self.context.target.profile.document
        if self.path == settings.path:
            held, problem = document_in(document, settings)
            broken = breach(self.context, None if problem else held, CONTRACT)
            if broken:
                yield broken.violations, broken.difference
        for contract in self._contracts():
            if broken := breach(self.context, document, contract):
                yield broken.violations, broken.difference
        held = response.exchange.held
        # A validation that failed by itself says nothing about the reading.
        if held is None or not held.was_compared or held.is_defect:
            return
        # A violation that is known makes the reading no better.
        if violations := held.unexcused.violations:
            yield violations, held.difference

    def _contracts(self) -> Iterator[str]:
        values = self.context.captured
        for one in self.readings.of(self.path, file=self.check.file, captured=values.keys()):
            is_known = values.keys() >= set(captures.placeholders(one.path))
            if is_known and captures.fill_path(one.path, values) == self.path:
                yield one.expect.schema

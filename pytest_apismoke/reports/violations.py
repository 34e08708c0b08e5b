"""The violations of contracts that a run found, as the formats of code analysis want them. Pure.

Only what failed because the target broke a contract: a mistake of the call, a defect of the gate or
a violation that is known belong to no file that somebody has to look at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256

from pytest_apismoke.errors import TARGET_CATEGORIES, Violation
from pytest_apismoke.evidence import exchange_at
from pytest_apismoke.records import dataclass
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.report import Report
from pytest_apismoke.verdict.outcome import Outcome
from pytest_apismoke.verdict.records import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One violation of a contract.

    Attributes:
        violation: what was expected where, and what came.
        request: the method and the URL whose response has it; empty where that is unknown.
        check: the name of the check that found it.
        file: the contract, relative to the working directory; the file of the check where the
            contract has none of its own.
        place: a JSON Pointer into that file; empty where it is unknown.
        line: of that place, from 1; the first where it is unknown.
        fingerprint: the same in each run that finds it, whatever the target, the values
            and the order of items.

    """

    violation: Violation
    request: str
    check: str
    file: str
    place: str
    line: int
    fingerprint: str

    @property
    def rule(self) -> str:
        """The kind of the violation: the keyword of the contract that is broken."""
        return self.violation.kind or "contract"

    @property
    def text(self) -> str:
        """The violation in one sentence."""
        return f"{self.request}: {self.violation}" if self.request else str(self.violation)


def found(report: Report) -> tuple[Found, ...]:
    """The violations of a run, each once; of several targets one after the other."""
    runs = [(one.verdict, one.facts) for one in report.targets]
    every: dict[str, Found] = {}
    for verdict, facts in runs or [(report.verdict, report.facts)]:
        for one in _of_run(verdict, facts):
            every.setdefault(one.fingerprint, one)
    return tuple(every.values())


def _of_run(verdict: Verdict, facts: RunFacts) -> Iterator[Found]:
    for check in verdict.checks:
        if check.outcome.is_failure and check.category in TARGET_CATEGORIES:
            yield from _of_check(check, facts)


def _of_check(check: Outcome, facts: RunFacts) -> Iterable[Found]:
    exchange = exchange_at(check.exchanges, check.where)
    request = f"{exchange.method} {exchange.url}" if exchange else ""
    operation = exchange.held.operation if exchange and exchange.held else ""
    for violation in check.violations:
        file, _, place = violation.schema_location.partition("#")
        yield Found(
            violation=violation,
            request=request,
            check=check.name,
            file=file or facts.contract.source or check.name.partition("::")[0],
            place=place,
            line=line_of(check, violation, facts),
            fingerprint=_fingerprint(operation or check.name, violation),
        )


def line_of(check: Outcome, violation: Violation, facts: RunFacts) -> int:
    """The line of a violation in its contract, or of the check where the contract has no file.

    The first line where that is unknown: those who read it want one.
    """
    location = violation.schema_location
    is_there = bool(location.partition("#")[0])
    name = location if is_there or facts.contract.source else check.name
    return facts.contract_lines.get(name, 1)


def _fingerprint(subject: str, violation: Violation) -> str:
    places = violation.places or (violation.pointer,)
    parts = (subject, violation.schema_location, violation.kind, *places)
    return sha256("\n".join(parts).encode("utf-8", "backslashreplace")).hexdigest()

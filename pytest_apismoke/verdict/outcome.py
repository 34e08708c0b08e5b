"""The outcome of one check: a record that crosses processes and that the reports render."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from enum import Enum
from typing import Any

from pytest_apismoke.errors import Category, Excerpt, Failure, Violation, violations_from_json
from pytest_apismoke.evidence import Exchange, Sighting, sent_again
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import Redactor


class Result(str, Enum):
    """The result of one check; the value appears in JSON."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"

    def __str__(self) -> str:
        return self.value

    @property
    def is_failure(self) -> bool:
        """Whether the check counts against the run."""
        return self in (Result.FAILED, Result.ERROR)


class SkipReason(str, Enum):
    """Why a check has no result of its own."""

    #: It failed, and is not required.
    NOT_REQUIRED = "not_required"
    #: It depends on a check that failed or was not run.
    DEPENDENCY = "dependency"
    READ_ONLY = "read_only"
    #: It needs a value of a list that was empty: there is nothing to ask for.
    NOTHING_THERE = "nothing_there"
    TOKEN_GIVEN = "token_given"  # noqa: S105  # a reason, not a token
    #: It is required, and this run has no result of it: that counts as a failure.
    MISSING = "missing"
    #: A user's own skip.
    USER = "user"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of one check; converts to JSON and back, to cross process boundaries.

    `name` is the pytest node id. A failure has `expected`, `seen`, `where` and `hint`; a pass and a
    skip have a `detail`: the verified sentence, or the reason of the skip (see `skip_reason`).
    `in_short` is the failure in a few words, and `excerpt` the line that has it; see `Failure`.
    `because_of` is the node id of the check on whose failure it depends. `verified` is False for a
    pass that proves nothing about the target; `dirty` means that the target was left changed.
    `sightings` are those of values that were held against a schema; exchanges have their own.
    """

    api: str
    stage: str
    name: str
    outcome: Result
    category: Category | None = None
    expected: str = ""
    seen: str = ""
    detail: str = ""
    where: str = ""
    hint: str = ""
    skip_reason: SkipReason | None = None
    because_of: str = ""
    duration_s: float = 0.0
    retries: int = 0
    exchanges: tuple[Exchange, ...] = ()
    notes: tuple[str, ...] = ()
    verified: bool = False
    dirty: bool = False
    violations: tuple[Violation, ...] = ()
    difference: tuple[str, ...] = ()
    in_short: tuple[str, ...] = ()
    excerpt: Excerpt | None = None
    sightings: tuple[Sighting, ...] = ()

    @property
    def flaky(self) -> bool:
        """Whether the check passed, but only because a request was sent again."""
        return self.outcome is Result.PASSED and bool(sent_again(self.exchanges))

    @classmethod
    def of_failure(
        cls,
        redactor: Redactor,
        failure: Failure,
        *,
        api: str,
        stage: str,
        name: str,
        outcome: Result = Result.FAILED,
        **details: Any,
    ) -> Outcome:
        """A failing outcome with the failure's four parts, redacted."""
        return cls(
            api=api,
            stage=stage,
            name=name,
            outcome=outcome,
            category=failure.category,
            expected=redactor.text(failure.expected),
            seen=redactor.text(failure.seen),
            where=redactor.text(failure.where),
            hint=redactor.text(failure.hint),
            violations=failure.violations,
            difference=failure.difference,
            in_short=tuple(map(redactor.text, failure.in_short)),
            excerpt=_clean(failure.excerpt, redactor),
            **details,
        )

    def to_json(self) -> dict[str, Any]:
        """The outcome as plain JSON values, in the order of the fields."""
        exchanges = [exchange.to_json() for exchange in self.exchanges]
        values = {**asdict(replace(self, exchanges=())), "exchanges": exchanges}
        return {name: _plain(value) for name, value in values.items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Outcome:
        """The inverse of `to_json`."""
        values = dict(data)
        values["outcome"] = Result(values["outcome"])
        values["category"] = Category(values["category"]) if values["category"] else None
        values["skip_reason"] = SkipReason(values["skip_reason"]) if values["skip_reason"] else None
        values["exchanges"] = tuple(map(Exchange.from_json, values["exchanges"]))
        values["violations"] = violations_from_json(values["violations"])
        values["sightings"] = tuple(map(Sighting.from_json, values["sightings"]))
        values["notes"] = tuple(values["notes"])
        values["difference"] = tuple(values["difference"])
        values["in_short"] = tuple(values["in_short"])
        values["excerpt"] = Excerpt(**values["excerpt"]) if values["excerpt"] else None
        return cls(**values)


def _clean(excerpt: Excerpt | None, redactor: Redactor) -> Excerpt | None:
    """An excerpt without a secret; where one was in it, its marks would stand somewhere else."""
    is_clean = excerpt is None or redactor.text(excerpt.text) == excerpt.text
    return excerpt if is_clean else None


def _plain(value: Any) -> Any:
    """A value of `asdict` with lists instead of tuples and strings instead of enums."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value

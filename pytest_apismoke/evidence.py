"""What was seen, as frozen records: safe to show, to store and to send between processes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from pytest_apismoke.errors import LONGEST_PHRASE, Category, Failure, presentable
from pytest_apismoke.redaction import Redactor

#: How much of a body is kept for the eye, in characters.
EXCERPT_CHARS = 400
_REQUEST_ID_CHARS = 200


class Result(str, Enum):
    """How one check ended."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer; redacted when it is made (see `record`).

    `status` is None when no answer came, and `error` then says why. `attempt` is 1, or more where
    the same request was sent again.
    """

    method: str
    url: str
    status: int | None
    duration_s: float
    request_id: str | None
    excerpt: str
    error: str | None
    curl: str
    attempt: int = 1

    @classmethod
    def record(
        cls,
        redactor: Redactor,
        *,
        method: str,
        url: str,
        status: int | None,
        duration_s: float,
        request_id: str | None,
        body: str,
        error: str | None,
        curl: str,
        attempt: int = 1,
    ) -> Exchange:
        """Makes the record from raw material; nothing unredacted is kept.

        Redaction comes before shortening: a secret cut in two would not be recognised.
        """
        # Folded and without control characters: it may be shown on somebody's terminal.
        excerpt = presentable(" ".join(redactor.body(body).split()), EXCERPT_CHARS)
        return cls(
            method=method,
            url=presentable(redactor.text(url), LONGEST_PHRASE),
            status=status,
            duration_s=round(duration_s, 4),
            request_id=presentable(redactor.text(request_id), _REQUEST_ID_CHARS)
            if request_id
            else None,
            excerpt=excerpt,
            error=presentable(redactor.text(error), LONGEST_PHRASE) if error else None,
            curl=redactor.text(curl),
            attempt=attempt,
        )


def sent_again(exchanges: Iterable[Exchange]) -> tuple[Exchange, ...]:
    """Those that repeat a request."""
    return tuple(exchange for exchange in exchanges if exchange.attempt > 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One place where an answer breaks its contract.

    `pointer` is a JSON Pointer (RFC 6901) into the answer; `wants` and `came` are phrases.
    """

    pointer: str
    wants: str
    came: str

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: wants {self.wants}, came {self.came}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one check came to. JSON-able both ways, so that it crosses process boundaries.

    `name` is the pytest node id. `verified` is False for a pass that proves nothing about the
    target; `dirty` says that the check left the target changed.
    """

    api: str
    stage: str
    name: str
    outcome: Result
    category: Category | None = None
    message: str = ""
    where: str = ""
    hint: str = ""
    duration_s: float = 0.0
    retries: int = 0
    exchanges: tuple[Exchange, ...] = ()
    notes: tuple[str, ...] = ()
    verified: bool = False
    dirty: bool = False

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
            message=redactor.text(failure.message),
            where=redactor.text(failure.where),
            hint=redactor.text(failure.hint),
            **details,
        )

    def to_json(self) -> dict[str, Any]:
        """The outcome as plain JSON values, in the order of the fields."""
        data = asdict(self)
        data["outcome"] = self.outcome.value
        data["category"] = self.category.value if self.category else None
        data["exchanges"] = [asdict(exchange) for exchange in self.exchanges]
        data["notes"] = list(self.notes)
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Outcome:
        """The inverse of `to_json`."""
        values = dict(data)
        values["outcome"] = Result(values["outcome"])
        values["category"] = Category(values["category"]) if values["category"] else None
        values["exchanges"] = tuple(Exchange(**exchange) for exchange in values["exchanges"])
        values["notes"] = tuple(values["notes"])
        return cls(**values)

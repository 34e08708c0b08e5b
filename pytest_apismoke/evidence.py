"""What was seen, as frozen records: safe to show, to store and to send between processes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from pytest_apismoke.errors import LONGEST_PHRASE, Category, Failure, Violation, presentable
from pytest_apismoke.redaction import Redactor

#: How much of a body is kept for the eye, in characters.
EXCERPT_CHARS = 400
#: How the message of a skip begins that stands for a failure which does not decide.
WARNING = "warning: "
#: What the message of a check begins with that was not made because another one failed.
NOT_RUN = "not run: "
#: How a status that came undeclared, and breaks nothing, is listed among what came undeclared.
UNDECLARED_STATUS = "status "
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
class ConformanceResult:
    """How an answer compares with the operation of an API description that declares it.

    `operation` is its method and path template, such as `GET /orders/{id}`. `undeclared` lists what
    came and is not declared, `unseen` what is declared and did not come: places in the answer, an
    array's index written as `*`. Neither breaks the contract. `is_defect` says that the violation
    is the description's own fault; `was_compared` is False where comparing ended in a defect of the
    gate or of a library, which the violation then tells.
    """

    operation: str
    violations: tuple[Violation, ...] = ()
    difference: tuple[str, ...] = ()
    undeclared: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    is_defect: bool = False
    was_compared: bool = True

    @property
    def is_from_a_layer_in_front(self) -> bool:
        """Whether its status is one that the operation does not declare and may still come."""
        return any(place.startswith(UNDECLARED_STATUS) for place in self.undeclared)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ConformanceResult:
        """The inverse of `dataclasses.asdict`, after a way through JSON."""
        return cls(
            operation=data["operation"],
            violations=_violations(data["violations"]),
            difference=tuple(data["difference"]),
            undeclared=tuple(data["undeclared"]),
            unseen=tuple(data["unseen"]),
            is_defect=data["is_defect"],
            was_compared=data["was_compared"],
        )


def _plain(value: Any) -> Any:
    """A value that `asdict` made, with lists for tuples and texts for enums."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (list, tuple)):
        return [_plain(member) for member in value]
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    return value


def _violations(data: Iterable[Mapping[str, str]]) -> tuple[Violation, ...]:
    return tuple(Violation(**violation) for violation in data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer; redacted when it is made (see `record`).

    `status` is None when no answer came, and `error` then says why. `attempt` is 1, or more where
    the same request was sent again. `held` is None where no API description knows the request.
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
    held: ConformanceResult | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Exchange:
        """The inverse of `dataclasses.asdict`, after a way through JSON."""
        held = data.get("held")
        return cls(**{**data, "held": ConformanceResult.from_json(held) if held else None})

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
            url=presentable(redactor.url(url), LONGEST_PHRASE),
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


def exchange_at(exchanges: Sequence[Exchange], where: str) -> Exchange | None:
    """The last exchange at the place that a failure names; else the last one, if there is one."""
    at = (e for e in reversed(exchanges) if where in (e.url, f"{e.method} {e.url}"))
    return next(at, exchanges[-1] if exchanges else None)


def sent_again(exchanges: Iterable[Exchange]) -> tuple[Exchange, ...]:
    """Those that repeat a request."""
    return tuple(exchange for exchange in exchanges if exchange.attempt > 1)


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
    violations: tuple[Violation, ...] = ()
    difference: tuple[str, ...] = ()

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
            violations=failure.violations,
            difference=failure.difference,
            **details,
        )

    def to_json(self) -> dict[str, Any]:
        """The outcome as plain JSON values, in the order of the fields."""
        return {name: _plain(value) for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Outcome:
        """The inverse of `to_json`."""
        values = dict(data)
        values["outcome"] = Result(values["outcome"])
        values["category"] = Category(values["category"]) if values["category"] else None
        values["exchanges"] = tuple(map(Exchange.from_json, values["exchanges"]))
        values["violations"] = _violations(values["violations"])
        values["notes"] = tuple(values["notes"])
        values["difference"] = tuple(values["difference"])
        return cls(**values)

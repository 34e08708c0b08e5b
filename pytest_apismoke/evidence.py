"""What was seen, as frozen records: safe to show, to store and to send between processes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_apismoke.errors import LONGEST_PHRASE, Violation, presentable
from pytest_apismoke.redaction import Redactor

#: How much of a body is kept for the eye, in characters.
EXCERPT_CHARS = 400
#: How a status that came undeclared, and breaks nothing, is listed among what came undeclared.
UNDECLARED_STATUS = "status "
_REQUEST_ID_CHARS = 200


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
            violations=violations_from_json(data["violations"]),
            difference=tuple(data["difference"]),
            undeclared=tuple(data["undeclared"]),
            unseen=tuple(data["unseen"]),
            is_defect=data["is_defect"],
            was_compared=data["was_compared"],
        )


def violations_from_json(data: Iterable[Mapping[str, str]]) -> tuple[Violation, ...]:
    """The inverse of `dataclasses.asdict` for violations."""
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

"""Requests and responses as frozen records that are redacted when they are read: safe to show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from pytest_apismoke.errors import Break, Violation, violations_from_json
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.shown_headers import Headers, headers_from_json, headers_to_json
from pytest_apismoke.unshown import Curl, Evidence, Told, Unshown

#: The prefix of an undeclared status that breaks no contract, in `undeclared`.
UNDECLARED_STATUS = "status "
#: What is said of a body of which no contract says anything.
UNDESCRIBED = "a body that no schema describes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What one response has shown of the known violations of its contract.

    `name` is the operation, or the check or test that held the response against the contract.
    `contract` is the title of an OpenAPI document or the name of a schema, `status` that of the
    response; both may be missing. `met` are the known violations that it has, `gone` those that it
    could have and has not.
    """

    name: str
    contract: str = ""
    status: int | None = None
    met: tuple[Break, ...] = ()
    gone: tuple[Break, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Sighting:
        """The inverse of `dataclasses.asdict`, from values that went through JSON."""
        met, gone = (tuple(Break(**one) for one in data[name]) for name in ("met", "gone"))
        return cls(**{**data, "met": met, "gone": gone})


@dataclass(frozen=True, slots=True, kw_only=True)
class ConformanceResult:
    """The result of validating a response against its operation in an OpenAPI document.

    `operation` is the method and path template, such as `GET /orders/{id}`. `undeclared` lists the
    places in the response that the document does not declare, `unseen` the declared places that
    the response lacks, with `*` for an array's index; neither breaks the contract. `not_looked_at`
    names a part that nothing validates, and `doubts` lists the places that only one reading of the
    document refuses, each with the reason. `known` are the violations that the list of known ones
    excuses; they are not in `violations`, and `sighting` is what the response has shown of that
    list. `is_defect` means that the document itself is at fault.
    `was_compared` is False if the validation failed with an error of the gate or of a library,
    which is then the violation.
    """

    operation: str
    violations: tuple[Violation, ...] = ()
    difference: tuple[str, ...] = ()
    undeclared: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    not_looked_at: str = ""
    doubts: tuple[str, ...] = ()
    known: tuple[Violation, ...] = ()
    sighting: Sighting | None = None
    is_defect: bool = False
    was_compared: bool = True

    @property
    def is_unread(self) -> bool:
        """Whether nothing validated a body that the document describes."""
        return self.not_looked_at not in ("", UNDESCRIBED)

    @property
    def is_from_a_layer_in_front(self) -> bool:
        """Whether a layer in front of the API may have sent it: its status is not declared."""
        return any(place.startswith(UNDECLARED_STATUS) for place in self.undeclared)

    @property
    def unexcused(self) -> ConformanceResult:
        """The same without the list of known violations."""
        violations = (*self.violations, *self.known)
        return replace(self, violations=violations, known=(), sighting=None)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ConformanceResult:
        """The inverse of `dataclasses.asdict`, from values that went through JSON."""
        return cls(
            operation=data["operation"],
            violations=violations_from_json(data["violations"]),
            difference=tuple(data["difference"]),
            undeclared=tuple(data["undeclared"]),
            unseen=tuple(data["unseen"]),
            not_looked_at=data["not_looked_at"],
            doubts=tuple(data["doubts"]),
            known=violations_from_json(data["known"]),
            sighting=Sighting.from_json(data["sighting"]) if data["sighting"] else None,
            is_defect=data["is_defect"],
            was_compared=data["was_compared"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its response, which may be shown: what is read of it has no secret.

    `status` is None if there was no response; `error` is then the reason. `attempt` is 1, or more
    if the same request was sent again. `started_s` is when it was sent, in seconds since the run
    began; None where that is not known. `held` is the result of validating the response against the
    OpenAPI document; None if no operation there matches the request. `version` is the one that the
    response carries; None where no version is expected, or the response carries none. `evidence`
    has the texts: see `record` and `told`.
    """

    method: str
    status: int | None
    duration_s: float
    attempt: int = 1
    started_s: float | None = None
    held: ConformanceResult | None = None
    version: str | None = None
    evidence: Evidence

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
        body: str | bytes,
        error: str | None,
        curl: str | Curl,
        attempt: int = 1,
        started_s: float | None = None,
        sent_headers: Iterable[tuple[str, str]] = (),
        sent_body: str | bytes = b"",
        received_headers: Iterable[tuple[str, str]] = (),
    ) -> Exchange:
        """An exchange of this process, from raw values; they are redacted when they are read."""
        return cls(
            method=method,
            status=status,
            duration_s=round(duration_s, 4),
            attempt=attempt,
            started_s=None if started_s is None else round(started_s, 4),
            evidence=Unshown(
                redactor,
                url=url,
                request_id=request_id,
                body=body,
                error=error,
                curl=curl,
                sent_headers=sent_headers,
                sent_body=sent_body,
                received_headers=received_headers,
            ),
        )

    @classmethod
    def told(
        cls,
        *,
        method: str,
        url: str,
        status: int | None,
        duration_s: float,
        request_id: str | None,
        excerpt: str,
        error: str | None,
        curl: str,
        attempt: int = 1,
        started_s: float | None = None,
        sent_headers: Headers = (),
        sent_excerpt: str = "",
        received_headers: Headers = (),
        trace_id: str | None = None,
        held: ConformanceResult | None = None,
        version: str | None = None,
    ) -> Exchange:
        """An exchange from values that were shown: redacted, and shortened."""
        return cls(
            method=method,
            status=status,
            duration_s=duration_s,
            attempt=attempt,
            started_s=started_s,
            held=held,
            version=version,
            evidence=Told(
                url=url,
                request_id=request_id,
                excerpt=excerpt,
                error=error,
                curl=curl,
                sent_headers=sent_headers,
                sent_excerpt=sent_excerpt,
                received_headers=received_headers,
                trace_id=trace_id,
            ),
        )

    @property
    def url(self) -> str:
        """The URL with its query."""
        return self.evidence.url

    @property
    def request_id(self) -> str | None:
        """The id that the response names for the target's log; else the one that was sent."""
        return self.evidence.request_id

    @property
    def excerpt(self) -> str:
        """The beginning of the body, on one line."""
        return self.evidence.excerpt

    @property
    def error(self) -> str | None:
        """Why there was no response."""
        return self.evidence.error

    @property
    def curl(self) -> str:
        """The command that repeats the request in a shell."""
        return self.evidence.curl

    @property
    def sent_headers(self) -> Headers:
        """The headers of the request, as names and values in their order."""
        return self.evidence.sent_headers

    @property
    def sent_excerpt(self) -> str:
        """The beginning of the body of the request, on one line; empty without one."""
        return self.evidence.sent_excerpt

    @property
    def received_headers(self) -> Headers:
        """The headers of the response, their names in lower case."""
        return self.evidence.received_headers

    @property
    def trace_id(self) -> str | None:
        """The trace that the request was sent as a part of; None where it names none."""
        return self.evidence.trace_id

    def to_json(self) -> dict[str, Any]:
        """The exchange as it may be shown, in values that JSON can express."""
        return {
            "method": self.method,
            "url": self.url,
            "status": self.status,
            "duration_s": self.duration_s,
            "request_id": self.request_id,
            "excerpt": self.excerpt,
            "error": self.error,
            "curl": self.curl,
            "attempt": self.attempt,
            "started_s": self.started_s,
            "sent_headers": headers_to_json(self.sent_headers),
            "sent_excerpt": self.sent_excerpt,
            "received_headers": headers_to_json(self.received_headers),
            "trace_id": self.trace_id,
            "held": asdict(self.held) if self.held else None,
            "version": self.version,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Exchange:
        """The inverse of `to_json`, from values that went through JSON."""
        held = data.get("held")
        read: dict[str, Any] = {"held": ConformanceResult.from_json(held) if held else None}
        for name in ("sent_headers", "received_headers"):
            read[name] = headers_from_json(data.get(name, ()))
        return cls.told(**{**data, **read})


def exchange_at(exchanges: Sequence[Exchange], where: str) -> Exchange | None:
    """The last exchange with the request that `where` names; else the last exchange, if any."""
    at = (e for e in reversed(exchanges) if where in (e.url, f"{e.method} {e.url}"))
    return next(at, exchanges[-1] if exchanges else None)


def sightings_of(
    exchanges: Iterable[Exchange], others: Iterable[Sighting] = ()
) -> tuple[Sighting, ...]:
    """The sightings of some exchanges, and others."""
    held = (exchange.held.sighting for exchange in exchanges if exchange.held)
    return (*(one for one in held if one), *others)


def sent_again(exchanges: Iterable[Exchange]) -> tuple[Exchange, ...]:
    """The exchanges that repeat a request."""
    return tuple(exchange for exchange in exchanges if exchange.attempt > 1)

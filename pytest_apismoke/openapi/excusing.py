"""Parts the violations of a response into those that count and those that are known. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pytest_apismoke.errors import Break
from pytest_apismoke.evidence import ConformanceResult, Sighting
from pytest_apismoke.known.entries import Excused
from pytest_apismoke.openapi.headers import in_header
from pytest_apismoke.openapi.operation_validator import (
    MEDIA_TYPE,
    ReceivedResponse,
    ResponseFindings,
)
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.diff import difference
from pytest_apismoke.schemas.excusing import gone, split


def excusing(
    result: ConformanceResult,
    found: ResponseFindings,
    response: ReceivedResponse,
    excused: Excused,
    *,
    contract: str,
    redactor: Redactor,
) -> ConformanceResult:
    """The result of a response with its violations.

    Args:
        result: without violations.
        found: in the response.
        response: as it was received.
        excused: the known violations of its operation and status.
        contract: the title of the document.
        redactor: removes secrets from the violations.

    """
    general = split(found.general, excused, redactor)
    body = split(found.body, excused, redactor)
    violations = tuple(one.violation(redactor) for one in (*general.new, *body.new))
    known = tuple(one.violation(redactor) for one in (*general.known, *body.known))
    met = {one for violation in (*violations, *known) for one in violation.breaks}
    no_longer = [one for one in _outside(excused, response) if one not in met]
    if found.is_validated:
        no_longer += gone(found.value, excused, (*violations, *known))
    sighting = Sighting(
        name=result.operation,
        contract=contract,
        status=response.status,
        met=tuple(sorted(one for violation in known for one in violation.breaks)),
        gone=tuple(no_longer),
    )
    # Nothing in a body is held against anything where its very type is a known violation.
    types = [one.place for one in sighting.met if one.place.startswith(MEDIA_TYPE)]
    unlooked = [f"a body of {place.removeprefix(MEDIA_TYPE)}" for place in types]
    return replace(
        result,
        violations=violations,
        difference=difference(found.value, body.new, redactor),
        not_looked_at=", ".join(unlooked) or result.not_looked_at,
        known=known,
        sighting=sighting if sighting.met or sighting.gone else None,
    )


def _outside(excused: Excused, response: ReceivedResponse) -> Iterator[Break]:
    """The known breaks outside of the body that a response could have."""
    for one in excused:
        header = one.place.removeprefix(in_header(""))
        is_in_header = header != one.place
        if one.place[:1] in ("", "/"):
            continue
        if not is_in_header or one.kind == "headers" or header in response.headers:
            yield one

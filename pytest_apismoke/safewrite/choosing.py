"""Choose the field of a run's probe, and say why there is none. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.documents import describe, lookup
from pytest_apismoke.http.document_shape import candidates, refuse_lacking, sent_whole
from pytest_apismoke.http.document_update import can_state
from pytest_apismoke.http.login_names import plain_name
from pytest_apismoke.safewrite.comparison import is_masked
from pytest_apismoke.safewrite.probe import Candidate, choose_field
from pytest_apismoke.safewrite.reading import Look


def choose(
    look: Look,
    profile: Document,
    *,
    limit_of: Callable[[str], int | None],
    outlives: bool,
    where: str,
    login_names: Collection[str] = (),
) -> Candidate:
    """The field of a document that carries the probe.

    Args:
        look: the original as it was read.
        profile: how it is updated, and which fields may carry a probe.
        limit_of: the maximum length of a field, by its JSON Pointer, if known.
        outlives: whether the journal outlives the run, so that a probe may replace the original.
        where: the URL of the document.
        login_names: by which this run's account logs in: to change one would lock the run out.

    Raises:
        SmokeError: `usage` if none can, or if the document can't be written back.

    """
    document = look.document
    chosen = choose_field(
        document,
        candidates(profile),
        limit_of=limit_of,
        may_be_cut=outlives,
        may_be_absent=profile.probe_may_be_absent,
        can_state=lambda value: can_state(value, profile),
        is_login_name=lambda value: plain_name(value) in login_names,
    )
    if chosen is None:
        from pytest_apismoke.safewrite import unfit

        raise unfit.no_probe_field(
            document,
            profile.probe,
            id_field=profile.id_field,
            outlives=outlives,
            where=where,
            login_names=login_names,
        )
    refuse_lacking(document, look.response, profile, where=where)
    if is_masked(taken_over := sent_whole(document, profile)):
        from pytest_apismoke.safewrite import unfit

        raise unfit.masked_document(taken_over, where)
    return chosen


def unmarked_note(place: str, before: object) -> str:
    """The note about a probe that can carry no marker; empty if it carries one."""
    if not isinstance(before, (bool, int, float)):
        return ""
    return (
        f"{place} holds {describe(before)}, not a string: gates on other machines can't recognise"
        " this run's probe"
    )


def shortened(candidate: Candidate, original: Mapping[str, Any]) -> Candidate | None:
    """The field for a probe in the original's own length, if a longer one was refused.

    None if there is no shorter one. The original may be longer than the limit too, being older: it
    is a risk.
    """
    before = lookup(original, candidate.place)
    if not isinstance(before, str) or not before or candidate.limit == len(before):
        return None
    risk = f"a string of {len(before)} characters, where a longer one was refused"
    return replace(candidate, limit=len(before), risk=candidate.risk or risk)


def shortened_note(place: str, status: int) -> str:
    """The note about a probe in the original's own length."""
    return (
        f"a longer value of {place} was refused with {status}: the probe was written in the length"
        " of the original"
    )

"""What a recovery says about the changes of an earlier run. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pytest_apismoke.configuration.document_profile import told
from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.documents import Difference
from pytest_apismoke.errors import Category, Failure, SmokeError
from pytest_apismoke.safewrite import in_short
from pytest_apismoke.safewrite.entry import Entry
from pytest_apismoke.safewrite.restoring import BY_THAT_RUN, left_changed, listed


def told_of(error: SmokeError, document: Document) -> SmokeError:
    """A failure in words for its document, which may be a resource of the profile."""
    failure = error.failure
    where, hint = (told(text, document) for text in (failure.where, failure.hint))
    return SmokeError(replace(failure, where=where, hint=hint), dirty=error.dirty)


def put_back(entry: Entry, places: Iterable[str]) -> str:
    """The run was killed, and its changes are taken back."""
    back = ", ".join(dict.fromkeys(places))
    return f"{entry.who} was ended before it restored {back}; that was put back"


def edited(entry: Entry, found: Sequence[Difference]) -> str:
    """Values that somebody edited after the run."""
    places = ", ".join(dict.fromkeys(one.pointer for one in found))
    return f"{places} of {entry.path} was edited since {entry.who} and left alone"


def edited_and_kept(entry: Entry, found: Sequence[Difference], *, repair: str) -> str:
    """The same, where the entry stays in the journal."""
    if not repair:
        return edited(entry, found)
    return (
        f"{edited(entry, found)}; '{repair} --force' puts back the journal's original,"
        f" '{repair} --accept' forgets it"
    )


def may_arrive(entry: Entry, *, settled_s: float) -> str:
    """An update of the run was never seen, so that reads of the original prove nothing yet."""
    return (
        f"an update of {entry.who} to {entry.path} was never seen and may still arrive; the"
        f" original is there, and a run {settled_s:g} s after that update settles it"
    )


def locked(entry: Entry) -> str:
    """Another process recovers the changes, or writes to their document."""
    return (
        f"the changes of {entry.who} are not put back yet: another process has locked {entry.path}"
    )


def not_seen(entry: Entry, error: SmokeError, *, repair: str) -> str:
    """The document could not be read."""
    told = (
        f"the changes of {entry.who} could not be looked at: {error.failure.seen}"
        f" ({error.failure.where})"
    )
    return f"{told}; '{repair}' tries again, '{repair} --accept' forgets it" if repair else told


def still_dirty(entry: Entry, found: Sequence[Difference], *, repair: str) -> SmokeError:
    """The target is as that run left it, or was edited since."""
    failure = Failure(
        category=Category.PERSIST,
        expected=f"{entry.path} as it was before {entry.who}",
        seen=listed(found),
        in_short=in_short.left_changed(found),
        where=f"GET {entry.target}{entry.path}",
        hint=left_changed(
            repair,
            f"correct it, or '{repair} --accept' accepts it, '{repair} --force' puts back the"
            " journal's original",
            how=BY_THAT_RUN,
            also="where every update changes it, list it in [document] volatile, or name another"
            " field in [document] probe",
        ),
    )
    return SmokeError(failure, dirty=True)

"""The failures of the write protocol in a few words: each field counted, none too long."""

from __future__ import annotations

import pytest

from pytest_apismoke.documents import ABSENT, Difference
from pytest_apismoke.safewrite import in_short, messages
from pytest_apismoke.safewrite.agreement import disagreement, persists
from pytest_apismoke.verdict.subjects import FEW_CHARS, fitting

WHERE = "https://api.example.com/api/business/me"
#: The longest name that a field of the default profile has.
LONG = "/google_calendar_connected"
PROBED = "9-5 [apismoke 1198f038.1 13s]"


def difference(place: str, after: object = ABSENT) -> Difference:
    return Difference(pointer=place, before="a", after=after)


def differences(*places: str, after: object = ABSENT) -> list[Difference]:
    return [difference(place, after) for place in places]


@pytest.mark.parametrize(
    ("places", "told"),
    [
        ((), ()),
        (("/a",), ("/a",)),
        (("/a", "/a"), ("/a",)),
        (("/a", "/b"), ("/a and /b", "/a and 1 more")),
        (("/a", "/b", "/c"), ("/a, /b and /c", "/a and 2 more")),
    ],
)
def test_all_places_are_named_or_counted(places: tuple[str, ...], told: tuple[str, ...]) -> None:
    assert in_short.places(differences(*places)) == told


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (differences("/a", after=PROBED), ("/a holds a probe", "/a")),
        (differences("/a", after="b"), ("/a is not as it was", "/a")),
        (differences("/a", "/b", after=PROBED), ("/a and /b", "/a and 1 more")),
    ],
)
def test_a_target_left_changed_is_told_by_all_that_it_holds(
    found: list[Difference], told: tuple[str, ...]
) -> None:
    """One field says in which state it is; of several all count."""
    assert in_short.left_changed(found) == told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (messages.not_kept(difference(LONG), WHERE).failure.in_short,
         f"an update does not keep {LONG}"),
        (messages.altered(difference("/name"), where=WHERE).failure.in_short,
         "an update of /api/business/me does not keep /name"),
        (messages.harmed(differences("/a", "/b"), place="/c", where=WHERE).failure.in_short,
         "an update of /api/business/me also changes /a and /b"),
        (messages.harmed(differences(LONG, "/b"), place="/c", where=WHERE).failure.in_short,
         f"an update also changes {LONG} and /b"),
        (messages.disagree("2 of 8", place=LONG, where=WHERE).failure.in_short,
         f"the instances disagree on {LONG}"),
        (messages.disagree("2 of 8", place="/name", where=WHERE).failure.in_short,
         "GET /api/business/me: the instances disagree on /name"),
        (messages.kept_once("/a", WHERE).failure.in_short,
         "an update was not kept, and the next one was"),
        (messages.came_late(difference("/a"), WHERE).failure.in_short,
         "an update of /api/business/me came after a later one"),
        (messages.kept_too_long(LONG, 61.0, WHERE).failure.in_short,
         f"the probe in {LONG} was gone after 61 s"),
        (messages.edited_twice(difference(LONG), where=WHERE).failure.in_short,
         f"somebody else writes to {LONG}"),
        (messages.restored_twice(WHERE).failure.in_short,
         "the first restoring update was accepted and not kept"),
        (messages.sent_not_there({"a": 1}, {}, {}, where=WHERE).failure.in_short,
         "an update of /api/business/me does not keep /a"),
        (persists([{"a": 1}, {"a": 2}], differences("/a"), listed="", where=WHERE).in_short,
         "GET /api/business/me: the instances disagree on /a"),
    ],
)  # fmt: skip
def test_each_failure_of_a_write_has_a_short_reason(words: tuple[str, ...], told: str) -> None:
    assert (fitting(words), len(told) <= FEW_CHARS) == (told, True)


def test_reads_of_two_accounts_are_told_so() -> None:
    documents = [{"id": "1"}, {"id": "2"}]
    failure = disagreement(documents, id_field="id", changing=(), where=WHERE)
    assert failure
    assert fitting(failure.in_short) == "two accounts: /id is the string '1' and the string '2'"

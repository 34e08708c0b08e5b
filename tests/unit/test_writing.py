"""One probe write, against servers that do it right and servers that do not.

Whatever a server does: afterwards its document is as it was, or the gate says that it is not.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_apismoke.budget import Budget
from pytest_apismoke.client import Answer
from pytest_apismoke.documents import differences
from pytest_apismoke.errors import Category, Failure, SmokeError, fail
from pytest_apismoke.profiles import TargetProfile
from pytest_apismoke.safewrite import ProbeWrite
from pytest_apismoke.target import Target

if TYPE_CHECKING:
    from unit.conftest import FakeClock

URL = "https://api.example.com/api/business/me"
START: dict[str, Any] = {"id": 1, "name": "Salon", "description": "Hair", "updated_at": 0}
PROBED = "Hair [apismoke run-1]"
LOST = "a connection closed without an answer"

Document = dict[str, Any]
#: What a server makes of an update: the document that it has afterwards.
Merging = Callable[[Document, Mapping[str, Any]], Document]
MakeAnswer = Callable[..., Answer]


def merges(document: Document, body: Mapping[str, Any]) -> Document:
    return {**document, **body}


class Backend:
    """A server in memory, shaped like a `Target`; how it misbehaves is set by its attributes."""

    def __init__(
        self,
        document: Document,
        clock: FakeClock,
        make_answer: MakeAnswer,
        *,
        merging: Merging = merges,
        budget_s: float = 60.0,
    ) -> None:
        self.profile = TargetProfile()
        self.client = self
        self.base_url = "https://api.example.com"
        self.slowest_s = 0.1
        self.budget = Budget(budget_s, clock=clock, sleep=clock.sleep)
        self.document = copy.deepcopy(document)
        self.updates: list[Document] = []
        self.merging = merging
        #: What each update is answered with, the last one for ever; None is no answer at all.
        self.statuses: list[int | None] = [200]
        self.applies: list[bool] = [True]
        #: How many fetches after an update still see what was before it.
        self.lag = 0
        self.lost_fetches = 0
        self._clock = clock
        self._answer = make_answer
        self._stale: list[Document] = []

    def fetch_document(self, *, fresh: bool = False, restoring: bool = False) -> Answer:
        assert fresh, "a read-back over an old connection proves nothing"
        self.budget.require(f"GET {URL}", restoring=restoring)
        if self.lost_fetches and self.updates:
            self.lost_fetches -= 1
            raise lost()
        return self._answer(body=self._stale.pop(0) if self._stale else self.document)

    def update_document(self, body: Mapping[str, Any], *, restoring: bool = False) -> Answer:
        self.budget.require(f"PUT {URL}", restoring=restoring)
        self.updates.append(dict(body))
        before = copy.deepcopy(self.document)
        if _next(self.applies):
            self.document = self.merging(self.document, copy.deepcopy(dict(body)))
            self.document["updated_at"] = len(self.updates)
            self._stale = [before] * self.lag
        status = _next(self.statuses)
        if status is None:
            raise lost()
        return self._answer(status, body={"ok": True})


def _next(script: list[Any]) -> Any:
    return script.pop(0) if len(script) > 1 else script[0]


def lost() -> SmokeError:
    return fail(Category.FETCH, expected="an answer", seen=LOST, where=f"PUT {URL}", hint="x")


@pytest.fixture
def backend(clock: FakeClock, make_answer: MakeAnswer) -> Backend:
    return Backend(START, clock, make_answer)


def probe_of(backend: Backend, *, wait_s: float = 2.0) -> ProbeWrite:
    return ProbeWrite(cast(Target, backend), run_id="run-1", readback_wait_s=wait_s)


def refusal(step: Callable[[], object]) -> SmokeError:
    with pytest.raises(SmokeError) as caught:
        step()
    return caught.value


def failure_of(step: Callable[[], object]) -> SmokeError | None:
    try:
        step()
    except SmokeError as error:
        return error
    return None


def as_before(backend: Backend, start: Document = START) -> bool:
    """Whether nothing of the probe is left; null in its field and no field are the same nothing."""
    found = differences(start, backend.document, ignoring=["/updated_at"])
    places = {difference.pointer for difference in found}
    nothing = start.get("description") is None and backend.document.get("description") is None
    return not places or (places == {"/description"} and nothing)


def written(backend: Backend, *, wait_s: float = 2.0) -> ProbeWrite:
    """A probe write up to the answer of the update."""
    probe = probe_of(backend, wait_s=wait_s)
    probe.begin()
    probe.write()
    return probe


# -- a server that does it right --------------------------------------------------------------


def test_a_write_is_proven_and_leaves_no_trace(backend: Backend, clock: FakeClock) -> None:
    probe = written(backend)
    assert (backend.document["description"], probe.needs_restoring) == (PROBED, True)

    probe.read_back()

    assert probe.restore() == "the probe field was put back"
    assert backend.updates == [{"description": PROBED}, {"description": "Hair"}]
    assert (as_before(backend), probe.needs_restoring, probe.retries) == (True, False, 0)
    assert clock.slept == []


@pytest.mark.parametrize(
    ("before", "probe"),
    [
        ({"description": ""}, "[apismoke run-1]"),
        ({"description": None}, "[apismoke run-1]"),
        ({}, "[apismoke run-1]"),
        ({"description": "  über\n"}, "über\n [apismoke run-1]"),
    ],
)
def test_a_probe_field_may_be_empty_null_or_absent(
    before: Document, probe: str, clock: FakeClock, make_answer: MakeAnswer
) -> None:
    backend = Backend({"id": 1, **before}, clock, make_answer)
    write = written(backend)
    write.read_back()
    how = write.restore()
    assert backend.updates == [{"description": probe}, {"description": before.get("description")}]
    absent = "" if before else "; it was absent at first and may be null now"
    assert how == f"the probe field was put back{absent}"


def test_what_differs_before_anything_was_written_changes_by_itself(backend: Backend) -> None:
    probe = probe_of(backend)
    earlier = {**backend.document, "views": 1}
    backend.document["views"] = 2
    assert probe.begin(earlier) == ("/views",)
    probe.write()
    backend.document["views"] = 3
    probe.read_back()
    backend.document["views"] = 4
    assert probe.restore() == "the probe field was put back"


def test_each_write_sends_another_probe(backend: Backend) -> None:
    probe = written(backend)
    probe.write()
    probe.read_back()
    assert [update["description"] for update in backend.updates] == [PROBED, f"{PROBED} 2"]
    probe.restore()
    assert as_before(backend)


def test_restoring_twice_does_no_harm(backend: Backend) -> None:
    probe = written(backend)
    assert {probe.restore(), probe.restore()} == {"the probe field was put back"}
    assert as_before(backend)


# -- before the write -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "seen"), [(5, "the number 5"), (True, "the boolean true"), (["x"], "a list of 1")]
)
def test_a_field_that_holds_no_text_is_not_written_to(
    value: object, seen: str, clock: FakeClock, make_answer: MakeAnswer
) -> None:
    backend = Backend({**START, "description": value}, clock, make_answer)
    probe = probe_of(backend)

    error = refusal(probe.begin)

    assert error.failure.category is Category.INVALID
    assert str(error) == (
        f"expected a text or null in the probe field 'description', seen {seen}\n"
        f"  where: GET {URL}\n"
        "  what to do: the probe needs a text field that may be changed and put back"
    )
    assert (backend.updates, probe.needs_restoring) == ([], False)


def test_no_write_is_begun_that_might_not_be_restored_in_time(
    backend: Backend, clock: FakeClock
) -> None:
    backend.slowest_s = 9.0
    clock.now += 10.0

    error = refusal(probe_of(backend).begin)

    assert (error.failure.category, error.failure.where, backend.updates) == (
        Category.BUDGET,
        f"the write to {URL} (it must leave time for restoring)",
        [],
    )


# -- refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 403, 422])
def test_a_target_that_said_no_is_not_written_to_again(status: int, backend: Backend) -> None:
    backend.statuses, backend.applies = [status], [False]
    probe = probe_of(backend)
    probe.begin()

    error = refusal(probe.write)

    assert error.failure.category is Category.SAVE
    assert str(error) == (
        f"expected the update to be accepted, seen {status} with application/json, 12 bytes\n"
        "  where: GET https://api.example.com/api\n"
        "  what to do: look into the target's log at the request id; the update changes"
        " 'description' only"
    )
    assert probe.restore() == "the refused update had changed nothing"
    assert (len(backend.updates), probe.needs_restoring) == (1, False)


def test_a_target_that_said_no_and_wrote_anyway_is_put_right(backend: Backend) -> None:
    backend.statuses, backend.applies = [422, 200], [True]
    probe = probe_of(backend, wait_s=0.0)
    probe.begin()
    assert refusal(probe.write).failure.category is Category.SAVE

    assert probe.restore() == "the probe field was put back"
    assert as_before(backend)


@pytest.mark.parametrize("applied", [True, False])
def test_an_error_of_the_server_may_have_written(applied: bool, backend: Backend) -> None:
    backend.statuses, backend.applies = [500, 200], [applied, True]
    probe = probe_of(backend)
    probe.begin()
    assert refusal(probe.write).failure.category is Category.SAVE

    assert (probe.needs_restoring, probe.restore()) == (True, "the probe field was put back")
    assert as_before(backend)


def test_a_lost_answer_of_a_write_that_happened_is_save_and_is_put_right(backend: Backend) -> None:
    backend.statuses = [None, 200]
    probe = probe_of(backend)
    probe.begin()

    error = refusal(probe.write)

    assert (error.failure.category, error.failure.seen) == (Category.SAVE, LOST)
    assert (backend.document["description"], probe.needs_restoring) == (PROBED, True)
    probe.restore()
    assert as_before(backend)


def test_an_acceptance_that_is_not_json_is_invalid(
    backend: Backend, make_answer: MakeAnswer
) -> None:
    probe = probe_of(backend)
    probe.begin()
    page = make_answer(body=b"<html>")
    backend._answer = lambda *_, **__: page  # the update's answer only: nothing is fetched here

    assert refusal(probe.write).failure.category is Category.INVALID
    assert probe.needs_restoring


# -- accepted, and not kept -------------------------------------------------------------------


def test_a_write_that_was_dropped_is_persist(backend: Backend, clock: FakeClock) -> None:
    backend.applies = [False]
    probe = written(backend)

    error = refusal(probe.read_back)

    assert error.failure.category is Category.PERSIST
    assert str(error) == (
        "expected the value just written to /description, and no other field changed,"
        f" seen /description was the text {PROBED!r} and is the text 'Hair'\n"
        f"  where: GET {URL}, over a fresh connection\n"
        "  what to do: the write was acknowledged but not kept: look at the transaction, the cache"
        " and the replica behind it"
    )
    assert clock.slept == [0.1, 0.2, 0.4, 0.5, 0.5]
    assert (probe.retries, probe.restore()) == (5, "the probe field was put back")


def test_a_write_that_harmed_another_field_is_persist(backend: Backend) -> None:
    backend.merging = lambda document, body: {**document, **body, "name": "harmed"}
    probe = written(backend)

    error = refusal(probe.read_back)

    assert str(error) == (
        "expected the value just written to /description, and no other field changed,"
        " seen /name was the text 'Salon' and is the text 'harmed'\n"
        f"  where: GET {URL}, over a fresh connection\n"
        "  what to do: the write changed more than it was asked to: look at how the update merges"
    )


def test_a_store_that_lags_is_asked_again_and_that_is_counted(
    backend: Backend, clock: FakeClock
) -> None:
    backend.lag = 3
    probe = written(backend)

    probe.read_back()

    assert (probe.retries, clock.slept) == (3, [0.1, 0.2, 0.4])
    probe.restore()
    assert (as_before(backend), probe.retries) == (True, 6)


def test_fields_that_change_by_themselves_are_not_compared(backend: Backend) -> None:
    probe = written(backend)
    backend.document["updated_at"] = "later"
    probe.read_back()
    probe.restore()


# -- restoring --------------------------------------------------------------------------------


def test_a_server_that_replaces_gets_the_whole_document_back(backend: Backend) -> None:
    backend.merging = lambda document, body: dict(body)
    probe = written(backend, wait_s=0.0)
    assert refusal(probe.read_back).failure.seen == (
        "/id is gone; /name is gone"
        if "description" in backend.document
        else "/description is gone"
    )

    assert probe.restore() == "the whole document had to be written back"
    assert as_before(backend)


def test_a_server_that_can_not_be_put_right_is_dirty_and_says_how_to_do_it_by_hand(
    backend: Backend,
) -> None:
    backend.statuses, backend.applies = [200, 403], [True, False]
    probe = written(backend, wait_s=0.0)

    error = refusal(probe.restore)

    assert error.dirty
    assert error.failure == Failure(
        category=Category.PERSIST,
        expected="the original document after restoring",
        seen=f"/description was the text 'Hair' and is the text {PROBED!r};"
        " the restoring update was answered 403",
        where=f"PUT {URL}",
        hint="THE TARGET WAS LEFT CHANGED: set 'description' back to 'Hair' by hand and compare"
        " the other fields",
    )
    assert probe.needs_restoring
    assert [update["description"] for update in backend.updates] == [PROBED, "Hair", "Hair"]


def test_restoring_that_can_not_be_proven_is_dirty(backend: Backend) -> None:
    probe = written(backend)
    backend.lost_fetches = 9

    error = refusal(probe.restore)

    assert (error.dirty, error.failure.seen) == (True, f"{LOST} (PUT {URL})")


def test_restoring_whose_answers_are_lost_is_judged_by_the_document(backend: Backend) -> None:
    backend.statuses = [None]
    probe = probe_of(backend)
    probe.begin()
    assert refusal(probe.write).failure.category is Category.SAVE

    assert probe.restore() == "the probe field was put back"
    assert (as_before(backend), probe.needs_restoring) == (True, False)


def test_restoring_may_use_the_time_that_is_reserved_for_it(
    backend: Backend, clock: FakeClock
) -> None:
    probe = written(backend)
    clock.now += 55.0

    assert refusal(probe.read_back).failure.category is Category.BUDGET
    assert probe.restore() == "the probe field was put back"
    assert as_before(backend)


def test_restoring_has_some_time_although_the_budget_is_spent(
    backend: Backend, clock: FakeClock
) -> None:
    probe = written(backend)
    clock.now += 60.0
    assert probe.restore() == "the probe field was put back"
    assert as_before(backend)


# -- whatever a server does -------------------------------------------------------------------

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    document = draw(st.dictionaries(st.text(), JSON, max_size=4))
    document.pop("description", None)
    if draw(st.booleans()):
        document["description"] = draw(st.none() | st.text())
    return {**document, "id": 1, "active": draw(st.booleans()), "updated_at": 0}


def replaces(document: Document, body: Mapping[str, Any]) -> Document:
    return dict(body)


def drops(document: Document, body: Mapping[str, Any]) -> Document:
    return document


def truncates(document: Document, body: Mapping[str, Any]) -> Document:
    cut = {k: v[:10] if isinstance(v, str) else v for k, v in body.items()}
    return {**document, **cut}


def strips(document: Document, body: Mapping[str, Any]) -> Document:
    return {**document, **{k: v.strip() if isinstance(v, str) else v for k, v in body.items()}}


def flips(document: Document, body: Mapping[str, Any]) -> Document:
    return {**document, **body, "active": not document.get("active")}


def harms_once(document: Document, body: Mapping[str, Any]) -> Document:
    return {**document, **body, "harmed": True}


def leaves_out_nulls(document: Document, body: Mapping[str, Any]) -> Document:
    return {k: v for k, v in {**document, **body}.items() if v is not None}


def ignores_nulls(document: Document, body: Mapping[str, Any]) -> Document:
    return {**document, **{k: v for k, v in body.items() if v is not None}}


MERGINGS = (
    *(merges, replaces, drops, truncates, strips, flips, harms_once),
    *(leaves_out_nulls, ignores_nulls),
)


@given(
    document=documents(),
    merging=st.sampled_from(MERGINGS),
    statuses=st.lists(st.sampled_from([200, 200, 204, 422, 500, None]), min_size=1, max_size=4),
    applies=st.lists(st.sampled_from([True, True, False]), min_size=1, max_size=4),
    lag=st.sampled_from([0, 0, 0, 1, 3, 8]),
    lost_fetches=st.integers(0, 3),
    delay_s=st.sampled_from([0.0, 0.0, 20.0, 45.0, 70.0]),
)
@settings(max_examples=300, deadline=None)
def test_afterwards_the_document_is_as_it_was_or_the_target_is_called_dirty(
    make_clock: Callable[[], FakeClock],
    make_answer: MakeAnswer,
    document: Document,
    merging: Merging,
    statuses: list[int | None],
    applies: list[bool],
    lag: int,
    lost_fetches: int,
    delay_s: float,
) -> None:
    clock = make_clock()
    backend = Backend(document, clock, make_answer, merging=merging)
    backend.statuses, backend.applies = list(statuses), list(applies)
    backend.lag, backend.lost_fetches = lag, lost_fetches
    if lag:
        # A store that lags is otherwise a good one: a late read of the original, after an update
        # that did harm, looks just like a proof.
        backend.statuses = [status for status in statuses if status != 422] or [200]
        backend.applies, backend.merging = [True], merges
    probe = probe_of(backend)
    probe.begin()
    for step in (probe.write, probe.read_back):
        error = failure_of(step)
        assert error is None or not error.dirty
        if error:
            break
        clock.now += delay_s

    error = failure_of(probe.restore)

    assert probe.needs_restoring == (error is not None)
    if error is None:
        assert as_before(backend, document)
    else:
        assert (error.dirty, error.failure.category) == (True, Category.PERSIST)


@given(document=documents())
@settings(max_examples=80, deadline=None)
def test_a_server_that_merges_passes_with_any_document(
    make_clock: Callable[[], FakeClock], make_answer: MakeAnswer, document: Document
) -> None:
    backend = Backend(document, make_clock(), make_answer)
    probe = written(backend)
    probe.read_back()
    probe.restore()
    assert as_before(backend, document)

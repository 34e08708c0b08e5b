"""The three exit-code tables, and that nothing but what was found decides."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_apismoke.errors import TARGET_CATEGORIES, Category
from pytest_apismoke.modes import EXIT_CODE_TABLES, ExitCodes
from pytest_apismoke.verdict.exit_codes import Judgement, could_not_verify
from pytest_apismoke.verdict.exit_rule import meaning
from pytest_apismoke.verdict.judgement import (
    RUN,
    USER_TESTS,
    ApiVerdict,
    Planned,
    Verdict,
    judge,
)
from pytest_apismoke.verdict.outcome import Outcome, Result, SkipReason

COULD_NOT_TELL = [c for c in Category if c not in TARGET_CATEGORIES]
STAGES = {
    "settings": ("login", "fetch", "save", "persist"),
    "calendar": ("login", "fetch", "oauth", "state"),
    "twilio": ("login", "fetch", "phone", "state"),
}
PLAN = tuple(
    Planned(api=api, stage=stage, name=f"{api}::{stage}")
    for api, stages in STAGES.items()
    for stage in stages
)
ALLOWED = {
    "category": {0, 1, 2, 3, 4, 5},
    "api": {0, 1, 2, 3, 4, 5, 9},
    "verdict": {0, 1, 2, 3, 4},
}


def passed(planned: Planned, *, verified: bool = True) -> Outcome:
    return Outcome(
        api=planned.api,
        stage=planned.stage,
        name=planned.name,
        outcome=Result.PASSED,
        verified=verified,
    )


def skipped(planned: Planned) -> Outcome:
    return replace(passed(planned, verified=False), outcome=Result.SKIPPED)


def failed(api: str, category: Category, *, stage: str = "any", dirty: bool = False) -> Outcome:
    return Outcome(
        api=api,
        stage=stage,
        name=f"{api}::{stage}",
        outcome=Result.FAILED,
        category=category,
        dirty=dirty,
    )


def all_passed() -> list[Outcome]:
    return [passed(planned) for planned in PLAN]


def code(*outcomes: Outcome, table: ExitCodes = "category") -> int:
    """The exit code of a run in which all else passed."""
    return judge([*all_passed(), *outcomes], plan=PLAN, table=table).exit_code


# -- strategies -------------------------------------------------------------------------------

CHECKS = [
    *((planned.api, planned.stage, planned.name) for planned in PLAN),
    (USER_TESTS, "call", "test_mine.py::test_it"),
    (USER_TESTS, "call", "test_mine.py::test_another"),
]


@st.composite
def outcomes_of_checks(draw: st.DrawFn) -> Outcome:
    api, stage, name = draw(st.sampled_from(CHECKS))
    result = draw(st.sampled_from(Result))
    fails = result.is_failure
    return Outcome(
        api=api,
        stage=stage,
        name=name,
        outcome=result,
        category=draw(st.sampled_from(Category)) if fails else None,
        detail=draw(st.sampled_from(["", "one", "two"])),
        verified=result is Result.PASSED and draw(st.booleans()),
        dirty=fails and draw(st.booleans()),
    )


@st.composite
def outcomes_of_the_run(draw: st.DrawFn) -> Outcome:
    category = draw(st.sampled_from(COULD_NOT_TELL))
    stage = draw(st.sampled_from(["run", "preflight", "version"]))
    return replace(failed(RUN, category, stage=stage), outcome=Result.ERROR)


OUTCOMES = st.lists(st.one_of(outcomes_of_checks(), outcomes_of_checks(), outcomes_of_the_run()))


@st.composite
def plans(draw: st.DrawFn) -> tuple[Planned, ...]:
    chosen = draw(st.lists(st.sampled_from(PLAN), unique=True))
    return tuple(replace(planned, required=draw(st.booleans())) for planned in chosen)


TABLES = st.sampled_from(EXIT_CODE_TABLES)


def told(verdict: Verdict) -> tuple[object, ...]:
    """What of a verdict may not depend on how the outcomes arrived."""
    return verdict.exit_code, verdict.verdict, verdict.categories, verdict.apis


# -- the table 'category' ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("api", "category", "expected"),
    [
        ("settings", "auth", 1),
        ("settings", "fetch", 2),
        ("settings", "save", 3),
        ("settings", "persist", 4),
        ("settings", "invalid", 5),
        ("calendar", "auth", 1),
        ("calendar", "fetch", 2),
        ("calendar", "oauth", 3),
        ("calendar", "state", 4),
        ("calendar", "error", 5),
        ("twilio", "auth", 1),
        ("twilio", "fetch", 2),
        ("twilio", "phone", 3),
        ("twilio", "state", 4),
        ("twilio", "error", 5),
        ("tests", "auth", 1),
        ("tests", "fetch", 2),
        ("tests", "save", 3),
        ("tests", "state", 4),
        ("tests", "invalid", 5),
        (RUN, "unready", 5),
        (RUN, "version", 5),
        (RUN, "usage", 5),
        (RUN, "budget", 5),
        (RUN, "interrupted", 5),
        (RUN, "unverified", 5),
        (RUN, "internal", 5),
    ],
)
def test_each_category_has_its_code(api: str, category: str, expected: int) -> None:
    assert code(failed(api, Category(category))) == expected


def test_all_passed_is_0_in_every_table() -> None:
    assert [code(table=table) for table in EXIT_CODE_TABLES] == [0, 0, 0]


@pytest.mark.parametrize(
    ("categories", "expected"),
    [
        (["persist", "save"], 3),
        (["invalid", "state", "oauth", "fetch"], 2),
        (["error", "auth"], 1),
        (["usage", "persist"], 4),
        (["budget", "invalid"], 5),
    ],
)
def test_the_earliest_stage_that_broke_wins(categories: list[str], expected: int) -> None:
    found = [failed("settings", Category(c), stage=c) for c in categories]

    verdict = judge([*all_passed(), *found], plan=PLAN)

    assert verdict.exit_code == expected
    assert verdict.categories == {Category(c): 1 for c in categories}


# -- the table 'api' --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("api", "expected"), [("settings", 1), ("calendar", 2), ("twilio", 3), ("tests", 9)]
)
@pytest.mark.parametrize("category", sorted(TARGET_CATEGORIES))
def test_the_api_table_names_the_api_whatever_broke_in_it(
    api: str, category: Category, expected: int
) -> None:
    assert code(failed(api, category), table="api") == expected


@pytest.mark.parametrize(
    "apis", [("settings", "calendar"), ("calendar", "tests"), ("settings", "calendar", "twilio")]
)
def test_more_than_one_failed_api_is_4(apis: tuple[str, ...]) -> None:
    found = [failed(api, Category.FETCH) for api in apis]
    assert code(*found, table="api") == 4


@pytest.mark.parametrize(
    ("apis", "expected"),
    [
        (["orders"], 20),
        (["invoices"], 9),
        (["twilio"], 3),
        (["invoices", "orders"], 4),
    ],
)
def test_a_declared_api_has_the_exit_code_that_it_was_given_and_a_built_in_one_its_own(
    apis: list[str], expected: int
) -> None:
    verdict = judge(
        [*all_passed(), *(failed(api, Category.INVALID) for api in apis)],
        plan=PLAN,
        table="api",
        api_codes={"orders": 20, "twilio": 30},
    )
    assert (verdict.exit_code, meaning(verdict)) == (expected, f"{', '.join(apis)} failed")


@pytest.mark.parametrize("table", ["category", "verdict"])
def test_the_other_tables_know_no_exit_codes_of_apis(table: ExitCodes) -> None:
    outcomes = [*all_passed(), failed("orders", Category.INVALID)]
    with_code = judge(outcomes, plan=PLAN, table=table, api_codes={"orders": 20})
    assert with_code == judge(outcomes, plan=PLAN, table=table)


@pytest.mark.parametrize("category", COULD_NOT_TELL)
@pytest.mark.parametrize("api", ["settings", RUN])
def test_what_could_not_be_verified_is_5_in_the_api_table(api: str, category: Category) -> None:
    assert code(failed(api, category), table="api") == 5


# -- the table 'verdict' ----------------------------------------------------------------------


@pytest.mark.parametrize("category", sorted(TARGET_CATEGORIES))
def test_evidence_against_the_target_is_1_in_the_verdict_table(category: Category) -> None:
    assert code(failed("settings", category), table="verdict") == 1


@pytest.mark.parametrize("category", [c for c in COULD_NOT_TELL if c is not Category.USAGE])
def test_what_tells_nothing_about_the_target_is_2_in_the_verdict_table(category: Category) -> None:
    assert code(failed(RUN, category), table="verdict") == 2


def test_a_mistake_in_the_gates_own_configuration_is_3_in_the_verdict_table() -> None:
    assert code(failed(RUN, Category.USAGE), table="verdict") == 3


@pytest.mark.parametrize(
    "others",
    [
        [],
        [failed("settings", Category.AUTH)],
        [failed(RUN, Category.USAGE)],
        [failed(RUN, Category.INTERRUPTED)],
        [failed(RUN, Category.INTERNAL), failed("twilio", Category.FETCH)],
    ],
)
def test_a_target_left_changed_outranks_all_else_in_the_verdict_table(
    others: list[Outcome],
) -> None:
    left = failed("settings", Category.PERSIST, stage="restore", dirty=True)
    verdict = judge([*all_passed(), *others, left], plan=PLAN, table="verdict")
    assert (verdict.verdict, verdict.exit_code) == (Judgement.DIRTY, 4)


def test_evidence_against_the_target_outranks_a_mistake_in_the_configuration() -> None:
    found = [failed(RUN, Category.USAGE), failed("twilio", Category.PHONE)]
    assert code(*found, table="verdict") == 1


# -- interrupted, retried, unverified ---------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "expected"),
    [("category", 5), ("api", 5), ("verdict", 2)],
)
def test_half_a_run_is_no_verdict_even_where_its_first_half_looked_bad(
    table: ExitCodes, expected: int
) -> None:
    found = [failed("settings", Category.AUTH), failed(RUN, Category.INTERRUPTED)]
    assert code(*found, table=table) == expected


@pytest.mark.parametrize(
    ("table", "expected"),
    [("category", 4), ("api", 1), ("verdict", 4)],
)
def test_an_interrupted_run_that_left_the_target_changed_says_so(
    table: ExitCodes, expected: int
) -> None:
    found = [
        failed("settings", Category.PERSIST, dirty=True),
        failed(RUN, Category.INTERRUPTED),
    ]
    assert code(*found, table=table) == expected


@pytest.mark.parametrize("table", EXIT_CODE_TABLES)
def test_an_attempt_that_failed_is_not_hidden_by_one_that_passed(table: ExitCodes) -> None:
    failing = failed("settings", Category.SAVE, stage="save")
    retried = [failing, passed(PLAN[2])]

    verdicts = [
        judge([*all_passed(), *attempts], plan=PLAN, table=table)
        for attempts in (retried, retried[::-1])
    ]

    assert verdicts[0] == verdicts[1]
    assert verdicts[0].exit_code == {"category": 3, "api": 1, "verdict": 1}[table]
    assert verdicts[0].apis["settings"] == ApiVerdict(
        verdict=Judgement.FAIL,
        failed_stage="save",
        category=Category.SAVE,
        stages=(
            ("login", Result.PASSED),
            ("fetch", Result.PASSED),
            ("save", Result.FAILED),
            ("persist", Result.PASSED),
        ),
    )


def test_a_required_check_without_a_result_is_unverified() -> None:
    missing = PLAN[-1]

    verdict = judge([passed(p) for p in PLAN if p is not missing], plan=PLAN)

    assert (verdict.exit_code, verdict.verdict) == (5, Judgement.INCONCLUSIVE)
    assert verdict.categories == {Category.UNVERIFIED: 1}
    assert verdict.checks[-1] == Outcome(
        api="twilio",
        stage="state",
        name="twilio::state",
        outcome=Result.ERROR,
        category=Category.UNVERIFIED,
        expected="every required check to be run",
        seen="no result of some",
        where="this run",
        hint="leave out -k, -m, --deselect, --lf and --collect-only;"
        " to check fewer APIs use --smoke-api NAME",
        skip_reason=SkipReason.MISSING,
    )


def test_a_check_for_which_an_empty_list_left_nothing_is_not_missing() -> None:
    missing = PLAN[-1]
    why = "'list' is empty"
    nothing = replace(skipped(missing), detail=why, skip_reason=SkipReason.NOTHING_THERE)

    verdict = judge([*(passed(p) for p in PLAN if p is not missing), nothing], plan=PLAN)

    assert (verdict.exit_code, verdict.verdict) == (0, Judgement.PASS)
    assert verdict.apis["twilio"].stages[-1] == ("state", Result.SKIPPED)


def test_a_run_of_which_nothing_was_there_is_no_success() -> None:
    nothing = [replace(skipped(p), skip_reason=SkipReason.NOTHING_THERE) for p in PLAN]

    verdict = judge(nothing, plan=PLAN)

    assert (verdict.exit_code, verdict.categories) == (5, {Category.UNVERIFIED: 1})


def test_a_required_check_that_needs_one_which_need_not_hold_says_so_once() -> None:
    missing = PLAN[-1]
    not_run = replace(
        skipped(missing),
        detail="not run: twilio::phone failed, which is not required",
        skip_reason=SkipReason.DEPENDENCY,
        because_of="twilio::phone",
    )

    verdict = judge([*(passed(p) for p in PLAN if p is not missing), not_run], plan=PLAN)

    assert (verdict.exit_code, verdict.categories) == (5, {Category.UNVERIFIED: 1})
    assert [check for check in verdict.checks if check.name == missing.name] == [
        Outcome(
            api="twilio",
            stage="state",
            name="twilio::state",
            outcome=Result.ERROR,
            category=Category.UNVERIFIED,
            expected="every required check to be run",
            seen="one not run: twilio::phone failed, which is not required",
            where="this run",
            hint="correct the failure, or set required = false here too",
            skip_reason=SkipReason.MISSING,
        )
    ]


def test_a_run_of_which_only_failed_what_need_not_hold_says_so() -> None:
    plan = [replace(PLAN[0], required=False)]
    warned = replace(skipped(plan[0]), skip_reason=SkipReason.NOT_REQUIRED)

    (check,) = [one for one in judge([warned], plan=plan).checks if one.category]

    assert (check.category, check.expected, check.seen, check.hint) == (
        Category.UNVERIFIED,
        "at least one check that sends a request to the target",
        "only failed checks that are not required (required = false)",
        "look at the warnings; a run proves something only where a check passes",
    )


def test_a_failure_explains_why_the_rest_of_its_api_was_not_verified() -> None:
    others = [passed(p) for p in PLAN if p.api != "calendar"]

    verdict = judge([*others, failed("calendar", Category.FETCH, stage="fetch")], plan=PLAN)

    assert verdict.categories == {Category.FETCH: 1}


def test_checks_that_were_planned_but_not_required_may_be_skipped() -> None:
    """A read-only run is 0 when all it had to verify was verified."""
    plan = [replace(p, required=p.stage not in ("save", "persist")) for p in PLAN]

    verdict = judge([passed(p) if p.required else skipped(p) for p in plan], plan=plan)

    assert (verdict.exit_code, verdict.categories) == (0, {})
    assert verdict.apis["settings"].verdict is Judgement.PASS


def test_a_run_in_which_nothing_was_asked_of_the_target_says_so() -> None:
    assert judge([], plan=[]).checks == (
        Outcome(
            api=RUN,
            stage="run",
            name="apismoke::run",
            outcome=Result.ERROR,
            category=Category.UNVERIFIED,
            expected="at least one check that sends a request to the target",
            seen="none",
            where="this run",
            hint="enable an API, or mark a test that uses the smoke_client fixture as smoke or e2e",
        ),
    )


@pytest.mark.parametrize("plan", [(), PLAN], ids=["no plan", "a plan"])
@pytest.mark.parametrize(
    "outcomes",
    [
        [],
        [skipped(p) for p in PLAN],
        [passed(p, verified=False) for p in PLAN],
        [skipped(PLAN[0]), passed(PLAN[1], verified=False)],
    ],
    ids=["nothing", "all skipped", "nothing proven", "some of both"],
)
@pytest.mark.parametrize(
    ("table", "expected"),
    [("category", 5), ("api", 5), ("verdict", 2)],
)
def test_nothing_verified_is_could_not_verify(
    plan: tuple[Planned, ...], outcomes: list[Outcome], table: ExitCodes, expected: int
) -> None:
    assert judge(outcomes, plan=plan, table=table).exit_code == expected


@pytest.mark.parametrize("result", [Result.PASSED, Result.SKIPPED])
def test_an_outcome_of_the_run_itself_proves_nothing(result: Result) -> None:
    only = Outcome(api=RUN, stage="run", name=f"{RUN}::run", outcome=result)

    verdict = judge([only], plan=())

    assert (verdict.exit_code, verdict.categories) == (5, {Category.UNVERIFIED: 1})


def test_an_api_of_which_only_skips_were_seen_is_not_listed() -> None:
    mine = [Planned(api=USER_TESTS, stage="call", name=f"test_mine.py::test_{n}") for n in "ab"]

    all_skipped = judge([*all_passed(), *map(skipped, mine)], plan=PLAN)
    one_passed = judge([*all_passed(), skipped(mine[0]), passed(mine[1])], plan=PLAN)

    assert list(all_skipped.apis) == list(STAGES)
    assert [check.name for check in all_skipped.checks[-2:]] == [planned.name for planned in mine]
    assert list(one_passed.apis) == [*STAGES, USER_TESTS]


@pytest.mark.parametrize("seen", [False, True])
def test_an_api_that_need_not_be_verified_is_listed_only_if_it_was(seen: bool) -> None:
    plan = [replace(p, required=p.api != "twilio") for p in PLAN]
    outcomes = [passed(p) for p in plan if p.required or seen]

    verdict = judge(outcomes, plan=plan)

    assert verdict.exit_code == 0
    assert list(verdict.apis) == ["settings", "calendar", *(["twilio"] if seen else [])]


def test_a_run_that_was_stopped_before_its_checks_passes_no_api() -> None:
    verdict = judge([failed(RUN, Category.UNREADY, stage="preflight")], plan=PLAN)

    assert verdict.categories == {Category.UNREADY: 1}
    assert {api: v.verdict for api, v in verdict.apis.items()} == dict.fromkeys(
        STAGES, Judgement.INCONCLUSIVE
    )


@pytest.mark.parametrize(
    ("table", "judgement", "expected"),
    [
        ("category", Judgement.MISCONFIGURED, 5),
        ("api", Judgement.MISCONFIGURED, 5),
        ("verdict", Judgement.MISCONFIGURED, 3),
        ("verdict", Judgement.INCONCLUSIVE, 2),
    ],
)
def test_a_run_that_ended_before_it_could_be_judged_has_a_code_too(
    table: ExitCodes, judgement: Judgement, expected: int
) -> None:
    assert could_not_verify(table, judgement) == expected


# -- for every set of outcomes ----------------------------------------------------------------


@given(data=st.data(), outcomes=OUTCOMES, plan=plans(), table=TABLES)
@settings(max_examples=150, deadline=None)
def test_neither_order_nor_repetition_nor_workers_change_the_verdict(
    data: st.DataObject, outcomes: list[Outcome], plan: tuple[Planned, ...], table: ExitCodes
) -> None:
    again = data.draw(st.lists(st.sampled_from(outcomes)) if outcomes else st.just([]))
    anyhow = data.draw(st.permutations([*outcomes, *again]))
    workers = data.draw(st.lists(st.integers(0, 2), min_size=len(anyhow), max_size=len(anyhow)))
    gathered = [o for n in range(3) for o, w in zip(anyhow, workers, strict=True) if w == n]

    expected = told(judge(outcomes, plan=plan, table=table))

    assert told(judge(anyhow, plan=plan, table=table)) == expected
    assert told(judge(gathered, plan=plan, table=table)) == expected


@given(outcomes=OUTCOMES, plan=plans(), table=TABLES)
@settings(max_examples=100, deadline=None)
def test_passing_again_never_mends_a_failed_check(
    outcomes: list[Outcome], plan: tuple[Planned, ...], table: ExitCodes
) -> None:
    failures = [o for o in outcomes if o.outcome.is_failure]
    mended = [
        replace(o, outcome=Result.PASSED, category=None, dirty=False, verified=True)
        for o in failures
    ]
    assert told(judge([*outcomes, *mended], plan=plan, table=table)) == told(
        judge(outcomes, plan=plan, table=table)
    )


@given(outcomes=OUTCOMES, plan=plans(), table=TABLES)
@settings(max_examples=150, deadline=None)
def test_every_run_has_a_code_of_its_table_and_words_for_it(
    outcomes: list[Outcome], plan: tuple[Planned, ...], table: ExitCodes
) -> None:
    verdict = judge(outcomes, plan=plan, table=table)

    assert verdict.exit_code in ALLOWED[table]
    assert (verdict.exit_code == 0) == (verdict.verdict is Judgement.PASS)
    assert meaning(verdict)


@given(outcomes=OUTCOMES, plan=plans(), table=TABLES)
@settings(max_examples=150, deadline=None)
def test_0_means_that_something_and_all_that_was_required_was_verified(
    outcomes: list[Outcome], plan: tuple[Planned, ...], table: ExitCodes
) -> None:
    proven = {o.name for o in outcomes if o.outcome is Result.PASSED and o.verified}
    clean = not any(o.outcome.is_failure for o in outcomes)
    all_there = {p.name for p in plan if p.required} <= proven

    verdict = judge(outcomes, plan=plan, table=table)

    assert (verdict.exit_code == 0) == (clean and all_there and bool(proven))


@pytest.mark.parametrize(
    ("outcomes", "table", "words"),
    [
        ([], "category", "everything required was verified"),
        ([], "api", "everything required was verified"),
        ([], "verdict", "everything required was verified"),
        (
            [failed("settings", Category.SAVE), failed("twilio", Category.PHONE)],
            "category",
            "save: the update was refused;"
            " phone: the number is missing where required or not E.164",
        ),
        (
            [failed("settings", Category.SAVE), failed("twilio", Category.PHONE)],
            "api",
            "settings, twilio failed",
        ),
        ([failed("settings", Category.SAVE)], "verdict", "the target is bad"),
        ([failed(RUN, Category.UNREADY)], "api", "could not verify"),
        (
            [failed(RUN, Category.UNREADY)],
            "category",
            "unready: the target never became ready",
        ),
        ([failed(RUN, Category.UNREADY)], "verdict", "could not tell"),
        ([failed(RUN, Category.USAGE)], "verdict", "the gate itself is misconfigured"),
        (
            [failed("settings", Category.PERSIST, dirty=True)],
            "verdict",
            "the target was left changed",
        ),
    ],
)
def test_the_exit_code_in_words(outcomes: list[Outcome], table: ExitCodes, words: str) -> None:
    assert meaning(judge([*all_passed(), *outcomes], plan=PLAN, table=table)) == words


@pytest.mark.parametrize("category", Category)
def test_every_category_has_words(category: Category) -> None:
    verdict = judge([failed("settings", category)], plan=())
    _, _, words = meaning(verdict).partition(f"{category}: ")
    assert words


def test_a_failure_without_a_category_has_words_too() -> None:
    unnamed = replace(failed("settings", Category.SAVE), category=None)
    assert meaning(judge([unnamed], plan=())) == "could not verify"

"""Several targets of one call, and the one verdict on them."""

from __future__ import annotations

import pytest

from pytest_apismoke.configuration.targets import checked_targets
from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.modes import EXIT_CODE_TABLES, ExitCodes
from pytest_apismoke.verdict.exit_codes import Judgement
from pytest_apismoke.verdict.judgement import Planned, Verdict, judge
from pytest_apismoke.verdict.merging import merged
from pytest_apismoke.verdict.outcome import Outcome, Result


def test_each_is_a_base_url_or_the_demo() -> None:
    given = ["https://eu.example.com/v1/", "https://us.example.com/v1", "demo"]
    assert checked_targets(given, "--target-url") == (
        "https://eu.example.com/v1",
        "https://us.example.com/v1",
        "demo",
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://api.example.com", "https://API.example.com."),
        ("https://api.example.com", "https://api.example.com:443/"),
        ("http://api.example.com:80/v1", "http://api.example.com/v1"),
    ],
)
def test_one_address_in_two_forms_is_given_twice(one: str, other: str) -> None:
    with pytest.raises(SmokeError) as error:
        checked_targets([one, other], "--target-url")
    other = other.rstrip("/")
    assert str(error.value) == (
        f"expected each target once, seen {one} and {other}, which are one address\n"
        "  where: --target-url\n"
        "  what to do: leave one of them out; if they come from variables, one of these has the"
        " value of the other"
    )


@pytest.mark.parametrize(
    "other",
    ["https://api.example.com:8443", "https://api.example.com/v2", "http://api.example.com"],
)
def test_another_port_path_or_scheme_is_another_target(other: str) -> None:
    assert len(checked_targets(["https://api.example.com", other], "")) == 2


API = {"settings": 1, "calendar": 2}


def verdict_on(table: ExitCodes, *failed: tuple[str, Category], dirty: bool = False) -> Verdict:
    """The verdict on a target with the settings and the calendar, where some checks failed."""
    wrong = dict(failed)
    plan = [Planned(api=api, stage="check", name=f"{api}::check") for api in API]
    outcomes = [
        Outcome(
            api=one.api,
            stage=one.stage,
            name=one.name,
            outcome=Result.FAILED if one.api in wrong else Result.PASSED,
            category=wrong.get(one.api),
            verified=one.api not in wrong,
            dirty=dirty and one.api in wrong,
        )
        for one in plan
    ]
    return judge(outcomes, plan=plan, table=table)


SETTINGS = ("settings", Category.SAVE)
CALENDAR = ("calendar", Category.OAUTH)
LATER = ("calendar", Category.STATE)
UNREADY = ("settings", Category.UNREADY)


@pytest.mark.parametrize(
    ("failed", "codes"),
    [
        (([], []), (0, 0, 0)),
        (([SETTINGS], []), (3, 1, 1)),
        (([SETTINGS], [SETTINGS]), (3, 1, 1)),
        (([LATER], [SETTINGS]), (3, 4, 1)),
        (([], [LATER]), (4, 2, 1)),
        (([UNREADY], []), (5, 5, 2)),
        (([UNREADY], [CALENDAR]), (3, 2, 1)),
        (([("settings", Category.USAGE)], [UNREADY]), (5, 5, 3)),
        (([("settings", Category.INTERRUPTED)], [SETTINGS]), (5, 5, 2)),
    ],
)
def test_the_code_of_several_is_found_by_the_rule_of_one(
    failed: tuple[list[tuple[str, Category]], ...], codes: tuple[int, int, int]
) -> None:
    for table, code in zip(EXIT_CODE_TABLES, codes, strict=True):
        verdicts = [verdict_on(table, *one) for one in failed]
        assert merged(verdicts, table=table, api_codes={}).exit_code == code


def test_what_is_dirty_at_one_target_outranks_the_others() -> None:
    for table, code in zip(EXIT_CODE_TABLES, (4, 1, 4), strict=True):
        dirty = verdict_on(table, ("settings", Category.PERSIST), dirty=True)
        verdicts = [verdict_on(table, ("calendar", Category.INTERRUPTED)), dirty]
        found = merged(verdicts, table=table, api_codes={})
        assert (found.verdict, found.exit_code) == (Judgement.DIRTY, code)


def test_an_api_has_the_worst_of_its_verdicts() -> None:
    table: ExitCodes = "category"
    verdicts = [verdict_on(table), verdict_on(table, UNREADY), verdict_on(table, SETTINGS)]
    found = merged(verdicts, table=table, api_codes={})
    assert {name: (api.verdict, api.category) for name, api in found.apis.items()} == {
        "settings": (Judgement.FAIL, Category.SAVE),
        "calendar": (Judgement.PASS, None),
    }
    assert found.categories == {Category.SAVE: 1, Category.UNREADY: 1}
    assert len(found.checks) == 6

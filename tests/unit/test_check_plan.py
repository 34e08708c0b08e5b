"""What a run has to check: the built-in suites, the declared checks and operations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from unit.declaring import FILE, Backend, Says, context_of, declared, runner_of, settings_of

from pytest_apismoke.checks.model import CheckContext, CheckResult, Skip
from pytest_apismoke.checks.plan import PREFLIGHT, CheckPlan, plan_checks
from pytest_apismoke.configuration.profiles import API_NAMES, Document, TargetProfile
from pytest_apismoke.configuration.settings import Settings
from pytest_apismoke.errors import Category, Failure
from pytest_apismoke.openapi.loader import read
from pytest_apismoke.openapi.spec import Spec
from pytest_apismoke.preflight.result import Step
from pytest_apismoke.verdict.judgement import RUN, Planned

if TYPE_CHECKING:
    from unit.conftest import FakeClock

ROOT = Path("/project")
DECLARED = """
[[check]]
name = "list"
path = "/orders"
refused_without_auth = true
capture = { order_id = "/id" }

[[check]]
name = "one"
path = "/orders/{order_id}"

[[check]]
name = "change"
path = "/orders/{order_id}"
method = "PUT"
changes = "nothing"
"""
OTHER = '[[check]]\nname = "other"\npath = "/other"\nauth = false\n'
NAMES = ("list", "list without a token", "one", "change")
DESCRIPTION = """
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /health: {get: {responses: {'200': {description: ok}}}}
  /orders: {post: {responses: {'200': {description: ok}}}}
"""
REFUSED = Failure(category=Category.AUTH, expected="a", seen="b", where="c", hint="d")
SMOKE_STAGES = {
    "settings": ("login", "fetch", "contract", "save", "persist", "restore"),
    "calendar": ("login", "fetch", "state", "oauth"),
    "twilio": ("login", "fetch", "phone", "state"),
}


@pytest.fixture
def context(clock: FakeClock) -> CheckContext:
    return context_of(Backend(clock, {"GET /health": Says()}))


def settings(*apis: str, **options: Any) -> Settings:
    """Of a run of these APIs, by default of the declared ones; it logs in."""
    chosen = settings_of(**options)
    credentials = replace(chosen.credentials, token="")
    return replace(chosen, apis=apis or ("orders", "other"), credentials=credentials)


def plan_of(
    context: CheckContext,
    settings: Settings | None = None,
    *,
    description: bool = False,
    **preflight: Any,
) -> CheckPlan:
    """A plan of two files with declared checks; `preflight` are its other fields."""
    chosen = settings or globals()["settings"]()
    result = replace(context.preflight, settings=chosen, **preflight)
    spec = Spec(read(DESCRIPTION, "openapi.yaml"), label="openapi.yaml")
    checks = (*declared(DECLARED), *declared(OTHER, "other.toml"))
    return plan_checks(replace(context, preflight=result), checks, spec if description else None)


def planned(api: str, stage: str, *, required: bool = True) -> Planned:
    file = {"orders": FILE, "other": "contracts/other.toml"}.get(api, api)
    return Planned(api=api, stage=stage, name=f"{file}::{stage}", required=required)


# -- the plan ---------------------------------------------------------------------------------


def test_the_plan_has_the_built_in_checks_and_then_the_declared_ones(
    context: CheckContext,
) -> None:
    plan = plan_of(context, settings(*API_NAMES, "orders", "other", smoke=True))
    assert plan.planned == (
        *(planned(api, stage) for api, stages in SMOKE_STAGES.items() for stage in stages),
        *(planned("orders", name) for name in NAMES[:3]),
        planned("other", "other"),
    )
    assert (plan.nodes, plan.files) == (API_NAMES, (FILE, "contracts/other.toml"))


def test_a_full_run_plans_more(context: CheckContext) -> None:
    plan = plan_of(context, settings("twilio", "orders"))
    assert plan.planned == (
        *(planned("twilio", stage) for stage in (*SMOKE_STAGES["twilio"], "consistent")),
        *(planned("orders", name) for name in NAMES),
    )


def test_what_a_read_only_run_leaves_out_is_not_required(context: CheckContext) -> None:
    plan = plan_of(context, settings("settings", "orders", smoke_read_only=True))
    assert [one.name for one in plan.planned if not one.required] == [
        *(f"settings::{stage}" for stage in ("save", "persist")),
        *(f"settings::{stage}" for stage in ("save_without_calendar", "persist_later", "restore")),
        f"{FILE}::change",
    ]


def test_the_checks_of_a_node_come_in_order(context: CheckContext) -> None:
    plan = plan_of(context)
    assert [check.stage for check in plan.of_node(FILE)] == list(NAMES)
    assert plan.of_node("tests/test_mine.py") == ()


PINNED = TargetProfile(document=Document(expect=(("/id", "biz_1"),)))


@pytest.mark.parametrize(
    ("apis", "cause"),
    [(("settings", "orders", "other"), "settings::fetch"), (("orders", "other"), f"{RUN}::fetch")],
)
def test_nothing_is_sent_with_a_token_of_an_account_that_is_not_proven(
    apis: Sequence[str], cause: str, context: CheckContext
) -> None:
    """A declared check could write into a stranger's document."""
    plan = plan_of(context, replace(settings(*apis), profile=PINNED), fetch=Step(failure=REFUSED))
    assert plan.no_token == Skip.not_run(cause)
    assert {name: plan.checks[f"{FILE}::{name}"].skip for name in NAMES} == {
        **dict.fromkeys(NAMES, Skip.not_run(cause)),
        "list without a token": plan.checks[f"{FILE}::list without a token"].skip,
    }
    assert plan.checks["contracts/other.toml::other"].skip is None
    assert cause in plan.checks


def test_without_a_pinned_account_a_failed_fetch_stops_the_built_in_suites_only(
    context: CheckContext,
) -> None:
    plan = plan_of(context, settings("settings", "orders"), fetch=Step(failure=REFUSED))
    assert plan.no_token is None


# -- operations of an OpenAPI document --------------------------------------------------------


@pytest.mark.parametrize(
    ("apis", "mode", "smoke", "kept"),
    [
        (("orders",), "full", False, ("orders",)),
        (("orders", "openapi"), "full", False, ("orders", "openapi")),
        (("orders", "openapi"), "smoke", True, ("orders", "openapi")),
        (("orders", "openapi"), "full", True, ("orders",)),
    ],
)
def test_the_safe_operations_are_checks_of_the_runs_they_were_asked_for(
    apis: Sequence[str], mode: str, smoke: bool, kept: Sequence[str], context: CheckContext
) -> None:
    options = {"smoke_openapi": "openapi.yaml", "smoke_openapi_checks": mode, "smoke": smoke}
    plan = plan_of(context, settings(*apis, **options), description=True)
    assert tuple(dict.fromkeys(one.api for one in plan.planned)) == kept
    assert plan.nodes == tuple(api for api in kept if api == "openapi")


# -- one cause is told once -------------------------------------------------------------------


def skips_of(plan: CheckPlan) -> dict[str, str]:
    """The checks that are known not to be run because of another one, with that."""
    skips = {name: check.skip for name, check in plan.checks.items()}
    return {name: skip.because_of for name, skip in skips.items() if skip and skip.because_of}


def test_a_failed_login_is_told_by_the_first_suite_for_all(context: CheckContext) -> None:
    chosen = settings(*API_NAMES, "orders", "other", smoke=True)
    plan = plan_of(context, chosen, login=Step(failure=REFUSED))
    assert skips_of(plan) == {
        "calendar::login": "settings::login",
        "twilio::login": "settings::login",
        f"{FILE}::list": "settings::login",
        f"{FILE}::one": "settings::login",
    }
    runner = runner_of(plan.checks.values(), context)
    assert runner.result("settings::login") == CheckResult(failure=REFUSED)
    not_run = CheckResult(skip=Skip.not_run("settings::login"))
    others = ["settings::restore", "calendar::fetch", "twilio::state", f"{FILE}::one"]
    assert [runner.result(name) for name in others] == [not_run] * 4
    assert all(one.required for one in plan.planned)


def test_a_failed_fetch_is_told_by_the_first_suite_for_the_others(context: CheckContext) -> None:
    chosen = settings(*API_NAMES, "orders", smoke=True)
    plan = plan_of(context, chosen, fetch=Step(failure=REFUSED))
    assert skips_of(plan) == {
        "calendar::fetch": "settings::fetch",
        "twilio::fetch": "settings::fetch",
    }


def test_without_a_suite_a_failed_login_is_a_check_of_the_run(context: CheckContext) -> None:
    """No declared check tells of a request that it never sent."""
    plan = plan_of(context, login=Step(failure=REFUSED))
    assert skips_of(plan) == {
        f"{FILE}::{name}": "apismoke::login" for name in ("list", "one", "change")
    }
    assert plan.nodes == (RUN,)
    assert [one.api for one in plan.planned] == ["orders"] * 4 + ["other"]
    runner = runner_of(plan.checks.values(), context)
    assert runner.result("apismoke::login") == CheckResult(failure=REFUSED)


@pytest.mark.parametrize(
    ("kept", "causes"),
    [
        (["calendar::state"], {"settings::login"}),
        ([f"{FILE}::one"], {"settings::login"}),
        (["contracts/other.toml::other", "tests/test_mine.py::test_it"], set()),
    ],
)
def test_the_cause_of_what_is_left_is_known(
    kept: list[str], causes: set[str], context: CheckContext
) -> None:
    chosen = settings(*API_NAMES, "orders", "other", smoke=True)
    plan = plan_of(context, chosen, login=Step(failure=REFUSED))
    assert plan.causes(kept) == causes


def test_a_run_that_was_stopped_has_one_check_to_run_and_the_whole_plan(
    context: CheckContext,
) -> None:
    plan = plan_of(context, settings("twilio", smoke=True), stopped_by=REFUSED)
    assert (plan.is_stopped, plan.nodes) == (True, (RUN,))
    assert [check.id for check in plan.of_node(RUN)] == [PREFLIGHT]
    assert runner_of(plan.checks.values(), context).result(PREFLIGHT).failure == REFUSED
    assert plan.planned == tuple(planned("twilio", stage) for stage in SMOKE_STAGES["twilio"])

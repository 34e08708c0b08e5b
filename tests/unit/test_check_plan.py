"""What a run has to check: the built-in suites and the declared checks, each made at most once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from pytest_apismoke.checks.declared.running import DeclaredChecks
from pytest_apismoke.checks.stages import Proof, Stage, StageResult, Suite
from unit.declaring import FILE, Backend, Says, declared, settings_of

from pytest_apismoke.checks.declared.items import items_of
from pytest_apismoke.checks.declared.request import Maker
from pytest_apismoke.checks.plan import CheckPlan, plan_checks
from pytest_apismoke.configuration.settings import Settings
from pytest_apismoke.errors import Category, Failure
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.openapi.loader import read
from pytest_apismoke.openapi.spec import Description
from pytest_apismoke.schemas.store import Schemas
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
OTHER = '[[check]]\nname = "other"\npath = "/other"\n'
NAMES = ("list", "list without a token", "one", "change")
#: What comes of `list` when it is answered 500.
LIST_FAILED = Failure(
    category=Category.FETCH,
    expected="a 2xx status",
    seen="500 with no body",
    where="GET https://api.example.com/orders",
    hint="look into the target's log at the time of the request",
)
DESCRIPTION = """
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /health: {get: {responses: {'200': {description: ok}}}}
  /orders: {post: {responses: {'200': {description: ok}}}}
"""


@dataclass
class Checks:
    """What a suite of the test's own keeps; `left` says that something is to be cleaned up."""

    ran: list[str] = field(default_factory=list)
    left: bool = False

    def needs_cleanup(self) -> bool:
        return self.left

    def exchanges(self) -> list[Exchange]:
        return []

    def basis(self) -> tuple[Exchange, ...]:
        return ()

    def remarks(self) -> list[str]:
        return []


def stage(name: str, *, leaves: bool | None = None, **kind: bool) -> Stage:
    def run(checks: Checks) -> Proof:
        checks.ran.append(name)
        checks.left = checks.left if leaves is None else leaves
        return Proof(verified=f"{name} holds")

    return Stage(name=name, run=run, **kind)


def suite(api: str, checks: Checks) -> Suite:
    stages = (
        stage("fetch", of_preflight=True),
        stage("save", leaves=True, writes=True),
        stage("deep", full_only=True),
        stage("restore", leaves=False, cleanup=True),
    )
    return Suite(api=api, stages=stages, checks=lambda _: checks)


@dataclass
class Parts:
    """An agenda, and what it works with."""

    check_plan: CheckPlan
    checks: Mapping[str, Checks]
    backend: Backend


@pytest.fixture
def make(clock: FakeClock) -> Callable[..., Parts]:
    def make(
        *,
        settings: Settings | None = None,
        apis: Sequence[str] = ("settings", "twilio"),
        routes: Mapping[str, Any] | None = None,
    ) -> Parts:
        chosen = settings or settings_of()
        checks = {api: Checks() for api in apis}
        backend = Backend(
            clock,
            {
                "GET /orders": Says(body={"id": 7}),
                "GET /orders/7": Says(),
                "PUT /orders/7": Says(),
                "GET /other": Says(),
                **(routes or {}),
            },
        )
        items = items_of((*declared(DECLARED), *declared(OTHER, "other.toml")), smoke=chosen.smoke)
        maker = Maker(
            target=backend.target,
            schemas=Schemas({}),
            redactor=backend.redactor,
            preserved=backend.preserved,
        )
        making = DeclaredChecks(items, maker, read_only=chosen.read_only)
        suites = {api: suite(api, kept) for api, kept in checks.items()}
        check_plan = CheckPlan(chosen, suites, None, items=items, declared=making, clock=clock)
        return Parts(check_plan=check_plan, checks=checks, backend=backend)

    return make


Make = Callable[..., Parts]


def planned(api: str, stage: str, *, required: bool = True) -> Planned:
    file = {"orders": FILE, "other": "contracts/other.toml"}.get(api, api)
    return Planned(api=api, stage=stage, name=f"{file}::{stage}", required=required)


# -- the plan ---------------------------------------------------------------------------------


def test_the_plan_has_the_built_in_checks_and_then_the_declared_ones(make: Make) -> None:
    assert make(apis=["settings"]).check_plan.plan == (
        *(planned("settings", name) for name in ("fetch", "save", "deep", "restore")),
        *(planned("orders", name) for name in NAMES),
        planned("other", "other"),
    )


def test_a_smoke_run_plans_less(make: Make) -> None:
    assert make(apis=["settings"], settings=settings_of(smoke=True)).check_plan.plan == (
        *(planned("settings", name) for name in ("fetch", "save", "restore")),
        *(planned("orders", name) for name in NAMES[:3]),
        planned("other", "other"),
    )


def test_what_a_read_only_run_leaves_out_is_not_required(make: Make) -> None:
    plan = make(settings=settings_of(smoke_read_only=True)).check_plan.plan
    assert [one.name for one in plan if not one.required] == [
        "settings::save",
        "twilio::save",
        f"{FILE}::change",
    ]


def test_a_check_is_known_by_its_node_id(make: Make) -> None:
    check_plan = make().check_plan
    assert check_plan.planned(f"{FILE}::one") == planned("orders", "one")
    assert check_plan.planned("settings::save") == planned("settings", "save")
    assert check_plan.planned("tests/test_mine.py::test_it") is None


@pytest.mark.parametrize(
    ("paths", "kept"),
    [
        (["contracts/orders.toml"], NAMES),
        (["contracts/orders.toml::one"], ("one",)),
        (["contracts/orders.toml::list without a token"], ("list without a token",)),
        (["contracts/orders.toml::one", "./contracts/orders.toml::list"], ("list", "one")),
        (["contracts/orders.toml::on"], ()),
        (["contracts"], (*NAMES, "other")),
        (["contracts/"], (*NAMES, "other")),
        (["tests", "contracts/other.toml"], ("other",)),
        (["."], (*NAMES, "other")),
        (["contracts/../contracts/orders.toml::one"], ("one",)),
        ([str(ROOT / "contracts")], (*NAMES, "other")),
        ([str(ROOT / "contracts/other.toml::other")], ("other",)),
        (["tests"], ()),
        (["contracts/orders"], ()),
        (["contract"], ()),
        (["tests/test_mine.py::one"], ()),
    ],
)
def test_paths_leave_what_lies_below_them(
    paths: list[str], kept: tuple[str, ...], make: Make
) -> None:
    """As pytest itself collects it; the built-in checks belong to every run."""
    check_plan = make(apis=["settings"]).check_plan
    check_plan.choose(paths, directory=ROOT, rootdir=ROOT)
    assert [one.stage for one in check_plan.plan[4:]] == list(kept)
    assert [one.api for one in check_plan.plan[:4]] == ["settings"] * 4


@pytest.mark.parametrize(
    ("path", "kept"),
    [(".", 5), ("orders.toml", 4), ("orders.toml::one", 1), ("..", 5), ("../tests", 0)],
)
def test_paths_are_relative_to_where_one_stands(path: str, kept: int, make: Make) -> None:
    check_plan = make(apis=[]).check_plan
    check_plan.choose([path], directory=ROOT / "contracts", rootdir=ROOT)
    assert len(check_plan.plan) == kept


def test_what_was_not_chosen_is_still_known(make: Make) -> None:
    """pytest may come to it on another way, and what was chosen may need it."""
    parts = make()
    parts.check_plan.choose(["contracts/orders.toml::one"], directory=ROOT, rootdir=ROOT)
    assert parts.check_plan.planned(f"{FILE}::list") == planned("orders", "list")
    assert parts.check_plan.result(f"{FILE}::one").proof is not None


# -- results ----------------------------------------------------------------------------------


def test_a_stage_is_made_after_those_before_it_and_once(make: Make) -> None:
    parts = make()
    results = [parts.check_plan.result(f"settings::{name}") for name in ("save", "fetch", "save")]
    assert [result.proof for result in results] == [
        Proof(verified="save holds"),
        Proof(verified="fetch holds"),
        Proof(verified="save holds"),
    ]
    assert (parts.checks["settings"].ran, parts.checks["twilio"].ran) == (["fetch", "save"], [])


def test_a_declared_check_is_made_after_what_it_needs_and_once(make: Make) -> None:
    parts = make()
    first = parts.check_plan.result(f"{FILE}::one")
    assert first.proof == Proof(verified="GET /orders/{order_id} answered as declared")
    assert parts.check_plan.result(f"{FILE}::one") is first
    assert len(parts.backend.course) == 2


@pytest.mark.parametrize("wanted", ["one", "change"])
def test_a_check_that_lacks_what_was_deselected_tells_why_itself(wanted: str, make: Make) -> None:
    """Nobody else would: of what is selected none has failed."""
    parts = make(routes={"GET /orders": Says(status=500)})
    parts.check_plan.select([f"{FILE}::{wanted}"])
    result = parts.check_plan.result(f"{FILE}::{wanted}")
    assert (result.failure, result.skipped) == (LIST_FAILED, "")
    assert list(parts.check_plan.close()) == []


def test_a_check_that_lacks_what_is_selected_too_leaves_it_to_that_one(make: Make) -> None:
    parts = make(routes={"GET /orders": Says(status=500)})
    parts.check_plan.select([f"{FILE}::one", f"{FILE}::list"])
    assert parts.check_plan.result(f"{FILE}::one") == StageResult(
        skipped=f"not run: {FILE}::list failed"
    )
    assert parts.check_plan.result(f"{FILE}::list").failure == LIST_FAILED


# -- the end ----------------------------------------------------------------------------------


def test_at_the_end_what_was_left_is_cleaned_up_and_that_is_told(make: Make) -> None:
    parts = make()
    parts.check_plan.result("settings::save")
    assert list(parts.check_plan.close()) == [
        (planned("settings", "restore"), StageResult(proof=Proof(verified="restore holds")))
    ]
    assert parts.checks["settings"].ran == ["fetch", "save", "restore"]


def test_at_the_end_what_nobody_asked_for_and_was_needed_is_told(make: Make) -> None:
    """It failed, say, and nobody would know why the other check could not be made."""
    parts = make(routes={"GET /orders": Says(status=500)})
    assert parts.check_plan.result(f"{FILE}::one") == StageResult(
        skipped=f"not run: {FILE}::list failed"
    )
    ((told, result),) = parts.check_plan.close()
    assert told == planned("orders", "list")
    assert result.failure == LIST_FAILED


def test_at_the_end_there_is_nothing_to_tell_of_what_was_asked_for(make: Make) -> None:
    parts = make()
    for name in (*NAMES[:3], "list"):
        parts.check_plan.result(f"{FILE}::{name}")
    assert list(parts.check_plan.close()) == []


def test_without_declared_checks_there_is_nothing_to_close(clock: FakeClock) -> None:
    check_plan = CheckPlan(settings_of(), {}, None, clock=clock)
    assert (check_plan.plan, list(check_plan.close()), check_plan.items) == ((), [], ())


# -- what belongs to whom ---------------------------------------------------------------------


def test_only_the_checks_of_suites_are_built_in(make: Make) -> None:
    check_plan = make().check_plan
    assert check_plan.is_built_in(planned("settings", "save"))
    assert not check_plan.is_built_in(planned("orders", "one"))
    assert [suite.api for suite in check_plan.suites()] == ["settings", "twilio"]


@pytest.mark.parametrize(
    ("api", "stage", "responses"),
    [
        ("settings", "fetch", True),
        ("settings", "save", True),
        ("twilio", "fetch", False),
        ("twilio", "save", True),
        ("orders", "one", True),
    ],
)
def test_what_came_in_the_preflight_is_the_business_of_the_first_suite(
    api: str, stage: str, responses: bool, make: Make
) -> None:
    assert make().check_plan.answers_for(planned(api, stage)) is responses


def test_what_could_be_in_each_others_way_is_made_by_one_worker(make: Make) -> None:
    assert make(apis=["settings"]).check_plan.scopes() == {
        **{f"settings::{name}": RUN for name in ("fetch", "save", "deep", "restore")},
        **{f"{FILE}::{name}": RUN for name in NAMES},
        "contracts/other.toml::other": "contracts/other.toml::other",
    }


# -- what an agenda is made of ----------------------------------------------------------------


def assembled(
    clock: FakeClock, *, settings: Settings, login: Failure | None = None, loaded_spec: bool = True
) -> CheckPlan:
    backend = Backend(clock, {"GET /orders": Says(body={"id": 7}), "GET /health": Says()})
    context = SimpleNamespace(
        preflight=SimpleNamespace(
            settings=settings, login=SimpleNamespace(failure=login, exchanges=())
        ),
        target=backend.target,
        schemas=Schemas({}),
        redactor=backend.redactor,
        guard=SimpleNamespace(preserved=backend.preserved, about_to_send=backend.about_to_send),
    )
    description = Description(read(DESCRIPTION, "openapi.yaml"), label="openapi.yaml")
    checks = (*declared(DECLARED), *declared(OTHER, "other.toml"))
    return plan_checks(context, {}, checks, description if loaded_spec else None)


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({}, ("orders", "other")),
        ({"smoke_api": ["other"]}, ("other",)),
        ({"smoke_openapi": "openapi.yaml"}, ("orders", "other")),
        (
            {"smoke_openapi": "openapi.yaml", "smoke_openapi_checks": "smoke"},
            ("orders", "other", "openapi"),
        ),
        (
            {"smoke_openapi": "openapi.yaml", "smoke_openapi_checks": "full"},
            ("orders", "other", "openapi"),
        ),
        (
            {"smoke_openapi": "openapi.yaml", "smoke_openapi_checks": "full", "smoke": True},
            ("orders", "other"),
        ),
        (
            {
                "smoke_openapi": "openapi.yaml",
                "smoke_openapi_checks": "smoke",
                "smoke_api": ["orders"],
            },
            ("orders",),
        ),
    ],
)
def test_a_run_has_the_checks_of_its_apis(
    options: dict[str, Any], kept: tuple[str, ...], clock: FakeClock
) -> None:
    check_plan = assembled(clock, settings=settings_of(**options))
    assert tuple(dict.fromkeys(item.check.api for item in check_plan.items)) == kept


@pytest.mark.parametrize("smoke", [False, True])
def test_the_safe_operations_of_a_description_are_checks_of_the_runs_they_were_asked_for(
    smoke: bool, clock: FakeClock
) -> None:
    settings = settings_of(
        smoke=smoke,
        smoke_openapi="openapi.yaml",
        smoke_openapi_checks="smoke",
        smoke_api=["openapi"],
    )
    check_plan = assembled(clock, settings=settings)
    check_plan.choose(["tests/test_mine.py"], directory=ROOT, rootdir=ROOT)
    assert check_plan.plan == (
        Planned(api="openapi", stage="GET /health", name="openapi::GET /health"),
    )
    assert check_plan.result("openapi::GET /health").proof is not None


def test_declared_checks_know_of_a_login_that_failed(clock: FakeClock) -> None:
    refused = Failure(category=Category.AUTH, expected="a", seen="b", where="c", hint="d")
    check_plan = assembled(clock, settings=settings_of(), login=refused, loaded_spec=False)
    assert check_plan.result(f"{FILE}::list").failure == refused


def test_declared_checks_know_of_a_read_only_run(clock: FakeClock) -> None:
    check_plan = assembled(clock, settings=settings_of(smoke_read_only=True))
    assert check_plan.result(f"{FILE}::change").skipped == (
        "read-only run: nothing was written, so declared updates were not made"
    )

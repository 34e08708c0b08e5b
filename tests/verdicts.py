"""One shared set of verdicts that every format renders: built in memory, the same in each process.

The golden files of the formats show them, and the tests of a format may pick from them. What
a hostile target or a forgotten secret does to a format is in `verdict_hostile.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from verdict_failures import (
    OF_CATEGORY,
    answers_500,
    breaks_contract,
    dirty,
    own_test_fails,
)
from verdict_hostile import HOSTILE, HOSTILE_LINES, hostile_checks
from verdict_parts import TARGET, exchange, failed, skipped, starts_of
from verdict_passes import LOGIN, built_in, flaky, many, orders, own_tests

from pytest_apismoke.errors import Break, Category
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.known.entries import Entry, KnownUse
from pytest_apismoke.openapi.conformance import ContractUse
from pytest_apismoke.openapi.operation_drift import OperationDrift
from pytest_apismoke.reports.facts import OwnExchange, RunFacts, SettingShown, Written
from pytest_apismoke.reports.report import Judged, Report
from pytest_apismoke.verdict.judgement import Planned, Verdict, judge
from pytest_apismoke.verdict.merging import merged
from pytest_apismoke.verdict.outcome import Outcome, SkipReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A report, under the name of its golden files."""

    name: str
    report: Report

    @property
    def verdict(self) -> Verdict:
        """The verdict on the run."""
        return self.report.verdict

    @property
    def facts(self) -> RunFacts:
        """The facts beside it."""
        return self.report.facts

    def __str__(self) -> str:
        return self.name


FACTS = RunFacts(
    mode="smoke",
    target_url=TARGET,
    target_version="2026.11.27-3",
    started_at="2026-11-27T17:42:05Z",
    duration_s=1.43,
    run_id="1198f038",
    expected_version="2026.11.27-3",
    exchanges=(
        OwnExchange(
            purpose="readiness",
            exchange=exchange("GET", "/health", body='{"status": "ok"}', token=False),
        ),
        OwnExchange(purpose="login", exchange=LOGIN),
    ),
    settings=(
        SettingShown(name="target_url", value=TARGET, source="command line"),
        SettingShown(name="mode", value="smoke", source="SMOKE_TEST"),
        SettingShown(name="password", value="[redacted]", source="APISMOKE_PASSWORD_FILE"),
    ),
    writes=(Written(resource="PUT /api/business/me", state="restored and proven"),),
    environment=(("apismoke", "0.2.0"), ("python", "3.12.4"), ("pytest", "8.4.2")),
)
#: Of a run that sent nothing.
NOTHING_SENT = replace(
    FACTS, target_version=None, duration_s=0.02, exchanges=(), settings=(), writes=()
)
RESTORE = f"apismoke restore --target-url={TARGET} 1198f038"


def scene(name: str, outcomes: Iterable[Outcome], facts: RunFacts = FACTS) -> Scene:
    """The verdict on some outcomes, all of which were planned."""
    told, facts = _timed(tuple(outcomes), facts)
    plan = [
        Planned(
            api=one.api,
            stage=one.stage,
            name=one.name,
            required=one.api != "apismoke" and one.skip_reason is not SkipReason.NOT_REQUIRED,
            is_users_test=one.api == "tests",
        )
        for one in told
    ]
    return Scene(name=name, report=Report(verdict=judge(told, plan=plan), facts=facts))


def _timed(outcomes: tuple[Outcome, ...], facts: RunFacts) -> tuple[tuple[Outcome, ...], RunFacts]:
    """The same with the start of each request."""
    own = [one.exchange for one in facts.exchanges]
    starts = starts_of([*own, *(one for outcome in outcomes for one in outcome.exchanges)])

    def at(exchange: Exchange) -> Exchange:
        return replace(exchange, started_s=starts[exchange])

    return (
        tuple(replace(one, exchanges=tuple(map(at, one.exchanges))) for one in outcomes),
        replace(
            facts, exchanges=tuple(replace(o, exchange=at(o.exchange)) for o in facts.exchanges)
        ),
    )


_DRIFT = ContractUse(
    source="openapi.yaml",
    operations=("GET /api/business/me", "GET /api/orders", "GET /api/invoices"),
    exercised=("GET /api/business/me", "GET /api/orders"),
    drift=(
        OperationDrift(
            operation="GET /api/orders", undeclared=("/items/*/channel",), unseen=("/total",)
        ),
    ),
)
_KNOWN = KnownUse(
    met=(
        Entry(
            name="GET /api/orders",
            contract="Shop",
            status=200,
            what=Break("/items/*/total", "type"),
            reason="a string until release 12",
        ),
    ),
    gone=(
        Entry(name="GET /api/business/me", contract="Shop", status=200, what=Break("/fax", "type")),
    ),
)
_NOT_LOOKED_AT = (
    "GET /api/items/{id}/photo: image/webp, which nothing validates",
    "the API invoices (left out by --smoke-api)",
)


def _scenes() -> Iterable[Scene]:
    everything = [*built_in(), *orders(), flaky(), *own_tests()]
    yield scene("pass", [*built_in(), *orders(), *own_tests()])
    yield scene(
        "pass-with-notes",
        [
            *everything,
            skipped(
                "contracts/orders.toml::the archive",
                SkipReason.NOT_REQUIRED,
                "failed, not required: expected 200, seen 404",
            ),
            skipped(
                "contracts/orders.toml::the first order's invoice",
                SkipReason.NOTHING_THERE,
                "the list of invoices is empty",
            ),
        ],
        replace(
            FACTS,
            notes=(
                "the target is described by apismoke.toml",
                "drift: GET /api/orders: /items/*/channel is not declared",
            ),
            not_looked_at=_NOT_LOOKED_AT,
            known=_KNOWN,
            contract=_DRIFT,
        ),
    )
    yield scene("pass-200-checks", many(200), replace(FACTS, duration_s=1.9))
    for category, outcomes in OF_CATEGORY.items():
        facts = FACTS
        if category is Category.USAGE:
            facts = NOTHING_SENT
        elif category is Category.UNREADY:
            facts = replace(FACTS, target_version=None, duration_s=60.3, writes=())
        yield scene(f"category-{category}", outcomes, facts)
    yield scene(
        "several-causes",
        [*answers_500(), breaks_contract(), *orders()[1:], own_test_fails(), flaky()],
        replace(FACTS, duration_s=6.2, not_looked_at=_NOT_LOOKED_AT),
    )
    yield scene(
        "dirty",
        dirty(),
        replace(
            FACTS,
            duration_s=16.5,
            repair=RESTORE,
            writes=(Written(resource="PUT /api/business/me", state="left changed"),),
        ),
    )
    yield scene("fail-200-checks", _half_failed(200), replace(FACTS, duration_s=4.4))


def _half_failed(count: int) -> list[Outcome]:
    """Many checks with a failure each, of one kind but with requests of their own."""
    return [
        one
        if number % 2
        else failed(
            one.name,
            Category.FETCH,
            exchange("GET", f"/api/items/{number}", 502, body="<h1>Bad Gateway</h1>"),
            expected="200",
            seen="502 with text/html, 20 bytes",
        )
        for number, one in enumerate(many(count))
    ]


def _several_targets() -> Scene:
    """One of three targets fails, and one never became ready."""
    urls = ("https://eu.example.com", "https://us.example.com", "https://ap.example.com")
    names = ("pass", "several-causes", "category-unready")
    seen = [one for name in names for one in _OF_ONE_TARGET if one.name == name]
    targets = tuple(
        Judged(target=url, verdict=one.verdict, facts=replace(one.facts, target_url=url))
        for url, one in zip(urls, seen, strict=True)
    )
    verdict = merged([one.verdict for one in seen], table="category", api_codes={})
    facts = replace(
        NOTHING_SENT,
        target_url=", ".join(urls),
        duration_s=60.5,
        notes=("the targets answer with different versions",),
    )
    report = Report(verdict=verdict, facts=facts, targets=targets)
    return Scene(name="several-targets", report=report)


def _hostile() -> Scene:
    """What a hostile target, its paths, names of checks and settings may hold, in every place."""
    facts = replace(
        FACTS,
        target_version=HOSTILE[:80],
        notes=HOSTILE_LINES,
        not_looked_at=HOSTILE_LINES,
        repair=f"apismoke restore {HOSTILE}",
    )
    return scene("hostile", hostile_checks(), facts)


_OF_ONE_TARGET: tuple[Scene, ...] = (*_scenes(), _hostile())


def of_name(name: str) -> Scene:
    """The scene of that name."""
    return next(one for one in SCENES if one.name == name)


SCENES: tuple[Scene, ...] = (*_OF_ONE_TARGET, _several_targets())

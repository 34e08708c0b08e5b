"""The verdict as metrics, for the textfile collector of Prometheus' node_exporter. Pure.

Written by the official client library. There are gauges only: each file is about one run, and a
number that begins anew with each run is no counter. A label never has a URL of a request, a message
or an id. So the number of series depends on the APIs and their stages alone, and the stages of an
API with very many are left out.

Source: https://prometheus.io/docs/practices/naming/ and the README of node_exporter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from pytest_apismoke.errors import presentable
from pytest_apismoke.records import dataclass
from pytest_apismoke.reports import exchanges
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.report import Report
from pytest_apismoke.verdict.exit_codes import Judgement
from pytest_apismoke.verdict.outcome import Outcome, Result
from pytest_apismoke.verdict.records import Verdict

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

#: An API with more stages has no series for them: each is one more for ever.
MOST_STAGES = 25
_LONGEST_LABEL = 200
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"

_Labels = Mapping[str, str]
_Values = Iterable[tuple[_Labels, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Of:
    """What the metrics of one target are about."""

    verdict: Verdict
    facts: RunFacts
    report: Report

    @property
    def labels(self) -> dict[str, str]:
        """What tells its series from those of other runs on the same machine."""
        return {"target": self.facts.target_url, "mode": self.facts.mode}


def render(report: Report, *, ascii_only: bool = False) -> str:
    """The metrics in Prometheus' text format."""
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry()
    registry.register(_Collector(report, ascii_only=ascii_only))
    return generate_latest(registry).decode("utf-8")


class _Collector:
    """Gives the client library the metrics of a report.

    Args:
        report: what they are of.
        ascii_only: whether other characters are written as escapes.

    """

    def __init__(self, report: Report, *, ascii_only: bool) -> None:
        self._runs = _runs_of(report)
        self._ascii_only = ascii_only

    def collect(self) -> Iterator[Metric]:
        """The metrics, each with the series of all targets."""
        from prometheus_client.core import GaugeMetricFamily

        for name, meaning, labels, values_of in _METRICS:
            names = ("target", "mode", *labels)
            family = GaugeMetricFamily(name, meaning, labels=names)
            series: dict[tuple[str, ...], float] = {}
            for run in self._runs:
                for own, value in values_of(run):
                    every = {**run.labels, **own}
                    series[tuple(self._label(every[label]) for label in names)] = value
            for key, value in series.items():
                family.add_metric(key, value)
            if series:
                yield family

    def _label(self, text: str) -> str:
        shown = presentable(text, _LONGEST_LABEL)
        return shown.encode("ascii", "backslashreplace").decode() if self._ascii_only else shown


def _runs_of(report: Report) -> tuple[_Of, ...]:
    if not report.targets:
        return (_Of(verdict=report.verdict, facts=report.facts, report=report),)
    return tuple(
        _Of(
            verdict=one.verdict,
            facts=one.facts,
            report=Report(verdict=one.verdict, facts=one.facts),
        )
        for one in report.targets
    )


# -- the metrics -----------------------------------------------------------------------------------


def _one(value: float) -> _Values:
    return [({}, value)]


def _info(run: _Of) -> _Values:
    yield {"version": run.facts.target_version or ""}, 1


def _verdicts(run: _Of) -> _Values:
    return (({"verdict": one.value}, one is run.verdict.verdict) for one in Judgement)


def _success(run: _Of) -> _Values:
    return _one(run.verdict.verdict is Judgement.PASS)


def _exit_code(run: _Of) -> _Values:
    return _one(run.verdict.exit_code)


def _started(run: _Of) -> _Values:
    moment = datetime.strptime(run.facts.started_at, _MOMENT).replace(tzinfo=timezone.utc)
    return _one(moment.timestamp())


def _duration(run: _Of) -> _Values:
    return _one(round(run.facts.duration_s, 3))


def _checks(run: _Of) -> _Values:
    counts = Counter(check.outcome for check in run.verdict.checks)
    return (({"outcome": outcome.value}, counts[outcome]) for outcome in Result)


def _flaky(run: _Of) -> _Values:
    return _one(sum(check.flaky for check in run.verdict.checks))


def _requests(run: _Of) -> _Values:
    return _one(len(exchanges.sent(run.report)))


def _retries(run: _Of) -> _Values:
    return _one(sum(one.exchange.attempt > 1 for one in exchanges.sent(run.report)))


def _slowest(run: _Of) -> _Values:
    durations = [
        one.exchange.duration_s
        for one in exchanges.sent(run.report)
        if one.exchange.status is not None
    ]
    return _one(max(durations)) if durations else ()


def _api_verdicts(run: _Of) -> _Values:
    for name, api in run.verdict.apis.items():
        for one in Judgement:
            yield {"api": name, "verdict": one.value}, one is api.verdict


def _api_success(run: _Of) -> _Values:
    apis = run.verdict.apis.items()
    return (({"api": name}, api.verdict is Judgement.PASS) for name, api in apis)


def _stages(run: _Of) -> _Values:
    """How long the checks of each stage took; what was not run took no time."""
    durations: dict[str, Counter[str]] = {}
    for check in run.verdict.checks:
        if check.outcome is not Result.SKIPPED and check.api in run.verdict.apis:
            durations.setdefault(check.api, Counter())[check.stage] += _ms(check)
    for api, stages in durations.items():
        if len(stages) <= MOST_STAGES:
            for stage, duration_ms in stages.items():
                yield {"api": api, "stage": stage}, duration_ms / 1000


def _ms(check: Outcome) -> int:
    """In whole milliseconds, whose sums are exact."""
    return round(check.duration_s * 1000)


#: Each metric with its meaning, its labels besides the target and the mode, and its values.
_METRICS = (
    ("apismoke_run_info", "The version that the target has reported.", ("version",), _info),
    (
        "apismoke_run_verdict",
        "The verdict on the target: 1 for the one that was reached, 0 for the others.",
        ("verdict",),
        _verdicts,
    ),
    ("apismoke_run_success", "Whether everything required was verified.", (), _success),
    ("apismoke_run_exit_code", "The exit code of the run.", (), _exit_code),
    (
        "apismoke_run_start_timestamp_seconds",
        "When the run began, in seconds since 1970.",
        (),
        _started,
    ),
    ("apismoke_run_duration_seconds", "How long the run took.", (), _duration),
    ("apismoke_run_checks", "The checks of the run by their outcome.", ("outcome",), _checks),
    (
        "apismoke_run_flaky_checks",
        "The checks that passed only because a request was sent again.",
        (),
        _flaky,
    ),
    ("apismoke_run_requests", "The requests that the run has sent.", (), _requests),
    ("apismoke_run_retries", "The requests of it that were sent again.", (), _retries),
    (
        "apismoke_run_slowest_request_seconds",
        "How long the target took for the slowest request that it answered.",
        (),
        _slowest,
    ),
    (
        "apismoke_api_verdict",
        "The verdict on an API: 1 for the one that was reached, 0 for the others.",
        ("api", "verdict"),
        _api_verdicts,
    ),
    ("apismoke_api_success", "Whether an API has passed.", ("api",), _api_success),
    (
        "apismoke_stage_duration_seconds",
        f"How long a stage of an API took; of APIs with up to {MOST_STAGES} stages.",
        ("api", "stage"),
        _stages,
    ),
)

"""The texts of an issue: its title, its body and what is said below it. Pure."""

from __future__ import annotations

from pytest_apismoke.errors import presentable
from pytest_apismoke.github import cause_text
from pytest_apismoke.github.issue_decision import BROKEN, Issue, Plan, Step
from pytest_apismoke.github.markers import EVIDENCE, Last, evidence_of, last_line, marker
from pytest_apismoke.github.reported import ReportedRun
from pytest_apismoke.github.surroundings import Place
from pytest_apismoke.reports.markdown_text import code_span, escape, table
from pytest_apismoke.verdict.exit_codes import Judgement

_LONGEST_TITLE = 200
#: GitHub takes no more.
_MOST_CHARACTERS = 65_536
_FOOT = (
    "<sub>Each run of the gate writes this text anew: what is to stay belongs in a comment."
    " Closed as not planned, the issue stays closed as long as the causes are the same.</sub>"
)


def title(run: ReportedRun, name: str) -> str:
    """The title of an issue; GitHub shows it as it is."""
    host = name.partition("://")[2] or name
    return presentable(f"{host}: {run.headline}", _LONGEST_TITLE)


def body(run: ReportedRun, place: Place, *, target: str, last: Last, before: str = "") -> str:
    """The body of an issue.

    Args:
        run: the verdict on the target.
        place: the run of the pipeline.
        target: what the issue is known by.
        last: what it is to remember.
        before: the body so far: a run that could not verify leaves its evidence as it is.

    """
    head = "\n\n".join(filter(None, [cause_text.headline(run), _meaning(run, last)]))
    head = "\n".join([marker(target), last_line(last), head, "", _facts(run, place, last), ""])
    if run.verdict not in BROKEN and (kept := evidence_of(before)):
        return _bounded(head, kept)
    return _bounded(head, _evidence(run, cause_text.LONGEST - len(head)))


def _bounded(head: str, evidence: str) -> str:
    whole = f"{head}\n{EVIDENCE}\n{evidence}"
    return whole if len(whole) <= _MOST_CHARACTERS else head


def _meaning(run: ReportedRun, last: Last) -> str:
    """One sentence on what a verdict means for what stands below it."""
    if run.verdict is Judgement.PASS and last.failing:
        missing = escape(", ".join(sorted(last.failing_apis)))
        return f"The last run was green, and did not look at everything that was broken: {missing}."
    if run.verdict is Judgement.PASS:
        return "The target is green again. Below is what was broken."
    if run.verdict in (Judgement.INCONCLUSIVE, Judgement.MISCONFIGURED):
        word = (
            "could not verify the target"
            if run.verdict is Judgement.INCONCLUSIVE
            else ("was misconfigured and verified nothing")
        )
        return f"The last run {word}. Below is what the last run saw that could."
    others = sorted(last.failing_apis - {api.name for api in run.apis})
    if others:
        return (
            f"This run did not look at what an earlier one saw broken: {escape(', '.join(others))}."
        )
    return ""


def _facts(run: ReportedRun, place: Place, last: Last) -> str:
    version = code_span(run.version) if run.version else "unknown"
    where = " at ".join(code_span(one) for one in (place.branch, place.short_commit) if one)
    rows = [
        ("target", code_span(run.target)),
        ("version", version),
        ("broken since", cause_text.time_of(last.since) if last.since else ""),
        (
            "run",
            " · ".join(
                filter(
                    None,
                    [
                        cause_text.time_of(run.started_at),
                        escape(run.mode),
                        cause_text.duration(run.duration_s),
                        code_span(run.run_id) if run.run_id else "",
                        cause_text.log(place),
                    ],
                )
            ),
        ),
        ("branch", where),
    ]
    return table(["", ""], [row for row in rows if row[1]])


def _evidence(run: ReportedRun, longest: int) -> str:
    parts = [cause_text.left_changed(run), cause_text.apis(run)]
    parts += [cause_text.cause(number, one) for number, one in enumerate(run.causes, start=1)]
    return cause_text.within(list(filter(None, parts)), longest, nothing_left_out=_FOOT)


def comment(plan: Plan, run: ReportedRun, place: Place) -> str:
    """What is said below an issue about what has changed."""
    before = plan.issue.last if plan.issue else Last()
    if Step.CLOSE in plan.steps:
        since = f" It was broken since {cause_text.time_of(before.since)}." if before.since else ""
        beginning = f"Green again.{since}"
    elif Step.REOPEN in plan.steps:
        beginning = "Broken again."
    else:
        beginning = f"It was: {escape(before.summary)}. Now:" if before.summary else "Now:"
    causes = [
        f"{number}. {escape(one.summary)}" for number, one in enumerate(run.causes[:10], start=1)
    ]
    known = [
        f"version {code_span(run.version)}" if run.version else "",
        code_span(place.short_commit) if place.short_commit else "",
        cause_text.log(place),
    ]
    parts = [
        f"{beginning} {cause_text.headline(run)}",
        cause_text.left_changed(run),
        "\n".join(causes),
        " · ".join(filter(None, known)),
    ]
    return f"{comment_marker(run)}\n" + "\n\n".join(filter(None, parts))


def comment_marker(run: ReportedRun) -> str:
    """The hidden line by which a comment on one run is found again."""
    return last_line(Last(verdict=run.verdict.value, at=run.started_at, run=run.run_id))


def duplicate(of: Issue) -> tuple[str, str]:
    """The body of a younger issue of the same target, without a marker, and a comment on it."""
    return (
        f"Another run had opened #{of.number} for the same target: read on there.",
        f"Duplicate of #{of.number}",
    )

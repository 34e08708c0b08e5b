"""Renders the verdict on several targets: a line for each. Pure."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pytest_apismoke.known.entries import merged as merged_uses
from pytest_apismoke.reports import terminal
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.report import Judged, Report
from pytest_apismoke.reports.terminal import Line, cause, ending, headline, notes, rows
from pytest_apismoke.reports.terminal.folding import seconds, usable
from pytest_apismoke.reports.terminal.line import line, safe
from pytest_apismoke.reports.terminal.states import api_word
from pytest_apismoke.verdict.causes import causes_of, summary_of, what_was_checked
from pytest_apismoke.verdict.exit_codes import Judgement


def width() -> int:
    """The width of the terminal, in columns."""
    return shutil.get_terminal_size().columns


def heading(target: str) -> str:
    """The line above what the gate of a target wrote."""
    return f" {target} ".center(width(), "=")


def facts_of(judged: Sequence[Judged], facts: RunFacts) -> RunFacts:
    """The facts of a whole run: its own, and what only a look at all targets shows."""
    lines = {name: line for one in judged for name, line in one.facts.contract_lines.items()}
    known = merged_uses([one.facts.known for one in judged])
    facts = replace(facts, known=known, contract_lines=lines)
    versions = {one.target: one.facts.target_version for one in judged if one.facts.target_version}
    if len(set(versions.values())) < 2:
        return replace(facts, target_version=next(iter(versions.values()), None))
    told = ", ".join(f"{version} at {target}" for target, version in versions.items())
    note = (
        f"the targets answer with different versions: {told}; where one of them is expected, give"
        " it with --target-version"
    )
    return replace(facts, notes=(*facts.notes, note))


def render(
    report: Report,
    *,
    width: int,
    ascii_only: bool = False,
    verbosity: int = 0,
) -> tuple[Line, ...]:
    """The verdict as lines.

    Args:
        report: on all targets.
        width: of the terminal, in columns.
        ascii_only: whether the output can't show other characters.
        verbosity: below 0 it is one line.

    """
    targets = [one for one in report.targets if one.target]
    if not targets:
        # The call was refused before any gate began.
        return terminal.render(report, width=width, ascii_only=ascii_only, verbosity=verbosity)
    width = usable(width)
    is_quiet = verbosity < 0
    lines = [headline.quiet(report)] if is_quiet else list(_lines(report, targets, width))
    return tuple(safe(lines, ascii_only=ascii_only))


def _lines(report: Report, targets: Sequence[Judged], width: int) -> Iterator[Line]:
    verdict, facts = report.verdict, report.facts
    yield line()
    yield from headline.headline(verdict, width)
    yield line(f"{len(targets)} targets, {facts.mode}, {seconds(facts.duration_s)}")
    yield line()
    yield from rows.rendered([_row(one) for one in targets], width)
    yield line()
    for one in targets:
        if one.verdict.verdict is Judgement.DIRTY and one.facts.repair:
            yield from headline.command_that_restores(one.facts.repair, width)
            yield line()
    # What each target broke was told with its own verdict; here what concerns the whole call.
    whole = [one for one in report.targets if not one.target]
    causes = [each for one in whole for each in causes_of(one.verdict.checks)]
    for each in causes:
        yield from cause.rendered(each, width, of_several=False)
        yield line()
    told = [("note", note) for note in facts.notes]
    if found := [*told, *notes.known(facts.known)]:
        yield from notes.rendered(found, width)
        yield line()
    yield from ending.exit_code(verdict, width)


def _row(judged: Judged) -> rows.Row:
    """A target: its state, what was checked or why it failed, its version and its time."""
    verdict, facts = judged.verdict, judged.facts
    passed = verdict.verdict is Judgement.PASS
    told = what_was_checked(verdict) if passed else summary_of(verdict)
    version = f", version {facts.target_version}" if facts.target_version else ""
    return rows.Row(
        name=judged.target,
        state=api_word(verdict.verdict, verdict.checks),
        told=f"{told}{version}",
        time=seconds(facts.duration_s),
    )

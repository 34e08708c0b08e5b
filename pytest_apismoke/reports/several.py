"""Renders the verdict on several targets: a line for each. Pure."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pytest_apismoke.known.entries import merged as merged_uses
from pytest_apismoke.reports import terminal
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.report import Judged
from pytest_apismoke.reports.terminal import Line
from pytest_apismoke.verdict.exit_codes import Judgement
from pytest_apismoke.verdict.exit_rule import meaning
from pytest_apismoke.verdict.judgement import Verdict


def width() -> int:
    """The width of the terminal, in columns."""
    return shutil.get_terminal_size().columns


def heading(target: str) -> str:
    """The line above what the gate of a target wrote."""
    return f" {target} ".center(width(), "=")


def facts_of(judged: Sequence[Judged], facts: RunFacts) -> RunFacts:
    """The facts of a whole run: its own, and what only a look at all targets shows."""
    facts = replace(facts, known=merged_uses([one.facts.known for one in judged]))
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
    verdict: Verdict, facts: RunFacts, judged: Sequence[Judged], *, width: int
) -> Iterator[Line]:
    """The verdict as lines; `width` is in columns."""
    targets = [one for one in judged if one.target]
    if not targets:
        # The call was refused before any gate began.
        yield from terminal.render(verdict, facts, width=width)
        return
    colour = terminal.colour_of(verdict.verdict)
    title = f" apismoke verdict on {len(targets)} targets "
    yield Line("")
    yield Line(title.center(width, "="), colour)
    yield Line(
        f"{verdict.verdict.value.upper()}: {facts.mode} run against {len(targets)} targets,"
        f" {facts.duration_s:.1f} s",
        colour,
    )
    target_width = max(len(one.target) for one in targets)
    for one in targets:
        yield Line(
            f"  {one.target:<{target_width}}  {one.verdict.verdict.value:<13}  {_in_short(one)}",
            terminal.colour_of(one.verdict.verdict),
        )
        if one.verdict.verdict is Judgement.DIRTY and one.facts.repair:
            yield Line(f"    repair it with: {one.facts.repair}")
    for one in judged:
        if not one.target:
            yield from terminal.render(one.verdict, one.facts, width=width)
    for note in facts.notes:
        yield Line(f"  note: {note}")
    yield from terminal.known(facts, width)
    yield Line(f"exit code {verdict.exit_code}: {meaning(verdict)}", colour)


def _in_short(judged: Judged) -> str:
    """What became of one target: the APIs that failed there, or the meaning of its exit code."""
    verdict, version = judged.verdict, judged.facts.target_version
    failed = [
        f"{name} failed at {api.failed_stage}"
        for name, api in verdict.apis.items()
        if api.failed_stage
    ]
    told = [] if verdict.verdict is Judgement.PASS else failed or [meaning(verdict)]
    return ", ".join([*told, *([f"version {version}"] if version else [])])

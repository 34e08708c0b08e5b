"""Each case of the runbook happens as its page says."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from documentation.runbook import Case, Expected, cases
from harness import WITHOUT, Ended, Gate, catalogue

from pytest_apismoke.errors import Category
from pytest_apismoke.modes import ExitCodes
from pytest_apismoke.verdict.exit_codes import Judgement
from pytest_apismoke.verdict.exit_rule import exit_code
from pytest_apismoke.verdict.records import ApiVerdict

ROOT = Path(__file__).resolve().parents[2]
CASES = tuple(cases())
OF_A_RUN = [case for case in CASES if case.rows]
OF_A_SCRIPT = [case for case in CASES if case.outputs]


@pytest.mark.parametrize("case", OF_A_RUN, ids=str)
def test_a_break_ends_as_its_row_says(tmp_path: Path, case: Case) -> None:
    ended = carried_out(case, tmp_path)

    assert [seen(ended, case.rows[0].headline)] == list(case.rows)
    assert ended.code == case.rows[0].category


@pytest.mark.parametrize("case", OF_A_SCRIPT, ids=str)
def test_a_script_prints_what_the_page_shows(tmp_path: Path, case: Case) -> None:
    ended = carried_out(case, tmp_path)

    assert (ended.code, [ended.out.partition("\n\n")[2]]) == (0, list(case.outputs))


def test_every_case_is_a_run_or_a_script() -> None:
    assert {*CASES} == {*OF_A_RUN, *OF_A_SCRIPT}
    assert {*OF_A_RUN} & {*OF_A_SCRIPT} == set()


def test_every_stage_that_a_fault_of_the_demo_breaks_has_a_case() -> None:
    """Those that only a further profile makes a run find are accepted as their own page says."""
    page = " ".join(case.commands for case in CASES)
    faults = catalogue()
    broken = {(fault["api"], fault["stage"]) for fault in faults if fault["category"]}
    shown = {(fault["api"], fault["stage"]) for fault in faults if fault["name"] in page}
    assert broken - shown == set()


def carried_out(case: Case, folder: Path) -> Ended:
    """The case, in a folder that has the checkout's scripts and nothing else."""
    empty = folder / "empty"
    empty.mkdir()
    if "scripts/" in case.commands:
        (empty / "scripts").symlink_to(ROOT / "scripts")
    without = " ".join(f"-pno:{plugin}" for plugin in WITHOUT)
    return Gate(empty).run_command(
        ["sh", "-c", case.commands],
        PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        # No headline is folded.
        COLUMNS="200",
        PYTEST_ADDOPTS=f"--smoke-report=report.json {without}",
    )


def seen(ended: Ended, headline: str) -> Expected:
    """The end of a run as a row; the first line of the verdict where that is another one."""
    lines = [line for line in ended.out.splitlines() if line == headline]
    writes = [write["state"] for write in ended.report["left_behind"]["writes"]]
    return Expected(
        headline=next(iter(lines), ended.verdict_block.partition("\n")[0]),
        category=code_in("category", ended.report),
        api=code_in("api", ended.report),
        verdict=code_in("verdict", ended.report),
        written=", ".join(writes) or "nothing",
    )


def code_in(table: ExitCodes, report: Mapping[str, Any]) -> int:
    """What the process would end with in a table: the rule has its own tests with whole runs."""
    if "rehearsal" in report:
        return int(report["rehearsal"]["exit_code"])
    apis = {
        name: ApiVerdict(
            verdict=Judgement(api["verdict"]), failed_stage=None, category=None, stages=()
        )
        for name, api in report["apis"].items()
    }
    categories = {Category(name): count for name, count in report["categories"].items()}
    return exit_code(table, Judgement(report["verdict"]), categories, apis, {})

"""Reports are written where a user said, whole or not at all, and each has a place of its own."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from pytest_apismoke.errors import Category
from pytest_apismoke.reports import json_report, writing
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.report import Report
from pytest_apismoke.verdict.judgement import judge

REPORT = Report(
    verdict=judge([], plan=[]),
    facts=RunFacts(
        mode="smoke",
        target_url="https://api.example.com",
        target_version=None,
        started_at="2026-01-01T12:00:00Z",
        duration_s=1.0,
        notes=("\u00e9 \udce9",),
    ),
)


def test_a_report_is_written_whole_where_directories_are_missing_too(tmp_path: Path) -> None:
    path = tmp_path / "new" / "report.json"

    assert writing.write("report", path, REPORT) is None

    text = path.read_text(encoding="utf-8")
    # Text that no encoding can carry does not lose the report.
    assert json.loads(text) == json_report.document(REPORT)
    assert text.endswith("}\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert list(path.parent.iterdir()) == [path]


def test_a_report_replaces_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")
    assert writing.write("report", path, REPORT) is None
    assert json.loads(path.read_text(encoding="utf-8")) == json_report.document(REPORT)


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace"])
def test_the_report_before_is_kept_when_writing_fails(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(step, full)
    assert str(writing.write("report", path, REPORT)) == (
        "expected to write the report, seen No space left on device\n"
        f"  where: {path}\n"
        "  what to do: give --smoke-report a path that can be written;"
        " the verdict itself is in this output"
    )

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_standard_output_is_written_to_behind_the_verdict(
    capfd: pytest.CaptureFixture[str],
) -> None:
    paths = {"report": Path("-")}
    assert writing.write("report", paths["report"], REPORT) is None
    assert capfd.readouterr().out == ""
    writing.show(paths, REPORT)
    assert json.loads(capfd.readouterr().out) == json_report.document(REPORT)


def test_a_report_for_standard_output_that_can_not_be_rendered_is_told_beside_it(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verdict is out already, and the run goes on to its exit code."""

    def broken(*_: object, **__: object) -> str:
        raise KeyError("a word of the target")

    monkeypatch.setattr(json_report, "render", broken)
    writing.show({"report": Path("-")}, REPORT)
    line = broken.__code__.co_firstlineno + 1
    assert capfd.readouterr() == (
        "",
        "apismoke: expected the rendering of --smoke-report to run, seen KeyError in"
        f" test_reports_writing.py, line {line}\n"
        "  where: standard output\n"
        "  what to do: this is a defect of the gate or of another plugin, not of the target;"
        " please report it\n",
    )


def test_a_defect_of_a_format_is_told_and_takes_no_verdict_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> str:
        raise KeyError("a word of the target")

    monkeypatch.setattr(json_report, "render", broken)
    path = tmp_path / "report.json"
    failure = writing.write("report", path, REPORT)
    assert failure is not None
    line = broken.__code__.co_firstlineno + 1
    assert (failure.category, failure.message, failure.where, path.exists()) == (
        Category.INTERNAL,
        "expected the rendering of --smoke-report to run,"
        f" seen KeyError in test_reports_writing.py, line {line}",
        str(path),
        False,
    )

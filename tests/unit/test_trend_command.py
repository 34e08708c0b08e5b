"""`apismoke trend`: which files it reads, what it writes, and its exit codes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from unit.past_runs import TARGET, report, request, told_check

from pytest_apismoke.commands import trend as command
from pytest_apismoke.commands.main import main

OTHER = "https://staging.example.com"


def moment(hour: int) -> str:
    return f"2026-11-01T{hour:02}:00:00Z"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four reports, one below and of another target, and a file that is none."""
    monkeypatch.chdir(tmp_path)
    texts: Mapping[str, Any] = {
        "reports/a.json": report(told_check("a::b", request()), started_at=moment(8)),
        "reports/b.json": report(started_at=moment(10), verdict="fail", exit_code=2),
        "reports/c.json": report(started_at=moment(9)),
        "reports/deep/d.json": report(target={"url": OTHER, "version": None}),
        "reports/package.json": {"name": "shop"},
    }
    for name, document in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(json.dumps(document))
    return tmp_path


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """What the command prints as JSON."""
    assert command.main([*arguments, "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def sources(told: Mapping[str, Any]) -> list[list[str]]:
    return [[Path(run["source"]).name for run in trend["runs"]] for trend in told["trends"]]


@pytest.mark.usefixtures("folder")
def test_a_folder_is_read_with_what_is_below_sorted_by_time_and_by_target(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = shown(capsys, "reports")
    assert sources(told) == [["a.json", "c.json", "b.json"], ["d.json"]]
    assert told["left_out"] == {
        str(Path("reports/package.json")): "it is no JSON report of apismoke"
    }


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["reports/b.json", "reports/a.json"], [["a.json", "b.json"]]),
        (["reports/*.json"], [["a.json", "c.json", "b.json"]]),
        (["reports/**/d.json"], [["d.json"]]),
        (["rep*s"], [["a.json", "c.json", "b.json"], ["d.json"]]),
        (["reports", "reports/a.json"], [["a.json", "c.json", "b.json"], ["d.json"]]),
        (["reports", "--last=1"], [["b.json"], ["d.json"]]),
        (["reports", f"--target={TARGET}/", "--last=2"], [["c.json", "b.json"]]),
    ],
)
def test_files_folders_and_patterns(
    arguments: list[str], expected: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert sources(shown(capsys, *arguments)) == expected


def test_what_is_not_well_comes_first(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    failed = report(target={"url": OTHER, "version": None}, verdict="fail", exit_code=2)
    (folder / "reports/b.json").write_text(json.dumps(report()))
    (folder / "reports/z.json").write_text(json.dumps({**failed, "started_at": moment(12)}))
    assert sources(shown(capsys, "reports"))[0] == ["d.json", "z.json"]


@pytest.mark.usefixtures("folder")
def test_what_is_no_report_is_named_and_the_rest_is_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.main(["reports/package.json", "reports/a.json", "gone.json"], width=80) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"{TARGET}, smoke: PASS in the one run\n")
    assert err == (
        f"apismoke: left out: {Path('reports/package.json')}: it is no JSON report of apismoke\n"
        "apismoke: left out: gone.json: No such file or directory\n"
    )


def test_many_files_that_are_none_are_counted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(9):
        (folder / "reports" / f"x{number}.json").write_text("{")
    assert command.main(["reports"], width=80) == 0
    err = capsys.readouterr().err.splitlines()
    assert (len(err), err[-1]) == (6, "apismoke: left out: 5 more files that are no reports")


def test_without_a_report_it_is_a_mistake_in_the_call(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "empty").mkdir()
    assert command.main(["reports/package.json"]) == 5
    assert capsys.readouterr().err == (
        "apismoke: expected at least one JSON report of a run against a target, seen"
        f" {Path('reports/package.json')}: it is no JSON report of apismoke\n"
        "  where: apismoke trend reports/package.json\n"
        "  what to do: let each run write one with --smoke-report=PATH, to a file of its own, and"
        " give the files or their folder\n"
    )
    assert command.main(["empty"]) == 5
    assert "seen no JSON file\n" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_a_target_without_a_run_is_a_mistake_that_names_those_with_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.main(["reports", "--target=https://nowhere.example.com"]) == 5
    assert capsys.readouterr().err == (
        "apismoke: expected a report of a run against https://nowhere.example.com, seen reports of"
        f" runs against {TARGET}, {OTHER}\n"
        "  where: apismoke trend reports\n"
        "  what to do: give one of these with --target\n"
    )


@pytest.mark.parametrize("arguments", [[], ["--last=0", "a"], ["--last=x", "a"], ["--colour", "a"]])
def test_a_call_that_is_none_ends_with_the_code_of_mistakes(arguments: list[str]) -> None:
    assert command.main(arguments) == 5


def test_help_says_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trend", "--help"]) == 0
    assert "exit codes: 0 the trend is shown; 5 no report can be read" in capsys.readouterr().out


@pytest.mark.usefixtures("folder")
def test_a_page_is_written_beside_what_is_shown(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["reports", "--html=new/trend.html"], width=80) == 0
    assert capsys.readouterr().out.startswith(TARGET)
    assert (folder / "new/trend.html").read_text("utf-8").startswith("<!DOCTYPE html>\n")


def test_a_page_that_cannot_be_written_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "file").write_text("")
    assert command.main(["reports", "--html=file/trend.html"]) == 5
    err = capsys.readouterr().err
    assert err.startswith("apismoke: expected to write the page, seen ")
    assert "where: --html=" in err


@pytest.mark.usefixtures("folder")
def test_a_page_has_a_file_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["reports", "--html=-"]) == 5
    assert capsys.readouterr() == (
        "",
        "apismoke: expected a file for the page, seen standard output, where the trend is shown\n"
        "  where: --html=-\n"
        "  what to do: give the path of a file\n",
    )


@pytest.mark.usefixtures("folder")
def test_without_the_library_a_page_is_refused_with_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "pytest_apismoke.reports.trend.page", raising=False)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    monkeypatch.delattr("pytest_apismoke.reports.trend.page", raising=False)
    assert command.main(["reports", "--html=trend.html"]) == 5
    assert capsys.readouterr() == (
        "",
        "apismoke: expected the library Jinja2, which writes pages, seen it is not installed\n"
        "  where: --html=trend.html\n"
        "  what to do: pip install 'pytest-apismoke[html]'\n",
    )


def test_odd_files_are_left_out_without_waiting_for_them(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(folder / "pipe.json")
    (folder / "latin.json").write_bytes(b'"\xe9"')
    (folder / "marked.json").write_text(json.dumps(report()), encoding="utf-8-sig")
    (folder / "large.json").write_text(json.dumps(report()) + " " * 2000)
    monkeypatch.setattr("pytest_apismoke.commands.trend_files._MOST_BYTES", 2000)
    told = shown(capsys, "pipe.json", "latin.json", "marked.json", "large.json")
    assert sources(told) == [["marked.json"]]
    assert told["left_out"] == {
        "pipe.json": "it is no file",
        "latin.json": "it is no text in UTF-8",
        "large.json": "it is larger than 0 MB",
    }


def test_words_of_a_report_steer_neither_the_terminal_nor_a_ci_system(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = "\x1b[2J\n::error::a ##vso[task.complete] \u202e"
    checks = [told_check(hostile, request(), flaky=True)]
    document = report(*checks, verdict="fail", exit_code=2, summary=hostile, mode=hostile)
    (folder / "h.json").write_text(json.dumps(document))
    (folder / "::error::x.json").write_text("{")
    assert command.main(["h.json", "::error::x.json"], width=80) == 0
    for text in capsys.readouterr():
        assert "\x1b" not in text
        assert "##vso[" not in text
        assert [line for line in text.splitlines() if line.lstrip().startswith("::")] == []

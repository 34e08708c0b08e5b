"""What a run writes to GitHub Actions: masks at once, annotations, and the job summary."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from unit.reports_in_memory import URL, contract_broken, fetch_failed, new_exchange, report_of

from pytest_apismoke.configuration.telling import Telling
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.reports.report import Report
from pytest_apismoke.reports.step_summary import LIMIT
from pytest_apismoke.run.audience import Audience
from pytest_apismoke.run.github import GitHub, github_of

REPORT = report_of(
    fetch_failed([new_exchange(url=f"{URL}/api/business/me", status=500)]),
    contract_broken([new_exchange(url=f"{URL}/api/orders?limit=5")]),
)
FETCH = (
    "::error title=FAIL%3A GET /api/business/me answers 500::expected 200 with the settings"
    " document, got 500 with application/json, 88 bytes. Where: GET"
    " https://api.example.com/api/business/me. To do: look into the target's log at the request"
    " id.\n"
)


# -- masks


def test_a_secret_is_masked_as_soon_as_it_is_known(
    capfd: pytest.CaptureFixture[str],
) -> None:
    # What descriptor 1 was when the run began is what is written to, whatever captures it since.
    github, redactor = GitHub({}, masks=True), Redactor()
    redactor.learn("known 100% before", "A")
    github.mask_secrets_of(redactor)
    assert capfd.readouterr().out == "::add-mask::known 100%25 before\n"
    github.begin_tests()
    redactor.learn("first line\nsecond line", "B")
    assert capfd.readouterr().out == "\n::add-mask::first line\n::add-mask::second line\n"
    redactor.learn("short", "C")
    github.close()
    redactor.learn("known too late", "D")
    assert capfd.readouterr().out == ""


def test_what_a_test_prints_does_not_come_before_a_command_in_its_line(
    capfd: pytest.CaptureFixture[str],
) -> None:
    github, redactor = GitHub({}, masks=True), Redactor()
    github.mask_secrets_of(redactor)
    github.begin_tests()
    os.write(1, b"....")
    redactor.learn("canary-token", "A")
    github.close()
    assert capfd.readouterr().out == "....\n::add-mask::canary-token\n"


def test_a_process_of_a_run_masks_where_others_write_as_well(
    capfd: pytest.CaptureFixture[str],
) -> None:
    github, redactor = GitHub({}, masks=True, masks_to=1), Redactor()
    github.mask_secrets_of(redactor)
    os.write(1, b"of another one")
    redactor.learn("canary-token", "A")
    assert capfd.readouterr().out == "of another one\n::add-mask::canary-token\n"


def test_a_thread_may_learn_a_secret(capfd: pytest.CaptureFixture[str]) -> None:
    github, redactor = GitHub({}, masks=True), Redactor()
    github.mask_secrets_of(redactor)
    thread = threading.Thread(target=redactor.learn, args=("canary-token", "A"))
    thread.start()
    thread.join()
    github.close()
    assert capfd.readouterr().out == "::add-mask::canary-token\n"


def test_no_secret_is_written_where_somebody_else_may_read_it(
    capfd: pytest.CaptureFixture[str],
) -> None:
    github, redactor = GitHub({}, masks=False), Redactor()
    github.mask_secrets_of(redactor)
    redactor.learn("canary-token", "A")
    github.close()
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("is_forced", [False, True])
def test_a_file_is_never_told_a_secret(is_forced: bool, capfd: pytest.CaptureFixture[str]) -> None:
    # pytest captures into a file.
    telling = Telling(is_in_actions=True, is_forced=is_forced)
    github, redactor = github_of(telling, {"GITHUB_ACTIONS": "true"}), Redactor()
    github.mask_secrets_of(redactor)
    redactor.learn("canary-token", "A")
    assert capfd.readouterr().out == ""


# -- annotations


def test_annotations_begin_lines_and_name_files_of_the_repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rootdir = tmp_path / "repository" / "service"
    contract = rootdir / "contracts" / "order-list.schema.json"
    contract.parent.mkdir(parents=True)
    contract.write_text("{}")
    environ = {"GITHUB_WORKSPACE": str(tmp_path / "repository")}
    GitHub(environ, masks=False).annotate(REPORT, rootdir)
    assert capsys.readouterr().out == (
        f"\n{FETCH}"
        "::error title=GET /api/orders?limit=5 breaks its contract in 2 places,"
        "file=service/contracts/order-list.schema.json::/items/3/total: expected a number, got the"
        " string '129.00'; and 1 more place. Where: GET https://api.example.com/api/orders?limit=5."
        " To do: compare the response with the contract.\n"
    )


@pytest.mark.parametrize("workspace", ["elsewhere", ""])
def test_a_file_outside_of_the_repository_is_not_named(
    workspace: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = {"GITHUB_WORKSPACE": str(tmp_path / workspace)} if workspace else {}
    GitHub(environ, masks=False).annotate(REPORT, tmp_path)
    assert ",file=" not in capsys.readouterr().out


# -- the summary


def summarized(path: Path | str, report: Report = REPORT) -> str:
    return GitHub({"GITHUB_STEP_SUMMARY": str(path)}, masks=False).summarize(report)


def test_the_report_is_added_behind_what_the_step_has_written(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("mine, without an end of its line")
    assert summarized(summary) == ""
    assert summarized(summary) == ""
    text = summary.read_text()
    assert text.startswith("mine, without an end of its line\n\n### FAIL: ")
    assert text.count("\n\n### FAIL: ") == 2


def test_a_report_that_does_not_fit_is_cut_and_says_so(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_bytes(b"x" * (LIMIT - 600))
    assert summarized(summary) == ""
    assert LIMIT - 200 < summary.stat().st_size <= LIMIT
    assert "Cut here: of " in summary.read_text()


def test_a_summary_without_room_is_told(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_bytes(b"x" * LIMIT)
    assert summarized(summary) == (
        "the job summary was not written: the step has filled it (GITHUB_STEP_SUMMARY)"
    )
    assert summary.stat().st_size == LIMIT


def test_a_summary_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    assert summarized(tmp_path / "gone" / "summary.md") == (
        "the job summary was not written: No such file or directory (GITHUB_STEP_SUMMARY)"
    )
    assert summarized(tmp_path) == (
        "the job summary was not written: Is a directory (GITHUB_STEP_SUMMARY)"
    )


def test_where_there_is_no_summary_there_is_nothing_to_tell() -> None:
    assert GitHub({}, masks=False).summarize(REPORT) == ""


def test_a_defect_of_telling_is_a_note(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(GitHub, "annotate", broken)
    audience = Audience(Redactor())
    audience._github = GitHub({}, masks=False)
    assert audience.announce(lambda: REPORT, tmp_path) == (
        "GitHub was not told: RuntimeError: broken",
    )
    assert capsys.readouterr().out == ""

"""`apismoke known write`: what becomes of the file after a run, and the exit code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pytest

from pytest_apismoke.commands import known as command
from pytest_apismoke.errors import Break
from pytest_apismoke.known.entries import Entry, KnownUse
from pytest_apismoke.known.file import render
from pytest_apismoke.run.recording import Recorded, RecordsKnown

ONE = Entry(name="GET /orders", contract="Shop", status=200, what=Break("/total", "type"))
TWO = replace(ONE, what=Break("/note", "required"))
OLD = replace(ONE, name="GET /old", reason="nobody looks at it", until=date(2030, 1, 1))
OPTIONS = ["--smoke", "--target-url=https://api.example.com"]


@dataclass
class Ran:
    """Stands in for the gate; without `use` the run did not come as far as to meet anything."""

    folder: Path
    use: KnownUse | None
    entries: tuple[Entry, ...] = ()
    code: int = 0
    calls: list[list[str]] = field(default_factory=list)

    def __call__(self, arguments: Sequence[str], recorder: RecordsKnown) -> int:
        self.calls.append(list(arguments))
        if self.use is not None:
            recorder.recorded = Recorded(rootdir=self.folder, entries=self.entries, use=self.use)
        return self.code

    @property
    def file(self) -> Path:
        """The list."""
        return self.folder / "contracts" / "known.toml"


def test_it_runs_the_gate_with_its_options_and_writes_what_it_met(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = Ran(tmp_path, KnownUse(met=(ONE, TWO), new=(ONE, TWO)))
    assert command.main(["write", *OPTIONS], run=ran) == 0
    assert (ran.calls, ran.file.read_text("utf-8")) == ([OPTIONS], render([ONE, TWO]))
    assert capsys.readouterr().out == "\ncontracts/known.toml: 2 known violations (2 added)\n"


def test_it_adds_removes_and_keeps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    use = KnownUse(met=(TWO,), gone=(ONE,), new=(TWO,))
    ran = Ran(tmp_path, use, entries=(OLD, ONE))
    assert command.main(["write", *OPTIONS], run=ran) == 0
    assert ran.file.read_text("utf-8") == render([OLD, TWO])
    assert capsys.readouterr().out == (
        "\ncontracts/known.toml: 2 known violations (1 added, 1 removed, 1 kept that this run did"
        " not look at)\n"
    )


def test_a_file_that_says_the_same_already_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = Ran(tmp_path, KnownUse(met=(ONE,)), entries=(ONE,))
    ran.file.parent.mkdir()
    ran.file.write_text(render([ONE]), "utf-8")
    before = ran.file.stat().st_mtime_ns
    assert command.main(["write", *OPTIONS], run=ran) == 0
    assert ran.file.stat().st_mtime_ns == before
    assert capsys.readouterr().out == (
        "\ncontracts/known.toml: 1 known violation (nothing changed)\n"
    )


def test_a_list_that_is_empty_now_stays_and_none_is_made_for_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = Ran(tmp_path, KnownUse())
    assert command.main(["write"], run=ran) == 0
    assert not ran.file.parent.exists()
    assert capsys.readouterr().out == (
        "\nNo contract was broken in a way that can be known: nothing is recorded.\n"
    )
    ran = Ran(tmp_path, KnownUse(gone=(ONE,)), entries=(ONE,))
    ran.file.parent.mkdir()
    ran.file.write_text(render([ONE]), "utf-8")
    assert command.main(["write"], run=ran) == 0
    assert ran.file.read_text("utf-8") == render([])


def test_what_else_failed_keeps_its_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = Ran(tmp_path, KnownUse(met=(ONE,), new=(ONE,)), code=2)
    assert command.main(["write", *OPTIONS], run=ran) == 2
    assert ran.file.read_text("utf-8") == render([ONE])
    assert capsys.readouterr().out == (
        "\ncontracts/known.toml: 1 known violation (1 added)\n"
        "The failures above are no violations that can be known, and are not recorded.\n"
    )


@pytest.mark.parametrize(("code", "ends_with"), [(5, 5), (1, 1), (0, 5)])
def test_a_run_that_met_nothing_changes_nothing(
    code: int, ends_with: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = Ran(tmp_path, None, code=code)
    assert command.main(["write", *OPTIONS], run=ran) == ends_with
    assert not ran.file.exists()
    assert capsys.readouterr().out == (
        "\napismoke: the run ended before it could meet any violation: nothing is recorded\n"
    )


def test_a_folder_that_cannot_be_written_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "contracts").write_text("a file")
    ran = Ran(tmp_path, KnownUse(met=(ONE,), new=(ONE,)))
    assert command.main(["write"], run=ran) == 5
    assert capsys.readouterr().err == (
        "\napismoke: expected to write the known violations, seen File exists\n"
        "  where: contracts/known.toml\n"
        "  what to do: correct the permissions of the file and its folder\n"
    )


@pytest.mark.parametrize(
    ("arguments", "seen"), [([], "nothing"), (["wirte"], "'wirte'"), (["--smoke"], "'--smoke'")]
)
def test_it_has_one_subcommand(
    arguments: list[str], seen: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(arguments, run=Ran(tmp_path, None)) == 5
    assert capsys.readouterr().err == (
        f"apismoke: expected 'write', seen {seen}\n"
        "  where: apismoke known\n"
        "  what to do: type apismoke known write --help\n"
    )


def test_its_help_says_what_it_records(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    ran = Ran(tmp_path, None)
    assert command.main(["write", "--help"], run=ran) == 0
    assert ran.calls == []
    assert capsys.readouterr().out.startswith("usage: apismoke known write --target-url=URL")

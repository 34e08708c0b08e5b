"""What a run was asked for: what lies below a path, and what else has to be at the rootdir."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_apismoke.configuration.rootdir import refuse_elsewhere
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.hooks.asked import Asked, Collected, Kind
from pytest_apismoke.verdict.judgement import Planned, judge
from pytest_apismoke.verdict.outcome import Outcome, Result, SkipReason

NAMES = ("a/test_a.py::test_it", "a/test_a.py::test_it[1]", "a/b/test_b.py::Case::test_it")


def asked(rootdir: Path) -> Asked:
    collected = []
    for name in NAMES:
        path = rootdir / name.partition("::")[0]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        collected.append(Collected(name=name, path=str(path), kind=Kind.WANTED, api="tests"))
    return Asked(collected)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a", NAMES),
        (".", NAMES),
        ("a/../a/", NAMES),
        ("a/b", NAMES[2:]),
        ("a/test_a.py", NAMES[:2]),
        ("a/test_a.py::test_it", NAMES[:2]),
        ("a/test_a.py::test_it[1]", NAMES[1:2]),
        ("a/b/test_b.py::Case", NAMES[2:]),
        ("a/b/test_b.py::Other", ()),
        ("link", NAMES[2:]),
        ("none", ()),
    ],
)
def test_what_lies_below_a_path(path: str, found: tuple[str, ...], tmp_path: Path) -> None:
    record = asked(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "a/b")
    assert tuple(one.name for one in record.below(path, directory=tmp_path)) == found


def test_a_record_crosses_processes(tmp_path: Path) -> None:
    record, other = asked(tmp_path), Asked()
    other.read_json(record.to_json())
    assert (other.planned, other.to_json()) == (record.planned, record.to_json())


def of_test(result: Result, skip_reason: SkipReason | None = None) -> Outcome:
    return Outcome(
        api="tests", stage="call", name=NAMES[0], outcome=result, skip_reason=skip_reason
    )


@pytest.mark.parametrize(
    ("outcomes", "exit_code"),
    [
        ((), 5),
        ((of_test(Result.PASSED),), 0),
        ((of_test(Result.SKIPPED, skip_reason=SkipReason.USER),), 0),
    ],
    ids=["no-result", "passed", "skips-itself"],
)
def test_a_users_test_has_to_have_any_result(outcomes: tuple[Outcome, ...], exit_code: int) -> None:
    check = Outcome(
        api="settings", stage="save", name="settings::save", outcome=Result.PASSED, verified=True
    )
    plan = (
        Planned(api="settings", stage="save", name="settings::save"),
        Planned(api="tests", stage="call", name=NAMES[0], is_users_test=True),
    )
    assert judge([check, *outcomes], plan=plan).exit_code == exit_code


@pytest.mark.parametrize(
    ("directory", "rootdir", "holder", "root_option"),
    [
        ("a/b", ".", "a/b", "."),
        ("a/b", ".", "a", "{}/a"),
        (".", "a/b", ".", "."),
        (".", "a/b", "a", "{}/a"),
        ("c", "a/b", "c", "."),
    ],
)
@pytest.mark.parametrize(
    ("name", "text", "what", "where"),
    [
        ("apismoke.toml", "", "apismoke.toml", "apismoke.toml"),
        ("pyproject.toml", "[tool.apismoke]\n", "a pyproject.toml with [tool.apismoke]", ""),
        ("pyproject.toml", "[tool.apismoke.x]\n]", "a pyproject.toml with [tool.apismoke]", ""),
        ("contracts/orders.toml", "", "the folder contracts/", "contracts/"),
        ("contracts/order.schema.json", "{}", "the folder contracts/", "contracts/"),
    ],
)
def test_what_would_be_ignored_is_refused(
    directory: str,
    rootdir: str,
    holder: str,
    root_option: str,
    name: str,
    text: str,
    what: str,
    where: str,
    tmp_path: Path,
) -> None:
    for folder in (directory, rootdir):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    file = tmp_path / holder / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "utf-8")
    with pytest.raises(SmokeError) as caught:
        refuse_elsewhere(tmp_path / directory, tmp_path / rootdir)
    assert str(caught.value) == (
        f"expected {what} at the rootdir, {tmp_path / rootdir}, seen one in {tmp_path / holder}\n"
        f"  where: {where or name}\n"
        "  what to do: move it there, or make its folder the rootdir with"
        f" --rootdir={root_option.format(tmp_path)}"
    )


@pytest.mark.parametrize(
    ("directory", "rootdir", "name", "text"),
    [
        (".", ".", "apismoke.toml", ""),
        ("a", ".", "apismoke.toml", ""),
        (".", "a", "a/contracts/orders.toml", ""),
        ("a", ".", "a/pyproject.toml", "[tool.other]\n"),
        ("a", ".", "a/contracts/Token.sol", ""),
        ("a", ".", "b/apismoke.toml", ""),
    ],
)
def test_what_is_read_or_of_no_meaning_is_not(
    directory: str, rootdir: str, name: str, text: str, tmp_path: Path
) -> None:
    (tmp_path / "a").mkdir()
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    refuse_elsewhere(tmp_path / directory, tmp_path / rootdir)

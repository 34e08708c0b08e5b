"""Each case equals its golden file: exit code, terminal, JSON report and JUnit file.

The golden files guard everything that users see. Where a difference is intended, rewrite
them with `python tests/golden/rewrite.py`, and read the difference.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from gate.hostile_server import CANARY
from gate.shop_server import TOKEN
from golden.cases import CASES, Case
from golden.running import FILES, REWRITE, golden_file, run
from harness import PASSWORD, catalogue


def _marks(case: Case, workers: int) -> Iterator[pytest.MarkDecorator]:
    if workers in case.by_hand:
        yield pytest.mark.by_hand
    if not case.in_sample:
        yield pytest.mark.exhaustive
    if workers:
        yield pytest.mark.distributed


RUNS = [
    pytest.param(case, workers, id=f"{case}-n{workers}", marks=tuple(_marks(case, workers)))
    for case in CASES
    for workers in case.workers
]


@pytest.mark.parametrize(("case", "workers"), RUNS)
def test_a_run_equals_its_golden_file(tmp_path: Path, case: Case, workers: int) -> None:
    """In serial and under pytest-xdist: there is one file for both."""
    folder = tmp_path / "empty"
    folder.mkdir()

    name, content = run(case, folder, workers)

    golden = golden_file(case)
    if golden is None:
        pytest.fail(f"no golden file yet; write it with: {REWRITE} -k {case}", pytrace=False)
    before = golden.relative_to(FILES).as_posix()
    expected = golden.read_text("utf-8")
    if (before, expected) != (name, content):
        difference = difflib.unified_diff(
            *(expected.splitlines(), content.splitlines()), before, name, lineterm=""
        )
        shown = "\n".join(difference) or f"renamed: {before} -> {name}"
        pytest.fail(f"{shown}\n\nif that is intended: {REWRITE} -k '^{case}$'", pytrace=False)


def test_every_golden_file_belongs_to_one_case() -> None:
    names = [str(case) for case in CASES]
    files = [path.relative_to(FILES).as_posix() for path in FILES.rglob("*.txt")]
    assert sorted(file.rsplit(".", 2)[0] for file in files) == sorted(names)


#: The exit code of each category in the table `category`; 5 for the others.
CODES = {"auth": 1, "fetch": 2, "save": 3, "oauth": 3, "phone": 3, "persist": 4, "state": 4}
#: It refuses the restoring update as well: the target is left changed, which outranks the category.
DIRTY = ("save-needs-calendar-later",)


def test_the_golden_file_of_each_fault_has_the_category_and_the_code_of_the_catalogue() -> None:
    """A fault that only the full run looks for passes the smoke run."""
    expected, found = {}, {}
    for fault, mode in product(catalogue(), ("smoke", "full")):
        category = fault["category"] if fault["mode"] in ("smoke", mode) else None
        code = 0 if category is None else CODES.get(category, 5)
        for file in (FILES / "faults" / mode).glob(f"{fault['name']}.*.txt"):
            name = f"{mode}/{fault['name']}"
            is_dirty = category is not None and fault["name"] in DIRTY
            expected[name] = (4 if is_dirty else code, category)
            reported = re.search(r"^categories:\n((?:  \w+: \d+\n)+)", file.read_text(), re.M)
            seen = re.findall(r"\w+(?=:)", reported.group(1)) if reported else [None]
            found[name] = (int(file.suffixes[-2][1:]), category if category in seen else seen[0])
    assert len(expected) == 2 * len(catalogue())
    assert found == expected


def test_there_is_a_fault_for_each_category() -> None:
    found = {fault["category"] for fault in catalogue()}
    assert found >= {*CODES, "invalid", "unready", "version", "budget"}


@pytest.mark.parametrize(
    "pattern", [re.escape(PASSWORD), CANARY, TOKEN, r"\beyJ", r"/(tmp|home|root|Users|var)\b"]
)
def test_no_golden_file_holds_a_secret_or_a_path(pattern: str) -> None:
    found = [
        path.name for path in FILES.rglob("*.txt") if re.search(pattern, path.read_text("utf-8"))
    ]
    assert found == []

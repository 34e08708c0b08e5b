"""Each shared verdict in each format equals its golden file; none can be forgotten.

Where a difference is intended, rewrite the files with `python tests/golden/rewrite.py -k rendered`,
and read the difference.
"""

from __future__ import annotations

import difflib
import pkgutil
from importlib import import_module
from itertools import product

import pytest
from golden.rendered import FILES, RENDERERS, golden_file, golden_text
from golden.running import REWRITE
from verdicts import SCENES, Scene

from pytest_apismoke import reports
from pytest_apismoke.configuration.setting_table import OUTPUTS
from pytest_apismoke.reports.formats import FORMATS


@pytest.mark.parametrize("scene", SCENES, ids=str)
@pytest.mark.parametrize("name", RENDERERS)
def test_a_verdict_in_a_format_equals_its_golden_file(name: str, scene: Scene) -> None:
    rewrite = f"{REWRITE} -k '^rendered/{name}/'"
    file = golden_file(name, scene)
    if not file.exists():
        pytest.fail(f"no golden file yet; write it with: {rewrite}", pytrace=False)
    expected, found = file.read_bytes().decode("utf-8"), golden_text(name, scene)
    if expected != found:
        difference = difflib.unified_diff(
            expected.split("\n"), found.split("\n"), str(file.relative_to(FILES)), lineterm=""
        )
        shown = "\n".join(difference)
        pytest.fail(f"{shown}\n\nif that is intended: {rewrite}", pytrace=False)


def test_every_golden_file_belongs_to_a_verdict_in_a_format() -> None:
    expected = {golden_file(name, scene) for name, scene in product(RENDERERS, SCENES)}
    assert {path for path in FILES.rglob("*") if path.is_file()} == expected


def test_every_format_is_an_option_and_has_golden_files() -> None:
    assert sorted(FORMATS) == sorted(setting.name for setting in OUTPUTS)
    assert RENDERERS.keys() >= FORMATS.keys()


def test_every_module_that_renders_a_report_is_in_the_table() -> None:
    """A format that is in no table is an option that nobody tests."""
    package = reports.__name__
    names = [one.name for one in pkgutil.iter_modules(reports.__path__)]
    modules = [import_module(f"{package}.{name}") for name in names]
    rendering = {
        module.__name__
        for module in modules
        if getattr(getattr(module, "render", None), "__module__", "") == module.__name__
    }
    # The terminal is no file, what is said of several targets is a part of it, and JUnit's option
    # is pytest's.
    others = {f"{package}.{name}" for name in ("terminal", "several", "formats", "junit")}
    assert rendering - others == set(FORMATS.values())

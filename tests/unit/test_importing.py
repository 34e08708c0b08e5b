"""The gate's own modules are imported past what pytest adds to imports, and nothing else is."""

from __future__ import annotations

import gc
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from pytest_apismoke.importing import _OwnModules, quickly


def test_it_finds_the_packages_own_modules_only() -> None:
    import pytest_apismoke

    found = _OwnModules.find_spec("pytest_apismoke.errors", pytest_apismoke.__path__)
    assert found is not None
    assert found.name == "pytest_apismoke.errors"
    assert _OwnModules.find_spec("json", None) is None
    assert _OwnModules.find_spec("pytest_apismoke_of_others", None) is None


def test_a_package_without_source_is_left_to_python(tmp_path: Path) -> None:
    """One that was installed as bytecode alone is no namespace of what is in its folder."""
    package = tmp_path / "redaction"
    package.mkdir()
    (package / "__init__.pyc").touch()
    assert _OwnModules.find_spec("pytest_apismoke.redaction", [str(tmp_path)]) is None


@pytest.mark.parametrize("was_enabled", [True, False])
def test_afterwards_everything_is_as_it_was(was_enabled: bool) -> None:
    finders = list(sys.meta_path)
    (gc.enable if was_enabled else gc.disable)()
    try:
        with suppress(ImportError), quickly():
            inside = gc.isenabled(), len(sys.meta_path)
            raise ImportError
        assert inside == (False, len(finders) + 1)
        assert (gc.isenabled(), sys.meta_path) == (was_enabled, finders)
    finally:
        gc.enable()

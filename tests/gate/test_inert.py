"""Without a target the plugin has no effect at all."""

from __future__ import annotations

import pytest
from harness import HEADLINE, Gate

TEST = """
import sys
import pytest

def test_nothing_heavy_is_loaded():
    loaded = {"requests", "urllib3", "jsonschema", "referencing"} & set(sys.modules)
    assert loaded == set()

@pytest.mark.smoke
@pytest.mark.e2e
def test_marked_tests_run_as_they_always_did(request):
    assert [mark.name for mark in request.node.iter_markers()] == ["e2e", "smoke"]

def test_the_plugin_is_one(pytestconfig):
    named = (name for name, _ in pytestconfig.pluginmanager.list_name_plugin())
    assert [name for name in named if "apismoke" in name] == ["apismoke"]

def test_needs_a_target(smoke_client):
    raise AssertionError("never reached")

def test_needs_its_url(smoke_target_url):
    raise AssertionError("never reached")
"""


def inert(gate: Gate, *arguments: str) -> tuple[int, str]:
    ended = gate.run_command(
        ["pytest", "-pno:hypothesispytest", "-pno:randomly", "-pno:rerunfailures", *arguments]
    )
    return ended.code, ended.output


def test_nothing_is_loaded_and_tests_that_need_a_target_say_how_to_run_them(gate: Gate) -> None:
    gate.write("test_it.py", TEST)
    code, output = inert(gate, "-rs", "--strict-markers")
    assert code == 0
    assert "3 passed, 2 skipped" in output
    assert (
        "needs a target: run 'pytest --target-url=URL' (or --target-url=demo to try it)" in output
    )
    assert not HEADLINE.search(output)
    assert "apismoke:" not in output


def test_the_exit_codes_are_pytests_own(gate: Gate) -> None:
    assert inert(gate)[0] == 5
    gate.write("test_it.py", "def test_it(): assert False")
    assert inert(gate)[0] == 1
    assert inert(gate, "no_such_file.py")[0] == 4
    assert inert(gate, "-x", "-n2")[0] == 2


def test_credentials_and_other_values_alone_do_not_make_a_run_active(gate: Gate) -> None:
    ended = gate.run_command(
        ["pytest", "--smoke-report=r.json"],
        APISMOKE_USERNAME="u",
        APISMOKE_PASSWORD="p",
        SMOKE_TEST="false",
        APISMOKE_DEMO_FAULTS="oauth-500",
    )
    assert ended.code == 5
    assert list(gate.folder.glob("*.json")) == []


@pytest.mark.parametrize("word", ["on", "enabled"])
def test_a_smoke_test_variable_that_says_neither_yes_nor_no_is_refused(
    word: str, gate: Gate
) -> None:
    """A gate that is off although somebody switched it on would be green with nothing verified."""
    gate.write("test_it.py", "def test_it(): pass")
    ended = gate.run_command(["pytest"], SMOKE_TEST=word)
    assert ended.code == 5
    told = """
1  environment variable SMOKE_TEST
   expected    true, 1, yes or false, 0, no
   got         '{}'
   to do       correct the value or remove the setting
"""
    assert told.format(word) in ended.verdict_block

"""The README is true: its commands, options, modules and sample output."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from harness import Gate

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def test_its_two_commands_are_what_ci_runs() -> None:
    block = README.partition("<!-- the two commands -->")[2].partition("<!-- end -->")[0]
    assert block.split("\n    ")[1:] == [
        "pip install '.[full]' && pytest --smoke --target-url=demo",
        "pip install tox && tox\n\n",
    ]
    assert "<!-- the two commands -->" in (ROOT / ".ci" / "run").read_text("utf-8")


def test_it_names_every_option_and_ini_option(gate: Gate) -> None:
    text = gate.run_command(["pytest", "--help"]).out
    options = set(re.findall(r"^  (--(?:smoke|target)[a-z-]*)", text, re.MULTILINE))
    ini = set(re.findall(r"^  (apismoke_\w+)", text, re.MULTILINE))
    assert len(options) == 14
    assert len(ini) == 19
    named = set(re.findall(r"`(--[a-z-]+|apismoke_\w+)", README))
    assert options | ini <= named


def test_it_names_every_module() -> None:
    table = README.partition("## Architecture")[2]
    modules = {
        path.stem if path.is_file() else f"{path.name}/"
        for path in (ROOT / "pytest_apismoke").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert {name for name in modules - {"__init__"} if f"`{name}`" not in table} == set()


@pytest.mark.parametrize("healthy", [True, False])
def test_the_output_it_shows_is_real(gate: Gate, healthy: bool) -> None:
    blocks = re.findall(r"```\n(.*?)```", README, re.DOTALL)
    shown = blocks[0 if healthy else 1].partition("apismoke verdict")[2]
    faults = [] if healthy else ["phone-malformed"]
    ended = gate.run("-q", "--smoke", "--target-url=demo", faults=faults)

    def comparable(text: str) -> str:
        for changing in (r"127\.0\.0\.1:\d+", r"\d+\.\d s", r"[0-9a-f]{32}", r"biz_\w+"):
            text = re.sub(changing, "*", text)
        return text

    assert comparable(ended.verdict_block) == comparable(shown)

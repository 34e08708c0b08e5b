"""Whatever the gate shows, stores or sends leaves by a door that is known, and tried."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from doors import DOORS, NO_DOORS
from doors_of_source import ways_out


def sources() -> dict[str, str]:
    """The source of each module but those of the embedded backend, by its name."""
    spec = find_spec("pytest_apismoke")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    return {
        ".".join(path.relative_to(folder).with_suffix("").parts): path.read_text(encoding="utf-8")
        for path in folder.rglob("*.py")
        if path.relative_to(folder).parts[0] != "demo"
    }


def test_every_way_out_of_the_source_belongs_to_a_door_or_has_a_reason() -> None:
    listed = {
        *((module, way) for door in DOORS for module, ways in door.ways.items() for way in ways),
        *((module, way) for module, ways in NO_DOORS.items() for way in ways),
    }
    found = {(module, way) for module, text in sources().items() for way in ways_out(text)}
    assert {"not listed": sorted(found - listed), "gone": sorted(listed - found)} == {
        "not listed": [],
        "gone": [],
    }


def test_every_door_has_a_name_of_its_own() -> None:
    names = [door.name for door in DOORS]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize(
    ("line", "way"),
    [
        ("print(text)", "print"),
        ("sys.stderr.write(text)", "stderr.write"),
        ("os.write(2, text)", "os.write"),
        ("Path('x').write_text(text)", "Path('x').write_text"),
        ("with open('x') as file: pass", "open"),
        ("json.dump(text, file)", "json.dump"),
        ("pickle.dump(text, file)", "pickle.dump"),
        ("self._channel.send(text)", "_channel.send"),
        ("terminalreporter.write_line(text)", "terminalreporter.write_line"),
        ("self._writer.line(text)", "_writer.line"),
        ("writer.line(text)", "writer.line"),
        ("logging.info(text)", "logging.info"),
        ("warnings.warn(text)", "warnings.warn"),
        ("setattr(report, 'mine', text)", "setattr"),
        ("report.sections += [('a', text)]", "report.sections"),
        ("report.longrepr = text", "report.longrepr"),
        ("node.workerinput['a'] = text", "workerinput[]"),
        ("os.environ['A'] = text", "environ[]"),
        ("subprocess.run([text])", "subprocess.run"),
        ("def pytest_report_header(config): return text", "def pytest_report_header"),
        ("client.send(request)", ""),
        ("self.sections = []", ""),
        ("stages.run(text)", ""),
    ],
)
def test_a_way_out_is_found_wherever_it_stands(line: str, way: str) -> None:
    assert (way in ways_out(f"def f():\n    if x:\n        {line}")) is bool(way)
    assert bool(ways_out(line)) is bool(way)

"""Puts the JUnit files of several runs into one: a test suite for each."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree


def merge(files: Iterable[tuple[str, Path]], into: Path) -> None:
    """Writes one file with the suites of several, each with the name of its target.

    Args:
        files: pairs of a target and the file that pytest wrote for it; instead of one that is not
            there, or not whole, there is a suite with an error.
        into: the file to write.

    Raises:
        OSError: when it can't be written.

    """
    whole = ElementTree.Element("testsuites")
    for target, file in files:
        try:
            suites = list(ElementTree.parse(file).getroot().iter("testsuite"))  # noqa: S314  # pytest's own
        except (OSError, ElementTree.ParseError):
            suites = [_without_results()]
        for suite in suites:
            suite.set("name", target)
            whole.append(suite)
    into.parent.mkdir(parents=True, exist_ok=True)
    ElementTree.ElementTree(whole).write(into, encoding="utf-8", xml_declaration=True)


def _without_results() -> ElementTree.Element:
    """A suite with one error: the run of this target left no result."""
    counts = {"errors": "1", "failures": "0", "skipped": "0", "tests": "1", "time": "0"}
    suite = ElementTree.Element("testsuite", counts)
    case = ElementTree.SubElement(suite, "testcase", classname="apismoke", name="run", time="0")
    ElementTree.SubElement(case, "error", message="the run against this target left no results")
    return suite

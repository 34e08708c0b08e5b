"""Puts the JUnit files of several runs into one: a test suite for each."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree


def merge(files: Iterable[tuple[str, Path]], into: Path) -> None:
    """Writes one file with the suites of several, each with the name of its target.

    Args:
        files: pairs of a target and the file that pytest wrote for it; one that is not there, or
            not whole, is left out.
        into: the file to write.

    Raises:
        OSError: when it can't be written.

    """
    whole = ElementTree.Element("testsuites")
    for target, file in files:
        try:
            suites = ElementTree.parse(file).getroot().iter("testsuite")  # noqa: S314  # pytest's own
        except (OSError, ElementTree.ParseError):
            continue
        for suite in suites:
            suite.set("name", target)
            whole.append(suite)
    into.parent.mkdir(parents=True, exist_ok=True)
    ElementTree.ElementTree(whole).write(into, encoding="utf-8", xml_declaration=True)

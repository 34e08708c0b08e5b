"""Writes workflow commands of GitHub Actions: lines that the runner takes for orders. Pure.

Source: the function `issueCommand` of GitHub's actions/toolkit, and the page "Workflow commands for
GitHub Actions" of its documentation.
"""

from __future__ import annotations

from collections.abc import Mapping

from pytest_apismoke.ci_commands import without_markers

#: What the runner decodes in the text of a command; `%` comes first, because it is in the others.
_IN_TEXT = (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"))
_IN_PROPERTY = (*_IN_TEXT, (":", "%3A"), (",", "%2C"))


def command(name: str, text: str, properties: Mapping[str, str] | None = None) -> str:
    """One command as a line, without its end.

    Args:
        name: of the command, such as `error`.
        text: what it is about; may have any characters.
        properties: those that are empty are left out.

    """
    given = [
        f"{key}={_escaped(value, _IN_PROPERTY)}"
        for key, value in (properties or {}).items()
        if value
    ]
    return (
        f"::{' '.join([name, *([','.join(given)] if given else [])])}::{_escaped(text, _IN_TEXT)}"
    )


def shown(name: str, text: str, properties: Mapping[str, str] | None = None) -> str:
    """As `command`, for words that may come from a target: with no command for other systems."""
    inert = {key: without_markers(value) for key, value in (properties or {}).items()}
    return command(name, without_markers(text), inert)


def _escaped(text: str, table: tuple[tuple[str, str], ...]) -> str:
    for character, code in table:
        text = text.replace(character, code)
    return text

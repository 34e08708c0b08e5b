"""Functions and docstrings as Markdown. Pure."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

from documenting.reference.markdown import bullets, code

#: The sections of a docstring that are lists of names with what they mean.
_SECTIONS = re.compile(r"^(Args|Raises):\n", re.MULTILINE)
_ENTRY = re.compile(r"^    (\w+): (.*(?:\n {5,}.*)*)", re.MULTILINE)


def call(name: str, function: Callable[..., Any]) -> str:
    """A call of a function: its parameters with their defaults, without types."""
    parameters = [
        one.replace(annotation=inspect.Parameter.empty)
        for one in inspect.signature(function).parameters.values()
        if one.name != "self"
    ]
    return f"{name}{inspect.Signature(parameters)}"


def paragraphs(docstring: str | None) -> str:
    """A docstring without its lists."""
    return _joined(_SECTIONS.split(inspect.cleandoc(docstring or ""))[0])


def described(docstring: str | None) -> str:
    """A docstring: its paragraphs, its arguments, and what it raises."""
    text = inspect.cleandoc(docstring or "")
    first, *rest = _SECTIONS.split(text)
    parts = [_joined(first)]
    for name, section in zip(rest[::2], rest[1::2], strict=True):
        # Arguments are told by the words; what is raised needs to be said.
        said = "Raises:\n\n" if name == "Raises" else ""
        parts.append(f"{said}{bullets(_entries(section))}")
    return "\n\n".join(part for part in parts if part)


def _entries(section: str) -> Iterator[str]:
    for name, text in _ENTRY.findall(section):
        yield f"{code(name)}: {' '.join(text.split())}"


def _joined(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.strip().split("\n\n"))

"""The commands in a block of the documentation, as scripts of a shell. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml
from documentation.pages import Block

#: Keys of CI systems whose value is a script.
_KEYS = ("run", "script", "before_script", "after_script", "cmd", "deploy", "rollback")
#: What a CI system replaces before a shell sees it.
_REPLACED = re.compile(r"\$\{\{.*?\}\}|\$\([A-Z][\w.]*\)|%[a-z][\w.]*%|\$\[\[.*?\]\]")
_QUOTED = re.compile(r"""\b(?:sh|scriptContent) ?=? ?(['"])(.*?)\1$""", re.MULTILINE)
_CRON = re.compile(r"^(?:[\d*/,-]+ ){4}[\d*/,-]+ +", re.MULTILINE)
_PROMPT = "$ "


def scripts_in(block: Block) -> tuple[str, ...]:
    """The scripts of a block, each with its lines."""
    if block.language == "yaml":
        return tuple(map(_replaced, _of_yaml(yaml.load(block.text, AnyTag))))  # noqa: S506 - safe
    if block.language in ("groovy", "kotlin"):
        return tuple(_replaced(found[2]) for found in _QUOTED.finditer(block.text))
    if block.language == "console":
        lines = [one for one in block.text.splitlines() if one.startswith(_PROMPT)]
        return ("\n".join(one.removeprefix(_PROMPT) for one in lines) + "\n",)
    return (_CRON.sub("", block.text),)


class AnyTag(yaml.SafeLoader):  # type: ignore[misc]  # yaml has no types
    """Reads YAML with tags of other programs, which count for nothing."""


AnyTag.add_multi_constructor("!", lambda loader, suffix, node: None)


def _of_yaml(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in _KEYS and isinstance(value, str):
                yield f"{value}\n"
            elif key in _KEYS and isinstance(value, list):
                yield "".join(f"{one}\n" for one in value if isinstance(one, str))
                yield from _of_yaml([one for one in value if not isinstance(one, str)])
            else:
                yield from _of_yaml(value)
    elif isinstance(node, list):
        for item in node:
            yield from _of_yaml(item)


def _replaced(script: str) -> str:
    """A script as a shell gets it: a URL where a URL is asked for, else a word."""
    given = re.sub(rf"(--target-url=)(?:{_REPLACED.pattern})", r"\1https://api.example.com", script)
    return _REPLACED.sub("word", given)

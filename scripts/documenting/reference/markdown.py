"""Markdown that reads the same at GitHub and on the site. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

#: What a sentence for `--help` or a schema has that is code: a string or a name in quotes, an
#: option, a variable, a key, a table of a configuration, a placeholder.
_CODE = re.compile(
    r"""
      (?P<span>`[^`\n]+`)
    | (?<!\w)'(?P<quoted>[^'\n]+)'(?!\w)
    | (?P<string>"[^"\n]*")
    | (?<![\w-])--[a-z][a-z-]*[a-z](?:=\w+)?
    | \b(?:GET|HEAD|POST|PUT|PATCH|DELETE)[ ]/[\w./{}-]*[\w}]
    | (?<![\w/.])/[a-z][\w./{}-]*[\w}]
    | \$?\{\w+\}
    | \{[ ]\w+[ ]=[ ]\.\.\.[ ]\}
    | \[\[?[a-z][a-zA-Z.]*\]?\]
    | (?<![\w/])(?:\w+/)?\.?\w+(?:\.\w+)*\.(?:toml|json|py)\b
    | \bcontracts/(?!\w)
    | \b[A-Z]+_[A-Z_]+\b
    | \b[a-z0-9]+(?:_[a-z0-9]+)+\b
    """,
    re.VERBOSE,
)
_SPECIAL = re.compile(r"([*<\\])")


def code(text: str) -> str:
    """Text as code."""
    fence = "``" if "`" in text else "`"
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def prose(text: str) -> str:
    """A sentence in plain text, with what is code in it as code."""
    parts, at = [], 0
    for found in _CODE.finditer(text):
        written = found["span"] or code(found["quoted"] or found[0])
        parts += [_escaped(text[at : found.start()]), written]
        at = found.end()
    return "".join((*parts, _escaped(text[at:])))


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def sentence(text: str) -> str:
    """A phrase as a sentence: it begins with a capital, and ends with a full stop."""
    begun = text[:1].upper() + text[1:]
    return begun if begun.endswith((".", ":")) else f"{begun}."


def slug(text: str) -> str:
    """The name that a heading gets in links, at GitHub and on the site."""
    return re.sub(r"[^\w -]", "", text).replace(" ", "-").lower()


def anchor(name: str) -> str:
    """A place that a link can lead to, by the same name wherever the page is shown."""
    return f'<a id="{name}"></a>'


def heading(level: int, text: str) -> str:
    """A heading."""
    return f"{'#' * level} {text}"


def link(text: str, to: str) -> str:
    """A link."""
    return f"[{text}]({to})"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, whose cells are Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")


def bullets(lines: Iterable[str]) -> str:
    """A list."""
    return "\n".join(f"- {line}" for line in lines)


def fenced(text: str, language: str = "") -> str:
    """A block of code."""
    return f"```{language}\n{text.rstrip()}\n```"


def blocks(parts: Iterable[str]) -> str:
    """Parts, one below the other."""
    return "\n\n".join(part for part in parts if part)

"""Writes the records of a page down as HTML, through Jinja's templates, which escape everything."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib import resources
from urllib.parse import quote

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.reports.html.view import Page

_PACKAGE = "pytest_apismoke.reports.html"
#: The icon of each verdict: its colour, and the path of its mark.
_ICONS = {
    "pass": ("#0b6839", "M3.6 8.4l3 3.1 5.8-6.6"),
    "fail": ("#b1152b", "M4.5 4.5l7 7m0-7l-7 7"),
    "inconclusive": ("#7f4700", "M3.5 8h9"),
    "misconfigured": ("#4b3aa6", "M8 3.4v6m0 2v1.4"),
    "dirty": ("#8c1263", "M3.5 12.5l9-9"),
}
#: What a CI system takes for a command, should the page be written to a log: at the beginning of
#: a line, and anywhere.
_AT_LINE_START = late_pattern(r"^(\s*):(?=:)", re.MULTILINE)


def text_of(page: Page) -> str:
    """The page as HTML."""
    style, script = _source("style.css"), _source("script.js")
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            page=page,
            policy=policy_of(style, script),
            # The gate's own files.
            style=Markup(style),  # noqa: S704
            script=Markup(script),  # noqa: S704
            icon=_icon(page.band.verdict),
        )
    )


def policy_of(style: str, script: str) -> str:
    """The Content-Security-Policy: this very style and script, and pictures inside of them."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}';"
        " img-src data:; base-uri 'none'; form-action 'none'"
    )


def shown(value: object) -> Markup:
    """A value of a record as it stands in the page, escaped.

    Characters that a browser does not show, and those that turn the direction of others, are
    replaced. What a CI system takes for a command is no longer one, and looks the same.
    """
    if isinstance(value, Markup):
        return value
    text = str(value)
    if not text.isprintable():
        text = "".join(map(_printable, text))
    marked = str(escape(text)).replace("##", "#&#35;")
    return Markup(_AT_LINE_START.sub(r"\1&#58;", marked))  # noqa: S704  # it was escaped above


def _printable(character: str) -> str:
    if character.isprintable() or character == "\n":
        return character
    return " " if character.isspace() else "\N{REPLACEMENT CHARACTER}"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(lambda name: _source(f"templates/{name}")),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _source(name: str) -> str:
    return resources.files(_PACKAGE).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _icon(verdict: str) -> str:
    colour, path = _ICONS[verdict]
    return "data:image/svg+xml," + quote(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>"
        f"<rect width='16' height='16' rx='3' fill='{colour}'/>"
        f"<path d='{path}' fill='none' stroke='white' stroke-width='2.4'/></svg>",
        safe="/:='",
    )

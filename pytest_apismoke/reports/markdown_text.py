"""Text of others inside Markdown, as GitHub and other CommonMark renderers read it. Pure.

What a target said is shown as it was said, and does nothing: no markup, no HTML, no link or image,
no mention that notifies somebody, no reference that links or closes an issue. GitHub looks for
mentions and references after it has rendered the text, where a backslash is gone already: only a
character of no width between them keeps them apart. It looks for none inside code.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote, urlsplit

from pytest_apismoke.late_pattern import late_pattern

#: Characters with a meaning in Markdown wherever they stand in a line.
_SPECIAL = late_pattern(r"[\\`*_\[\]~#$]")
#: What begins a list, a heading, a rule or a table at the start of a line.
_AT_START = late_pattern(r"^(\d{1,9})(?=[.)])|^(?=[-+=:])")
#: The places where a mention, a reference, a link or an emoji is kept apart.
_REFERENCES = late_pattern(
    r"(?<=@)(?=\S)|(?<=#)(?=\d)|(?<=GH-)(?=\d)|(?<=:)(?=//)|(?<=mailto:)(?=\S)|(?<=xmpp:)(?=\S)"
    r"|(?<=www)(?=\.)|(?<=:)(?<!::)(?=(?:[a-z]\w*|[+-]1):)",
    re.IGNORECASE,
)
_NO_WIDTH = "\u200b"
_BACKTICKS = late_pattern(r"`+")
_LANGUAGE = late_pattern(r"[^A-Za-z0-9+_-]")
#: Entities for what the HTML of a summary could take for Markdown.
_ENTITIES = {ord(char): f"&#{ord(char)};" for char in "\\`*_[]~#$|@:!-+=.&<>"}
#: A pipe as code, which stands between two spans of code.
_PIPE = "<code>&#124;</code>"
#: Characters of a URL that are safe between angle brackets; a percent sign is one that is encoded.
_SAFE_IN_URL = "/?#:@!$&'*+,;=~%[]"


def escape(text: str) -> str:
    """The text as one line of prose without a meaning in Markdown, wherever it stands."""
    line = html.escape(_kept_apart(_one_line(text)).lstrip(), quote=False)
    plain = _SPECIAL.sub(r"\\\g<0>", line).replace("|", "&#124;")
    return _AT_START.sub(r"\1\\", plain)


def code_span(text: str) -> str:
    """The text as code inside a line, in a cell of a table too; a blank where it is empty."""
    line = _one_line(text)
    # A cell ends at a pipe, inside code too, and a backslash before it may be of the text.
    return (
        _PIPE.join(_span(part) for part in line.split("|")) if "|" in line else _span(line or " ")
    )


def _span(line: str) -> str:
    if not line:
        return ""
    fence = "`" * (_longest_run(line) + 1)
    # One blank on each side belongs to the fence, but for blanks alone.
    padding = " " if line.strip() and (line[0] in "` " or line[-1] in "` ") else ""
    return f"{fence}{padding}{line}{padding}{fence}"


def code_block(text: str, language: str = "") -> str:
    """The text as a block of code, which begins and ends at lines of its own."""
    lines = "\n".join(_printable(line, kept="\t") for line in _lines(text)).rstrip("\n")
    fence = "`" * max(3, _longest_run(lines) + 1)
    return f"{fence}{_LANGUAGE.sub('', language)}\n{lines}\n{fence}"


def link(text: str, url: str) -> str:
    """The text as a link to a page of the web; the text alone, where the URL is none of one."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return escape(text)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return escape(text)
    return f"[{escape(text)}](<{quote(url.strip(), safe=_SAFE_IN_URL)}>)"


def table(
    header: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()
) -> str:
    """A table whose cells are Markdown already, made by the functions of this module.

    Args:
        header: the first row; an empty text for a column without a name.
        rows: the others.
        right: the columns that are aligned to the right, counted from 0.

    """
    aligned = [("--:" if column in right else ":--") for column in range(len(header))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, aligned, *rows))


def details(summary: str, body: str) -> str:
    """A part that is closed until somebody opens it: a text, and the Markdown behind it."""
    line = _kept_apart(_one_line(summary)).translate(_ENTITIES)
    return f"<details>\n<summary>{line}</summary>\n\n{body}\n\n</details>"


def _kept_apart(line: str) -> str:
    return _REFERENCES.sub(_NO_WIDTH, line)


def _one_line(text: str) -> str:
    return " ".join(_printable(text, kept="\n\r\t").split())


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _printable(text: str, *, kept: str) -> str:
    """Without control characters, nor any that turn or hide what stands beside them."""
    return "".join(
        c if c.isprintable() or c in kept else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}"
        for c in text
    )


def _longest_run(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)

"""What a target said stands in Markdown as it was said, and does nothing there."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import TypeVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_apismoke.reports.markdown_text import (
    code_block,
    code_span,
    details,
    escape,
    link,
    table,
)

cmarkgfm = pytest.importorskip("cmarkgfm", reason="GitHub's own renderer of Markdown")

#: What GitHub would link, or notify somebody of, in a text that it has rendered.
REFERENCE = re.compile(r"@\w|#\d|GH-\d|://|www\.", re.IGNORECASE)
HOSTILE = [
    "@team look, closes #1 and GH-2, see other/repo#3",
    "<!-- apismoke: target=x --><script>alert(1)</script><img src=x onerror=y>",
    "![pixel](https://evil.example/p.png) [click](javascript:alert(1)) <https://evil.example>",
    "https://github.com/o/r/issues/1 www.evil.example me@evil.example mailto:me@evil.example /.@.w",
    "|me@evil.example| www.evil.example|https://evil.example",
    "a|b\\|c\\\\|d `x``y``` \\",
    "1. one",
    "- a",
    "+ a",
    "===",
    ":-",
    "_www.evil.example 1http://x:http://y _GH-1 -@a@b #1#2 www.http://\\|:{",
    "# heading",
    "    indented",
    "```\n@team\n````\n~~~\n",
    "a_b_c *x* ~~y~~ $x$ $`x`$ :tada: [^1]: &lt;&amp;",
    "\u202eevil\u2066 \x1b[31mred\x1b[0m \x00 \x85 \u2028",
    "> quoted\r\n> [!CAUTION]",
]
Test = TypeVar("Test", bound=Callable[..., None])
texts = st.text(st.sampled_from("`|\\@#1a<>&*_[]()!-+=~$: \n\t.:/w\u202e\x1b\ud7ff")) | st.text()


class Rendered(HTMLParser):
    """What GitHub's renderer makes of some Markdown: the tags, the text, that outside of code."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.text = ""
        self.prose = ""
        self._in_code = 0
        self.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, 1 << 17))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src")]
        self._in_code += tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self._in_code -= tag == "code"

    def handle_data(self, data: str) -> None:
        self.text += data
        self.prose += "" if self._in_code else data


def told(text: str) -> str:
    """The text in one line, as somebody sees it."""
    shown = "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in text)
    return " ".join(shown.split())


def every_hostile_text(test: Test) -> Test:
    for text in HOSTILE:
        test = example(text)(test)
    return test


@every_hostile_text
@settings(deadline=None)
@given(texts)
def test_prose_is_shown_as_it_came_and_means_nothing(text: str) -> None:
    rendered = Rendered(f"before {escape(text)}\n")
    assert rendered.tags == ["p"]
    assert told(rendered.text.replace("\u200b", "")) == told(f"before {text}")
    assert REFERENCE.findall(rendered.text) == []


@every_hostile_text
@settings(deadline=None)
@given(texts)
def test_prose_means_nothing_at_the_start_of_a_line_either(text: str) -> None:
    rendered = Rendered(f"before\n{escape(text)}\n\n{escape(text)}\n")
    assert set(rendered.tags) == {"p"}


@every_hostile_text
@settings(deadline=None)
@given(texts)
def test_a_span_of_code_is_shown_as_it_came(text: str) -> None:
    rendered = Rendered(f"before {code_span(text)} after\n")
    assert rendered.tags[:2] == ["p", "code"]
    assert set(rendered.tags[2:]) <= {"code"}
    assert rendered.prose == "before  after\n"
    assert told(rendered.text) == told(f"before {told(text) or ' '} after")


@every_hostile_text
@settings(deadline=None)
@given(texts)
def test_a_table_keeps_its_cells(text: str) -> None:
    row = [code_span(text), escape(text), "last"]
    rendered = Rendered(table(["one", "two", "three"], [row]))
    assert [tag for tag in rendered.tags if tag != "code"] == [
        *("table", "thead", "tr", "th", "th", "th"),
        *("tbody", "tr", "td", "td", "td"),
    ]
    assert rendered.text.endswith("last\n\n\n\n")


@every_hostile_text
@settings(deadline=None)
@given(texts)
def test_a_block_of_code_ends_where_it_ends(text: str) -> None:
    rendered = Rendered(f"{code_block(text, 'json')}\n\nafter\n")
    assert rendered.tags == ["pre", "code", "p"]
    assert rendered.text.endswith("\nafter\n")


@every_hostile_text
@settings(deadline=None)
@given(texts)
def test_the_summary_of_a_closed_part_means_nothing(text: str) -> None:
    rendered = Rendered(details(text, "*inside*"))
    assert rendered.tags == ["details", "summary", "p", "em"]
    shown = rendered.text.replace("\u200b", "")
    assert told(shown) == told(f"{text} inside")
    assert REFERENCE.findall(rendered.text) == []


@every_hostile_text
@settings(deadline=None)
@given(texts)
def test_the_text_of_a_link_means_nothing(text: str) -> None:
    rendered = Rendered(link(text, "https://ci.example/run/1"))
    assert rendered.tags == ["p", "a"]


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://ci.example/run/1", "https://ci.example/run/1"),
        ("http://ci.example/a b>(c)|d", "http://ci.example/a%20b%3E%28c%29%7Cd"),
        ("https://ci.example/%41?q=1#x", "https://ci.example/%41?q=1#x"),
    ],
)
def test_a_link_leads_where_it_says(url: str, target: str) -> None:
    rendered = cmarkgfm.github_flavored_markdown_to_html(link("log", url))
    assert rendered == f'<p><a href="{html.escape(target)}">log</a></p>\n'


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https://[", "", "file:///"],
)
def test_what_is_no_page_of_the_web_is_no_link(url: str) -> None:
    assert link("log", url) == "log"


@pytest.mark.parametrize(
    ("language", "first_line"),
    [("json", "```json"), ("", "```"), ("sh` onclick=x\n", "```shonclickx")],
)
def test_the_language_of_a_block_is_a_word(language: str, first_line: str) -> None:
    assert code_block("x", language) == f"{first_line}\nx\n```"


def test_a_fence_is_longer_than_any_run_of_backticks_inside() -> None:
    assert code_block("a\n`````\nb") == "``````\na\n`````\nb\n``````"


def test_columns_of_numbers_are_aligned_to_the_right() -> None:
    assert table(["API", "took"], [["settings", "1.0 s"]], right=[1]) == (
        "| API | took |\n| :-- | --: |\n| settings | 1.0 s |"
    )

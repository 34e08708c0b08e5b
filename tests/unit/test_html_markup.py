"""The page as a file: valid, closed, and never markup where it shows what others said."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from verdict_hostile import HOSTILE, HOSTILE_LINES
from verdict_parts import exchange, passed
from verdicts import FACTS, SCENES, Scene, of_name, scene

from pytest_apismoke.ci_commands import without_commands
from pytest_apismoke.reports.html import render
from pytest_apismoke.reports.report import Report

#: All elements that a page has; whatever else is in it came from a target.
ELEMENTS = frozenset(
    {
        *("html", "head", "meta", "title", "link", "style", "body", "script"),
        *("header", "nav", "main", "footer", "section", "article", "div", "p", "h1", "h2", "h3"),
        *("h4", "a", "ul", "ol", "li", "dl", "dt", "dd", "pre", "code", "span", "b", "br", "small"),
        *("time", "button", "figure", "figcaption", "table", "caption", "thead", "tbody", "tr"),
        *("th", "td", "fieldset", "legend", "label", "input", "details", "summary", "mark", "del"),
        *("ins", "svg", "defs", "pattern", "rect", "path"),
    }
)


def parsed(text: str) -> Element:
    """The elements of a page, which has to have no error that a parser of HTML forgives."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    root: Element = parser.parse(text)
    return root


def elements(root: Element) -> Iterator[tuple[str, Element]]:
    for element in root.iter():
        if isinstance(element.tag, str):
            yield element.tag.rpartition("}")[2], element


def attributes(root: Element) -> set[str]:
    return {name.rpartition("}")[2] for _, element in elements(root) for name in element.attrib}


@pytest.mark.parametrize("one", SCENES, ids=str)
def test_a_page_is_valid_and_made_of_known_elements(one: Scene) -> None:
    root = parsed(render(one.report))
    found = list(elements(root))
    ids = [element.attrib["id"] for _, element in found if "id" in element.attrib]
    links = [element.get("href", "") for name, element in found if name == "a"]
    assert {name for name, _ in found} <= ELEMENTS
    assert sorted(set(ids)) == sorted(ids)
    # No URL of a target can be clicked: each link leads to a place of this page.
    assert {link for link in links if link[:1] != "#" or link[1:] not in ids} == set()
    assert sum(name == "h1" for name, _ in found) == 1


@pytest.mark.parametrize("one", SCENES, ids=str)
def test_a_page_needs_nothing_but_itself(one: Scene) -> None:
    root = parsed(render(one.report))
    names = attributes(root)
    assert {name for name in names if name == "style" or name.startswith("on")} == set()
    assert names & {"src", "action", "formaction", "srcset", "data", "poster", "ping"} == set()
    icons = [element.get("href", "") for name, element in elements(root) if name == "link"]
    assert [icon.startswith("data:image/svg+xml,") for icon in icons] == [True]


@pytest.mark.parametrize("name", ["pass", "hostile"])
def test_the_policy_allows_this_very_style_and_script(name: str) -> None:
    text = render(of_name(name).report)
    style = re.search("<style>(.*?)</style>", text, re.DOTALL)
    script = re.search("<script>(.*?)</script>", text, re.DOTALL)
    assert style
    assert script
    hashes = [
        base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
        for found in (style, script)
    ]
    root = parsed(text)
    policies = [
        element.get("content")
        for name, element in elements(root)
        if element.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policies == [
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}';"
        " img-src data:; base-uri 'none'; form-action 'none'"
    ]


def hostile_everywhere(text: str) -> Report:
    """A report with a text in the places that take one from a target, a file or an environment."""
    one = passed(
        f"contracts/{text}.toml::{text}",
        text,
        exchange("GET", f"/{text}", body=text, sent_headers=((text, text),), sent_excerpt=text),
        notes=(text,),
    )
    broken = [replace(check, notes=(text,)) for check in of_name("several-causes").verdict.checks]
    facts = replace(
        FACTS,
        target_version=text,
        notes=(text,),
        not_looked_at=(text,),
        environment=((text, text),),
        settings=tuple(replace(one, value=text, source=text) for one in FACTS.settings),
        writes=tuple(replace(one, resource=text, state=text) for one in FACTS.writes),
    )
    return scene("hostile", [one, *broken], facts).report


@pytest.mark.parametrize("text", [*HOSTILE_LINES, HOSTILE], ids=range(len(HOSTILE_LINES) + 1))
def test_hostile_words_never_become_markup(text: str) -> None:
    page = render(hostile_everywhere(text))
    root = parsed(page)
    names = attributes(root)
    assert {name for name, _ in elements(root)} <= ELEMENTS
    assert {name for name in names if name.startswith("on") or name == "style"} == set()
    scripts = [element for name, element in elements(root) if name == "script"]
    assert len(scripts) == 1


@settings(deadline=None, max_examples=50)
@given(text=st.text(max_size=40))
def test_any_text_is_shown_as_text(text: str) -> None:
    root = parsed(render(hostile_everywhere(text)))
    plain = parsed(render(hostile_everywhere("x")))
    assert [name for name, _ in elements(root)] == [name for name, _ in elements(plain)]


def test_characters_that_hide_or_turn_others_are_replaced() -> None:
    page = render(hostile_everywhere("a\0b\u202ec\u200bd\x1b[2J\ud800e\u2028f"))
    assert "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c" in page
    assert {c for c in page if not c.isprintable() and c != "\n"} == set()
    page.encode()


@pytest.mark.parametrize("one", SCENES, ids=str)
def test_a_page_in_a_log_is_no_command_of_a_ci_system(one: Scene) -> None:
    page = render(one.report)
    assert without_commands(page) == page


def test_ascii_alone_says_the_same() -> None:
    report = of_name("hostile").report
    page = render(report, ascii_only=True)
    assert page.isascii()
    assert [*parsed(page).itertext()] == [*parsed(render(report)).itertext()]


def test_a_body_of_a_megabyte_is_cut() -> None:
    checks = of_name("hostile").verdict.checks
    sizes = [
        len(render(scene("one", [replace(one, exchanges=of)], FACTS).report))
        for one in checks[:1]
        for of in ((), one.exchanges)
    ]
    assert sizes[1] - sizes[0] < 20_000


@pytest.mark.parametrize(("count", "most_bytes"), [(200, 100_000), (2000, 400_000)])
def test_the_size_and_the_time_of_many_checks_are_bounded(count: int, most_bytes: int) -> None:
    checks = [
        passed(f"contracts/a.toml::check {number}", "", exchange("GET", f"/api/items/{number}"))
        for number in range(count)
    ]
    report = scene("many", checks).report
    started = time.process_time()
    page = render(report)
    assert len(page) < most_bytes
    # A tenth of a second where nothing else runs.
    assert time.process_time() - started < 5

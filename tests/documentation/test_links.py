"""Every link between the files of the repository leads somewhere on GitHub, too."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import cmarkgfm
import html5lib
import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    page.relative_to(ROOT).as_posix()
    for page in (
        *ROOT.glob("*.md"),
        *(path for top in ("docs", ".github") for path in (ROOT / top).rglob("*.md")),
    )
)
_HEADINGS = {f"h{level}" for level in range(1, 7)}


@dataclass(frozen=True, slots=True)
class Page:
    """What a page links to, and the anchors that GitHub gives its headings."""

    links: tuple[str, ...]
    anchors: frozenset[str]


@pytest.mark.parametrize("page", PAGES)
def test_every_link_to_a_file_leads_to_it_and_to_its_heading(page: str) -> None:
    assert {link: why for link in read(page).links if (why := why_broken(page, link))} == {}


def why_broken(page: str, link: str) -> str:
    path, _, fragment = link.partition("#")
    if re.match(r"[a-z][a-z0-9+.-]*:", path):
        return ""
    target = (ROOT / page).parent / unquote(path) if path else ROOT / page
    if not target.resolve().is_relative_to(ROOT) or not target.exists():
        return "no such file"
    if fragment and target.suffix == ".md":
        name = target.resolve().relative_to(ROOT).as_posix()
        return "" if fragment in read(name).anchors else "no such heading"
    return ""


@cache
def read(page: str) -> Page:
    return read_text((ROOT / page).read_text("utf-8"))


def read_text(text: str) -> Page:
    html = cmarkgfm.github_flavored_markdown_to_html(text, cmarkgfm.Options.CMARK_OPT_UNSAFE)
    tree = html5lib.parseFragment(html, treebuilder="etree", namespaceHTMLElements=False)
    anchors: list[str] = []
    for heading in (element for element in tree.iter() if element.tag in _HEADINGS):
        slug = re.sub(r"[^\w\- ]", "", "".join(heading.itertext()).strip().lower())
        slug = slug.replace(" ", "-")
        same = sum(re.fullmatch(rf"{re.escape(slug)}(-\d+)?", one) is not None for one in anchors)
        anchors.append(f"{slug}-{same}" if same else slug)
    anchors += filter(None, (element.get("id") for element in tree.iter()))
    links = [element.get(name) for element in tree.iter() for name in ("href", "src")]
    return Page(tuple(dict.fromkeys(filter(None, links))), frozenset(anchors))


def test_anchors_are_those_that_github_makes() -> None:
    text = (
        "# The `[document]` & the rest: a/b\n\n## Twice\n\n## Twice\n\n"
        '[x](y.md#z)\n\n| <a id="cell"></a> |\n|---|\n'
    )
    assert read_text(text) == Page(
        ("y.md#z",), frozenset({"the-document--the-rest-ab", "twice", "twice-1", "cell"})
    )


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("https://gone.example/#x", ""),
        ("docs/index.md", ""),
        ("docs", ""),
        ("docs/gone.md", "no such file"),
        ("../outside.md", "no such file"),
        ("docs/index.md#gone", "no such heading"),
        ("#gone", "no such heading"),
    ],
)
def test_a_link_that_leads_nowhere_is_found(link: str, why: str) -> None:
    assert why_broken("README.md", link) == why

"""The site has every page once, and each of its links leads somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from documenting.site.built import Built
from documenting.site.configuration import NAME, ROOT, Site, mistakes_of, pages_below, site_of
from documenting.site.sources import address_of, staged

SITE = site_of((ROOT / NAME).read_text("utf-8"))
TOML = """
[project]
site_url = "https://docs.example/x/"
repo_url = "https://code.example/o/x"
nav = [{ "Home" = "index.md" }, { "How-to" = [{ "Group" = ["a.md", { "B" = "b.md" }] }] }]
[project.plugins.llmstxt.sections]
"Home" = [{ "index.md" = "home" }]
"How-to" = [{ "a.md" = "about a" }, { "b.md" = "about b" }]
"""
SMALL = site_of(TOML)


def test_every_page_is_in_the_navigation_and_in_llms_txt_exactly_once() -> None:
    assert list(mistakes_of(SITE, pages_below(ROOT / "docs"))) == []


def test_every_page_is_described_in_one_line_that_says_more_than_its_title() -> None:
    rows = [row for _, section in SITE.described for row in section]
    assert {page: line for page, line in rows if not 20 <= len(line) <= 90 or "\n" in line} == {}


def test_the_configuration_is_read_whatever_the_depth_of_the_navigation() -> None:
    read = Site(
        url="https://docs.example/x/",
        repository="https://code.example/o/x",
        sections=(("Home", ("index.md",)), ("How-to", ("a.md", "b.md"))),
        described=(
            ("Home", (("index.md", "home"),)),
            ("How-to", (("a.md", "about a"), ("b.md", "about b"))),
        ),
    )
    assert read == SMALL


LLMS = "[project.plugins.llmstxt.sections]"


@pytest.mark.parametrize(
    ("changes", "pages", "told"),
    [
        ((), ("index.md", "a.md", "b.md"), []),
        (
            (),
            ("index.md", "a.md", "b.md", "c.md"),
            [
                f"zensical.toml: {place} lacks docs/c.md: add a line for it"
                for place in ("nav", LLMS)
            ],
        ),
        (
            (),
            ("index.md", "a.md"),
            [
                f"zensical.toml: {place} names docs/b.md, which does not exist: "
                "correct or remove it"
                for place in ("nav", LLMS)
            ],
        ),
        (
            ('["a.md",', '["a.md", "a.md",'),
            ("index.md", "a.md", "b.md"),
            [
                "zensical.toml: nav names docs/a.md 2 times: leave one",
                f"zensical.toml: {LLMS} has other sections than nav, or another order of pages: "
                "expected {'Home': ('index.md',), 'How-to': ('a.md', 'a.md', 'b.md')}, got "
                "{'Home': ('index.md',), 'How-to': ('a.md', 'b.md')}",
            ],
        ),
    ],
    ids=["complete", "lacking", "gone", "twice"],
)
def test_a_page_that_is_not_there_once_is_a_mistake(
    changes: tuple[str, str] | tuple[()], pages: tuple[str, ...], told: list[str]
) -> None:
    text = TOML.replace(*changes) if changes else TOML
    assert list(mistakes_of(site_of(text), pages)) == told


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("contracts.md", "contracts.md"),
        ("../start.md#here", "../start.md#here"),
        ("#here", "#here"),
        ("https://example.com/../x", "https://example.com/../x"),
        ("mailto:a@example.com", "mailto:a@example.com"),
        ("../../README.md#try-it", "https://code.example/o/x/blob/main/README.md#try-it"),
        ("../../deploy/vercel", "https://code.example/o/x/tree/main/deploy/vercel"),
        ("../../docsy/x", "https://code.example/o/x/blob/main/docsy/x"),
    ],
)
def test_a_link_out_of_the_documentation_leads_to_the_repository(target: str, address: str) -> None:
    assert address_of(target, "how-to/fleets.md", SMALL.repository, ROOT) == address


def test_the_pages_are_copied_with_their_links_and_code_is_left_alone(tmp_path: Path) -> None:
    root = tmp_path / "checkout"
    (root / "docs" / "pictures").mkdir(parents=True)
    (root / "docs" / "pictures" / "take.py").touch()
    (root / "scripts" / "documenting" / "site" / "theme").mkdir(parents=True)
    page = "[a](../x.md) `[a](../x.md)`\n\n```md\n[a](../x.md)\n```\n\n[a](../x.md)\n"
    (root / "docs" / "a.md").write_text(page, "utf-8")
    assert staged(TOML, tmp_path / "stage", root=root) == tmp_path / "stage" / NAME
    address = "https://code.example/o/x/blob/main/x.md"
    first, rest = page.split(" ", 1)
    assert (tmp_path / "stage" / "docs" / "a.md").read_text("utf-8") == (
        f"[a]({address}) " + rest.removesuffix(f"{first}\n") + f"[a]({address})\n"
    )
    assert not (tmp_path / "stage" / "docs" / "pictures" / "take.py").exists()
    assert (tmp_path / "stage" / NAME).read_text("utf-8") == TOML


@pytest.mark.parametrize(
    ("html", "why"),
    [
        ('<a href="a/">x</a> <a href="a/#here">x</a> <a href="#top">x</a>', ""),
        (
            '<a href="https://docs.example/x/a/#here">x</a> <a href="https://else.example/y">x</a>',
            "",
        ),
        ('<a href="https://code.example/o/x/blob/main/README.md#x">x</a>', ""),
        ('<img src="data:image/png;base64,AA==">', ""),
        ('<a href="../y/">x</a>', "links to ../y/, but that is outside the site"),
        ('<a href="b/">x</a>', "links to b/, but the site has nothing there"),
        ('<a href="a/#gone">x</a>', "links to a/#gone, but nothing on that page is called #gone"),
        ('<a href="#gone">x</a>', "links to #gone, but nothing on that page is called #gone"),
        ('<img src="gone.png">', "links to gone.png, but the site has nothing there"),
        (
            '<link rel="stylesheet" href="gone.css">',
            "links to gone.css, but the site has nothing there",
        ),
        (
            '<a href="https://code.example/o/x/edit/main/docs/gone.md">x</a>',
            "links to https://code.example/o/x/edit/main/docs/gone.md, "
            "but the repository has no docs/gone.md",
        ),
    ],
)
def test_a_link_to_nothing_is_a_mistake(tmp_path: Path, html: str, why: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "index.html").write_text('<h2 id="here">Here</h2>', "utf-8")
    (tmp_path / "index.html").write_text(f'<p id="top">{html}</p>', "utf-8")
    told = [f"index.html {why}: correct the link"] if why else []
    assert list(Built(tmp_path, SMALL, ROOT).mistakes()) == told


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="https://cdn.example/x.js">',
        '<link rel="preconnect" href="https://cdn.example/x.js">',
        '<img src="https://cdn.example/x.js">',
    ],
)
def test_a_page_that_fetches_from_a_foreign_host_is_a_mistake(tmp_path: Path, html: str) -> None:
    (tmp_path / "index.html").write_text(html, "utf-8")
    assert list(Built(tmp_path, SMALL, ROOT).mistakes()) == [
        "index.html fetches https://cdn.example/x.js from a foreign host: "
        "the site has to work without one; take it out of the theme or the page"
    ]


def test_a_link_of_llms_txt_or_of_a_pages_markdown_to_nothing_is_a_mistake(tmp_path: Path) -> None:
    text = "- [A](<https://docs.example/x/a/index.md>)\n"
    (tmp_path / "llms.txt").write_text(text, "utf-8")
    (tmp_path / "b.md").write_text(text, "utf-8")
    assert list(Built(tmp_path, SMALL, ROOT).mistakes()) == [
        f"{name} links to https://docs.example/x/a/index.md, but the site has nothing there: "
        "correct the link"
        for name in ("b.md", "llms.txt")
    ]

"""The page in a browser: accessible, as wide as the window, silent, and whole without script."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Sequence
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

import pytest
from chromium import Browser, Page, View, chromium
from verdicts import of_name

from pytest_apismoke.reports.html import render

PROGRAM = chromium()
#: Each side of every width at which the page changes.
WIDTHS = (360, 480, 481, 600, 601, 759, 760, 999, 1000, 1280, 1600)

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="this machine has no Chromium")


def names(*always: str, once: Sequence[str]) -> list[object]:
    """The pages that are always looked at, and those of other shapes."""
    return [*always, *(pytest.param(name, marks=pytest.mark.exhaustive) for name in once)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert PROGRAM is not None
    started = Browser(PROGRAM)
    yield started
    started.close()


def written(name: str, folder: Path) -> Path:
    file = folder / f"{name}.html"
    file.write_text(render(of_name(name).report), encoding="utf-8")
    return file


def open_all(page: Page) -> None:
    """Opens what is closed, so that it is looked at as well."""
    page.value_of("document.querySelectorAll('details').forEach(one => { one.open = true; })")


def violations(page: Page) -> object:
    """What axe-core finds, as the names of its rules with the elements."""
    return json.loads(
        page.value_of(
            "axe.run({resultTypes: ['violations']}).then(result => JSON.stringify("
            "result.violations.map(one => [one.id, one.nodes.map(node => node.html)])))"
        )
    )


@pytest.mark.skipif(find_spec("axe_core_python") is None, reason="axe-core is not installed")
@pytest.mark.parametrize(
    "name",
    # A page of 200 checks has no other elements, and takes axe-core a minute.
    names("several-causes", once=["pass-with-notes", "dirty", "category-usage", "several-targets"]),
)
def test_axe_finds_no_violation_in_light_and_dark(
    browser: Browser, tmp_path: Path, name: str
) -> None:
    axe = resources.files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    with browser.page(written(name, tmp_path)) as page:
        open_all(page)
        page.value_of(f"{axe}; 0")
        found = {"light": violations(page)}
        page.look(is_dark=True)
        found["dark"] = violations(page)
        assert found == {"light": [], "dark": []}


@pytest.mark.parametrize(
    "name",
    names(
        *("several-causes", "hostile"),
        once=["pass-200-checks", "fail-200-checks", "dirty", "category-usage", "several-targets"],
    ),
)
def test_nothing_is_wider_than_the_window_and_the_browser_says_nothing(
    browser: Browser, tmp_path: Path, name: str
) -> None:
    with browser.page(written(name, tmp_path)) as page:
        open_all(page)
        too_wide = []
        for width in WIDTHS:
            page.resize(width, 800)
            if page.value_of("document.documentElement.scrollWidth") > width:
                too_wide.append(width)
        # Not even of a violation of its own policy.
        assert (too_wide, page.told()) == ([], [])


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no script"])
def test_the_filter_and_the_links_work_without_script(
    browser: Browser, tmp_path: Path, has_script: bool
) -> None:
    rows = "[...document.querySelectorAll('.checks tbody tr:not(.group)')]"
    with browser.page(written("several-causes", tmp_path), View(has_script=has_script)) as page:
        counts = {
            name: page.value_of(
                f"document.querySelector('.f-{name}').checked = true;"
                f"{rows}.filter(row => row.checkVisibility()).length"
            )
            for name in ("bad", "idle", "flaky", "ok", "all")
        }
        assert counts == {"bad": 5, "idle": 8, "flaky": 1, "ok": 7, "all": 20}
        # What only a script can do is not offered without one.
        offered = "document.querySelectorAll('button:not([hidden]), .search:not([hidden])').length"
        assert page.value_of(offered) == (4 if has_script else 0)


def test_the_search_shows_the_checks_whose_names_have_it(browser: Browser, tmp_path: Path) -> None:
    with browser.page(written("several-causes", tmp_path)) as page:
        page.value_of(
            "const input = document.getElementById('search'); input.value = 'SETTINGS';"
            "input.dispatchEvent(new Event('input'))"
        )
        names = page.value_of(
            "[...document.querySelectorAll('.checks tbody tr:not(.group)')]"
            ".filter(r => r.checkVisibility()).map(r => r.querySelector('th').firstChild.data)"
        )
        assert [one.strip() for one in names] == [
            *("login", "fetch", "contract", "save", "persist", "restore"),
        ]
        assert page.value_of("document.querySelector('[role=status]').textContent") == "6 checks"


def test_the_first_card_says_what_to_do_above_the_fold(browser: Browser, tmp_path: Path) -> None:
    with browser.page(written("several-causes", tmp_path), View(width=1280, height=800)) as page:
        bottom = page.value_of("document.querySelector('.kv').getBoundingClientRect().bottom")
        assert bottom <= 800


def test_a_closed_exchange_opens_where_a_link_leads_to_it(browser: Browser, tmp_path: Path) -> None:
    with browser.page(written("several-causes", tmp_path), View(has_script=False)) as page:
        opened = "[...document.querySelectorAll('#exchanges details')].map(one => one.open)"
        assert set(page.value_of(opened)) == {False}
        page.value_of("document.querySelector('a[href=\"#x3\"]').click()")
        top = page.value_of("document.getElementById('x3').getBoundingClientRect().top")
        assert page.value_of(opened).index(True) == 2
        # Below the row of jumps, with its summary.
        assert 90 < top < 800


def test_in_print_what_is_closed_is_open(browser: Browser, tmp_path: Path) -> None:
    with browser.page(written("several-causes", tmp_path)) as page:
        page.command("Emulation.setEmulatedMedia", media="print")
        heights = page.value_of(
            "[...document.querySelectorAll('#exchanges details pre')].map(one => one.offsetHeight)"
        )
        assert len(heights) == 16
        assert min(heights) > 0
        pdf = page.pdf()
    pages = re.findall(rb"/Type\s*/Page\b", pdf)
    streams = re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL)
    drawn = sum(len(zlib.decompress(one)) for one in streams if one[:1] == b"\x78")
    assert len(pages) > 3
    assert drawn > 10_000

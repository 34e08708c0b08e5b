"""The page of a trend in a browser: accessible, as wide as the window, and silent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

import pytest
from chromium import Browser, chromium
from unit.past_runs import check, run, runs

from pytest_apismoke.history.trend import trend_of
from pytest_apismoke.reports.trend import page as trend_page

PROGRAM = chromium()
#: Each side of the widths at which the page changes.
WIDTHS = (360, 600, 601, 759, 760, 1280, 1600)
HOSTILE = f"<img src=x onerror=alert(1)> {'W' * 300} {'wide ' * 40}"

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="this machine has no Chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert PROGRAM is not None
    started = Browser(PROGRAM)
    yield started
    started.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A page with every part: a deploy, flaky checks, a failure, and a history of long words."""
    well = [
        *runs("1", [0.1] * 6),
        run(6, check(passed=False), version="1"),
        *runs("2", [0.3] * 6, after=7),
        run(13, check("catalog::search", flaky=True), version="2"),
    ]
    given = {"target": HOSTILE, "mode": HOSTILE, "source": HOSTILE, "reason": HOSTILE}
    hostile = [
        run(n, check(HOSTILE, 0.1 + n // 6, flaky=True), version=f"{HOSTILE}{n // 6}", **given)
        for n in range(12)
    ]
    path = tmp_path / "trend.html"
    path.write_text(trend_page.render([trend_of(well), trend_of(hostile)]), encoding="utf-8")
    return path


@pytest.mark.skipif(find_spec("axe_core_python") is None, reason="axe-core is not installed")
def test_axe_finds_no_violation_in_light_and_dark(browser: Browser, file: Path) -> None:
    axe = resources.files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    finding = (
        "axe.run({resultTypes: ['violations']}).then(result => JSON.stringify("
        "result.violations.map(one => [one.id, one.nodes.map(node => node.html)])))"
    )
    found = {}
    with browser.page(file) as page:
        page.value_of(f"{axe}; 0")
        for is_dark in (False, True):
            page.look(is_dark=is_dark)
            found[is_dark] = json.loads(page.value_of(finding))
    assert found == {False: [], True: []}


def test_nothing_is_wider_than_the_window_and_the_browser_says_nothing(
    browser: Browser, file: Path
) -> None:
    with browser.page(file) as page:
        too_wide = []
        for width in WIDTHS:
            page.resize(width, 800)
            if page.value_of("document.documentElement.scrollWidth") > width:
                too_wide.append(width)
        # The style applies, although the policy of the page names it by its hash only.
        band = page.value_of("getComputedStyle(document.querySelector('.band')).backgroundColor")
        assert (too_wide, page.told(), band) == ([], [], "rgb(11, 104, 57)")

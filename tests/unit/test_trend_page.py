"""The page of a trend: self-contained, and whatever a report says is text in it."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.past_runs import check, run, runs

from pytest_apismoke.history.past_run import PastRun
from pytest_apismoke.history.trend import trend_of
from pytest_apismoke.reports.trend import page
from pytest_apismoke.reports.trend.chart import HEIGHT_PX, Bar, Chart, Mark, chart_of
from pytest_apismoke.verdict.exit_codes import Judgement

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"' style=x {{ 7 * 7 }} </title>"
EMPTY = {"meta", "rect", "line", "path", "link", "img", "br", "input"}


class Elements(HTMLParser):
    """The elements of a page with their attributes, and its texts; each is closed where it must."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for found, attributes in self.found if found == tag]


def rendered(*groups: list[PastRun]) -> str:
    return page.render([trend_of(one) for one in groups])


def history() -> list[PastRun]:
    return [
        *runs("1", [0.1] * 6),
        run(6, check(passed=False), version="1"),
        *runs("2", [0.3] * 6, after=7),
        run(13, check("catalog::search", flaky=True), version="2"),
    ]


def test_it_needs_no_network_and_no_script_and_allows_neither() -> None:
    text = rendered(history())
    elements = Elements(text)
    style = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert len(style) == 1
    digest = b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none';"
        " form-action 'none'"
    )
    assert {
        "http-equiv": "Content-Security-Policy",
        "content": policy,
    } in elements.of("meta")
    loaded = {"src", "href", "style", "onclick", "action"}
    assert [one for one in elements.found if loaded & set(one[1])] == []
    tags = {tag for tag, _ in elements.found}
    assert {"script", "link", "img", "iframe", "object"} & tags == set()


def test_each_part_has_its_heading_and_each_drawing_its_sentence() -> None:
    text = rendered(history())
    elements = Elements(text)
    assert (
        '<h1><span class="word">PASS<span class="sr">:</span></span> <span class="why">'
        "https://api.example.com, smoke: in the latest 7 of 14 runs</span></h1>" in text
    )
    headings = re.findall(r"<h([23])[^>]*>([^<]*)<", text)
    assert headings == [
        ("2", "https://api.example.com, smoke"),
        ("3", "Verdicts and durations"),
        ("3", "Latency by stage"),
        ("3", "Since the last deploy"),
        ("3", "Flaky checks"),
        ("3", "Runs"),
    ]
    assert elements.of("html") == [{"lang": "en", "class": "is-pass"}]
    assert [one.get("aria-label") for one in elements.of("svg") if one.get("role") == "img"] == [
        "14 runs: 13 pass, 1 fail; the longest took 1.5 s. The table below has the numbers."
    ]
    assert ">SLOWER<" in text
    assert "asked again in 1 of 1 run" in text


def test_of_several_histories_it_says_how_many_are_well() -> None:
    failing = [run(0, check(passed=False), target="https://staging.example.com")]
    text = rendered(history(), failing)
    elements = Elements(text)
    assert "the latest run passed in 1 of 2 histories" in elements.texts
    assert elements.of("html") == [{"lang": "en", "class": "is-fail"}]
    ids = [attributes["id"] for _, attributes in elements.found if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_few_runs_without_a_latency_or_a_version_are_told_as_such() -> None:
    text = rendered([run(0, check(passed=False), version=None)])
    for told in (
        "1 run only: figures of so few say little.",
        "Nothing passed that sends requests.",
        "no run names a version of the target",
        "No check of 1 run.",
        "<td>unknown</td>",
    ):
        assert told in text


@pytest.mark.parametrize("hostile", [HOSTILE, "\U0001f4a5 ümläut", "]]>", "&lt;", "-->"])
def test_whatever_a_report_says_is_text(hostile: str) -> None:
    values = {"target": hostile, "source": hostile, "reason": hostile, "mode": hostile}
    told = [
        *(run(n, check(hostile, 0.1, flaky=True), version="1", **values) for n in range(6)),
        *(run(n, check(hostile, 0.9), version=hostile, **values) for n in range(6, 12)),
        run(12, check(hostile, passed=False), version=hostile, **values),
    ]
    plain = Elements(rendered([*history()]))
    elements = Elements(rendered(told))
    assert {tag for tag, _ in elements.found} <= {tag for tag, _ in plain.found}
    assert sum(hostile in one for one in elements.texts) > 10


@given(st.lists(st.tuples(st.floats(0, 1e6), st.sampled_from(Judgement)), min_size=1, max_size=60))
def test_every_bar_is_inside_of_the_drawing(told: list[tuple[float, Judgement]]) -> None:
    drawn = chart_of(
        [
            run(n, duration_s=duration_s, verdict=verdict)
            for n, (duration_s, verdict) in enumerate(told)
        ]
    )
    assert len(drawn.bars) == len(told)
    for bar in drawn.bars:
        assert 0 <= bar.y <= bar.y + bar.height <= HEIGHT_PX + 0.1
        assert float(bar.x.rstrip("%")) + float(bar.width.rstrip("%")) <= 100.01


def test_a_chart_marks_where_the_version_changes() -> None:
    failed = run(1, duration_s=1.0, verdict=Judgement.DIRTY, version=None)
    unknown = run(2, duration_s=0.0, verdict=Judgement.INCONCLUSIVE, version="2")
    assert chart_of([run(0, duration_s=2.0), failed, unknown, run(3, version="2")]) == Chart(
        bars=(
            Bar(x="3.12%", width="18.75%", y=0, height=120, kind="pass"),
            Bar(x="28.12%", width="18.75%", y=60, height=60, kind="bad"),
            Bar(x="53.12%", width="18.75%", y=116, height=4, kind="unknown"),
            Bar(x="78.12%", width="18.75%", y=30, height=90, kind="pass"),
        ),
        marks=(
            Mark(x="0.0%", number=1, version="1"),
            Mark(x="50.0%", number=2, version="2"),
        ),
        longest_s=2.0,
    )
    assert chart_of([run(0, duration_s=0.0)]).bars[0].height == 4


def test_a_long_history_has_its_latest_runs_in_the_table_and_all_in_the_drawing() -> None:
    text = rendered([run(n) for n in range(120)])
    assert "The latest first; 100 of 120." in text
    assert text.count('<rect class="b-pass"') == 121
    assert ("119.json" in text, "19.json<" in text, ">9.json<" in text) == (True, True, False)

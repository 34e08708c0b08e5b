"""Renders trends as one self-contained page, with the library Jinja2.

It needs no script and no network, and its Content-Security-Policy allows neither.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from pytest_apismoke.history.trend import Trend
from pytest_apismoke.reports.html.templating import shown
from pytest_apismoke.reports.trend import wording
from pytest_apismoke.reports.trend.chart import HEIGHT_PX, chart_of, percent
from pytest_apismoke.verdict.exit_codes import Judgement

#: The latest runs that a table has; the drawing has all.
_MOST_ROWS = 100
#: The state of a verdict, by which the style has an icon and a colour.
_STATES = {Judgement.PASS: "ok", Judgement.FAIL: "bad", Judgement.DIRTY: "bad"}
#: The worse of two comes later.
_SEVERITY = (
    *(Judgement.PASS, Judgement.MISCONFIGURED, Judgement.INCONCLUSIVE),
    *(Judgement.FAIL, Judgement.DIRTY),
)


def render(trends: Sequence[Trend]) -> str:
    """The page of at least one trend."""
    style = _source("html", "style.css") + _source("trend", "style.css")
    return (
        _environment()
        .get_template("page")
        .render(
            trends=trends,
            verdict=max((one.latest.verdict for one in trends), key=_SEVERITY.index).value,
            reason=_reason(trends),
            # Written by us, and the policy has its hash: it goes into the page as it is.
            style=Markup(style),  # noqa: S704
            style_hash=b64encode(hashlib.sha256(style.encode()).digest()).decode(),
            chart_of=chart_of,
            height_px=HEIGHT_PX,
            most_rows=_MOST_ROWS,
            wording=wording,
        )
    )


def _environment() -> Environment:
    environment = Environment(
        loader=DictLoader({"page": _source("trend", "page.html.j2")}),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        seconds=wording.seconds,
        moment=wording.moment,
        word=wording.verdict_word,
        state=lambda verdict: _STATES.get(verdict, "idle"),
        percent=percent,
    )
    return environment


def _source(package: str, name: str) -> str:
    return files(f"pytest_apismoke.reports.{package}").joinpath(name).read_text("utf-8")


def _reason(trends: Sequence[Trend]) -> str:
    """What the page says first, behind the verdict of the latest run that is worst."""
    if len(trends) == 1:
        return f"{wording.name(trends[0])}: {wording.since(trends[0])}"
    passing = sum(trend.latest.verdict is Judgement.PASS for trend in trends)
    return f"the latest run passed in {passing} of {len(trends)} histories"

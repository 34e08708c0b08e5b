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
from pytest_apismoke.reports.trend import wording
from pytest_apismoke.reports.trend.chart import HEIGHT_PX, chart_of, percent
from pytest_apismoke.verdict.exit_codes import Judgement

#: The latest runs that a table has; the drawing has all.
_MOST_ROWS = 100


def render(trends: Sequence[Trend]) -> str:
    """The page of at least one trend."""
    folder = files("pytest_apismoke.reports.trend")
    style = folder.joinpath("style.css").read_text("utf-8")
    environment = Environment(
        loader=DictLoader({"page": folder.joinpath("page.html.j2").read_text("utf-8")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        seconds=wording.seconds,
        moment=wording.moment,
        word=wording.verdict_word,
        percent=percent,
    )
    return environment.get_template("page").render(
        trends=trends,
        title=_title(trends),
        is_well=all(trend.latest.verdict is Judgement.PASS for trend in trends),
        # Written by us, and the policy has its hash: it goes into the page as it is.
        style=Markup(style),  # noqa: S704
        style_hash=b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        chart_of=chart_of,
        height_px=HEIGHT_PX,
        most_rows=_MOST_ROWS,
        wording=wording,
    )


def _title(trends: Sequence[Trend]) -> str:
    """What the page says first."""
    if len(trends) == 1:
        return wording.headline(trends[0])
    passing = sum(trend.latest.verdict is Judgement.PASS for trend in trends)
    return f"the latest run passed in {passing} of {len(trends)} histories"

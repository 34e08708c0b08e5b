"""The report as one HTML file, for a browser, an archive or paper: without network and script.

The records of `view.py` are what it shows; `page.py` makes them from a report, and the templates
write them down. The page forbids itself whatever is not its own style and script.
"""

from __future__ import annotations

from pytest_apismoke.reports.report import Report


def render(report: Report, *, ascii_only: bool = False) -> str:
    """The whole page.

    Args:
        report: what to show.
        ascii_only: whether characters beyond ASCII are written as references.

    """
    # Only a run that writes a page needs them, and the template library.
    from pytest_apismoke.reports.html.page import page_of
    from pytest_apismoke.reports.html.templating import text_of

    text = text_of(page_of(report))
    return text.encode("ascii", "xmlcharrefreplace").decode() if ascii_only else text

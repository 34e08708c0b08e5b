"""One cause of failures as Markdown: what was expected, what came, what to do. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pytest_apismoke.errors import Violation
from pytest_apismoke.reports.markdown_text import code_block, code_span, escape, table
from pytest_apismoke.verdict.causes import Cause

#: The most names of checks in one cell, and violations in one table.
_MOST = 20


def cause_of(cause: Cause) -> Iterator[str]:
    """The blocks that tell a cause."""
    first, exchange = cause.first, cause.exchange
    yield f"#### {cause.number}. {escape(cause.summary)}"
    rows = [
        ("checks", _names([check.name for check in cause.checks])),
        ("expected", escape(first.expected)),
        ("got", escape(first.seen)),
        ("where", code_span(first.where) if first.where else ""),
        ("to do", f"**{escape(first.hint)}**" if first.hint else ""),
        ("request id", code_span(exchange.request_id) if exchange and exchange.request_id else ""),
        ("not run", _names([check.name for check in cause.not_run])),
    ]
    yield table(("", ""), [row for row in rows if row[1]])
    if first.violations:
        yield _violations(first.violations)
    if first.difference:
        yield code_block("\n".join(first.difference), "diff")
    if exchange is None:
        return
    if exchange.excerpt:
        yield code_block(exchange.excerpt, "json" if _is_json(exchange.excerpt) else "")
    yield code_block(exchange.curl, "sh")


def _names(names: list[str]) -> str:
    told = ", ".join(code_span(name) for name in names[:_MOST])
    return f"{told}, and {len(names) - _MOST} more" if len(names) > _MOST else told


def _violations(violations: tuple[Violation, ...]) -> str:
    rows = [
        (
            code_span(one.pointer or "/"),
            escape(one.expected),
            escape(one.actual),
            code_span(one.schema_location) if one.schema_location else "",
        )
        for one in violations[:_MOST]
    ]
    if len(violations) > _MOST:
        rows.append((f"and {len(violations) - _MOST} more", "", "", ""))
    return table(("place", "wants", "came", "says"), rows)


def _is_json(text: str) -> bool:
    """Whether a text is JSON; one that was cut off is none."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True

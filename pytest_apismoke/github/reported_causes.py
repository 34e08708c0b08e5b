"""The causes in a JSON report, with the evidence of their checks. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from pytest_apismoke.github.json_values import (
    LONGEST_REASON,
    as_int,
    as_objects,
    as_text,
    as_texts,
    cut,
)
from pytest_apismoke.records import dataclass

#: The longest command and the longest answer that are taken over, in characters.
_LONGEST_CURL, _LONGEST_ANSWER = 6000, 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedCause:
    """One cause of failures; `failed` and `not_run` are pairs of an API and a stage, each once.

    `answer` is the beginning of the body that came, redacted; empty without one.
    """

    summary: str
    category: str
    expected: str
    got: str
    where: str
    hint: str
    request_id: str
    curl: str
    answer: str
    failed: tuple[tuple[str, str], ...]
    not_run: tuple[tuple[str, str], ...]


def told(cause: Mapping[str, Any], checks: Sequence[Mapping[str, Any]]) -> ReportedCause:
    """A cause as a report tells it, with what its checks say."""
    by_name = {check.get("name"): check for check in checks}

    def named(names: object) -> list[Mapping[str, Any]]:
        return [by_name[name] for name in as_texts(names) if name in by_name]

    failed = named(cause.get("checks"))
    evidence = failed[0] if failed else {}
    return ReportedCause(
        summary=as_text(cause.get("summary"), LONGEST_REASON),
        category=as_text(cause.get("category")),
        expected=as_text(cause.get("expected")),
        got=as_text(cause.get("got")),
        where=as_text(cause.get("where")),
        hint=as_text(cause.get("hint")),
        request_id=as_text(cause.get("request_id")),
        curl=_curl(cause.get("curl")),
        answer=_answer(_exchange(evidence)),
        failed=_stages(failed),
        not_run=_stages(named(cause.get("not_run"))),
    )


def guessed(checks: Sequence[Mapping[str, Any]]) -> Iterator[ReportedCause]:
    """The causes as far as the checks tell: those with the same message at the same place."""
    groups: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for check in checks:
        if check.get("outcome") in ("failed", "error"):
            key = tuple(as_text(check.get(name)) for name in ("category", "message", "where"))
            groups.setdefault(key, []).append(check)
    for group in groups.values():
        first, names = group[0], {check.get("name") for check in group}
        exchange = _exchange(first)
        # One sentence; a report with causes tells what was expected apart.
        got = as_text(first.get("message"))
        behind = [check for check in checks if check.get("because_of") in names]
        yield ReportedCause(
            summary=_reason_of(first, exchange, got),
            category=as_text(first.get("category")),
            expected="",
            got=got,
            where=as_text(first.get("where")),
            hint=as_text(first.get("hint")),
            request_id=as_text(exchange.get("request_id")),
            curl=_curl(exchange.get("curl")),
            answer=_answer(exchange),
            failed=_stages(group),
            not_run=_stages(behind),
        )


def _reason_of(check: Mapping[str, Any], exchange: Mapping[str, Any], told: str) -> str:
    status = as_int(exchange.get("status"))
    if not exchange:
        return cut(f"{_label(check)}: {told}", LONGEST_REASON)
    request = f"{as_text(exchange.get('method'))} {_path(as_text(exchange.get('url')))}"
    if exchange.get("status") is None:
        return f"{request} gets no answer"
    if check.get("category") == "invalid" and check.get("violations"):
        return f"{request} breaks its contract"
    if status >= 400:  # HTTP's errors
        return f"{request} answers {status}"
    return cut(f"{request}: {told}", LONGEST_REASON)


def _exchange(check: Mapping[str, Any]) -> Mapping[str, Any]:
    """The request of a check that shows its failure; empty without one."""
    exchanges = as_objects(check.get("exchanges"))
    at = [one for one in exchanges if f"{one.get('method')} {one.get('url')}" == check.get("where")]
    return (at or exchanges or [{}])[-1]


def _answer(exchange: Mapping[str, Any]) -> str:
    text = exchange.get("excerpt")
    return cut(text, _LONGEST_ANSWER) if isinstance(text, str) else ""


def _curl(value: object) -> str:
    """The command as it is: a piece of one must not be run."""
    return value if isinstance(value, str) and len(value) <= _LONGEST_CURL else ""


def _stages(checks: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys((as_text(check.get("api")), _stage(check)) for check in checks))


def _stage(check: Mapping[str, Any]) -> str:
    """What to call a check inside its API; a user's test is known by its name."""
    if check.get("api") == "tests":
        return as_text(check.get("name")).rpartition("::")[2]
    return as_text(check.get("stage"))


def _label(check: Mapping[str, Any]) -> str:
    return f"{as_text(check.get('api'))}: {_stage(check)}"


def _path(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

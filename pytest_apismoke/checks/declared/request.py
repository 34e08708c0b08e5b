"""Builds the request of a declared check from captured values. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pytest_apismoke.checks.declared import captures
from pytest_apismoke.checks.declared.items import DeclaredItem
from pytest_apismoke.checks.declared.model import DeclaredCheck
from pytest_apismoke.checks.latency import TOLD_AS_SLOW
from pytest_apismoke.http.ahead_request import AheadRequest
from pytest_apismoke.http.request import Request
from pytest_apismoke.redaction import is_sensitive


def request_of(check: DeclaredCheck, values: Mapping[str, Any], *, auth: bool) -> Request:
    """The request of a check, without the run's token.

    Args:
        check: its placeholders are filled in.
        values: captured by earlier checks, by name.
        auth: whether to send credentials; False leaves out those that the check itself declares.

    Raises:
        SmokeError: `usage` when a value does not fit the place of its placeholder.

    """
    headers = {name: captures.fill_header(text, values) for name, text in check.headers}
    query = tuple((name, captures.fill(text, values)) for name, text in check.query)
    if not auth and check.auth:
        # A key that the check declares would authenticate the request that must be refused.
        headers = {name: text for name, text in headers.items() if not is_sensitive(name)}
        query = tuple((name, text) for name, text in query if not is_sensitive(name))
    return Request(
        method=check.method,
        path=captures.fill_path(check.path, values),
        query=query,
        headers=headers,
        json=captures.fill_json(check.json, values),
        text=None if check.body is None else captures.fill(check.body, values),
    )


def first_request(item: DeclaredItem, *, latency_s: float | None) -> AheadRequest | None:
    """What an item sends first, if that is safe and known before the run; None otherwise.

    Args:
        item: the run of a check.
        latency_s: the seconds that no request of the profile may take, if there is such a limit.

    """
    check = item.check
    if not check.is_safe or item.puts_back or check.needs:
        return None
    auth = check.auth and not item.without_token
    limits_s = [] if check.expect.max_latency_ms is None else [check.expect.max_latency_ms / 1000]
    limits_s += [] if latency_s is None else [latency_s * TOLD_AS_SLOW]
    return AheadRequest(
        request=request_of(check, {}, auth=auth),
        auth=auth,
        expected=check.expect.statuses,
        limit_s=min(limits_s, default=None),
    )


def sent_json(request: Request) -> object:
    """The JSON value that a request sends, also as text; None if it sends no JSON."""
    if request.text is None:
        return request.json
    try:
        return json.loads(request.text)
    except (ValueError, RecursionError):
        return None

"""An update that was accepted and is applied later: where its progress is, and what it says. Pure.

The `Location` of a 202 leads to a page about the operation (RFC 9110, 15.3.3). There is no standard
for that page; the words are those of widespread ones.
"""

from __future__ import annotations

import json
import re
from enum import Enum, auto
from urllib.parse import urljoin, urlsplit

from pytest_apismoke.http.response import Response

_WORDS = ("status", "state", "provisioningState")
_RUNNING = frozenset(
    {"accepted", "queued", "pending", "running", "started", "processing", "inprogress", "waiting"}
)
_FAILED = frozenset({"failed", "failure", "error", "canceled", "cancelled", "rejected", "aborted"})


class Progress(Enum):
    """How far an operation came. What its page does not say in known words, reads will show."""

    RUNNING = auto()
    DONE = auto()
    FAILED = auto()


def operation_path(response: Response, base_url: str, path: str) -> str:
    """The path of the operation that an update started, below the base URL; empty if none is given.

    Args:
        response: to the update.
        base_url: of the target; the token goes nowhere else.
        path: of the update.

    """
    location = response.headers.get("location", "").strip()
    if response.status != 202 or not location:
        return ""
    try:
        url = urljoin(base_url + path, location)
        parts, base = urlsplit(url), urlsplit(base_url)
    except ValueError:
        return ""
    is_here = (parts.scheme, parts.netloc) == (base.scheme, base.netloc)
    inside = url.partition("#")[0].removeprefix(base_url)
    return inside if is_here and inside.startswith("/") and not inside.startswith("//") else ""


def progress_of(response: Response) -> Progress:
    """How far the operation came, as its page says."""
    if response.status == 202:
        return Progress.RUNNING
    try:
        body = json.loads(response.body)
    except (ValueError, RecursionError):
        return Progress.DONE
    if response.status != 200 or not isinstance(body, dict):
        return Progress.DONE
    words = {_word(body.get(name)) for name in _WORDS}
    if words & _FAILED or (body.get("done") is True and body.get("error")):
        return Progress.FAILED
    return Progress.RUNNING if words & _RUNNING or body.get("done") is False else Progress.DONE


def _word(value: object) -> str:
    return re.sub(r"[\W_]", "", value).lower() if isinstance(value, str) else ""

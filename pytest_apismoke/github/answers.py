"""What an answer of GitHub's API means: how long to wait, what to tell, where the rest is. Pure.

Source: docs.github.com, "Best practices for using the REST API", "Troubleshooting the REST API" and
"Using pagination in the REST API".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

from pytest_apismoke.errors import Category, Failure
from pytest_apismoke.http.flight import Reply
from pytest_apismoke.late_pattern import late_pattern

#: GitHub asks for a minute at least where it does not say how long, and for more each time.
_UNTOLD_PAUSE_S = 60.0
#: The first pause after an answer that shows GitHub in trouble.
_TROUBLE_PAUSE_S = 1.0
_TOO_MANY, _FORBIDDEN, _SERVER_ERROR = 429, 403, 500
_REDIRECTS = frozenset({301, 302, 307, 308})
_NEXT = late_pattern(r"<([^<>]*)>\s*;[^<]*?\brel=\"?next\b")


def is_limited(reply: Reply) -> bool:
    """Whether GitHub refused a request for the number of requests; it has not carried it out."""
    if reply.status == _TOO_MANY:
        return True
    if reply.status != _FORBIDDEN:
        return False
    has_told = "retry-after" in reply.headers or _remaining(reply) == 0
    return has_told or "rate limit" in told(reply).lower()


def is_in_trouble(reply: Reply) -> bool:
    """Whether GitHub is in trouble, or was not reached: it may have carried the request out."""
    return reply.status is None or reply.failure is not None or reply.status >= _SERVER_ERROR


def pause_s(reply: Reply, attempt: int, *, now_s: float) -> float:
    """The seconds to wait before a request is sent again.

    Args:
        reply: to the last attempt.
        attempt: its number, from 1.
        now_s: the time, in seconds since the epoch.

    """
    after = _seconds(reply.headers.get("retry-after", ""))
    if after is not None:
        return after
    if not is_limited(reply):
        return _TROUBLE_PAUSE_S * 2.0 ** (attempt - 1)
    reset_s = _seconds(reply.headers.get("x-ratelimit-reset", ""))
    if _remaining(reply) == 0 and reset_s is not None:
        # The clocks may differ by a second.
        return max(0.0, reset_s - now_s) + 1.0
    return _UNTOLD_PAUSE_S * 2.0 ** (attempt - 1)


def redirect_of(reply: Reply) -> str:
    """Where a redirect leads; empty for any other answer."""
    return reply.headers.get("location", "") if reply.status in _REDIRECTS else ""


def next_page(reply: Reply) -> str:
    """The URL of the next page of a list; empty on the last one."""
    found = _NEXT.search(reply.headers.get("link", ""))
    return found[1] if found else ""


def has_same_origin(url: str, base: str) -> bool:
    """Whether a URL leads to the same server as another: any other must not get the token."""
    try:
        one, other = urlsplit(url), urlsplit(base)
        return (one.scheme, one.hostname, one.port) == (other.scheme, other.hostname, other.port)
    except ValueError:
        return False


def value_of(reply: Reply) -> Any:
    """The body as a JSON value; None where it is none."""
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError):
        return None


def told(reply: Reply) -> str:
    """What GitHub says about an error; empty where it says nothing."""
    value = value_of(reply)
    if not isinstance(value, dict):
        return ""
    errors = value.get("errors")
    parts = [_error(one) for one in errors] if isinstance(errors, list) else []
    message = value.get("message")
    return ": ".join(filter(None, [message if isinstance(message, str) else "", "; ".join(parts)]))


def _error(error: object) -> str:
    if not isinstance(error, dict):
        return str(error)
    text = error.get("message")
    words = [text] if isinstance(text, str) else [str(error.get(k, "")) for k in ("field", "code")]
    return " ".join(filter(None, words))


def refused(reply: Reply, *, where: str, repository: str, now_s: float) -> Failure:
    """Why a request came to nothing, and what to do.

    Args:
        reply: the last one.
        where: the request, without the host.
        repository: as `owner/name`.
        now_s: the time, in seconds since the epoch.

    """
    if reply.failure is not None or reply.status is None:
        seen = reply.failure.words if reply.failure else "no answer"
        hint = reply.failure.hint if reply.failure else "run the command again"
        return _failure("an answer of GitHub's API", seen, where, hint)
    said = told(reply)
    seen = f"{reply.status}{f' ({said})' if said else ''}"
    identity = reply.headers.get("x-github-request-id", "")
    where = f"{where}{f' (GitHub request id {identity})' if identity else ''}"
    expected, hint = _words(reply, said, repository, now_s)
    return _failure(expected, seen, where, hint)


def _words(reply: Reply, said: str, repository: str, now_s: float) -> tuple[str, str]:
    """What was expected, and what to do."""
    if is_limited(reply):
        until = _limit_words(reply, now_s)
        return "GitHub to take one more request", f"run the command again {until}"
    if reply.status in _REDIRECTS:
        return (
            "an answer, or a redirect to the same API",
            "give the repository's present name with --repo, and check --api-url",
        )
    hints: Mapping[int, tuple[str, str]] = {
        401: ("a token that GitHub knows", "check that the token has not expired or been revoked"),
        403: ("a token that may do this", _permission(reply, said)),
        404: (
            f"that {repository} exists and the token may see it",
            "check --repo and the number; GitHub also answers 404 where a token lacks access:"
            f" {_permission(reply, said)}",
        ),
        410: (
            f"a repository that has issues: those of {repository} are switched off, or this one"
            " was deleted",
            "switch them on in the repository's settings, or name another one with --repo",
        ),
        422: ("a request that GitHub takes", "correct the option that GitHub's message names"),
    }
    if (known := hints.get(reply.status or 0)) is not None:
        return known
    if reply.status is not None and reply.status >= _SERVER_ERROR:
        return "an answer of GitHub's API", "look at githubstatus.com, then run the command again"
    return "an answer with what was asked for", "check --api-url and --repo"


def _permission(reply: Reply, said: str) -> str:
    if "locked" in said.lower():
        return "unlock the conversation, or give a token of somebody who may write to it"
    wanted = reply.headers.get("x-accepted-github-permissions", "")
    needs = f" (GitHub asks for {wanted})" if wanted else ""
    return (
        "in a workflow, give the job 'permissions: issues: write', and 'pull-requests: write' for"
        f" comments{needs}; a run for a fork's pull request has a token that only reads"
    )


def _limit_words(reply: Reply, now_s: float) -> str:
    reset_s = _seconds(reply.headers.get("x-ratelimit-reset", ""))
    after = _seconds(reply.headers.get("retry-after", ""))
    if after is None and _remaining(reply) == 0 and reset_s is not None:
        after = max(0.0, reset_s - now_s)
    if after is None:
        return "in a few minutes"
    at = datetime.fromtimestamp(now_s + after, timezone.utc)
    return f"after {at:%H:%M:%S} UTC, or give it more time with --wait={round(after) + 1}"


def _failure(expected: str, seen: str, where: str, hint: str) -> Failure:
    return Failure(
        category=Category.UNVERIFIED, expected=expected, seen=seen, where=where, hint=hint
    )


def _remaining(reply: Reply) -> float | None:
    return _seconds(reply.headers.get("x-ratelimit-remaining", ""))


def _seconds(text: str) -> float | None:
    """A number of seconds; one that no clock has is none."""
    text = text.strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None

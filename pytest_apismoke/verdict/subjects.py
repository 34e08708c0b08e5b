"""What a failure is about, in words: its request, its place, its test. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.verdict.outcome import Outcome

#: A reason is no longer where the path allows it, in characters.
FEW_CHARS = 60
#: The stages of users' tests are those of pytest: where one failed tells nothing of the target.
PHASES_OF_TESTS = ("setup", "call", "teardown")
_REQUEST = late_pattern(r"([A-Z]{3,7}) (https?://[^\s,]+|/[^\s,]*)")
_BYTES = late_pattern(r", \d+ bytes?")
_REMARK = late_pattern(r"\s*\([^()]*\)$")


def subject(check: Outcome) -> str:
    """What a failure is about: a request by its method and path, else where it was seen."""
    return place_in_short(check.where) or check.name


def place_in_short(where: str) -> str:
    """A place without the scheme and the host of its URL: `GET /api/orders?limit=5`."""
    if found := _REQUEST.match(where):
        return f"{found[1]} {_path(found[2])}"
    return _path(where) if where.startswith(("http://", "https://")) else where


def _path(url: str) -> str:
    parts = urlsplit(url)
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path


def about(check: Outcome, told: str) -> str:
    """The subject and what is told of it, without the query where that makes it too long."""
    whole = f"{subject(check)}{told}"
    return whole if len(whole) <= FEW_CHARS else f"{subject(check).partition('?')[0]}{told}"


def fitting(texts: Sequence[str]) -> str:
    """The first text that is short enough; else the last, which is the shortest. Empty without."""
    return next((one for one in texts if len(one) <= FEW_CHARS), texts[-1] if texts else "")


def is_request(check: Outcome) -> bool:
    """Whether it was seen at a request."""
    return bool(_REQUEST.match(check.where))


def said(check: Outcome) -> str:
    """What came, without the numbers of bytes and without a remark in parentheses."""
    return without_remark(_BYTES.sub("", check.seen, 1))


def own_test_name(check: Outcome) -> str:
    """The name of a user's test without its file; empty for a check of the gate."""
    file, separator, name = check.name.partition("::")
    is_test = separator and file.endswith(".py")
    return name.rpartition("::")[2] if is_test and "[" not in name else (name if is_test else "")


def without_remark(text: str) -> str:
    """A phrase without what stands in parentheses at its end."""
    return _REMARK.sub("", text)

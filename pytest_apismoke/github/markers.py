"""The hidden first lines of an issue or a comment: whose it is, and what the last run said. Pure.

A line is a comment of HTML, so it must hold nothing that could end one: values are encoded until
only letters, digits, underscores, dots and percent signs are left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from pytest_apismoke.github.reported import ReportedRun
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.records import dataclass

_DEFAULT_PORTS = {"http": 80, "https": 443}
_MARKER = late_pattern(r"<!-- apismoke: target=(\S*) -->")
_LAST = late_pattern(r"<!-- apismoke-last: (\S*) -->")
#: Parts what each run writes anew from the evidence of the last run that had any.
EVIDENCE = "<!-- apismoke-evidence -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """What the last run said, as the issue or the comment remembers it; all of it texts.

    `failing` are the APIs to be seen green before the issue is closed, as `joined` writes them;
    `mode` is that of the deepest run that failed, `since` when the target broke, `causes` a digest
    of the causes, `title` the title as it was written, so that one of a person is known.
    """

    verdict: str = ""
    at: str = ""
    run: str = ""
    since: str = ""
    version: str = ""
    commit: str = ""
    summary: str = ""
    failing: str = ""
    mode: str = ""
    causes: str = ""
    title: str = ""

    @property
    def failing_apis(self) -> frozenset[str]:
        """The names of the APIs to be seen green."""
        return frozenset(unquote(name) for name in self.failing.split(",") if name)


def normalised(target: str) -> str:
    """The URL of a target as it is compared: of two ways to write one, the same."""
    try:
        parts = urlsplit(target.strip())
        port = parts.port
    except ValueError:
        return target.strip()
    if not parts.scheme or not parts.hostname:
        return target.strip()
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname.rstrip(".")
    shown = "" if port in (None, _DEFAULT_PORTS.get(parts.scheme.lower())) else f":{port}"
    return f"{parts.scheme.lower()}://{host.lower()}{shown}{parts.path.rstrip('/')}"


def marker(target: str) -> str:
    """The line that finds the issue or the comment of a target again."""
    return f"<!-- apismoke: target={_encoded(normalised(target))} -->"


def is_of(body: str, target: str) -> bool:
    """Whether an issue or a comment is that of a target: its text begins with the marker.

    One in the middle may be quoted.
    """
    return _MARKER.match(body) is not None and _lines(body)[0] == marker(target)


def joined(names: Iterable[str]) -> str:
    """Names of APIs as `Last.failing` has them."""
    return ",".join(quote(name, safe="") for name in sorted(names))


def last_line(last: Last) -> str:
    """What the last run said, as the second hidden line."""
    pairs = ((one.name, getattr(last, one.name)) for one in fields(last))
    return f"<!-- apismoke-last: {'&'.join(f'{k}={_encoded(v)}' for k, v in pairs if v)} -->"


def last_of(body: str) -> Last:
    """What the last run said; nothing where the text does not remember it."""
    second = "".join(_lines(body)[1:2])
    found = _LAST.fullmatch(second)
    pairs: Mapping[str, str] = dict(parse_qsl(found[1])) if found else {}
    known = {one.name for one in fields(Last)}
    return Last(**{name: value for name, value in pairs.items() if name in known})


def evidence_of(body: str) -> str:
    """The evidence in the text of an issue; empty without any."""
    lines = _lines(body)
    return "\n".join(lines[lines.index(EVIDENCE) + 1 :]) if EVIDENCE in lines else ""


def is_older(at: str, than: str) -> bool:
    """Whether one time (RFC 3339) is before another; not where one of them is unknown."""
    one, other = moment(at), moment(than)
    return one is not None and other is not None and one < other


def moment(text: str) -> datetime | None:
    """A time (RFC 3339) with its zone; None for any other text."""
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else None


def digest_of(run: ReportedRun) -> str:
    """A short text that differs where the causes of two runs do."""
    causes = sorted({f"{cause.category} {cause.summary}" for cause in run.causes})
    return hashlib.sha256("\n".join(causes).encode("utf-8", "replace")).hexdigest()[:16]


def _encoded(text: str) -> str:
    return quote(text.encode("utf-8", "replace"), safe=":/").replace("-", "%2D").replace("~", "%7E")


def _lines(body: str) -> list[str]:
    # GitHub stores the line ends of its own forms.
    return body.replace("\r\n", "\n").split("\n")

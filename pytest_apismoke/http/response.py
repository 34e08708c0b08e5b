"""An answer of the target: what it holds, and what to say when it is not what was expected."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from pytest_apismoke.errors import Category, SmokeError, fail, presentable
from pytest_apismoke.evidence import Exchange

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LOCATION_CHARS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer as it came, unredacted; `exchange` is what may be shown.

    Header names are in lower case.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    exchange: Exchange
    shown: Mapping[str, str] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """The request in words, for messages."""
        return f"{self.exchange.method} {self.exchange.url}"

    @property
    def content_type(self) -> str:
        """The media type without parameters, lower case."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    @property
    def _shown_type(self) -> str:
        # Shortened after the secrets have been taken out: half of one would not be recognised.
        return (self.shown or self.headers).get("content-type", "").split(";")[0].strip().lower()

    def json(self, *, declared: bool = True) -> Any:
        """The body as JSON; `declared` says whether its type must say so too.

        Raises:
            SmokeError: (`invalid`) when it is not JSON.

        """
        try:
            value = json.loads(self.body.decode("utf-8"), parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise self.not_as_expected("a JSON body", why=_why_not_json(error)) from None
        if declared and self.content_type and "json" not in self.content_type:
            raise self.not_as_expected(
                "a JSON body that is declared as such",
                hint="send it as Content-Type: application/json: what reads the answer by its type"
                " takes it for something else",
            )
        return value

    def not_as_expected(
        self,
        expected: str,
        *,
        category: Category = Category.INVALID,
        hint: str = "",
        why: str = "",
    ) -> SmokeError:
        """The failure that says what this answer was instead; `why` a JSON body is none."""
        kind = "an HTML page" if "html" in self.content_type else self._shown_type or "no type"
        size = f"{kind}, {len(self.body)} bytes" if self.body else "no body"
        if why and self.body and "json" in self.content_type:
            size += f": {why}"
            hint = (
                hint or "look at the answer with the curl line: it is declared as JSON, and is not"
            )
        if self.status in (429, 503) and "retry-after" in self.headers:
            size += f", Retry-After: {presentable((self.shown or self.headers)['retry-after'], 40)}"
        to = self.redirects_to
        return fail(
            category,
            expected=expected,
            seen=f"{self.status}, {to}" if to else f"{self.status} with {size}",
            where=self.where,
            hint=self.https_hint or hint or self._look_hint,
        )

    @property
    def _look_hint(self) -> str:
        if self.redirects_to:
            return "redirects are not followed: see why it redirects, and what the right path is"
        if not self.body:
            return "repeat the request with the curl line and see why nothing comes in the body"
        hint = "repeat the request with the curl line and look at what answers"
        if "html" in self.content_type:
            hint += "; an HTML page often comes from a proxy, a gateway or a web front end"
        return hint

    @property
    def log_hint(self) -> str:
        """What to do about a status that the target alone can explain."""
        at = "request id" if self.exchange.request_id else "time of the request"
        return f"look into the target's log at the {at}"

    @property
    def redirects_to(self) -> str:
        """A redirect in words, without its query, which may hold secrets; empty where it is none.

        Redirects are not followed.
        """
        if self.status not in _REDIRECTS:
            return ""
        # Shortened after the secrets have been taken out: half of one would not be recognised.
        location = (self.shown or self.headers).get("location", "")
        location = location.partition("?")[0].partition("#")[0]
        return f"a redirect to {presentable(location, _LOCATION_CHARS) or 'nowhere'}"

    @property
    def https_hint(self) -> str:
        """What to do about a redirect to the same place under https; else nothing."""
        try:
            asked = urlsplit(self.exchange.url)
            leads = urlsplit(urljoin(self.exchange.url, self.headers.get("location", "")))
        except ValueError:
            return ""
        upgrades = (asked.scheme, leads.scheme) == ("http", "https")
        if not (self.redirects_to and upgrades and asked.hostname == leads.hostname):
            return ""
        return (
            f"the target wants https: give a base URL that begins with"
            f" https://{leads.netloc.rpartition('@')[2]};"
            " what was sent so far went in the clear"
        )


def _why_not_json(error: Exception) -> str:
    """In words that quote nothing of the body."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} (character {error.pos + 1})"
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 at byte {error.start + 1}"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return str(error) if "is not JSON" in str(error) else "a number that is too long"


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")

"""A response of the target, and the failure to raise where another one was expected."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from typing import Any
from urllib.parse import urljoin, urlsplit

from pytest_apismoke.errors import Category, SmokeError, fail, presentable
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.records import dataclass
from pytest_apismoke.unshown import id_is_only_sent

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LOCATION_CHARS = 200
_ACCEPT_HINT = (
    "let the target, or the cache in front of it, send only what Accept-Encoding allows: clients"
    " that do not know the encoding cannot read it either"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A response as received, unredacted; `exchange` may be shown.

    Header names are in lower case. `redacted_headers` are the headers without secrets; where there
    are none, `headers` hold no secret.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    exchange: Exchange
    redacted_headers: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        """In few words: pytest shows it beside an assertion that fails."""
        return f"<Response {self.status} of {self.where}>"

    @property
    def where(self) -> str:
        """The request in words, for messages."""
        return f"{self.exchange.method} {self.exchange.url}"

    @property
    def content_type(self) -> str:
        """The media type without parameters, lower case."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    @property
    def status_code(self) -> int:
        """The status, by the name that `requests` has for it."""
        return self.status

    @property
    def ok(self) -> bool:
        """Whether the status is below 400."""
        return self.status < 400

    @property
    def text(self) -> str:
        """The body as text, in UTF-8."""
        return self.body.decode("utf-8", "replace")

    def raise_for_status(self) -> None:
        """Raises where the status is 400 or more.

        Raises:
            SmokeError: (`fetch`), with what the response says.

        """
        __tracebackhide__ = True  # by pytest, in a user's test
        if not self.ok:
            raise self.not_as_expected(
                "a status below 400", category=Category.FETCH, hint=self.log_hint
            )

    def _redacted(self, header: str) -> str:
        return (self.redacted_headers or self.headers).get(header, "")

    def json(self, *, declared: bool = True) -> Any:
        """The body, parsed as JSON.

        Args:
            declared: whether its Content-Type, if there is one, must be a JSON type.

        Raises:
            SmokeError: (`invalid`) when it is not JSON, or not declared as JSON.

        """
        try:
            value = json.loads(self.body.decode("utf-8"), parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise self.not_as_expected("a JSON body", why=_why_not_json(error)) from None
        if declared and self.content_type and "json" not in self.content_type:
            raise self.not_as_expected(
                "a JSON body with a JSON media type",
                hint="send it as Content-Type: application/json: clients that go by the media type"
                " do not read it as JSON",
            )
        return value

    def not_as_expected(
        self,
        expected: str,
        *,
        category: Category = Category.INVALID,
        hint: str = "",
        why: str = "",
        said: str = "",
    ) -> SmokeError:
        """The failure that describes this response.

        Args:
            expected: completes "expected ...".
            category: of the failure.
            hint: what to do; by default derived from the response.
            why: why the body is not the JSON that it is declared as.
            said: what the target says about it, redacted.

        """
        from pytest_apismoke.http.content_encoding import undecoded

        # Shortened once the secrets are gone: half of one would not be recognised.
        media_type = self._redacted("content-type").split(";")[0].strip().lower()
        kind = "an HTML page" if "html" in self.content_type else media_type or "no type"
        content = f"{kind}, {len(self.body)} bytes" if self.body else "no body"
        if self.body and (encoded := undecoded(self.headers)):
            content += f", {encoded}"
            hint = hint or _ACCEPT_HINT
        elif why and self.body and "json" in self.content_type:
            content += f": {why}"
            hint = (
                hint
                or "look at the response with the curl line: it is declared as JSON, and is not"
            )
        if self.status in (429, 503) and "retry-after" in self.headers:
            content += f", Retry-After: {presentable(self._redacted('retry-after'), 40)}"
        if said:
            content += f", which says {said!r}"
        redirect = self.redirects_to
        return fail(
            category,
            expected=expected,
            seen=f"{self.status}, {redirect}" if redirect else f"{self.status} with {content}",
            where=self.where,
            hint=self.https_hint or hint or self._look_hint,
        )

    @property
    def _look_hint(self) -> str:
        if self.redirects_to:
            return "redirects are not followed: see why it redirects, and what the right path is"
        if not self.body:
            return "repeat the request with the curl line and find out why the body is empty"
        hint = "repeat the request with the curl line and look at the response"
        if "html" in self.content_type:
            hint += "; an HTML page often comes from a proxy, a gateway or a web front end"
        return hint

    @property
    def log_hint(self) -> str:
        """The hint for a status that only the target can explain."""
        known = self.exchange.request_id and not id_is_only_sent(self.exchange.evidence)
        at = "request id" if known else "time of the request"
        return f"look into the target's log at the {at}"

    @property
    def redirects_to(self) -> str:
        """The redirect in words, without its query, which may hold secrets; else empty."""
        if self.status not in _REDIRECTS:
            return ""
        return f"a redirect to {self.location or 'nowhere'}"

    @property
    def location(self) -> str:
        """The Location without its query, which may hold secrets; it may be relative."""
        # Shortened once the secrets are gone: half of one would not be recognised.
        location = self._redacted("location").partition("?")[0].partition("#")[0]
        return presentable(location, _LOCATION_CHARS)

    @property
    def https_hint(self) -> str:
        """The hint for a redirect to the same host under https; else empty."""
        try:
            source = urlsplit(self.exchange.url)
            target = urlsplit(urljoin(self.exchange.url, self.headers.get("location", "")))
        except ValueError:
            return ""
        upgrades = (source.scheme, target.scheme) == ("http", "https")
        if not (self.redirects_to and upgrades and source.hostname == target.hostname):
            return ""
        return (
            f"the target requires https: use a base URL that begins with"
            f" https://{target.netloc.rpartition('@')[2]};"
            " everything so far was sent without encryption"
        )


def _why_not_json(error: Exception) -> str:
    """The reason, without a quotation from the body."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} (character {error.pos + 1})"
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 at byte {error.start + 1}"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return str(error) if "is not JSON" in str(error) else "a number that is too long"


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")

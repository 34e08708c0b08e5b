"""Reads one answer of the readiness path, or of the path that shows the version. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import field
from typing import Any
from urllib.parse import urlsplit

from pytest_apismoke.configuration.profiles import Readiness
from pytest_apismoke.configuration.toml_text import toml_string
from pytest_apismoke.documents import ABSENT, describe, lookup
from pytest_apismoke.errors import SmokeError, presentable
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.preflight.ailing import ailing_note, dead_database
from pytest_apismoke.records import dataclass

OTHER_HINT = (
    "look at the response of the readiness path and at the service's log;"
    " allow more time with --target-wait SECONDS"
)
_NOT_FOUND_HINT = (
    "nothing answers at the readiness path: check the URL and its path prefix, and that the deploy"
    " has finished, or set another path in [readiness] of apismoke.toml"
)
_GUARDED_HINT = (
    "the readiness path wants credentials: name a path that needs none, as path in [readiness] of"
    " apismoke.toml, or send what it wants with every request, in [headers]"
)
_NOT_API_HINT = (
    "this does not look like the API: check the URL and its path prefix, or set the path and the"
    " expected response in [readiness] of apismoke.toml"
)
_NO_STATUS_HINT = (
    "set where the page has its status, and its healthy values, as status_pointer and"
    " healthy_status in [readiness] of apismoke.toml"
)
_MEMBER_HINT = (
    "find out why it is not well, with the service's log; if this is how it looks when all is well,"
    " see healthy_members and healthy_words in [readiness] of apismoke.toml"
)
_CONDITION_HINT = (
    "find out why it is not well, with the service's log; what the page has to say is in healthy"
    " of [readiness] in apismoke.toml"
)
_DEAD_DATABASE_HINT = (
    "find out why it is not well, with the service's log; if the API works without it, say so in"
    " apismoke.toml, as in [readiness] healthy = {{ {place} = {values} }}"
)
#: What nginx, Apache and Go answer to plain HTTP at a port that speaks TLS.
_WANTS_TLS = (
    b"plain http request was sent to https",
    b"speaking plain http to an ssl-enabled",
    b"sent an http request to an https server",
)
#: Longer than any version, tag or commit.
_VERSION_CHARS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownVersion:
    """The version that a page shows, as `text`; None if it shows none, and `why` it does not.

    A version that is a number in JSON has lost the zeros at its end, as most libraries write it.
    """

    text: str | None = None
    is_number: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """The result of one poll; `reason` is why the target is not ready, None if it is.

    `in_short` is what is at which place of the page, where that is the reason. `note` tells what
    may be wrong all the same. `is_final` means that waiting does not change the reason.
    `asked_pause_s` is set if the target asks for fewer requests, in seconds, and `is_out_of_time`
    if the wait was over before there was a response: neither says anything about the instance.
    `exchange` is the evidence, if there is any.
    """

    reason: str | None
    in_short: str = field(default="", compare=False)
    version: ShownVersion = ShownVersion()
    hint: str = OTHER_HINT
    is_final: bool = False
    note: str = ""
    asked_pause_s: float | None = None
    is_out_of_time: bool = False
    exchange: Exchange | None = None


@dataclass(frozen=True, slots=True)
class _Unwell:
    """Why a page with a good status is not one of a ready target, and the hint."""

    reason: str
    hint: str
    in_short: str = ""


def _unwell_at(pointer: str, value: object, hint: str, *, status: int) -> _Unwell:
    """The value at a place of the page that says so."""
    brief = describe(value).removeprefix("the string ")
    return _Unwell(f"{status} with {describe(value)} at {pointer}", hint, f"{pointer} is {brief}")


def read_response(response: Response, readiness: Readiness) -> Poll:
    """Reads a response of the readiness path."""
    if response.status not in readiness.statuses:
        return _other_status(response, readiness)
    version = ShownVersion() if readiness.version_path else version_in(response, readiness)
    found = (
        _unhealthy_status(response, readiness)
        or _unmet_condition(response, readiness)
        or _dead_database(response, readiness)
    )
    if not found:
        return Poll(reason=None, version=version, note=ailing_note(response, readiness))
    return Poll(reason=found.reason, in_short=found.in_short, version=version, hint=found.hint)


def _other_status(response: Response, readiness: Readiness) -> Poll:
    from pytest_apismoke.preflight.redirects import where_it_leads

    status = response.status
    if 300 <= status < 400:
        hint, is_final = where_it_leads(response, readiness.path)
        return Poll(reason=f"{status}, {response.redirects_to}", hint=hint, is_final=is_final)
    if status == 400 and any(words in response.body.lower() for words in _WANTS_TLS):
        reason = f"{status}: the port speaks TLS, not plain HTTP"
        return Poll(reason=reason, hint=other_scheme_hint(response.exchange.url), is_final=True)
    hint = _NOT_FOUND_HINT if status == 404 else OTHER_HINT
    return Poll(reason=str(status), hint=_GUARDED_HINT if status in (401, 403) else hint)


def other_scheme_hint(url: str) -> str:
    """What to give instead of a URL whose port speaks TLS where it says http, or the reverse."""
    parts = urlsplit(url)
    if parts.scheme == "http":
        return f"use a base URL that begins with https://{parts.netloc}"
    return (
        f"use a base URL that begins with http://{parts.netloc}, or name the port at which the"
        " target speaks TLS"
    )


def _unhealthy_status(response: Response, readiness: Readiness) -> _Unwell | None:
    """Why the status on the page is not one of a ready target, and the hint; None if it is."""
    if not readiness.healthy_status:
        return None
    try:
        status = _value_at(response, readiness.status_pointer)
    except SmokeError as error:
        return _Unwell(error.failure.seen, _NOT_API_HINT)
    if _word(status) in readiness.healthy_status:
        return None
    # A string may change while waiting; a value of another type will not.
    hint = OTHER_HINT if isinstance(status, str) else _NO_STATUS_HINT
    if readiness.status_pointer:
        return _unwell_at(readiness.status_pointer, status, hint, status=response.status)
    if _is_html(response):
        return _Unwell(response.not_as_expected("a status").failure.seen, _NOT_API_HINT)
    return _Unwell(f"{response.status} with {describe(status)} as its body", hint)


def _unmet_condition(response: Response, readiness: Readiness) -> _Unwell | None:
    """The first condition that the page does not meet, and the hint; None if it meets all."""
    try:
        body = response.json(declared=False)
    except SmokeError as error:
        return _Unwell(error.failure.seen, _NOT_API_HINT) if readiness.healthy else None
    for pointer, values in readiness.healthy:
        value = lookup(body, pointer)
        if _word(value) not in {_word(one) for one in values}:
            return _unwell_at(pointer, value, _CONDITION_HINT, status=response.status)
    named = {pointer for pointer, _ in readiness.healthy}
    for pointer in readiness.healthy_members:
        value = lookup(body, pointer)
        if pointer in named or value is ABSENT:
            continue
        if isinstance(value, dict) and "status" in value:
            value, pointer = value["status"], f"{pointer}/status"
        if pointer not in named and _word(value) not in readiness.healthy_words:
            return _unwell_at(pointer, value, _MEMBER_HINT, status=response.status)
    return None


def _dead_database(response: Response, readiness: Readiness) -> _Unwell | None:
    """The database that is gone at a place that no condition names, and the hint."""
    found = dead_database(response, readiness)
    if found is None:
        return None
    place, value = found
    values = "true, false" if value is False else f'"up", {toml_string(value)}'
    hint = _DEAD_DATABASE_HINT.format(place=toml_string(place), values=f"[{values}]")
    return _unwell_at(place, value, hint, status=response.status)


def version_in(response: Response, readiness: Readiness) -> ShownVersion:
    """The version that a response shows, whatever its status is."""
    if readiness.version_header:
        text = response.headers.get(readiness.version_header.lower(), "").strip()
        why = f"the header {readiness.version_header} is not there"
        return ShownVersion(text=presentable(text, _VERSION_CHARS)) if text else _none(why)
    pointer = readiness.version_pointer
    try:
        value = _value_at(response, pointer)
    except SmokeError as error:
        return _none(error.failure.seen)
    where = f"at {pointer}" if pointer else "as its body"
    is_page = not pointer and (_is_html(response) or len(str(value)) > _VERSION_CHARS)
    if is_page:
        return _none(response.not_as_expected("a version").failure.seen)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if is_number and pointer:
        value = _as_written(response, pointer)
    text = str(value).strip() if is_number or isinstance(value, str) else ""
    if not text:
        return _none(f"{describe(value)} {where}")
    return ShownVersion(text=presentable(text, _VERSION_CHARS), is_number=is_number)


def carried_version(readiness: Readiness) -> Callable[[Request, Response], str | None]:
    """What reads the version that any response carries: in its header, or as the very page."""
    page = readiness.version_path or readiness.path

    def version_of(request: Request, response: Response) -> str | None:
        if response.headers.get("age", "0").strip() not in ("", "0"):
            # From a cache (RFC 9111, 5.1), where it may have lain since before the roll-out.
            return None
        is_page = (request.method, request.path, response.status) == ("GET", page, 200)
        if not (readiness.version_header or is_page):
            return None
        return version_in(response, readiness).text

    return version_of


def _none(why: str) -> ShownVersion:
    return ShownVersion(why=why)


def _value_at(response: Response, pointer: str) -> Any:
    """The value at a JSON Pointer; without one the whole body, which may be a text.

    Raises:
        SmokeError: when there is a pointer, and the body is not JSON.

    """
    if pointer:
        return lookup(response.json(declared=False), pointer)
    text = response.body.decode("utf-8-sig", "replace").strip()
    try:
        value = response.json(declared=False)
    except SmokeError:
        return text or ABSENT
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    # 1.10 in a page of text is a text, with the zero at its end.
    return text if is_number and "json" not in (response.content_type or "json") else value


def _as_written(response: Response, pointer: str) -> str:
    """A number in a JSON body with the digits that the body has: 1.10, if it is written so."""
    body = json.loads(response.body.decode("utf-8"), parse_float=str, parse_int=str)
    return str(lookup(body, pointer))


def _is_html(response: Response) -> bool:
    return response.body.lstrip().startswith(b"<")


def _word(status: object) -> str | None:
    """A value as a string in lower case; booleans and numbers as in JSON."""
    if isinstance(status, str):
        return status.lower()
    return json.dumps(status) if isinstance(status, (bool, int, float)) else None

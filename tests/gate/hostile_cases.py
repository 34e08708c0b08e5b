"""The table of misbehaviours: what a target does wrong, where, and how a smoke run has to end.

Each row is a backend that is healthy except in one place (see `hostile_server`). The module is long
because the table is: one row for each misbehaviour.
"""

from __future__ import annotations

import bz2
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gate.hostile_server import (
    CANARY,
    DOCUMENT,
    Act,
    Misbehaviour,
    Visit,
    answered,
    asks_to_wait,
    behaves_after,
    bomb,
    drips,
    echoes,
    echoes_raw,
    floods,
    gives_large_tokens,
    grants_tokens_for,
    keeps_and,
    logs_in_with,
    redirects_to,
    resets_after,
    responses,
    revokes_tokens,
    says,
    says_and_goes_on,
    says_and_stays,
    wants_a_cookie,
)


@dataclass(frozen=True)
class End:
    """How a run has to end: its exit code, its verdict, and each failed category with its count."""

    code: int
    categories: Mapping[str, int]
    verdict: str = "fail"


PASS = End(0, {}, "pass")
#: No suite gets the settings document.
NO_FETCH = End(2, {"fetch": 1})
#: The response is no settings document: each suite reports that in its own category.
NO_DOCUMENT = End(5, {"invalid": 1, "error": 2})
NO_LOGIN = End(1, {"auth": 1})
NO_SAVE = End(3, {"save": 1})
#: No response to the OAuth start, or a wrong one.
NO_START = End(2, {"fetch": 1})
WRONG_START = End(3, {"oauth": 1})
INVALID = End(5, {"invalid": 1})
UNREADY = End(5, {"unready": 1}, "inconclusive")
#: The budget is spent, before anything is known or in one check.
SPENT = End(5, {"budget": 1}, "inconclusive")
#: The reads that prove the restore took what the calendar needed.
SPENT_TWICE = End(5, {"budget": 2}, "inconclusive")
DIRTY = End(4, {"persist": 1}, "dirty")
#: The time for restoring is spent as well, so that the calendar has none left.
DIRTY_AND_SPENT = End(4, {"persist": 1, "budget": 1}, "dirty")

#: The seconds that a server has to become ready.
WAIT_S = 1
TIME_IS_UP = "the time budget spent"
NOT_SEEN = "it could not be looked at"
NOT_HTTP = "a response that is not HTTP"
WAS_RESET = "the connection was reset"
ENDED_EARLY = "a body that ended early"
TOO_LARGE = "a body of more than 10485760 bytes"
NOT_UNPACKED = "a body that could not be decompressed"
LONG_HEADER = "a header that is too long"


@dataclass(frozen=True)
class Case:
    """One misbehaviour, and how the run ends.

    Args:
        name: of the misbehaviour.
        misbehaviour: what it is.
        end: how the run has to end.
        seen: the whole of what the first failure says that it saw; empty for a pass, None where it
            is not looked at. The server's addresses stand as `{url}` and so on.
        tells: what the verdict has to say besides.
        flaky: the stages that passed only because something was sent again.
        budget_s: of the run; what hangs has little, what does not all that a busy machine needs.
        exhaustive: whether it takes long.
        distributed: whether it is run under xdist as well.

    """

    name: str
    misbehaviour: Misbehaviour
    end: End
    seen: str | None = ""
    tells: str = ""
    flaky: tuple[str, ...] = ()
    budget_s: int = 20
    exhaustive: bool = False
    distributed: bool = False


def case(name: str, at: str, act: Act, end: End, seen: str | None = "", **more: Any) -> Case:
    """A row of the table; `at` is the place, and `act` what the server does there."""
    how = {key: more.pop(key) for key in ("times", "unread", "document") if key in more}
    return Case(name, Misbehaviour(at, act, **how), end, seen, **more)


def hangs(name: str, at: str, act: Act, end: End = SPENT, **more: Any) -> Case:
    """A row whose run takes all its time."""
    return case(name, at, act, end, **{"seen": TIME_IS_UP, "budget_s": 4, **more})


def behaves(visit: Visit) -> None:
    visit.behave()


_J = json.dumps(DOCUMENT).encode()
_GOOD = answered(200, DOCUMENT)
_OK = b"HTTP/1.1 200 OK\r\n"
_HEAD = _OK + b"Content-Type: application/json\r\nConnection: close\r\n"
_CHUNKED = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
_HTML = b"<!doctype html><title>Welcome</title>"
_AS_HTML = {"Content_Type": "text/html; charset=utf-8"}
_BUSY = f"with application/json, {len(json.dumps({'error': 'busy', 'detail': 'later'}))} bytes"
_AN_HTML_PAGE = f"200 with an HTML page, {len(_HTML)} bytes"
#: Where another length of the settings document would be seen.
_SIZED = "200 with application/json, {} bytes".format


def _with(**members: object) -> bytes:
    return json.dumps({**DOCUMENT, **members}).encode()


def _and_member(member: bytes) -> bytes:
    return _J[:-1] + b', "score": ' + member + b"}"


def _many(**header: str) -> dict[str, str]:
    return {f"X-{number}": "b" for number in range(1000)} | header


SILENCE = [
    hangs("never-answers", "fetch", says_and_stays(b""), distributed=True),
    hangs("never-reads", "fetch", says_and_stays(b""), unread=True, exhaustive=True),
    hangs("never-answers-the-login", "login", says_and_stays(b""), exhaustive=True),
    hangs("never-answers-the-update", "save", says_and_stays(b""), SPENT),
    hangs("keeps-the-update-and-never-answers", "save", keeps_and(says_and_stays(b"")), SPENT),
    hangs(
        "never-reads-a-large-update",
        "save",
        says_and_stays(b""),
        SPENT_TWICE,
        unread=True,
        document={"description": "x" * 8_000_000},
        budget_s=12,
        exhaustive=True,
    ),
    hangs(
        "never-answers-a-read-back",
        "read-back",
        says_and_stays(b""),
        SPENT,
        times=1,
        exhaustive=True,
    ),
    hangs(
        "never-answers-the-restoring",
        "restore",
        says_and_stays(b""),
        DIRTY_AND_SPENT,
        # The difference, with the id of the run.
        seen=None,
        tells="the restoring update failed: no complete response in time",
        exhaustive=True,
    ),
    hangs(
        "never-answers-after-the-restoring",
        "restored",
        says_and_stays(b""),
        DIRTY_AND_SPENT,
        seen=f"{NOT_SEEN}: {TIME_IS_UP}",
        exhaustive=True,
    ),
    hangs("never-answers-the-oauth-start", "oauth", says_and_stays(b""), SPENT),
    hangs(
        "never-answers-health",
        "health",
        says_and_stays(b""),
        UNREADY,
        seen="no response in time",
        exhaustive=True,
    ),
    case(
        "closes-without-answer", "fetch", says(), NO_FETCH, "a connection closed without a response"
    ),
    case("closes-in-the-status-line", "fetch", says(b"HTTP/1.1 2"), NO_FETCH, NOT_HTTP),
    case("closes-in-the-header", "fetch", says(_HEAD), NO_FETCH, None),
    case("closes-in-the-body", "fetch", says(_GOOD[:-9]), NO_FETCH, ENDED_EARLY),
    case("resets", "fetch", resets_after(b""), NO_FETCH, WAS_RESET, distributed=True),
    case("resets-in-the-status-line", "fetch", resets_after(_OK[:9]), NO_FETCH, WAS_RESET),
    case("resets-in-the-header", "fetch", resets_after(_HEAD), NO_FETCH, WAS_RESET),
    case("resets-in-the-body", "fetch", resets_after(_GOOD[:-9]), NO_FETCH, WAS_RESET),
]

FLOODS = [
    hangs("drips-the-status-line", "fetch", drips(_OK[:-2], b" and so on")),
    hangs("drips-headers", "fetch", drips(_OK, b"X-A: b\r\n"), exhaustive=True),
    hangs("drips-the-body", "fetch", drips(_HEAD + b"\r\n", b" ")),
    hangs("drips-chunks", "fetch", drips(_CHUNKED, b"1\r\n \r\n"), exhaustive=True),
    hangs(
        "drips-health",
        "health",
        drips(_OK, b"X-A: b\r\n"),
        UNREADY,
        seen="no response in time",
        exhaustive=True,
    ),
    case("drips-in-time", "fetch", drips(b"", _GOOD, without_end=False), PASS),
    case("is-slow-within-limits", "*", behaves_after(0.2), PASS, distributed=True),
    hangs("endless-100-continue", "fetch", floods(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)),
    case("some-100-continue", "fetch", says(b"HTTP/1.1 100 Continue\r\n\r\n" * 9 + _GOOD), PASS),
    case(
        "early-hints",
        "fetch",
        says(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + _GOOD),
        PASS,
    ),
    case(
        "processing",
        "fetch",
        says(b"HTTP/1.1 102 Processing\r\n\r\n" + _GOOD),
        PASS,
        exhaustive=True,
    ),
    case(
        "endless-headers", "fetch", floods(_OK, b"X-A: b\r\n" * 1000), NO_FETCH, "too many headers"
    ),
    case("1000-headers", "fetch", responses(200, _J, **_many()), NO_FETCH, "too many headers"),
    case(
        "90-headers-of-5-kB",
        "fetch",
        responses(200, _J, **{f"X-{n}": "b" * 5000 for n in range(90)}),
        PASS,
    ),
    case("endless-header", "fetch", floods(_OK + b"X-A: "), NO_FETCH, LONG_HEADER),
    case("200-kB-header", "fetch", responses(200, _J, X_A="b" * 200_000), NO_FETCH, LONG_HEADER),
    case("endless-status-line", "fetch", floods(_OK[:-2]), NO_FETCH, LONG_HEADER, exhaustive=True),
    case(
        "endless-blank-lines",
        "fetch",
        floods(b"", b"\r\n" * 999),
        NO_FETCH,
        NOT_HTTP,
        exhaustive=True,
    ),
    case("endless-body", "fetch", floods(_HEAD + b"\r\n"), NO_FETCH, TOO_LARGE),
    case(
        "endless-chunks",
        "fetch",
        floods(_CHUNKED, b"1000\r\n" + b"x" * 4096 + b"\r\n"),
        NO_FETCH,
        TOO_LARGE,
    ),
    hangs("endless-tiny-chunks", "fetch", floods(_CHUNKED, b"1\r\n \r\n" * 9999), exhaustive=True),
    case("endless-chunk-extension", "fetch", floods(_CHUNKED + b"1;"), NO_FETCH, LONG_HEADER),
    hangs(
        "endless-trailers",
        "fetch",
        floods(_CHUNKED + b"0\r\n", b"X-A: b\r\n" * 999),
        exhaustive=True,
    ),
    hangs(
        "endless-gzip-of-nothing",
        "fetch",
        floods(_HEAD + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"") * 999),
        exhaustive=True,
    ),
    case(
        "30-MB-of-JSON", "fetch", responses(200, _with(more="x" * 30_000_000)), NO_FETCH, TOO_LARGE
    ),
    case("9-MB-of-JSON", "*", behaves, PASS, document={"more": "x" * 9_000_000}, exhaustive=True),
    case(
        "50000-members",
        "*",
        behaves,
        PASS,
        document={"more": {f"k{n}": n for n in range(50_000)}},
        exhaustive=True,
    ),
    case(
        "gzip-bomb", "fetch", responses(200, bomb(), Content_Encoding="gzip"), NO_FETCH, TOO_LARGE
    ),
    case(
        "double-gzip-bomb",
        "fetch",
        responses(200, bomb(2), Content_Encoding="gzip, gzip"),
        NO_FETCH,
        TOO_LARGE,
    ),
    case(
        "gzip-bomb-in-a-redirect",
        "fetch",
        responses(302, bomb(), Location="/elsewhere", Content_Encoding="gzip"),
        NO_FETCH,
        "a body of more than 10485760 bytes",
        exhaustive=True,
    ),
    case(
        "gzip-bomb-from-the-login",
        "login",
        responses(200, bomb(), Content_Encoding="gzip"),
        NO_LOGIN,
        TOO_LARGE,
        exhaustive=True,
    ),
    case(
        "gzip-bomb-from-health",
        "health",
        responses(200, bomb(), Content_Encoding="gzip"),
        UNREADY,
        TOO_LARGE,
        exhaustive=True,
    ),
    case(
        "gzip-bomb-for-the-update",
        "save",
        keeps_and(responses(200, bomb(), Content_Encoding="gzip")),
        NO_SAVE,
        TOO_LARGE,
        exhaustive=True,
    ),
]

FRAMING = [
    case("chunked-without-end", "fetch", says(_CHUNKED + b"5\r\n[   ]\r\n"), NO_FETCH, ENDED_EARLY),
    case(
        "chunk-size-of-no-digits", "fetch", says(_CHUNKED + b"zz\r\n{}\r\n"), NO_FETCH, ENDED_EARLY
    ),
    case("chunk-size-negative", "fetch", says(_CHUNKED + b"-5\r\n{}\r\n"), NO_FETCH, ENDED_EARLY),
    case(
        "chunk-size-of-20-digits",
        "fetch",
        says(_CHUNKED + b"F" * 20 + b"\r\n{}"),
        NO_FETCH,
        ENDED_EARLY,
    ),
    case(
        "chunk-size-negative-of-20-digits",
        "fetch",
        says(_CHUNKED + b"-" + b"F" * 20 + b"\r\n{}"),
        NO_FETCH,
        None,
    ),
    case("not-gzip", "fetch", responses(200, _J, Content_Encoding="gzip"), NO_FETCH, NOT_UNPACKED),
    case(
        "not-deflate",
        "fetch",
        responses(200, b"\x80garbage", Content_Encoding="deflate"),
        NO_FETCH,
        NOT_UNPACKED,
    ),
    case(
        "12-encodings",
        "fetch",
        responses(200, b"!", Content_Encoding=", ".join(["gzip"] * 12)),
        NO_FETCH,
        NOT_UNPACKED,
    ),
    case("gzip", "fetch", responses(200, gzip.compress(_J), Content_Encoding="gzip"), PASS),
    case(
        "gzip-that-breaks-off",
        "fetch",
        responses(200, gzip.compress(_J)[:-20], Content_Encoding="gzip"),
        NO_DOCUMENT,
        None,
    ),
    case(
        "unknown-encoding",
        "fetch",
        responses(200, bz2.compress(_J), Content_Encoding="x-bz2"),
        NO_DOCUMENT,
        _SIZED(len(bz2.compress(_J))) + ": not UTF-8 at byte 11",
    ),
    case(
        "length-too-large",
        "fetch",
        responses(200, _J, Content_Length="9999"),
        NO_FETCH,
        ENDED_EARLY,
        distributed=True,
    ),
    hangs(
        "length-too-large-and-stays",
        "fetch",
        says_and_stays(answered(200, _J, Content_Length="9999")),
        exhaustive=True,
    ),
    case(
        "length-too-small",
        "fetch",
        says_and_goes_on(answered(200, _J, Content_Length="9", Connection="-")),
        NO_DOCUMENT,
        _SIZED(9) + ": Unterminated string starting at (character 8)",
    ),
    case("length-negative", "fetch", responses(200, _J, Content_Length="-9"), NO_FETCH, None),
    case("length-of-no-digits", "fetch", responses(200, _J, Content_Length="many"), NO_FETCH, None),
    case(
        "length-of-30-digits",
        "fetch",
        responses(200, _J, Content_Length="9" * 30),
        NO_FETCH,
        ENDED_EARLY,
    ),
    case(
        "length-twice",
        "fetch",
        says(_HEAD + b"Content-Length: 9\r\nContent-Length: 99\r\n\r\n" + _J),
        NO_FETCH,
        "headers that contradict each other",
    ),
    case(
        "length-and-chunked",
        "fetch",
        says(_CHUNKED[:-2] + b"Content-Length: 9\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(_J), _J)),
        PASS,
    ),
    case(
        "a-second-answer-behind-the-first",
        "fetch",
        says_and_goes_on(answered(200, _J, Connection="-") + answered(200, {"poison": 1})),
        PASS,
    ),
    case(
        "a-header-without-a-colon", "fetch", says(_HEAD + b"no header\r\nX: y\r\n\r\n" + _J), PASS
    ),
    case("bytes-in-a-header", "fetch", says(_HEAD + b"X-\xff: \xfe\x1b[31m\r\n\r\n" + _J), PASS),
    case("bare-line-feeds", "fetch", says(_GOOD.replace(b"\r\n", b"\n")), PASS, exhaustive=True),
]

NOT_AT_ALL_HTTP = [
    case(
        "ssh-banner",
        "fetch",
        says(b"SSH-2.0-OpenSSH_9.6\r\n"),
        NO_FETCH,
        NOT_HTTP,
        distributed=True,
    ),
    case("ssh-banner-for-health", "health", says(b"SSH-2.0-OpenSSH_9.6\r\n"), UNREADY, NOT_HTTP),
    case("binary", "fetch", says(bytes(range(256)) * 9), NO_FETCH, NOT_HTTP),
    case("tls-alert", "fetch", says(b"\x15\x03\x01\x00\x02\x02\x46"), NO_FETCH, NOT_HTTP),
    case(
        "tls-hello", "fetch", says(b"\x16\x03\x01\x02\x00\x01\x00" + bytes(99)), NO_FETCH, NOT_HTTP
    ),
    case("http-0.9", "fetch", says(_HTML), NO_FETCH, NOT_HTTP),
    case("http-2.0", "fetch", says(_GOOD.replace(b"1.1", b"2.0", 1)), NO_FETCH, NOT_HTTP),
    case("http-1.0", "fetch", says(_GOOD.replace(b"1.1", b"1.0", 1)), PASS),
    case("status-000", "fetch", responses("000 None", _J), NO_FETCH, NOT_HTTP),
    case("status-99", "fetch", responses("99 None", _J), NO_FETCH, NOT_HTTP),
    case("status-1000", "fetch", responses("1000 None", _J), NO_FETCH, NOT_HTTP, exhaustive=True),
    case("status-in-words", "fetch", responses("fine OK", _J), NO_FETCH, NOT_HTTP, exhaustive=True),
    case("status-999", "fetch", responses("999 Denied", b""), NO_FETCH, "999 with no body"),
]

STATUSES = [
    case("101", "fetch", responses("101 Switching Protocols"), NO_FETCH, "101 with no body"),
    case(
        "204-with-a-body",
        "fetch",
        says_and_goes_on(answered("204 No Content", _J, Connection="-")),
        NO_FETCH,
        "204 with no body",
    ),
    case(
        "206",
        "fetch",
        responses("206 Partial", b"{}"),
        NO_FETCH,
        "206 with application/json, 2 bytes",
    ),
    case("304", "fetch", responses("304 Not Modified"), NO_FETCH, "304 with no body"),
    case("401", "fetch", responses(401, {}), NO_FETCH, "401 with application/json, 2 bytes"),
    case(
        "403-as-HTML",
        "fetch",
        responses(403, b"!", **_AS_HTML),
        NO_FETCH,
        "403 with an HTML page, 1 bytes",
    ),
    case(
        "500-once",
        "fetch",
        responses(500, {}),
        NO_FETCH,
        "500 with application/json, 2 bytes",
        times=1,
    ),
    case("429", "fetch", asks_to_wait(429), NO_FETCH, f"429 {_BUSY}"),
    case(
        "429-for-a-second",
        "fetch",
        asks_to_wait(429, Retry_After="1"),
        NO_FETCH,
        f"429 {_BUSY}, Retry-After: 1",
        exhaustive=True,
    ),
    case(
        "429-for-a-day",
        "fetch",
        asks_to_wait(429, Retry_After="86400"),
        NO_FETCH,
        f"429 {_BUSY}, Retry-After: 86400",
    ),
    case(
        "429-until-9999",
        "fetch",
        asks_to_wait(429, Retry_After="Fri, 31 Dec 9999 23:59:59 GMT"),
        NO_FETCH,
        f"429 {_BUSY}, Retry-After: Fri, 31 Dec 9999 23:59:59 GMT",
    ),
    case(
        "429-for-a-while",
        "fetch",
        asks_to_wait(429, Retry_After="soon \x1b[1m"),
        NO_FETCH,
        f"429 {_BUSY}, Retry-After: soon \N{REPLACEMENT CHARACTER}[1m",
        exhaustive=True,
    ),
    case(
        "429-for-minus-5",
        "fetch",
        asks_to_wait(429, Retry_After="-5"),
        NO_FETCH,
        f"429 {_BUSY}, Retry-After: -5",
        exhaustive=True,
    ),
    case("503", "fetch", asks_to_wait(503), NO_FETCH, f"503 {_BUSY}"),
    case("503-from-health", "health", asks_to_wait(503), UNREADY, "503"),
    case(
        "503-once",
        "fetch",
        asks_to_wait(503),
        PASS,
        times=1,
        flaky=("fetch",),
        tells="503, asked again",
    ),
    case(
        "502-once",
        "fetch",
        asks_to_wait(502),
        PASS,
        times=1,
        flaky=("fetch",),
        tells="502, asked again",
        distributed=True,
    ),
    case(
        "resets-once",
        "fetch",
        resets_after(b""),
        PASS,
        times=1,
        flaky=("fetch",),
        tells="/api/business/me: the connection was reset, asked again",
    ),
    case(
        "resets-in-the-body-once",
        "fetch",
        resets_after(_GOOD[:-9]),
        PASS,
        times=1,
        flaky=("fetch",),
        tells="/api/business/me: the connection was reset, asked again",
    ),
]

REDIRECTS = [
    case(
        "redirect-elsewhere",
        "fetch",
        redirects_to("{elsewhere}/me?token=1"),
        NO_FETCH,
        "302, a redirect to {elsewhere}/me",
    ),
    case(
        "redirect-to-https",
        "fetch",
        redirects_to("https://{netloc}/", 301),
        NO_FETCH,
        "301, a redirect to https://{netloc}/",
        tells="use a base URL that begins with https",
    ),
    case(
        "redirect-to-https-from-health",
        "health",
        redirects_to("https://{netloc}/", 308),
        UNREADY,
        "308, a redirect to https://{netloc}/",
        tells="use a base URL that begins with https",
    ),
    case(
        "redirect-loop",
        "fetch",
        redirects_to("{url}/api/business/me", 307),
        NO_FETCH,
        "307, a redirect to {url}/api/business/me",
    ),
    case("redirect-to-nowhere", "fetch", responses(302), NO_FETCH, "302, a redirect to nowhere"),
    case(
        "redirect-of-the-login",
        "login",
        redirects_to("{url}/login?next=%2F"),
        NO_LOGIN,
        "302, a redirect to {url}/...",
    ),
    case(
        "redirect-of-the-update",
        "save",
        redirects_to("/login"),
        NO_SAVE,
        "302, a redirect to /login",
    ),
    case(
        "redirect-to-no-URL",
        "fetch",
        redirects_to("http://[::1"),
        NO_FETCH,
        "302, a redirect to http://[::1",
    ),
    case(
        "redirect-to-control-characters",
        "fetch",
        redirects_to("http://a/\x1b[2J\x07"),
        NO_FETCH,
        None,
    ),
    case("redirect-to-60-kB", "fetch", redirects_to("http://a/" + "x" * 60_000), NO_FETCH, None),
    case(
        "redirect-with-an-endless-body",
        "fetch",
        floods(b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", every_s=0.01),
        NO_FETCH,
        None,
        exhaustive=True,
        budget_s=4,
    ),
]

BODIES = [
    case(
        "html",
        "fetch",
        responses(200, _HTML, **_AS_HTML),
        NO_DOCUMENT,
        _AN_HTML_PAGE,
        distributed=True,
    ),
    case("html-from-health", "health", responses(200, _HTML, **_AS_HTML), UNREADY, _AN_HTML_PAGE),
    case(
        "html-from-the-login", "login", responses(200, _HTML, **_AS_HTML), NO_LOGIN, _AN_HTML_PAGE
    ),
    case(
        "html-for-the-update",
        "save",
        keeps_and(responses(200, _HTML, **_AS_HTML)),
        INVALID,
        _AN_HTML_PAGE,
    ),
    case(
        "html-for-a-read-back",
        "read-back",
        responses(200, _HTML, **_AS_HTML),
        INVALID,
        _AN_HTML_PAGE,
    ),
    case(
        "html-from-the-oauth-start",
        "oauth",
        responses(200, _HTML, **_AS_HTML),
        WRONG_START,
        _AN_HTML_PAGE,
    ),
    case(
        "json-declared-as-html",
        "fetch",
        responses(200, _J, **_AS_HTML),
        NO_DOCUMENT,
        f"200 with an HTML page, {len(_J)} bytes",
    ),
    case("json-of-no-type", "fetch", responses(200, _J, Content_Type="-"), PASS),
    case(
        "control-characters-in-the-type",
        "fetch",
        responses(200, _J, Content_Type="\x1b[31m;;;"),
        NO_DOCUMENT,
        None,
    ),
    case(
        "nan",
        "fetch",
        responses(200, _and_member(b"NaN")),
        NO_DOCUMENT,
        _SIZED(len(_J) + 14) + ": NaN is not JSON",
    ),
    case(
        "infinity",
        "fetch",
        responses(200, _and_member(b"-Infinity")),
        NO_DOCUMENT,
        _SIZED(len(_J) + 20) + ": -Infinity is not JSON",
    ),
    case(
        "integer-of-5000-digits",
        "fetch",
        responses(200, _and_member(b"9" * 5000)),
        NO_DOCUMENT,
        _SIZED(len(_J) + 5011) + ": a number that is too long",
        exhaustive=True,
    ),
    case(
        "invalid-utf-8",
        "fetch",
        responses(200, _J.replace(b"Hello", b"H\xe9llo")),
        NO_DOCUMENT,
        _SIZED(len(_J)) + f": not UTF-8 at byte {_J.index(b'ello') + 1}",
    ),
    case(
        "utf-16",
        "fetch",
        responses(200, _J.decode().encode("utf-16")),
        NO_DOCUMENT,
        _SIZED(2 * len(_J) + 2) + ": not UTF-8 at byte 1",
    ),
    case(
        "byte-order-mark",
        "fetch",
        responses(200, b"\xef\xbb\xbf" + _J),
        NO_DOCUMENT,
        _SIZED(len(_J) + 3) + ": Unexpected UTF-8 BOM (decode using utf-8-sig) (character 1)",
    ),
    case(
        "lone-surrogates",
        "*",
        behaves,
        PASS,
        document={"greeting_style": "\ud800", "description": "\udfff"},
    ),
    case(
        "100000-lists",
        "fetch",
        responses(200, b"[" * 100_000 + b"]" * 100_000),
        NO_DOCUMENT,
        _SIZED(200_000) + ": nested too deeply",
    ),
    case(
        "100000-objects",
        "fetch",
        responses(200, b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
        NO_DOCUMENT,
        _SIZED(600_001) + ": nested too deeply",
        exhaustive=True,
    ),
    case(
        "100000-lists-from-health",
        "health",
        responses(200, b"[" * 100_000),
        UNREADY,
        _SIZED(100_000) + ": nested too deeply",
        exhaustive=True,
    ),
    case(
        "100000-lists-from-the-login",
        "login",
        responses(200, b"[" * 100_000),
        NO_LOGIN,
        _SIZED(100_000) + ": nested too deeply",
        exhaustive=True,
    ),
    case("100-lists", "*", behaves, PASS, document={"more": json.loads("[" * 100 + "]" * 100)}),
    case("empty", "fetch", responses(200, b""), NO_DOCUMENT, "200 with no body"),
    case("empty-from-the-login", "login", responses("204 None"), NO_LOGIN, "204 with no body"),
    case(
        "null",
        "fetch",
        responses(200, None),
        NO_DOCUMENT,
        "null, which means that this account has no business",
    ),
    case(
        "null-from-health",
        "health",
        responses(200, None),
        UNREADY,
        "200 with nothing (the field is absent) at /status",
    ),
    case(
        "null-for-a-read-back",
        "read-back",
        responses(200, None),
        INVALID,
        "null, which means that this account has no business",
        times=1,
    ),
    case("list", "fetch", responses(200, [DOCUMENT]), NO_DOCUMENT, "a list of 1"),
    case("text", "fetch", responses(200, "fine"), NO_DOCUMENT, "the string 'fine'"),
    case("duplicate-keys", "fetch", responses(200, b'{"id": "other", "name": 7, ' + _J[1:]), PASS),
    case(
        "control-characters-in-keys-and-values",
        "fetch",
        responses(200, _with(name=["\x1b[2J\u202e"], **{"\x1b[31m": 1})),
        INVALID,
        "/name: expected type string, got a list of 1",
    ),
    case(
        "control-characters-in-the-version",
        "health",
        responses(200, {"status": "ok", "version": "1\x1b[2J\n\nexit code 0"}),
        PASS,
    ),
    case(
        "lone-surrogate-as-version",
        "health",
        responses(200, {"status": "ok", "version": "\ud800"}),
        PASS,
        exhaustive=True,
    ),
    case(
        "version-of-1-MB",
        "health",
        responses(200, {"status": "ok", "version": "1" * 1_000_000}),
        PASS,
    ),
    case(
        "version-that-is-an-object",
        "health",
        responses(200, {"status": "ok", "version": {"a": list(range(100_000))}}),
        PASS,
        exhaustive=True,
    ),
]

SECRETS = [
    case("echo-in-the-body", "fetch", echoes(500), NO_FETCH, None, distributed=True),
    case("echo-of-the-password", "login", echoes(500), NO_LOGIN, None),
    case("echo-in-the-request-id", "fetch", echoes(500, X_Request_Id="SECRET"), NO_FETCH, None),
    case("echo-in-the-type", "fetch", echoes(200, Content_Type="SECRET/json"), NO_DOCUMENT, None),
    case(
        "echo-in-a-redirect",
        "fetch",
        echoes(302, Location="http://a/SECRET"),
        NO_FETCH,
        "302, a redirect to http://a/Bearer [redacted]",
    ),
    case(
        "echo-in-the-oauth-start",
        "oauth",
        echoes(302, Location="https://SECRET/"),
        WRONG_START,
        "a redirect to https://Bearer [redacted]",
    ),
    case(
        "echo-in-the-reason",
        "fetch",
        echoes_raw(b"HTTP/1.1 500 SECRET\r\n\r\n"),
        NO_FETCH,
        "500 with no body",
    ),
    case("echo-as-status", "fetch", echoes_raw(b"HTTP/1.1 SECRET\r\n\r\n"), NO_FETCH, NOT_HTTP),
    case("echo-as-no-HTTP", "fetch", echoes_raw(b"SECRET\r\n\r\n"), NO_FETCH, NOT_HTTP),
    case(
        "echo-as-no-header",
        "fetch",
        echoes_raw(_OK + b"SECRET\r\nSECRET\r\n\r\nSECRET"),
        NO_DOCUMENT,
        None,
    ),
    case(
        "echo-as-chunk-size", "fetch", echoes_raw(_CHUNKED + b"SECRET\r\n"), NO_FETCH, ENDED_EARLY
    ),
    case(
        "echo-as-encoding",
        "fetch",
        echoes_raw(_HEAD + b"Content-Encoding: SECRET, gzip\r\n\r\nSECRET"),
        NO_FETCH,
        NOT_UNPACKED,
    ),
    case(
        "control-characters-in-the-request-id",
        "fetch",
        responses(500, {}, X_Request_Id="\x1b[31m\x9b"),
        NO_FETCH,
        "500 with application/json, 2 bytes",
    ),
    case(
        "request-id-of-60-kB",
        "fetch",
        responses(500, {}, X_Request_Id="x" * 60_000),
        NO_FETCH,
        "500 with application/json, 2 bytes",
    ),
]

LOGINS = [
    case(
        "login-refused", "login", responses(401, {}), NO_LOGIN, "401 with application/json, 2 bytes"
    ),
    case("login-429-twice", "login", asks_to_wait(429, Retry_After="1"), PASS, times=2),
    case(
        "login-429-for-ever",
        "login",
        asks_to_wait(429, Retry_After="0"),
        SPENT,
        "429 to each of 4 logins within 3 s",
        budget_s=8,
    ),
    case(
        "login-429-untold",
        "login",
        asks_to_wait(429),
        SPENT,
        "429 to each of 3 logins within 3 s, without Retry-After",
        budget_s=8,
    ),
    case(
        "login-429-for-a-day",
        "login",
        asks_to_wait(429, Retry_After="86400"),
        SPENT,
        "429, which asks for a wait of 86400 s",
    ),
    case("login-503-once", "login", asks_to_wait(503), PASS, times=1, flaky=("login",)),
    case("login-resets-once", "login", resets_after(b""), PASS, times=1, flaky=("login",)),
    case("login-resets", "login", resets_after(b""), NO_LOGIN, WAS_RESET),
    case("token-missing", "login", logs_in_with(access_token=None, token=CANARY), NO_LOGIN, "null"),
    case(
        "token-absent",
        "login",
        responses(200, {"token": CANARY}),
        NO_LOGIN,
        "nothing (the field is absent)",
    ),
    case("token-empty", "login", responses(200, {"access_token": ""}), NO_LOGIN, "an empty string"),
    case(
        "token-a-number",
        "login",
        responses(200, {"access_token": 12345678}),
        NO_LOGIN,
        "the number 12345678",
        exhaustive=True,
    ),
    case(
        "token-with-a-newline",
        "login",
        responses(200, {"access_token": f"{CANARY}\r\nX-Evil: 1"}),
        NO_LOGIN,
        "a string that can't be sent in a header",
    ),
    case("token-of-1-MB", "login", gives_large_tokens(1 << 20), NO_LOGIN, None, exhaustive=True),
    case(
        "token-good-for-2-s",
        "*",
        grants_tokens_for(2, as_jwt=False),
        PASS,
        tells="the token was about to run out and was renewed",
    ),
    case(
        "jwt-good-for-2-s",
        "*",
        grants_tokens_for(2, as_jwt=True),
        PASS,
        tells="the token was about to run out and was renewed",
        distributed=True,
    ),
    case("expires-soon-in-words", "login", logs_in_with(expires_in="soon"), PASS, exhaustive=True),
    case("expires-in-0-s", "login", logs_in_with(expires_in=0), PASS),
    case(
        "expires-in-10-to-the-400", "login", logs_in_with(expires_in=10**400), PASS, exhaustive=True
    ),
    case(
        "revoked-in-mid-run",
        "save",
        revokes_tokens,
        PASS,
        times=1,
        tells="the token was refused and renewed once",
    ),
    case(
        "revoked-at-every-update",
        "save",
        revokes_tokens,
        NO_SAVE,
        None,
        budget_s=4,
        exhaustive=True,
    ),
    case("refused-always", "fetch", revokes_tokens, NO_FETCH, None),
    case("a-cookie-is-wanted", "*", wants_a_cookie, NO_FETCH, None),
]

UPDATES = [
    case("update-kept-and-reset", "save", keeps_and(resets_after(b"")), PASS, flaky=("save",)),
    case(
        "update-kept-and-half-answered", "save", keeps_and(says(_GOOD[:-9])), NO_SAVE, ENDED_EARLY
    ),
    case(
        "update-kept-and-500",
        "save",
        keeps_and(responses(500, {})),
        NO_SAVE,
        "500 with application/json, 2 bytes",
    ),
    case(
        "update-kept-and-redirected",
        "save",
        keeps_and(redirects_to("/api/business/me")),
        NO_SAVE,
        "302, a redirect to /api/business/me",
    ),
    case("update-kept-and-204", "save", keeps_and(responses("204 None")), PASS),
    case("update-reset", "save", resets_after(b""), NO_SAVE, WAS_RESET, flaky=("restore",)),
    case("update-503-once", "save", asks_to_wait(503), PASS, times=1, flaky=("save",)),
    case("update-502", "save", asks_to_wait(502), NO_SAVE, f"502 {_BUSY}"),
    case("read-back-reset-once", "read-back", resets_after(b""), PASS, times=1, flaky=("persist",)),
    case("restoring-503-once", "restore", asks_to_wait(503), PASS, times=1, flaky=("restore",)),
    case(
        "restoring-kept-and-reset",
        "restore",
        keeps_and(resets_after(b"")),
        PASS,
        times=1,
        flaky=("restore",),
    ),
    case("restoring-reset", "restore", resets_after(b""), DIRTY, None, distributed=True),
    case(
        "restored-as-html",
        "restored",
        responses(200, _HTML, **_AS_HTML),
        DIRTY,
        f"{NOT_SEEN}: {_AN_HTML_PAGE}",
    ),
    case(
        "restored-503",
        "restored",
        asks_to_wait(503),
        DIRTY,
        f"{NOT_SEEN}: 503 {_BUSY}",
        exhaustive=True,
    ),
]

OAUTH = [
    case("oauth-resets", "oauth", resets_after(b""), NO_START, WAS_RESET),
    case(
        "oauth-to-a-lookalike",
        "oauth",
        redirects_to("https://accounts.google.com.evil.example/"),
        WRONG_START,
        "a redirect to https://accounts.google.com.evil.example",
    ),
    case(
        "oauth-to-userinfo",
        "oauth",
        redirects_to("https://accounts.google.com@evil.example/"),
        WRONG_START,
        "a redirect to https://accounts.google.com@evil.example",
    ),
    case("oauth-to-nowhere", "oauth", responses(302), WRONG_START, "no Location"),
    case(
        "oauth-to-control-characters",
        "oauth",
        redirects_to("https://accounts.google.com/\x1b[2J?client_id=\x1b[2J"),
        WRONG_START,
        "no redirect_uri, no response_type, no scope, no state",
    ),
    case(
        "oauth-to-a-host-of-control-characters",
        "oauth",
        redirects_to("https://\x1b31m\x07/"),
        WRONG_START,
        None,
    ),
    case(
        "oauth-to-no-URL",
        "oauth",
        redirects_to("https://[::1"),
        WRONG_START,
        "a Location that is not a URL",
    ),
    case(
        "oauth-to-bytes",
        "oauth",
        redirects_to("https://a\x9b/"),
        WRONG_START,
        None,
        exhaustive=True,
    ),
    case(
        "oauth-to-60-kB",
        "oauth",
        redirects_to("https://" + "x" * 60_000 + "/"),
        WRONG_START,
        None,
        exhaustive=True,
    ),
    case(
        "oauth-null",
        "oauth",
        responses(200, None),
        WRONG_START,
        "200 with /: expected type object, got null",
    ),
]

CASES = [
    *SILENCE,
    *FLOODS,
    *FRAMING,
    *NOT_AT_ALL_HTTP,
    *STATUSES,
    *REDIRECTS,
    *BODIES,
    *SECRETS,
    *LOGINS,
    *UPDATES,
    *OAUTH,
]


#: Rows that a defect of the gate has been found with: all of them are run.
FOUND_SOMETHING = frozenset(
    [
        "never-reads-a-large-update",
        "closes-in-the-header",
        "early-hints",
        "processing",
        "chunk-size-negative-of-20-digits",
        "length-negative",
        "length-of-no-digits",
        "304",
        "redirect-to-no-URL",
        "redirect-to-control-characters",
        "redirect-to-60-kB",
        "control-characters-in-the-type",
        "version-of-1-MB",
        "request-id-of-60-kB",
        "token-of-1-MB",
        "revoked-at-every-update",
        "oauth-to-no-URL",
        "oauth-to-bytes",
        "oauth-to-60-kB",
        "drips-health",
    ]
)


def arguments_for(one: Case, url: str) -> list[str]:
    """What a run against the server of a case is given."""
    limits = [f"--smoke-budget={one.budget_s}", f"--target-wait={WAIT_S}"]
    return ["--smoke", *limits, f"--target-url={url}"]

"""What a server may send, as strategies: from almost right to anything at all."""

from __future__ import annotations

import base64
import json
from typing import Any

from hypothesis import strategies as st

#: Numbers as JSON can hold them, with those that make trouble when they become times.
numbers: st.SearchStrategy[Any] = (
    st.integers()
    | st.floats()
    | st.sampled_from([0, -1, 1e308, -1e308, 10**400, 1 << 63, 2**31, 0.1, 253402300800])
)
#: A text that a header may have, and one that only a broken server sends.
header_texts: st.SearchStrategy[str] = (
    st.text()
    | numbers.map(str)
    | st.from_regex(
        r"\A([A-Z][a-z]{2}, )?\d{1,4} (Jan|Feb|Foo) -?\d{1,5} \d{1,2}:\d\d(:\d\d)? .{0,6}\Z"
    )
    | st.datetimes().map(lambda moment: moment.strftime("%a, %d %b %Y %H:%M:%S GMT"))
)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=3),
    max_leaves=6,
)
#: Locations, from those of an OAuth start to none at all.
locations: st.SearchStrategy[str] = (
    st.text()
    | st.from_regex(r"\Ahttps?://[\[\]a-z0-9.:@\\%-]{0,20}[/?#]?.{0,10}\Z")
    | st.builds("{}{}".format, st.sampled_from(["https://[", "//", "https://a:"]), st.text())
)


def _segment(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def jwt(claims: object) -> str:
    """A token with these claims; its signature is nobody's."""
    return f"{_segment(b'{}')}.{_segment(json.dumps(claims).encode())}.c2ln"


#: Opaque tokens, JWTs with any claims, and what only looks like a JWT.
tokens: st.SearchStrategy[str] = (
    st.text()
    | st.fixed_dictionaries({}, optional=dict.fromkeys(("exp", "iat", "nbf"), json_values)).map(jwt)
    | json_values.map(jwt)
    | st.binary().map(lambda raw: f"a.{_segment(raw)}.b")
    | st.text().map(lambda text: f"a.{text}.b")
)


def bodies(like: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    """A body: what it should be like, other JSON, a piece of it, or any bytes."""
    as_json = (like | json_values).map(lambda value: json.dumps(value).encode())
    cut = st.tuples(as_json, st.integers(0, 20)).map(lambda pair: pair[0][: pair[1]])
    deep = st.sampled_from([b"[" * 100_000, b'{"a":' * 100_000, b"9" * 10_000, b"\xef\xbb\xbf{}"])
    return as_json | cut | st.binary() | deep


#: What may come over the wire in answer to a request: anything, and much that is almost HTTP.
raw_answers: st.SearchStrategy[bytes] = st.binary(max_size=200) | st.builds(
    lambda version, status, headers, body: (
        f"HTTP/{version} {status}\r\n{''.join(headers)}\r\n".encode("latin-1", "replace") + body
    ),
    version=st.sampled_from(["1.1", "1.0", "0.9", "2", "x"]),
    status=st.integers(-1, 1000).map(str) | st.sampled_from(["200 OK", "204", "304 No", "x", ""]),
    headers=st.lists(
        st.sampled_from(
            [
                *("Content-Length: 3\r\n", "Content-Length: -1\r\n", "Content-Length: x\r\n"),
                *("Transfer-Encoding: chunked\r\n", "Content-Encoding: gzip\r\n", " folded\r\n"),
                *("Content-Encoding: deflate, br, x\r\n", "Location: https://[\r\n", ":\r\n"),
                *("Set-Cookie: =; Expires=x\r\n", "Connection: keep-alive\r\n", "no colon\r\n"),
            ]
        )
        | st.text(max_size=20).map("X: {}\r\n".format),
        max_size=4,
    ),
    body=st.binary(max_size=20)
    | st.sampled_from([b"3\r\nabc\r\n0\r\n\r\n", b"ffffffff\r\nabc", b"-1\r\n", b"{}", b"x\r\n"]),
)

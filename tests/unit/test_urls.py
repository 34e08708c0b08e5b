"""URLs as they are sent: the same as requests makes of them."""

from __future__ import annotations

import pytest
import requests
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_apismoke.http.urls import full_url, request_target

#: What paths and queries are made of, escapes that are none included.
PIECES = st.lists(
    st.sampled_from(
        [
            *"/.?&=#+:;,@!$'()*~[]|^`{} \"<>\\azAZ09-_%é日",
            *("%2f", "%41", "%zz", "%é", "%C3%A9", "%25", "%7e", "%0a"),
            *("//", "/..", "/./", "a=b&c", ";p"),
        ]
    ),
    max_size=12,
).map("".join)
HOSTS = st.sampled_from(
    [
        *("api.example.com", "API.Example.com:8080", "127.0.0.1", "[::1]:81", "a_b.example"),
        *("bücher.example", "xn--bcher-kva.example", "é..example", "[fe80::1%25eth0]"),
        *("user:pass@api.example.com", "*.example.com", ".example.com", "", "a b", "[::1"),
        "api.example.com:notaport",
    ]
)
URLS = st.builds(
    "{}://{}{}".format,
    st.sampled_from(["http", "https", "HTTP", "ftp"]),
    HOSTS,
    PIECES.map(lambda text: f"/{text}") | st.just(""),
)
QUERIES = st.lists(st.tuples(PIECES | st.text(), PIECES | st.text()), max_size=3).map(tuple)


@given(url=URLS, query=QUERIES)
@example(url="https://api.example.com/a%2fb?x=%7e", query=(("filter[name]", "é &+"),))
@example(url=" http://api.example.com", query=())
@example(url="//api.example.com/x", query=())
@example(url="http://api.example.com//evil.example/x", query=())
def test_a_url_is_the_one_that_requests_would_send(
    url: str, query: tuple[tuple[str, str], ...]
) -> None:
    """The same URL and the same target of the request line, or an error as well."""
    assert of_gate(url, query) == of_requests(url, query)


def of_gate(url: str, query: tuple[tuple[str, str], ...]) -> tuple[str, str] | None:
    try:
        return full_url(url, query), request_target(full_url(url, query))
    except ValueError:
        return None


def of_requests(url: str, query: tuple[tuple[str, str], ...]) -> tuple[str | None, str] | None:
    try:
        prepared = requests.Request("GET", url, params=list(query)).prepare()
        return prepared.url, prepared.path_url
    except ValueError:
        return None


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://*.example.com/x", "URL has an invalid label."),
        ("https:///x", "Invalid URL 'https:///x': No host supplied"),
        ("/x", "Invalid URL '/x': No scheme supplied."),
    ],
)
def test_a_url_that_can_not_be_sent_to_says_why(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("*", r"\*")):
        full_url(url)

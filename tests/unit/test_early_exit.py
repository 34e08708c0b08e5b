"""Redaction without a search, where there is nothing to find, agrees with the whole search."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from unit.test_redaction import ENCODINGS, JWT, OPAQUE, PASSWORD, REVERSIBLE

from pytest_apismoke.redaction import REPLACEMENT, Redactor, token_patterns, urls
from pytest_apismoke.redaction import redactor as redactor_module
from pytest_apismoke.redaction.finder import SecretFinder
from pytest_apismoke.redaction.looks import Looks

SECRETS = (JWT, OPAQUE, PASSWORD, "Zm9vYmFy.Pa55/word", "abcd", "smoke-word", "0x00", "a%41\\n")


@contextmanager
def without_early_exits() -> Iterator[None]:
    """A context in which nothing is taken for free of secrets before it was searched."""
    exits = [
        (Looks, "may_meet", True),
        (SecretFinder, "is_free", False),
        (Redactor, "is_free", False),
        (token_patterns, "may_contain_token", True),
        (redactor_module, "may_name_secret", True),
        (redactor_module, "has_gap", True),
        (urls, "may_have_parameters", True),
    ]
    with ExitStack() as patched:
        for owner, name, answer in exits:
            patched.enter_context(mock.patch.object(owner, name, return_value=answer))
        yield


def knowing(*secrets: str) -> Redactor:
    redactor = Redactor()
    for number, secret in enumerate(secrets):
        redactor.learn(secret, f"SECRET_{number}")
    return redactor


encoded = st.builds(
    lambda encode, secret: encode(secret),
    st.sampled_from([*ENCODINGS.values(), *REVERSIBLE.values()]),
    st.sampled_from(SECRETS),
)
#: What makes secrets, keys, tokens and escapes when it stands side by side, whole or in part.
PIECES = (
    *("\\", "\\u00", "\\x", "%", "%25", "%4", "1", "&", "&amp;", ";", "&#x4", "~", "~1", "\0", "="),
    *("=\n", "=4", "\n", "\r\n", " ", "\t", "...", "…", "..", ".", '"', "'", ":", ": ", ",", "0x"),
    *("0", "x", "6", "63 61 ", "é", "ﬁ", "\ud800", "\udc80", "\u212a", "\u0131", "\u0130", "\x01"),
    *("pass", "Pass", "word", "api", "_", "-", "Key", "k", "ey", "tok", "en", "secret", "Authori"),
    *("zation", "coo", "kie", "session", "Id", "otp", "sig", "nature", "eyJ", "bearer ", "Basic "),
    *("sk-", "ghp_", "AKIA", "xoxb-", "://", "@", "user:", "?a=", "?key=", "&token=", "#", "/"),
    *("a1b2c3d4e5f6g7h8i9", "ABCDEFGHIJKLMNOPQRST", "-----BEGIN", " PRIVATE KEY-----", "{", "}"),
)
cut = st.builds(
    lambda text, start, end: text[start:end], encoded, st.integers(0, 9), st.integers(0, 40)
)
pieces = st.one_of(st.sampled_from(PIECES), encoded, cut, st.text(max_size=8))
texts = st.lists(pieces, max_size=6).map("".join)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
known = st.sets(st.sampled_from(SECRETS), max_size=3)

OPERATIONS: dict[str, Callable[[Redactor, str], object]] = {
    "text": Redactor.text,
    "prose": Redactor.prose,
    "url": Redactor.url,
    "body": Redactor.body,
    "headers": lambda redactor, text: redactor.headers({"X-Any": text, text: "any"}),
    "json": lambda redactor, text: redactor.json({text: [text]}),
    "shell": Redactor.shell,
}


@pytest.mark.parametrize("name", OPERATIONS)
@given(secrets=known, text=texts)
@example(secrets={"abcd"}, text="61 0x62\\x63:64")
@example(secrets={"0x00"}, text="30:78:30:30")
@example(secrets=set(), text="coo\u212aie: 1")
@settings(max_examples=400, deadline=None)
def test_the_early_exit_and_the_whole_search_agree(name: str, secrets: set[str], text: str) -> None:
    redactor, operation = knowing(*sorted(secrets)), OPERATIONS[name]
    with without_early_exits():
        searched = operation(redactor, text)
    assert operation(redactor, text) == searched


@given(secrets=known, value=values, ascii_only=st.booleans())
@settings(max_examples=400, deadline=None)
def test_they_agree_on_json_bodies(secrets: set[str], value: object, ascii_only: bool) -> None:
    redactor = knowing(*sorted(secrets))
    body = json.dumps(value, ensure_ascii=ascii_only)
    with without_early_exits():
        searched = redactor.body(body)
    assert redactor.body(body) == searched


@given(secrets=known, several=st.lists(texts, max_size=5))
@settings(max_examples=400, deadline=None)
def test_texts_that_are_free_of_secrets_together_are_so_each_by_itself(
    secrets: set[str], several: list[str]
) -> None:
    redactor = knowing(*sorted(secrets))
    if redactor.is_free(*several):
        with without_early_exits():
            assert [redactor.text(text) for text in several] == several


@pytest.mark.parametrize("encoding", [*ENCODINGS, *REVERSIBLE])
def test_no_encoding_of_a_secret_passes_for_free_of_it(encoding: str) -> None:
    encode = {**ENCODINGS, **REVERSIBLE}[encoding]
    for secret in (JWT, OPAQUE, PASSWORD, "Zm9vYmFy.Pa55/word"):
        assert not knowing(secret).is_free("before", f"<{encode(secret)}>", "behind")


@pytest.mark.parametrize(
    "text",
    [
        "contracts/orders.toml::order-17",
        "GET https://api.example.com/orders?page=2&sort=name",
        '{"id": 17, "lines": [{"sku": "A-17", "price": 9.5}], "note": "für Ä"}',
        "one line\nand another\r\n",
        "2025-01-01T10:00:00Z",
    ],
)
def test_what_passing_checks_show_is_not_searched(text: str) -> None:
    redactor = knowing(JWT, PASSWORD)
    with mock.patch.object(SecretFinder, "_found", side_effect=AssertionError("searched")):
        assert redactor.is_free(text, text)
        assert redactor.text(text) == text


def test_the_exits_of_the_redactor_are_switched_off_for_the_comparison() -> None:
    """Otherwise the properties above would hold for nothing."""
    redactor = knowing(OPAQUE)
    with (
        without_early_exits(),
        mock.patch.object(SecretFinder, "_found", return_value=iter([(0, 1)])),
    ):
        assert redactor.text("any") == f"{REPLACEMENT}ny"

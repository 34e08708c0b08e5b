"""Headers of an exchange: kept within bounds, redacted when shown."""

from __future__ import annotations

import pytest

from pytest_apismoke.redaction import REPLACEMENT, Redactor
from pytest_apismoke.shown_headers import Headers, kept_headers, shown_headers, trace_id_in

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"


def test_headers_are_kept_as_they_came() -> None:
    headers = (("Accept", "application/json"), ("X-Tenant", "acme"))
    assert kept_headers(headers) == headers


def test_a_value_that_is_too_long_is_left_out_whole() -> None:
    """Half of a secret would not be recognised."""
    assert kept_headers([("x-long", "y" * 5000)]) == (("x-long", "(5000 characters)"),)


def test_all_headers_together_are_kept_within_bounds() -> None:
    many = [(f"x-{number}", "y" * 1900) for number in range(1000)]
    kept = kept_headers(many)
    assert len(kept) == 100
    assert sum(len(name) + len(value) for name, value in kept) < 20_000


def test_headers_are_shown_without_secrets_and_fit_for_a_terminal() -> None:
    redactor = Redactor()
    redactor.learn("canary-secret", "APISMOKE_TOKEN")
    headers = (
        ("Authorization", "Bearer abc"),
        ("Cookie", "a=b"),
        ("X-Key-Of", "a canary-secret"),
        ("x-json", '{"password": "hunter2"}'),
        ("location", "https://user:pw@x/y?access_token=abc&a=1"),
        ("x-evil", "a\x1b[2Jb"),
    )
    assert shown_headers(redactor, headers) == (
        ("Authorization", REPLACEMENT),
        ("Cookie", REPLACEMENT),
        ("X-Key-Of", f"a {REPLACEMENT}"),
        ("x-json", f'{{"password": {REPLACEMENT}}}'),
        ("location", f"https://x/y?access_token={REPLACEMENT}&a=1"),
        ("x-evil", "a\ufffd[2Jb"),
    )


@pytest.mark.parametrize(
    ("headers", "trace_id"),
    [
        ((("traceparent", f"00-{TRACE_ID}-00f067aa0ba902b7-01"),), TRACE_ID),
        ((("Traceparent", f"00-{TRACE_ID}-00f067aa0ba902b7-01"),), TRACE_ID),
        ((("traceparent", "mine"),), None),
        ((("traceparent", REPLACEMENT),), None),
        ((), None),
    ],
)
def test_the_trace_is_the_one_that_a_request_names(headers: Headers, trace_id: str | None) -> None:
    assert trace_id_in(headers) == trace_id

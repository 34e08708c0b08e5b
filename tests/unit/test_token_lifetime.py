"""Token lifetime from the issuer's own data, independent of this machine's clock."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from unit.hostile import header_texts, json_values, jwt, numbers, tokens

from pytest_apismoke.http.token_lifetime import claims_of, lifetime_s

#: 2026-01-01 12:00:00, in seconds since the epoch.
NOON = datetime(2026, 1, 1, 12, 0, tzinfo=timezone.utc).timestamp()
DATE = {"date": "Thu, 01 Jan 2026 12:00:00 GMT"}


@pytest.mark.parametrize(
    ("response", "headers", "token", "seconds"),
    [
        ({}, {}, "opaque", None),
        ({"expires_in": 3600}, {}, "opaque", 3600.0),
        ({"expires_in": "3600"}, {}, "opaque", 3600.0),
        ({"expires_in": 0.5}, {}, "opaque", 0.5),
        ({}, {}, jwt({"iat": NOON, "exp": NOON + 60}), 60.0),
        ({}, {}, jwt({"iat": int(NOON), "exp": int(NOON) + 60}), 60.0),
        ({}, DATE, jwt({"exp": NOON + 60}), 59.0),
        ({}, DATE, jwt({"iat": NOON - 30, "exp": NOON + 60}), 90.0),
        ({"expires_in": 30}, {}, jwt({"iat": NOON, "exp": NOON + 60}), 30.0),
        ({"expires_in": 90}, {}, jwt({"iat": NOON, "exp": NOON + 60}), 60.0),
    ],
    ids=[
        *("nothing", "expires_in", "as a text", "half a second", "a JWT", "whole seconds"),
        *("by the Date", "iat before Date", "the sooner: expires_in", "the sooner: exp"),
    ],
)
def test_the_lifetime_that_the_issuer_declares(
    response: object, headers: dict[str, str], token: str, seconds: float | None
) -> None:
    assert lifetime_s(response, headers, token) == seconds


@pytest.mark.parametrize(
    "response",
    [
        *(None, [], "expires_in", 3600, {"expires_in": None}, {"expires_in": True}),
        *({"expires_in": 0}, {"expires_in": -5}, {"expires_in": "soon"}, {"expires_in": [60]}),
        *({"expires_in": math.inf}, {"expires_in": math.nan}, {"expires_in": 10**400}),
        *({"expires_in": "9" * 5000}, {"expires_in": "NaN"}, {"EXPIRES_IN": 60}),
    ],
    ids=repr,
)
def test_an_invalid_expires_in_is_ignored(response: object) -> None:
    assert lifetime_s(response, {}, "opaque") is None


@pytest.mark.parametrize(
    "claims",
    [
        *({}, {"exp": NOON}, {"iat": NOON}, {"exp": None, "iat": NOON}, {"exp": NOON, "iat": NOON}),
        *({"exp": NOON - 1, "iat": NOON}, {"exp": "x", "iat": NOON}, {"exp": [NOON], "iat": 1}),
        *({"exp": math.inf, "iat": NOON}, {"exp": True, "iat": 0}, [NOON], None, "claims", 5),
    ],
    ids=repr,
)
def test_a_jwt_without_a_lifetime_is_ignored(claims: object) -> None:
    assert lifetime_s({}, {}, jwt(claims)) is None
    assert lifetime_s({"expires_in": 5}, {}, jwt(claims)) == 5.0


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Thu, 99 Foo 2026 12:00:00 GMT", "Mon, 01 Jan 99999 00:00:00 GMT"]
)
def test_an_exp_without_an_iat_or_a_date_is_ignored(date: str) -> None:
    assert lifetime_s({}, {"date": date}, jwt({"exp": NOON + 60})) is None


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine in a time zone nine hours from UTC."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize("zone", ["GMT", "-0000", "+0000", "", "UTC"])
@pytest.mark.usefixtures("elsewhere")
def test_a_date_does_not_depend_on_this_machines_time_zone(zone: str) -> None:
    headers = {"date": f"Thu, 01 Jan 2026 12:00:00 {zone}".strip()}
    assert lifetime_s({}, headers, jwt({"exp": NOON + 60})) == 59.0


@pytest.mark.parametrize(("seconds", "lifetime"), [(1, 0.5), (2, 1.0), (3, 2.0), (604800, 604799)])
def test_a_date_may_be_up_to_a_second_old(seconds: int, lifetime: float) -> None:
    """It has no fractions: a token is taken to live a second less, or half of its time."""
    assert lifetime_s({}, DATE, jwt({"exp": NOON + seconds})) == lifetime


@given(skew_s=st.integers(-100_000, 100_000), seconds=st.integers(2, 10**6), told=st.booleans())
@settings(max_examples=100, deadline=None)
def test_the_issuers_clock_may_be_off(skew_s: int, seconds: int, told: bool) -> None:
    """Its times are compared with each other only."""
    issued = int(NOON) + skew_s
    date = datetime.fromtimestamp(issued, timezone.utc).strftime("%a, %d %b %Y %H:%M:%S GMT")
    claims = {"exp": issued + seconds, **({"iat": issued} if told else {})}
    assert lifetime_s({}, {"date": date}, jwt(claims)) == seconds - (not told)


@given(
    response=st.fixed_dictionaries({}, optional={"expires_in": numbers | json_values})
    | json_values,
    headers=st.dictionaries(st.sampled_from(["date", "expires"]), header_texts),
    token=tokens,
)
@example(response={}, headers={}, token="..")
@example(response={}, headers={}, token=jwt("[" * 10))
@example(response={}, headers={}, token=f"a.{'W1tb' * 30_000}.b")
@example(response={}, headers=DATE, token=jwt({"exp": 1e308, "iat": 1e-308}))
@settings(max_examples=150, deadline=None)
def test_any_login_response_has_no_lifetime_or_a_positive_finite_one(
    response: object, headers: dict[str, str], token: str
) -> None:
    seconds = lifetime_s(response, headers, token)
    assert seconds is None or (math.isfinite(seconds) and seconds > 0)


@given(token=st.text() | st.binary().map(lambda raw: raw.decode("latin-1")) | tokens)
@settings(max_examples=150, deadline=None)
def test_a_string_that_is_no_jwt_has_no_claims(token: str) -> None:
    claims: Any = claims_of(token)
    assert isinstance(claims, dict)
    assert claims == {} or token.count(".") == 2

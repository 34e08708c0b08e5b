"""The formats that schemas may name: what is one and what is none."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_apismoke.schemas.formats import CHECKER, is_e164

RIGHT_AND_WRONG = [
    ("date-time", "2026-01-31T23:59:59Z", True),
    ("date-time", "2026-01-31t23:59:59.123456+01:00", True),
    ("date-time", "2026-02-30T23:59:59Z", False),
    ("date-time", "2026-01-31 23:59:59Z", False),
    ("date-time", "2026-01-31T23:59:59", False),
    ("date-time", "২০২৬-01-31T23:59:59Z", False),
    ("date-time", "2016-12-31T23:59:60Z", True),
    ("date-time", "2017-01-01T08:59:60.5+09:00", True),
    ("date-time", "2016-12-31T15:59:60-08:00", True),
    ("date-time", "2016-12-31T23:58:60Z", False),
    ("date-time", "2016-12-31T23:59:60+01:00", False),
    ("date-time", "2016-12-31T23:59:61Z", False),
    ("date-time", "2026-01-31T24:00:00Z", False),
    ("date-time", "2026-01-31T23:60:00Z", False),
    ("date-time", "2026-01-31T23:59:59+24:00", False),
    ("date-time", "2026-01-31T23:59:59+0100", False),
    ("date-time", "2026-01-31T23:59Z", False),
    ("date-time", "0000-01-31T23:59:59Z", False),
    ("date", "2024-02-29", True),
    ("date", "2026-02-29", False),
    ("date", "20260131", False),
    ("time", "23:59:59Z", True),
    ("time", "23:59:60z", True),
    ("time", "00:29:60+00:30", True),
    ("time", "22:59:60Z", False),
    ("time", "23:59:59", False),
    ("time", "24:00:00Z", False),
    ("duration", "P3Y6M4DT12H30M5S", True),
    ("duration", "P2W", True),
    ("duration", "PT1.5S", False),
    ("duration", "P", False),
    ("duration", "PT", False),
    ("duration", "P1YT", False),
    ("duration", "P1D2H", False),
    ("duration", "P1Y2W", False),
    ("duration", "3600", False),
    ("duration", "P1D\n", False),
    ("hostname", "api.example.com", True),
    ("hostname", "localhost", True),
    ("hostname", "xn--mnchen-3ya.example", True),
    ("hostname", "xn--X", False),
    ("hostname", "a--b.example", True),
    ("hostname", "ab--c.example", False),
    ("hostname", "-a.example", False),
    ("hostname", "a_b.example", False),
    ("hostname", "", False),
    ("hostname", "example.com.", False),
    ("hostname", f"{'a' * 64}.example", False),
    ("hostname", ".".join(["a" * 60] * 5), False),
    ("hostname", "example.com\n", False),
    ("idn-hostname", "münchen.example", True),
    ("idn-hostname", "example.com.", False),
    ("idn-hostname", "a b", False),
    ("idn-hostname", "", False),
    ("json-pointer", "", True),
    ("json-pointer", "/a~1b/0", True),
    ("json-pointer", "/a~2", False),
    ("json-pointer", "a", False),
    ("relative-json-pointer", "1/a", True),
    ("relative-json-pointer", "0#", True),
    ("relative-json-pointer", "01", False),
    ("relative-json-pointer", "/a", False),
    ("uri-template", "/orders/{id}{?page,size*}", True),
    ("uri-template", "/orders/{id", False),
    ("uri-template", "/a b", False),
    ("email", "owner@example.com", True),
    ("email", "first.last+tag@mail.example.co.uk", True),
    ("email", '"a b"@example.com', True),
    ("email", "a@[127.0.0.1]", True),
    ("email", "a@[IPv6:::1]", True),
    ("email", "a@[300.0.0.1]", False),
    ("email", "owner", False),
    ("email", "@example.com", False),
    ("email", "a@", False),
    ("email", "a b@example.com", False),
    ("email", ".a@example.com", False),
    ("email", "a..b@example.com", False),
    ("email", "a@-example.com", False),
    ("email", "a@example.com\n", False),
    ("email", f"{'a' * 250}@example.com", False),
    ("uri", "https://example.com/a?b=c#d", True),
    ("uri", "urn:isbn:0451450523", True),
    ("uri", "mailto:owner@example.com", True),
    ("uri", "/relative", False),
    ("uri", "https://exa mple.com", False),
    ("uri", "", False),
    ("uri", "http://[2001:db8::1]:80/a", True),
    ("uri", "http://[::ffff:192.0.2.1]", True),
    ("uri", "http://[::ffff:01.2.3.4]", False),
    ("uri", "http://[v1.x]/", True),
    ("uri", "http://[V1.x]/", True),
    ("uri", "http://[vx.1]/", False),
    ("uri", "http://[192.0.2.1]/", False),
    ("uri", "http://[fe80::1%25eth0]/", False),
    ("uri", "http://[]/", False),
    ("uri", "http://name:word@example.com:/a//b/;c=%20", True),
    ("uri", "http://example.com:port/", False),
    ("uri", "http://example.com/%2", False),
    ("uri", "http://example.com/é", False),
    ("uri", "http://example.com/a#b#c", False),
    ("uri", "http://example.com\n", False),
    ("uri", "file:///etc/hosts", True),
    ("uri", "a:", True),
    ("uri", "1a:b", False),
    ("uri", "http://087.10.0.1/", True),
    ("uri-reference", "//[::ffff:192.168.0.01]/p", False),
    ("uri-reference", "/relative?x#y", True),
    ("uri-reference", "\\\\server", False),
    ("uri-reference", "", True),
    ("uri-reference", "a:b", True),
    ("uri-reference", "1a:b", False),
    ("uri-reference", "./1a:b", True),
    ("uri-reference", "?a:b/c", True),
    ("uri-reference", ":", False),
    ("ipv4", "127.0.0.1", True),
    ("ipv6", "::1", True),
    ("regex", "^[a-z]+$", True),
    ("regex", r"^\p{L}\d(?<year>\d)$", True),
    ("regex", "(", False),
    ("regex", r"^a\Z", False),
    ("regex", "(?P<year>a)", False),
    ("uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d16380", True),
    ("uuid", "2EB8AA08-AA98-11EA-B4AA-73B441D16380", True),
    ("uuid", "2eb8aa08aa9811eab4aa73b441d16380", False),
    ("uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d1638", False),
    ("e164", "+14155550123", True),
    ("e164", "14155550123", False),
]


@pytest.mark.parametrize(("name", "text", "right"), RIGHT_AND_WRONG)
def test_a_format_takes_what_its_standard_takes(name: str, text: str, right: bool) -> None:
    assert CHECKER.conforms(text, name) == right


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (name, text)
        for name, text, right in RIGHT_AND_WRONG
        # A regular expression and the name of a property may have one.
        if right and name not in ("regex", "json-pointer", "relative-json-pointer")
    ],
)
def test_no_format_takes_a_line_break_behind_the_text(name: str, text: str) -> None:
    assert not CHECKER.conforms(f"{text}\n", name)


@pytest.mark.parametrize("name", sorted({name for name, _, _ in RIGHT_AND_WRONG}))
@pytest.mark.parametrize("value", [None, 5, True, [], {}])
def test_a_format_speaks_of_texts_only(name: str, value: object) -> None:
    assert CHECKER.conforms(value, name)


@given(value=st.uuids())
@settings(max_examples=50, deadline=None)
def test_every_uuid_is_one(value: UUID) -> None:
    assert CHECKER.conforms(str(value), "uuid")


@given(
    moment=st.datetimes(), minutes=st.integers(-23 * 60, 23 * 60), zulu=st.sampled_from(["Z", ""])
)
@settings(max_examples=50, deadline=None)
def test_every_time_with_an_offset_is_one(moment: datetime, minutes: int, zulu: str) -> None:
    offset = timezone(timedelta(minutes=minutes))
    text = f"{moment.isoformat()}Z" if zulu else moment.replace(tzinfo=offset).isoformat()
    assert CHECKER.conforms(text, "date-time")


@pytest.mark.parametrize("name", ["date-time", "email", "uri", "uuid", "e164"])
@given(text=st.text(max_size=30))
@settings(max_examples=100, deadline=None)
def test_no_text_makes_a_format_raise(name: str, text: str) -> None:
    assert CHECKER.conforms(text, name) in (True, False)


@given(first=st.sampled_from("123456789"), rest=st.text("0123456789", min_size=1, max_size=14))
@settings(max_examples=60, deadline=None)
def test_a_plus_a_country_code_and_at_most_15_digits_is_e164(first: str, rest: str) -> None:
    assert is_e164(f"+{first}{rest}")


@given(text=st.text(st.characters() | st.sampled_from("+0123456789 -٣"), max_size=18))
@settings(max_examples=150, deadline=None)
def test_nothing_else_is_e164(text: str) -> None:
    digits = text[1:]
    right = (
        text[:1] == "+"
        and re.fullmatch("[0-9]{2,15}", digits) is not None
        and not digits.startswith("0")
    )
    assert is_e164(text) == right


@pytest.mark.parametrize(
    "text",
    ["", "+", "+1", "+0123456", "14155550123", "+1 415 555", "+1234567890123456", "+12\n", "+١٢٣"],
)
def test_what_looks_like_e164_and_is_not(text: str) -> None:
    assert not is_e164(text)

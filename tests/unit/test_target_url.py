"""What is sent in the clear, and what never leaves the machine."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.hostile import locations

from pytest_apismoke.configuration.target_url import host_of, is_in_the_clear, is_local


@pytest.mark.parametrize(
    "url",
    [
        *("http://api.example.com", "HTTP://api.example.com/v1", "http://10.0.0.1:8080"),
        *("http://[2001:db8::1]", "http://localhost.example.com", "http://host.docker.internal"),
        *("http://192.168.1.7", "http://127.0.0.1.example.com", "http://"),
    ],
)
def test_plain_http_to_another_machine_can_be_read_on_the_way(url: str) -> None:
    assert is_in_the_clear(url)


@pytest.mark.parametrize(
    "url",
    [
        *("https://api.example.com", "https://10.0.0.1", "http://localhost:8000", "demo", ""),
        *("http://127.0.0.1:8000", "http://127.8.9.1", "http://[::1]:8000", "http://LOCALHOST."),
        *("http://api.localhost", "http://0.0.0.0:8000", "httpx://api.example.com"),
    ],
)
def test_what_is_encrypted_or_stays_on_this_machine_can_not(url: str) -> None:
    assert not is_in_the_clear(url)


@given(url=locations | st.text())
@settings(max_examples=150, deadline=None)
def test_any_text_can_be_judged(url: str) -> None:
    assert is_local(url) in (True, False)
    assert isinstance(host_of(url), str)
    assert not (is_in_the_clear(url) and is_local(url))

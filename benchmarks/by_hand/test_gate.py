"""The built-in suites as one would write them by hand: the gate's requests, one after the other.

Beside this file lies settings.schema.json, the contract of the settings. As the gate does, it reads
several times where several instances may be behind one address, and once before it writes. Where
the settings have no strong entity tag, a look halfway sees others that write at the same moment.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from jsonschema import Draft202012Validator, FormatChecker

TIMEOUT_S = 10
READS = 4
VALIDATOR = Draft202012Validator(
    json.loads((Path(__file__).parent / "settings.schema.json").read_text(encoding="utf-8")),
    format_checker=FormatChecker(),
)


def look(session: requests.Session, target: str) -> tuple[dict[str, Any], str | None]:
    response = session.get(f"{target}/api/business/me", timeout=TIMEOUT_S)
    assert response.status_code == 200
    return response.json(), response.headers.get("ETag")


def read(session: requests.Session, target: str) -> dict[str, Any]:
    document, _ = look(session, target)
    return document


def agreed(session: requests.Session, target: str) -> dict[str, Any]:
    first, *others = (read(session, target) for _ in range(READS))
    assert all(other == first for other in others)
    return first


def update(session: requests.Session, target: str, change: dict[str, Any], tag: str | None) -> None:
    response = session.put(
        f"{target}/api/business/me", json=change, headers={"If-Match": tag}, timeout=TIMEOUT_S
    )
    assert response.status_code == 200


@pytest.fixture(scope="module")
def document(session: requests.Session, target: str) -> dict[str, Any]:
    return agreed(session, target)


def test_contract(document: dict[str, Any]) -> None:
    VALIDATOR.validate(document)


def test_settings(session: requests.Session, target: str, document: dict[str, Any]) -> None:
    before, tag = look(session, target)
    assert before == document
    probed = {**before, "business_hours": f"{before['business_hours']} [by hand]"}
    try:
        update(session, target, {"business_hours": probed["business_hours"]}, tag)
        if tag is None:
            assert read(session, target) == probed
        assert agreed(session, target) == probed
    finally:
        current, tag = look(session, target)
        assert current == probed
        update(session, target, {"business_hours": before["business_hours"]}, tag)
    assert agreed(session, target) == before


def test_calendar(session: requests.Session, target: str, document: dict[str, Any]) -> None:
    assert document["google_calendar_connected"] is True
    response = session.get(
        f"{target}/oauth/google/start",
        params={"business_id": document["id"]},
        allow_redirects=False,
        timeout=TIMEOUT_S,
    )
    assert response.status_code == 302
    location = urlsplit(response.headers["Location"])
    assert (location.scheme, location.hostname) == ("https", "accounts.google.com")
    wanted = {"client_id", "redirect_uri", "response_type", "scope", "state"}
    assert wanted <= set(parse_qs(location.query))


def test_twilio(document: dict[str, Any]) -> None:
    assert document["receptionist_enabled"] is True
    assert re.fullmatch(r"\+[1-9]\d{1,14}", document["phone_number"])

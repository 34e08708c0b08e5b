"""The smoke run as one would write it by hand: pytest, requests, and the same nine requests.

The gate's speed is compared with this file's. Start a backend with `apismoke demo --port 8000`,
export APISMOKE_USERNAME and APISMOKE_PASSWORD as it says, and time both, say with hyperfine:

    TARGET=http://127.0.0.1:8000 pytest benchmarks/test_by_hand.py
    pytest --smoke --target-url=http://127.0.0.1:8000
"""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
import requests

TARGET = os.environ.get("TARGET", "")
pytestmark = pytest.mark.skipif(not TARGET, reason="set TARGET to the URL of a backend")
TIMEOUT_S = 10


@pytest.fixture(scope="module")
def session() -> requests.Session:
    assert requests.get(f"{TARGET}/health", timeout=TIMEOUT_S).json()["status"] == "ok"
    credentials = {
        "email": os.environ["APISMOKE_USERNAME"],
        "password": os.environ["APISMOKE_PASSWORD"],
    }
    response = requests.post(f"{TARGET}/api/auth/login", json=credentials, timeout=TIMEOUT_S)
    assert response.status_code == 200
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {response.json()['access_token']}"
    return session


def fetch(session: requests.Session) -> dict[str, Any]:
    response = session.get(f"{TARGET}/api/business/me", timeout=TIMEOUT_S)
    assert response.status_code == 200
    document: dict[str, Any] = response.json()
    return document


@pytest.fixture(scope="module")
def document(session: requests.Session) -> dict[str, Any]:
    return fetch(session)


def test_settings(session: requests.Session, document: dict[str, Any]) -> None:
    assert isinstance(document["id"], str)
    assert isinstance(document["name"], str)
    before = fetch(session)
    for text in (f"{before['business_hours']} [by hand]", before["business_hours"]):
        body = {"business_hours": text}
        response = session.put(f"{TARGET}/api/business/me", json=body, timeout=TIMEOUT_S)
        assert response.status_code == 200
        assert fetch(session) == {**before, "business_hours": text}


def test_calendar(session: requests.Session, document: dict[str, Any]) -> None:
    assert isinstance(document["google_calendar_connected"], bool)
    response = session.get(
        f"{TARGET}/oauth/google/start",
        params={"business_id": document["id"]},
        allow_redirects=False,
        timeout=TIMEOUT_S,
    )
    assert response.status_code == 302
    assert response.headers["Location"].startswith("https://accounts.google.com/")


def test_twilio(document: dict[str, Any]) -> None:
    assert re.fullmatch(r"\+[1-9]\d{1,14}", document["phone_number"])
    assert isinstance(document["receptionist_enabled"], bool)

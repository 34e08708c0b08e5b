"""What the tests by hand share: a backend that is there, and a session that has logged in."""

from __future__ import annotations

import os

import pytest
import requests

TIMEOUT_S = 10


@pytest.fixture(scope="session")
def target() -> str:
    url = os.environ.get("TARGET")
    if not url:
        pytest.skip("set TARGET, EMAIL and PASSWORD")
    return url


@pytest.fixture(scope="session")
def session(target: str) -> requests.Session:
    session = requests.Session()
    health = session.get(f"{target}/health", timeout=TIMEOUT_S)
    assert health.status_code == 200
    assert health.json()["status"] == "ok"
    response = session.post(
        f"{target}/api/auth/login",
        json={"email": os.environ["EMAIL"], "password": os.environ["PASSWORD"]},
        timeout=TIMEOUT_S,
    )
    assert response.status_code == 200
    session.headers["Authorization"] = f"Bearer {response.json()['access_token']}"
    return session

"""Many orders, each held against its schema, as one would write it by hand.

Beside this file lies order.schema.json; ORDERS says how many there are.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import requests
from jsonschema import Draft202012Validator, FormatChecker

TIMEOUT_S = 10
VALIDATOR = Draft202012Validator(
    json.loads((Path(__file__).parent / "order.schema.json").read_text(encoding="utf-8")),
    format_checker=FormatChecker(),
)


@pytest.mark.parametrize("number", range(1, int(os.environ.get("ORDERS", "1")) + 1))
def test_order(session: requests.Session, target: str, number: int) -> None:
    response = session.get(f"{target}/api/orders/{number}", timeout=TIMEOUT_S)
    assert response.status_code == 200
    VALIDATOR.validate(response.json())

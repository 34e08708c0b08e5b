"""Other tools with the same requests, each used as its documentation shows it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from measuring import api
from measuring.processes import Command
from measuring.subjects import CREDENTIALS, Subject
from measuring.workloads import Place, Workload

_WORKERS = 16
_CONFTEST = """\
import os

import pytest
import requests


@pytest.fixture(scope="session")
def token():
    target = os.environ["TARGET"]
    assert requests.get(f"{target}/health", timeout=10).json()["status"] == "ok"
    credentials = {"email": os.environ["EMAIL"], "password": os.environ["PASSWORD"]}
    response = requests.post(f"{target}/api/auth/login", json=credentials, timeout=10)
    return response.json()["access_token"]
"""
#: Tavern validates with pykwalify, or with a function of one's own.
_TAVERN_FUNCTION = """\
import json
from pathlib import Path

from jsonschema import Draft202012Validator, FormatChecker

schema = json.loads(Path(__file__).with_name("order.schema.json").read_text())
validator = Draft202012Validator(schema, format_checker=FormatChecker())


def is_order(response):
    validator.validate(response.json())
"""
_HOOKS = """\
import os

import requests
import schemathesis


@schemathesis.auth()
class Login:
    def get(self, case, context):
        target = os.environ["TARGET"]
        assert requests.get(f"{target}/health", timeout=10).json()["status"] == "ok"
        credentials = {"email": os.environ["EMAIL"], "password": os.environ["PASSWORD"]}
        response = requests.post(f"{target}/api/auth/login", json=credentials, timeout=10)
        return response.json()["access_token"]

    def set(self, case, data, context):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}
"""


def tavern(python: Path) -> Subject:
    """Tavern: a pytest plugin that reads requests from YAML; one item for each order."""

    def prepare(workload: Workload, place: Place) -> Command | None:
        if workload.is_built_in:
            return None
        place.write("conftest.py", _CONFTEST)
        place.write("order_schema.py", _TAVERN_FUNCTION)
        place.write("order.schema.json", json.dumps(api.ORDER_SCHEMA))
        # JSON is YAML.
        place.write("test_orders.tavern.yaml", json.dumps(_tavern_test(workload)))
        return Command(
            arguments=(str(python), "-m", "pytest"),
            folder=place.folder,
            environ={"TARGET": place.url, "PYTHONPATH": ".", **CREDENTIALS},
        )

    return Subject(name="tavern", prepare=prepare)


def schemathesis(python: Path) -> Subject:
    """Schemathesis: one request for each operation of an OpenAPI document, by 16 workers."""

    def prepare(workload: Workload, place: Place) -> Command | None:
        if workload.is_built_in:
            return None
        place.write("hooks.py", _HOOKS)
        place.write("openapi.json", json.dumps(api.openapi_document(workload.orders)))
        return Command(
            arguments=(
                *(str(python), "-m", "schemathesis.cli", "run", "openapi.json"),
                *("--url", place.url, "--workers", str(_WORKERS)),
                *("--phases", "fuzzing", "--mode", "positive", "--max-examples", "1"),
                *("--checks", "status_code_conformance,response_schema_conformance"),
            ),
            folder=place.folder,
            environ={
                "TARGET": place.url,
                "SCHEMATHESIS_HOOKS": "hooks",
                "PYTHONPATH": ".",
                **CREDENTIALS,
            },
        )

    return Subject(name=f"schemathesis, {_WORKERS} workers", prepare=prepare)


def newman(program: Path) -> Subject:
    """Newman: a Postman collection."""

    def prepare(workload: Workload, place: Place) -> Command | None:
        if workload.is_built_in:
            return None
        place.write("orders.json", json.dumps(_collection(workload, place.url)))
        return Command(
            arguments=(str(program), "run", "orders.json"), folder=place.folder, environ={}
        )

    return Subject(name="newman", prepare=prepare)


def _tavern_test(workload: Workload) -> dict[str, Any]:
    return {
        "test_name": "orders",
        "marks": [
            {"usefixtures": ["token"]},
            {"parametrize": {"key": "path", "vals": list(workload.paths())}},
        ],
        "stages": [
            {
                "name": "an order",
                "request": {
                    "url": "{tavern.env_vars.TARGET}{path}",
                    "method": "GET",
                    "headers": {"Authorization": "Bearer {token}"},
                },
                "response": {
                    "status_code": 200,
                    "verify_response_with": {"function": "order_schema:is_order"},
                },
            }
        ],
    }


def _collection(workload: Workload, url: str) -> dict[str, Any]:
    credentials = json.dumps({"email": api.EMAIL, "password": api.PASSWORD})
    is_ok = "pm.response.to.have.status(200);"
    login = {
        "method": "POST",
        "url": url + api.LOGIN,
        "header": [{"key": "Content-Type", "value": "application/json"}],
        "body": {"mode": "raw", "raw": credentials},
    }
    keeps = "pm.collectionVariables.set('token', pm.response.json().access_token);"
    holds = (
        f"pm.test('order', () => {{ {is_ok} "
        f"pm.response.to.have.jsonSchema({json.dumps(api.ORDER_SCHEMA)}); }});"
    )
    authorization = [{"key": "Authorization", "value": "Bearer {{token}}"}]
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    return {
        "info": {"name": "orders", "schema": schema},
        "item": [
            _item("health", {"method": "GET", "url": url + api.HEALTH}, is_ok),
            _item("login", login, keeps),
            *(
                _item(path, {"method": "GET", "url": url + path, "header": authorization}, holds)
                for path in workload.paths()
            ),
        ],
    }


def _item(name: str, request: dict[str, Any], script: str) -> dict[str, Any]:
    event = {"listen": "test", "script": {"exec": [script], "type": "text/javascript"}}
    return {"name": name, "request": request, "event": [event]}

"""Looks at a target from outside: its health page, its description, its login, its settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.discovery import description
from pytest_apismoke.discovery.asking import answer_of
from pytest_apismoke.discovery.finding import Finding
from pytest_apismoke.discovery.health_page import find_health_page
from pytest_apismoke.discovery.login_page import find_login
from pytest_apismoke.discovery.own_document import find_document
from pytest_apismoke.discovery.refusal import find_refusal
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.request import Request
from pytest_apismoke.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """All that a look has found; `document` is the settings, None where none could be read."""

    findings: tuple[Finding, ...]
    openapi: str
    document: Any


def look_at(client: Client, credentials: Credentials) -> Seen:
    """Sends GET and OPTIONS requests, and the login or, to find it, an empty object; no update.

    Args:
        client: sends the requests.
        credentials: empty where there are none.

    Raises:
        SmokeError: `fetch` when the target does not answer.

    """
    health = find_health_page(client)
    path, described = _described(client)
    login = find_login(client, described, credentials)
    document_finding, document = find_document(client, described, login.headers)
    own = str(document_finding.keys.get(("document", "path"), Document().path))
    refusal = Finding() if document is None else find_refusal(client, own, login.headers)
    findings = (health, login.finding, document_finding, refusal)
    return Seen(findings=findings, openapi=path, document=document)


def _described(client: Client) -> tuple[str, Mapping[str, Any] | None]:
    """The path of the OpenAPI document, and its content; an empty path where there is none."""
    for path in description.PATHS:
        response = answer_of(client, Request(method="GET", path=path))
        if response is None:
            continue
        try:
            body = response.json(declared=False) if response.status == 200 else None
        except SmokeError:
            continue
        if isinstance(body, dict) and isinstance(body.get("openapi"), str):
            return path, body
    return "", None

"""Looks at how the settings are refused to whom they do not belong."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_apismoke.configuration.profiles import Document, Refusals
from pytest_apismoke.discovery.finding import Finding, below
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.store import built_in

_DEFAULT, _DOCUMENT = Refusals(), Document()
_CONTRACT = "refusal"
_SERVED, _BROKEN = 300, 500


def find_refusal(client: Client, path: str, headers: Mapping[str, str]) -> Finding:
    """Asks for the settings without a token, and with one that nobody has.

    A password is not tried wrongly: it may lock the account.

    Args:
        client: sends the requests.
        path: of the settings.
        headers: with which they were read; empty where they need none.

    """
    if not headers or path == _DOCUMENT.path:
        # What the API of the default profile answers is part of its contract.
        return Finding()
    wrong: list[dict[str, str]] = [{}]
    if (bearer := headers.get("Authorization", "")) and not bearer.startswith("Basic "):
        scheme = bearer.partition(" ")[0]
        wrong.append({"Authorization": f"{scheme} {secrets.token_hex(16)}"})
    answers = [client.send(Request(method="GET", path=path, headers=one)) for one in wrong]
    statuses = tuple(dict.fromkeys(answer.status for answer in answers))
    if any(status < _SERVED for status in statuses):
        return Finding(
            unknown=(
                f"why GET {path} is answered with {statuses[0]} to anyone: a full run ends red"
                " until the route is protected",
            )
        )
    if any(status >= _BROKEN for status in statuses):
        return Finding(unknown=(f"how GET {path} is refused: it answers {statuses[0]}",))
    keys = _keys(statuses, answers)
    if not keys:
        return Finding()
    words = f"GET {path} without a token is refused with {' or '.join(map(str, statuses))}"
    return Finding(keys=below("refusals", keys), seen=(words,))


def _keys(statuses: Sequence[int], answers: Sequence[Response]) -> dict[str, Any]:
    keys: dict[str, Any] = {}
    if not set(statuses) <= set(_DEFAULT.statuses):
        keys["statuses"] = list(statuses)
    bodies = {_body_of(answer) for answer in answers}
    body = bodies.pop() if len(bodies) == 1 else "any"
    return keys if body == _DEFAULT.body else {**keys, "body": body}


def _body_of(response: Response) -> str:
    """The kind of the body, as [refusals] body has it."""
    if not response.body:
        return "empty"
    try:
        is_structured = not built_in().check(response.json(), _CONTRACT, Redactor())
    except SmokeError:
        is_page = response.body.lstrip().startswith(b"<") or "json" in response.content_type
        return "any" if is_page else "text"
    return "json" if is_structured else "any"

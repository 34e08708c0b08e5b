"""One request to a server of the loopback, with whatever it answers."""

from __future__ import annotations

import json as json_module
from collections.abc import Mapping
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

from servers.server import Answer, Ask

_LIMIT_S = 60.0


def ask_at(
    url: str, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
) -> Answer:
    """Sends a request, and returns the answer of any status."""
    target = urlsplit(url)
    connection = HTTPConnection(target.hostname or "", target.port, timeout=_LIMIT_S)
    try:
        connection.request(method, path, body=body or None, headers=dict(headers))
        response = connection.getresponse()
        content = response.read()
        return Answer(status=response.status, headers=tuple(response.getheaders()), body=content)
    finally:
        connection.close()


def asking(url: str) -> Ask:
    """A way to ask a server that wants success: for seeds and logins."""

    def ask(
        method: str,
        path: str,
        *,
        json: object = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        body, kind = None, {}
        if json is not None:
            body, kind = json_module.dumps(json).encode(), {"Content-Type": "application/json"}
        elif form is not None:
            body = urlencode(form).encode()
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = ask_at(url, method, path, body, {**kind, **(headers or {})})
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status}, {answer.body[:500]!r}")
        return answer

    return ask

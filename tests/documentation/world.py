"""The backend that the examples in the documentation are about, inside the test process."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from gate.shop_server import ME, ORDERS, TOKEN, Said, ShopServer, _Handler, described
from harness import PASSWORD, USERNAME

from pytest_apismoke.demo.documents import new_document

#: The version that it answers with.
VERSION = "2.0"
READER, READER_TOKEN = "reader@example.com", "opaque-canary-of-the-reader"
PUBLIC = "/api/public/orders"
#: Each is the same world but for its health page.
_PLACE = re.compile(r"/(walled|switching|switched)(/.*)")
NO_CALENDAR = {"available": False, "error": "not_configured", "detail": "no client id is set"}


class World(ShopServer):
    """A shop that has settings, a calendar that is not configured, orders, and two roles.

    Below /walled is a wall that asks for a sign-in; below /switching two versions answer in turn,
    and below /switched the new one after the old one has answered twice. Orders that are shown to
    everybody are at `PUBLIC`. A reader may not change anything.
    """

    def __init__(self) -> None:
        super().__init__()
        self.RequestHandlerClass = _Roles
        self.asked = Counter[str]()
        self.documents[ME] = new_document()
        self.description = description()
        items = {"items": list(self.orders.values())}
        self.instead = {
            "GET /health": Said(200, {"status": "ok", "version": VERSION}),
            "GET /oauth/google/start": Said(200, NO_CALENDAR),
            f"GET {PUBLIC}": Said(200, items),
        }

    def health_of(self, place: str) -> Said:
        """What the health page of a place says when it is asked once more."""
        if place == "walled":
            return Said(302, "", {"Location": "https://vercel.com/sso-api"})
        self.asked[place] += 1
        count = self.asked[place]
        is_old = count % 2 if place == "switching" else count <= 2
        return Said(200, {"status": "ok", "version": "1.0.0" if is_old else "2.0.0"})


def description() -> dict[str, Any]:
    """The OpenAPI document of the world: what can be asked without changing anything."""
    shop = described()
    listed = shop["paths"][ORDERS]["get"]
    paths = {**shop["paths"], PUBLIC: {"get": {**listed, "security": []}}}
    return {**shop, "paths": {path: item for path, item in paths.items() if "get" in item}}


class _Roles(_Handler):
    server: World

    def _handle(self) -> None:
        found = _PLACE.match(self.path)
        if found and found[2] == "/health":
            self._answer(self.server.health_of(found[1]))
            return
        self.path = found[2] if found else self.path
        super()._handle()

    def _said(self, route: str, path: str, sent: bytes) -> Said:
        if route == "POST /api/auth/login":
            return _logged_in(json.loads(sent))
        if self.headers["Authorization"] == f"Bearer {READER_TOKEN}":
            refused = {"error": "forbidden", "detail": "a reader may not write"}
            return self._served(route, path, sent) if self.command == "GET" else Said(403, refused)
        return super()._said(route, path, sent)


def _logged_in(sent: dict[str, Any]) -> Said:
    answers = {
        (USERNAME, PASSWORD): {"access_token": TOKEN, "role": "owner"},
        (READER, PASSWORD): {"access_token": READER_TOKEN, "role": "reader"},
    }
    answer = answers.get((sent.get("email", ""), sent.get("password", "")))
    return Said(200, answer) if answer else Said(401, {"error": "no"})

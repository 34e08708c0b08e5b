"""A shop as an HTTP server inside the test process: orders, two documents, and an OpenAPI document.

A test overrides its responses route by route.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from harness import PASSWORD, USERNAME

Json = dict[str, Any]
TOKEN = "opaque-canary-of-the-shop-server"
ME = "/api/business/me"
SHOP = "/api/shop"
ORDERS = "/api/orders"
DESCRIPTION = "/openapi.json"
#: The JSON Schema of the list of orders.
SCHEMA = """
    {
      "type": "object",
      "required": ["items"],
      "properties": {"items": {"type": "array", "items": {"$ref": "#/$defs/order"}}},
      "$defs": {
        "order": {
          "type": "object",
          "required": ["id", "total", "note"],
          "properties": {"id": {"type": "string"}, "total": {"type": "number"}, "note": {}}
        }
      }
    }
"""
#: One order is asked for and searched by an id that only the list tells.
CHECKS = """
    [[check]]
    name = "the list of orders"
    path = "/api/orders"
    query = { limit = 5 }
    refused_without_auth = true
    capture = { order_id = "/items/0/id" }
    [check.expect]
    schema = "orders"
    headers = { Content-Type = "application/json", X-Total = { pattern = "^[0-9]+$" } }

    [[check]]
    name = "one order"
    path = "/api/orders/{order_id}"
    [check.expect]
    status = 200
    schema = "orders#/$defs/order"

    [[check]]
    name = "a search"
    method = "POST"
    path = "/api/orders/search"
    json = { ids = ["{order_id}"] }
    changes = "nothing"
    [check.expect.schema.properties.items]
    minItems = 1

    [[check]]
    name = "another title"
    method = "PUT"
    path = "/api/shop"
    json = { title = "Another" }
    changes = "/api/shop"
    [check.expect.schema.properties]
    title = { const = "Another" }
"""


def described() -> dict[str, Any]:
    """The OpenAPI document of the shop: five operations, three of them safe."""
    order = {"$ref": "#/components/schemas/Order"}
    orders = {
        "type": "object",
        "required": ["items"],
        "properties": {"items": {"type": "array", "items": order}, "next": {"type": "string"}},
    }
    identity = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": "1"},
        "security": [{"token": []}],
        "paths": {
            ORDERS: {"get": _operation(orders)},
            f"{ORDERS}/{{id}}": {
                "parameters": [{**identity, "example": "ord_2"}],
                "get": {"operationId": "getOrder", **_operation(order)},
            },
            f"{ORDERS}/search": {"post": _operation(orders)},
            SHOP: {"get": _operation(True), "put": _operation(True)},
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Order": {
                    "type": "object",
                    "required": ["id", "total"],
                    "properties": {"id": {"type": "string"}, "total": {"type": "number"}},
                }
            },
        },
    }


def _operation(schema: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    return {"responses": {"200": {"description": "ok", "content": content}}}


@dataclass(frozen=True)
class Said:
    """A response; a string is sent as an HTML page, anything else as JSON."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


class ShopServer(ThreadingHTTPServer):
    """Responds correctly, except for the routes in `instead`, such as `GET /api/orders`.

    With `is_open` it requires no token; `authorized` are the routes of requests that carry one all
    the same. `seen` are the routes of all requests in their order; `documents` are its stored
    documents by their paths; `updating` makes the next version of one from it and an update,
    `showing` the response to a GET from the document. It calls `before_answering` with the route
    before it sends a response.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.orders: dict[str, dict[str, Any]] = {
            f"ord_{number}": {"id": f"ord_{number}", "total": number * 1.5, "note": None}
            for number in (1, 2)
        }
        self.documents: dict[str, dict[str, Any]] = {
            ME: {"id": "biz_1", "name": "Shop", "industry": "Retail"},
            SHOP: {"title": "Shop", "is_open": True},
        }
        self.updating: Callable[[Json, Json], Json] = lambda document, sent: {**document, **sent}
        self.showing: Callable[[Json], Json] = lambda document: document
        self.description: Any = None
        self.instead: dict[str, Said] = {}
        self.is_open = False
        self.before_answering: Callable[[str], None] = lambda route: None
        self.seen: list[str] = []
        self.authorized: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def count(self, route: str) -> int:
        """The number of requests of a route."""
        return self.seen.count(route)

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: ShopServer

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_PUT(self) -> None:
        self._handle()

    def _handle(self) -> None:
        path = self.path.partition("?")[0]
        route = f"{self.command} {path}"
        sent = self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.server.seen.append(route)
        self.server.authorized += [route] if "Authorization" in self.headers else []
        said = self.server.instead.get(route) or self._said(route, path, sent)
        self.server.before_answering(route)
        self._answer(said)

    def _said(self, route: str, path: str, sent: bytes) -> Said:
        if route == "GET /health":
            return Said(200, {"status": "ok", "version": "1"})
        if route == "POST /api/auth/login":
            right = json.loads(sent) == {"email": USERNAME, "password": PASSWORD}
            return Said(200, {"access_token": TOKEN}) if right else _REFUSED
        if route == f"GET {DESCRIPTION}" and self.server.description is not None:
            return Said(200, self.server.description)
        if not self.server.is_open and self.headers["Authorization"] != f"Bearer {TOKEN}":
            return _REFUSED
        return self._served(route, path, sent)

    def _served(self, route: str, path: str, sent: bytes) -> Said:
        orders, documents = self.server.orders, self.server.documents
        if route == f"GET {ORDERS}":
            return Said(200, {"items": list(orders.values())}, {"X-Total": str(len(orders))})
        if route == f"POST {ORDERS}/search":
            wanted = json.loads(sent)["ids"]
            return Said(200, {"items": [orders[name] for name in wanted if name in orders]})
        if self.command == "PUT" and path in documents:
            documents[path] = self.server.updating(documents[path], json.loads(sent))
            # As most servers do, it responds with what it was asked for.
            return Said(200, {**documents[path], **json.loads(sent)})
        if path in documents:
            return Said(200, self.server.showing(documents[path]))
        order = orders.get(path.removeprefix(f"{ORDERS}/"))
        return Said(200, order) if order else Said(404, {"error": "not_found", "detail": path})

    def _answer(self, said: Said) -> None:
        is_page = isinstance(said.body, str)
        data = (said.body if is_page else json.dumps(said.body)).encode()
        self.send_response(said.status)
        self.send_header("Content-Type", "text/html" if is_page else "application/json")
        for name, value in said.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        pass


_REFUSED = Said(401, {"error": "unauthorized", "detail": "a valid token is required"})

"""The ASGI application: Starlette's routes around the backend's handlers."""

import asyncio
import json
import sys
import traceback
import uuid
from importlib.resources import files

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from .access import COOKIE
from .backend import Backend
from .connection import Connection
from .request import ROUTES, Request
from .response import Response, internal_error, json_response, refused
from .traffic import COUNTERS_PATH, Traffic

_SPEC_PATH = "/openapi.json"


class App:
    """The API, its OpenAPI document and its counters; each response carries the request's id."""

    def __init__(self, backend: Backend, traffic: Traffic) -> None:
        self._behaviour = backend.behaviour
        self._traffic = traffic
        self._routed = _routed(backend, traffic)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        # The server has neither websockets nor lifespan switched on.
        assert scope["type"] == "http"
        route = f"{scope['method']} {scope['path']}"
        self._traffic.count(route)
        connection: Connection = scope["state"]["connection"]
        if self._behaviour.drops_request(route, connection.next_number()):
            await _read_to_the_end(receive)
            connection.drop()
            await _read_to_the_end(receive)
            return
        early = self._behaviour.before_request(route)
        if delay_s := self._behaviour.delay_s(route):
            await asyncio.sleep(delay_s)
        serve = self._routed if early is None else _to_http(early)
        await serve(scope, receive, _with_request_id(scope, send))


async def _read_to_the_end(receive: Receive) -> None:
    """Read the body, or after it until the connection is closed."""
    while (await receive()).get("more_body", False):
        pass


def _routed(backend: Backend, traffic: Traffic) -> Starlette:
    document = json.loads(files(__package__).joinpath("openapi.json").read_bytes())
    spec = json_response(backend.behaviour.description(document))

    async def api(request: HttpRequest) -> HttpResponse:
        return _to_http(backend.respond(await _read(request)))

    async def openapi(request: HttpRequest) -> HttpResponse:
        return _to_http(spec)

    async def counters(request: HttpRequest) -> HttpResponse:
        return _to_http(json_response(traffic.counters()))

    # One Route for each path, so that a 405 lists every allowed method.
    methods: dict[str, list[str]] = {}
    for method, path in (route.split(" ") for route in ROUTES):
        methods.setdefault(path, []).append(method)
    app = Starlette(
        routes=[
            *(Route(path, api, methods=allowed) for path, allowed in methods.items()),
            Route(_SPEC_PATH, openapi, methods=["GET"]),
            Route(COUNTERS_PATH, counters, methods=["GET"]),
        ],
        exception_handlers={HTTPException: _on_error, Exception: _on_error},
    )
    # A trailing slash makes another path; a redirect would hide a wrong URL in a test.
    app.router.redirect_slashes = False
    return app


async def _read(request: HttpRequest) -> Request:
    """Read the request to its end."""
    method = "GET" if request.method == "HEAD" else request.method
    if_match = request.headers.getlist("if-match")
    return Request(
        route=f"{method} {request.scope['path']}",
        authorization=request.headers.get("authorization", ""),
        cookie=request.cookies.get(COOKIE, ""),
        address=request.client.host if request.client else "",
        # An empty line is a list too, and matches nothing.
        if_match=", ".join(if_match) if if_match else None,
        takes_cached=not any(
            directive.strip().lower() == "no-cache"
            for line in request.headers.getlist("cache-control")
            for directive in line.split(",")
        ),
        query=dict(request.query_params),
        body=await request.body(),
        url=_public_url(request),
        signature=request.headers.get("x-twilio-signature", ""),
    )


def _public_url(request: HttpRequest) -> str:
    """Return the URL that the client used; a proxy in front tells its scheme and host."""
    scheme = request.headers.get("x-forwarded-proto", request.url.scheme)
    host = request.headers.get("x-forwarded-host", request.headers.get("host", ""))
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{scheme}://{host}{request.scope['raw_path'].decode('ascii')}{query}"


async def _on_error(request: HttpRequest, error: Exception) -> HttpResponse:
    if isinstance(error, HTTPException):
        return _to_http(refused(error.status_code, error.detail, error.headers).response)
    # A client that hung up needs no explanation; anything else is a bug to be seen.
    if not isinstance(error, ClientDisconnect):
        traceback.print_exception(error, file=sys.stderr)
    return _to_http(internal_error())


def _to_http(response: Response) -> HttpResponse:
    headers = dict(response.headers)
    return HttpResponse(response.body, response.status, headers, response.media_type)


def _with_request_id(scope: Scope, send: Send) -> Send:
    """Send the id that the client gave its request, or a new one."""
    request_id = Headers(scope=scope).get("X-Request-ID") or uuid.uuid4().hex

    async def send_with_id(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["X-Request-ID"] = request_id
        await send(message)

    return send_with_id

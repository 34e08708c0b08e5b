"""A backend inside the test's own process that gives back the secrets it was sent, in any form.

The forms are made here, independently of how the package looks for them.
"""

from __future__ import annotations

import base64
import html
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, quote_plus, urlsplit

from harness import USERNAME

#: Has what every way of writing a text down has to escape.
PASSWORD = "canary-ä 5/w:o\"r'+%c3<&>\\=~;?#"
_CLAIMS = b'{"sub":"owner@example.com","jti":"4c97a1f0c2d84b6f"}'
#: A JWT whose signature is never verified.
TOKEN = ".".join(
    (
        "eyJhbGciOiJIUzI1NiJ9",
        base64.urlsafe_b64encode(_CLAIMS).decode().rstrip("="),
        "mK0w-7bQk1yV2_dXh3Jt8sRz9LqPo4NcUaGfEi5TxYw",
    )
)
LOGIN = "POST /api/auth/login"
FETCH = "GET /api/business/me"
SAVE = "PUT /api/business/me"
OAUTH = "GET /oauth/google/start"
HEALTH = "GET /health"


def forms(secret: str) -> dict[str, str]:
    """The ways in which a secret is written down, by their names."""
    raw = secret.encode()
    escaped = json.dumps(secret)[1:-1]
    written = {
        "as it is": secret,
        "utf-8 in a header": raw.decode("latin-1"),
        "url-encoded": quote(raw, safe=""),
        "url-encoded, slashes kept": quote(raw),
        "url-encoded, lower case": _lower_codes(quote(raw, safe="")),
        "form-encoded": quote_plus(raw),
        "url-encoded twice": quote(quote(raw, safe=""), safe=""),
        "json-escaped": escaped,
        "json-escaped, as unicode": json.dumps(secret, ensure_ascii=False)[1:-1],
        "json-escaped, slashes too": escaped.replace("/", "\\/"),
        "json-escaped, for html": _for_html(escaped),
        "json-escaped twice": json.dumps(escaped)[1:-1],
        "html-escaped": html.escape(secret),
        "html-escaped, quotes kept": html.escape(secret, quote=False),
        "html-escaped, decimal": html.escape(secret).replace("&#x27;", "&#39;"),
        "as Python shows it": repr(secret)[1:-1],
        "base64": base64.b64encode(raw).decode(),
        "base64, unpadded": base64.b64encode(raw).decode().rstrip("="),
        "base64, for urls": base64.urlsafe_b64encode(raw).decode(),
        "base64, url-encoded": quote(base64.b64encode(raw), safe=""),
        "base64 of basic authentication": base64.b64encode(b"me:" + raw).decode(),
    }
    for before in range(3):
        longer = b"x" * before + raw + b"yz"
        written[f"base64, {before} before it"] = base64.b64encode(longer).decode()
        written[f"base64 for urls, {before} before it"] = base64.urlsafe_b64encode(longer).decode()
    return written


def needles(secret: str) -> set[str]:
    """What of those forms must be found nowhere: of base64 only what depends on the secret."""
    raw = secret.encode()
    found = {text for name, text in forms(secret).items() if not name.startswith("base64")}
    for before in range(3):
        longer = base64.b64encode(bytes(before) + raw).decode().rstrip("=")
        # The letters at either end also hold bits of what stands beside.
        inside = longer[before + (before > 0) : -1]
        found |= {inside, inside.replace("+", "-").replace("/", "_"), quote(inside, safe="")}
    return found


def parts_of_token() -> set[str]:
    """The parts of the token that are secret: all but its first one, which is that of any JWT."""
    return set(TOKEN.split(".")[1:])


def _lower_codes(text: str) -> str:
    first, *others = text.split("%")
    return "".join([first, *(f"%{other[:2].lower()}{other[2:]}" for other in others)])


def _for_html(text: str) -> str:
    for letter in "<>&'":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A response; header values are sent in Latin-1, as most servers do."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    body: str = ""
    reason: str = ""


#: The places in which a string is echoed.
PLACES: Mapping[str, Callable[[str], Said]] = {
    "json": lambda text: Said(
        status=500, body=json.dumps({"detail": f"unexpected {text} here", "trace": [text]})
    ),
    "raw json": lambda text: Said(status=500, body=f'{{"detail": "unexpected {text} here"}}'),
    "key": lambda text: Said(status=500, body=json.dumps({f"unexpected {text}": 1})),
    "page": lambda text: Said(
        status=500, content_type="text/html", body=f"<h1>Error</h1><pre>at {text}</pre>"
    ),
    "request id": lambda text: Said(status=500, headers={"X-Request-ID": text}),
    "location": lambda text: Said(
        status=302, headers={"Location": f"https://elsewhere.example/{text}?next={text}"}
    ),
    "challenge": lambda text: Said(
        status=401, headers={"WWW-Authenticate": f'Bearer error_description="{text}"'}
    ),
    "cookie": lambda text: Said(status=500, headers={"Set-Cookie": f"session={text}; Path=/"}),
    "content type": lambda text: Said(content_type=f"text/{text}", body="{"),
    "reason": lambda text: Said(status=500, reason=text),
}


#: Every text that a secret can be given back as; those of the token's parts are among its own.
TEXTS = tuple(
    dict.fromkeys([*forms(PASSWORD).values(), *forms(TOKEN).values(), *sorted(parts_of_token())])
)
ECHOES = tuple((place, text) for place in PLACES for text in TEXTS)


class EchoServer(ThreadingHTTPServer):
    """Responds like the API of SPEC section 5, except for the routes in `instead`.

    `instead` says by route what is answered in place of that. `GET /echo?number=..` gives back one
    of the `ECHOES`. `seen` holds the method, the path and the headers of every request.
    """

    daemon_threads = True

    def __init__(self, instead: Mapping[str, Said] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.instead = dict(instead or {})
        self.document: dict[str, Any] = {
            "id": "biz_1",
            "name": "Toy",
            "description": "A toy",
            "greeting_style": "Hello",
            "phone_number": None,
            "receptionist_enabled": False,
            "google_calendar_connected": False,
        }
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def headers_seen(self, name: str) -> Iterator[str]:
        """The values of a header in all requests."""
        return (headers[name] for _, _, headers in self.seen if name in headers)

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: EchoServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond()

    def do_PUT(self) -> None:
        self._respond()

    def _respond(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "null")
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append((self.command, url.path, headers))
        said = self.server.instead.get(f"{self.command} {url.path}")
        if said is None:
            said = self._healthy(f"{self.command} {url.path}", parse_qs(url.query), sent)
        self._say(said)

    def _healthy(self, route: str, query: dict[str, list[str]], sent: Any) -> Said:
        if route == HEALTH:
            return _json(200, {"status": "ok"})
        if route == LOGIN:
            right = sent == {"email": USERNAME, "password": PASSWORD}
            return _json(200, {"access_token": TOKEN}) if right else _json(401, _REFUSAL)
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            return _json(401, _REFUSAL)
        if route == "GET /echo":
            place, text = ECHOES[int(query["number"][0])]
            return PLACES[place](text)
        if route == OAUTH:
            return _json(200, {"available": False, "error": "not_configured", "detail": "none"})
        if route == SAVE:
            self.server.document = {**self.server.document, **sent}
        return _json(200, self.server.document)

    def _say(self, said: Said) -> None:
        body = said.body.encode("utf-8", "surrogateescape")
        self.send_response_only(said.status, said.reason or None)
        headers = {"Content-Type": said.content_type, **said.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        pass


def _json(status: int, body: object) -> Said:
    return Said(status=status, body=json.dumps(body))


_REFUSAL = {"error": "unauthorized", "detail": "a valid token is required"}

"""A stand-in for Twilio's REST API: the two resources that the gate asks for, as documented.

Sources: https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource,
https://www.twilio.com/docs/usage/api/applications, https://www.twilio.com/docs/usage/twilios-response
and the pages of the errors 20003, 20404 and 20429.
"""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "canary-auth-token-9f86d081884c7d65"
NUMBER = "+14155550123"
APPLICATION_SID = "AP" + "0123456789abcdef" * 2
_ACCOUNT = f"/2010-04-01/Accounts/{ACCOUNT_SID}"
_MORE = "https://www.twilio.com/docs/errors/"
_MESSAGES = {
    401: (20003, "Authenticate"),
    403: (20003, "Permission Denied"),
    404: (20404, "The requested resource was not found"),
    429: (20429, "Too Many Requests"),
    500: (20500, "Internal Server Error"),
}

Properties = dict[str, Any]


def number_of(number: str = NUMBER, **properties: object) -> Properties:
    """The properties of a number, as a new one has them."""
    return {
        "account_sid": ACCOUNT_SID,
        "api_version": "2010-04-01",
        "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
        "friendly_name": number,
        "phone_number": number,
        "sid": "PN" + "0123456789abcdef" * 2,
        "sms_application_sid": "",
        "sms_fallback_url": "",
        "sms_method": "POST",
        "sms_url": "",
        "status_callback": "",
        "status_callback_method": "POST",
        "trunk_sid": None,
        "voice_application_sid": "",
        "voice_fallback_url": None,
        "voice_method": "POST",
        "voice_url": None,
        **properties,
    }


class TwilioApi(ThreadingHTTPServer):
    """Has the `numbers` of one account, and its `applications` by their SIDs.

    Before that it says the statuses of `script`, one a request, and that of `always` to each.
    `body` replaces each body, `headers` go with each answer. `seen` are the requests: the path with
    its query, and the headers.
    """

    daemon_threads = True

    def __init__(self, *numbers: Properties) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.numbers = list(numbers)
        self.applications: dict[str, Properties] = {}
        self.script: list[int] = []
        self.always: int | None = None
        self.headers: Mapping[str, str] = {}
        self.body: bytes | None = None
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()

    def answer(self, path: str, query: Mapping[str, list[str]]) -> tuple[int, Properties]:
        """The status and the body for a request with the right credentials."""
        if path == f"{_ACCOUNT}/IncomingPhoneNumbers.json":
            return 200, self._page(path, query)
        sid = path.removeprefix(f"{_ACCOUNT}/Applications/").removesuffix(".json")
        if sid in self.applications:
            return 200, {"sid": sid, "account_sid": ACCOUNT_SID, **self.applications[sid]}
        return 404, error(404)

    def _page(self, path: str, query: Mapping[str, list[str]]) -> Properties:
        wanted = query.get("PhoneNumber", [""])[0]
        size = int(query.get("PageSize", ["50"])[0])
        # Parts of numbers are found too.
        found = [one for one in self.numbers if wanted in one["phone_number"]][:size]
        uri = f"{path}?PageSize={size}&Page=0"
        return {
            "end": max(0, len(found) - 1),
            "first_page_uri": uri,
            "incoming_phone_numbers": found,
            "next_page_uri": None,
            "page": 0,
            "page_size": size,
            "previous_page_uri": None,
            "start": 0,
            "uri": uri,
        }


def error(status: int) -> Properties:
    """The body of an error."""
    code, message = _MESSAGES[status]
    return {"code": code, "message": message, "more_info": f"{_MORE}{code}", "status": status}


class _Handler(BaseHTTPRequestHandler):
    server: TwilioApi
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.server.seen.append((self.path, dict(self.headers)))
        said = self.server.script.pop(0) if self.server.script else self.server.always
        pair = b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode()
        if said is not None:
            self._send(said, error(said))
        elif self.headers.get("Authorization") != f"Basic {pair}":
            self._send(401, error(401))
        else:
            self._send(*self.server.answer(parts.path, parse_qs(parts.query)))

    def _send(self, status: int, body: Properties) -> None:
        raw = json.dumps(body).encode() if self.server.body is None else self.server.body
        self.send_response(status)
        self.send_header("Content-Type", "application/json;charset=utf-8")
        self.send_header("Content-Length", str(len(raw)))
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        pass

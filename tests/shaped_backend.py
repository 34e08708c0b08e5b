"""Backends whose settings have another shape: strict, and each with the lines that describe it.

A `Shape` is what an `apismoke.toml` says of such a backend, and what it insists on beyond that. A
`ShapedBackend` keeps its document in memory and answers requests as data, over HTTP or without.
"""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from pytest_apismoke.configuration.loading import load
from pytest_apismoke.configuration.profiles import Document

Json = dict[str, Any]
START: Json = {
    "id": "biz_1",
    "name": "Harbour Dental",
    "about": "Family dentist by the quay",
    "tags": ["a", None],
    "profile": {"motto": "Smile, ma'am & sir", "since": 1999, "note": None},
    "phone_number": "+14155550123",
    "receptionist_enabled": True,
    "google_calendar_connected": False,
}
#: Read-only fields: an update that has them is refused by a backend that is strict about it.
READ_ONLY = ("id", "google_calendar_connected")


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What is written in `[document]`, and how the backend behaves."""

    name: str
    lines: str
    status: int = 200
    #: Seconds after which an accepted update is applied, and whether an operation says so.
    late_s: float = 0.0
    has_operation: bool = False
    #: How an entity tag is written that every update has to send back, or "" for none.
    etag: str = ""
    #: Fields without which, or with which, an update is refused.
    demanded: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    replaces: bool = False

    @property
    def document(self) -> Document:
        profile, mistakes = load({"apismoke.toml": f"[document]\n{self.lines}"})
        assert mistakes == ()
        return profile.document


SHAPES = (
    Shape(
        name="under a pointer, both ways",
        lines="""
            path = "/v2/account"
            root = "/data/attributes"
            update_method = "PATCH"
            update_root = "/data"
            probe = "/about"
        """,
        status=204,
        refused=READ_ONLY,
    ),
    Shape(
        name="one of a list, updated elsewhere",
        lines="""
            path = "/v2/accounts"
            root = "/items"
            select = { "/id" = "biz_1" }
            update_path = "/v2/accounts/biz_1"
            update_method = "POST"
            probe = "/profile/motto"
        """,
        status=201,
    ),
    Shape(
        name="PUT whole",
        lines="""
            update_body = "whole"
            probe = "/about"
        """,
        replaces=True,
    ),
    Shape(
        name="PUT whole, but for what is read-only",
        lines="""
            update_body = "whole"
            writable = ["name", "about", "tags", "profile", "phone_number", "receptionist_enabled"]
            probe = "/profile/motto"
        """,
        replaces=True,
        refused=READ_ONLY,
    ),
    Shape(
        name="PATCH with companions",
        lines="""
            update_method = "PATCH"
            companions = ["name", "phone_number"]
            probe = "/about"
        """,
        demanded=("name", "phone_number"),
        refused=READ_ONLY,
    ),
    Shape(
        name="JSON Merge Patch",
        lines="""
            update_method = "PATCH"
            update_format = "merge-patch"
            probe = "/profile/motto"
        """,
        refused=READ_ONLY,
    ),
    Shape(
        name="JSON Patch",
        lines="""
            update_method = "PATCH"
            update_format = "json-patch"
            probe = "/profile/motto"
        """,
        status=204,
        refused=READ_ONLY,
    ),
    Shape(
        name="JSON Patch inside an envelope, with a version",
        lines="""
            root = "/data"
            update_root = "/data"
            update_method = "PATCH"
            update_format = "json-patch"
            version_member = "/version"
            companions = ["name"]
            probe = "/about"
        """,
        demanded=("name",),
    ),
    Shape(
        name="a form",
        lines="""
            update_method = "POST"
            update_format = "form"
            companions = ["name"]
            probe = "/profile/motto"
            [document.form_names]
            "/profile/motto" = "account[motto]"
            "/name" = "account[name]"
        """,
        status=204,
        demanded=("name",),
    ),
    Shape(
        name="202, and applied later",
        lines="""
            probe = "/about"
        """,
        status=202,
        late_s=0.7,
    ),
    Shape(
        name="202 with an operation",
        lines="""
            probe = "/about"
        """,
        status=202,
        late_s=1.2,
        has_operation=True,
    ),
    Shape(name="strong tags", lines='probe = "/about"', etag='"v{}"'),
    Shape(name="weak tags", lines='probe = "/about"\nif_match = "any"', etag='W/"v{}"'),
    Shape(
        name="a version that comes back",
        lines="""
            update_method = "PATCH"
            version_member = "/version"
            probe = "/about"
        """,
    ),
    Shape(
        name="a key for each update",
        lines="""
            idempotency_header = "Idempotency-Key"
            probe = "/about"
        """,
        status=201,
    ),
    Shape(
        name="a CSRF token from a header",
        lines="""
            csrf_header = "X-CSRF-Token"
            csrf_from_header = "X-CSRF-Next"
            probe = "/about"
        """,
    ),
    Shape(
        name="a CSRF token from a cookie",
        lines="""
            csrf_header = "X-CSRFToken"
            csrf_from_cookie = "csrftoken"
            probe = "/about"
        """,
    ),
    Shape(
        name="a CSRF token from the body",
        lines="""
            root = "/data"
            csrf_header = "X-XSRF"
            csrf_from_pointer = "/meta/xsrf"
            probe = "/about"
        """,
    ),
)


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class _Refused(Exception):  # noqa: N818 - an answer, and no error of the backend
    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.answer = Answer(status=status, body={"error": "refused", "detail": detail})


class ShapedBackend:
    """A backend of one shape; while it `drops`, it accepts updates and keeps none."""

    def __init__(self, shape: Shape, clock: Callable[[], float] = time.monotonic) -> None:
        self.shape = shape
        self.profile = shape.document
        self.drops = False
        #: Whether an update reaches the other item of a list as well, and what that has.
        self.reaches_all = False
        self.other: Json = {"id": "biz_0", "about": "another", "profile": {"motto": "Mine"}}
        self.updates = 0
        #: What was sent with each update that was not refused.
        self.keys: list[str] = []
        self._clock = clock
        self._start = copy.deepcopy(START)
        if self.profile.version_member:
            self._start["version"] = 7
        self._document = copy.deepcopy(self._start)
        self._changes = 0
        self._reads = 0
        self._due: list[tuple[float, Json]] = []

    @property
    def document(self) -> Json:
        """The document as it is now."""
        while self._due and self._due[0][0] <= self._clock():
            self._become(self._due.pop(0)[1])
        return self._document

    @property
    def is_as_before(self) -> bool:
        """Whether it is the same byte for byte, but for a version, which counts updates."""
        now = {name: value for name, value in self.document.items() if name != "version"}
        start = {name: value for name, value in self._start.items() if name != "version"}
        return json.dumps(now) == json.dumps(start) and not self._due

    def handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answers a request for the document; the names of headers are in lower case."""
        if path.startswith("/operations/") and method == "GET":
            is_done = not self._due
            return Answer(status=200 if is_done else 202, body={"done": is_done})
        if method == "GET" and path == self.profile.path:
            return self._show()
        try:
            return self._update(method, path, headers, body)
        except _Refused as refused:
            return refused.answer

    # -- reads

    def _show(self) -> Answer:
        self._reads += 1
        shown: Any = copy.deepcopy(self.document)
        if self.profile.select:
            shown = [copy.deepcopy(self.other), shown]
        for name in reversed(self.profile.root.split("/")[1:]):
            shown = {name: shown, "links": {}}
        headers = {"set-cookie": f"sid=abc; Path=/\ncsrftoken={self._token}; Path=/"}
        headers["x-csrf-next"] = self._token
        if self.shape.etag:
            headers["etag"] = self._tag
        if self.profile.csrf_from_pointer:
            shown["meta"] = {"xsrf": self._token}
        return Answer(status=200, body=shown, headers=headers)

    @property
    def _token(self) -> str:
        return f"csrf-canary-{self._changes}"

    @property
    def _tag(self) -> str:
        return self.shape.etag.format(self._changes)

    # -- updates

    def _update(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        profile = self.profile
        _require(
            (method, path) == (profile.update_method, profile.update_path or profile.path), 405
        )
        media_type = {
            "json": "application/json",
            "merge-patch": "application/merge-patch+json",
            "json-patch": "application/json-patch+json",
            "form": "application/x-www-form-urlencoded",
        }[profile.update_format]
        _require(headers.get("content-type", "") == media_type, 415, f"use {media_type}")
        if self.shape.etag:
            _require("if-match" in headers, 428, "If-Match is required")
            _require(headers["if-match"] == self._tag, 412, "changed")
        if profile.csrf_header:
            _require(headers.get(profile.csrf_header.lower()) == self._token, 403, "CSRF")
        if profile.csrf_from_cookie:
            _require(f"csrftoken={self._token}" in headers.get("cookie", ""), 403, "CSRF cookie")
        if profile.idempotency_header:
            key = headers.get(profile.idempotency_header.lower(), "")
            _require(key, 400, "Idempotency-Key header is required")
            if key in self.keys:
                # As seen: an answer from memory, and nothing is done.
                return Answer(status=self.shape.status, body={"ok": True})
            self.keys.append(key)
        after, sent = self._taken(body)
        for name in self.shape.demanded:
            _require(name in sent, 422, f"{name} is missing")
        for name in self.shape.refused:
            _require(name not in sent, 422, f"{name} is read-only")
        self.updates += 1
        if not self.drops:
            if self.shape.late_s:
                self._due.append((self._clock() + self.shape.late_s, after))
            else:
                self._become(after)
        answer = None if self.shape.status == 204 else {"ok": True}
        location = {"location": "/operations/1"} if self.shape.has_operation else {}
        return Answer(status=self.shape.status, body=answer, headers=location)

    def _become(self, after: Json) -> None:
        self._changes += 1
        if self.reaches_all:
            self.other = {**self.other, "profile": after["profile"]}
        version = {"version": self._document["version"] + 1} if "version" in after else {}
        self._document = {**after, **version}

    def _taken(self, body: bytes) -> tuple[Json, set[str]]:
        """The document after an update, and the names of the fields that it has."""
        profile = self.profile
        if profile.update_format == "form":
            return self._with_form(dict(parse_qsl(body.decode(), keep_blank_values=True)))
        sent = json.loads(body)
        if profile.update_format == "json-patch":
            return self._patched(sent)
        for name in profile.update_root.split("/")[1:]:
            _require(list(sent) == [name], 422, f"{name} is the envelope")
            sent = sent[name]
        if profile.version_member:
            _require(sent.get("version") == self.document["version"], 409, "stale version")
        if profile.update_format == "merge-patch":
            return merged(self.document, sent), set(sent)
        if not self.shape.replaces:
            return {**self.document, **sent}, set(sent)
        kept = {n: v for n, v in self.document.items() if n in self.shape.refused}
        order = {name: None for name in self._start if name in {**kept, **sent}}
        return {**order, **kept, **sent}, set(sent)

    def _with_form(self, sent: dict[str, str]) -> tuple[Json, set[str]]:
        after, names = copy.deepcopy(self.document), set()
        for pointer, name in self.profile.form_names:
            if str(name) not in sent:
                continue
            *outer, last = pointer.split("/")[1:]
            held = after
            for one in outer:
                held = held[one]
            held[last] = sent.pop(str(name))
            names.add(pointer.split("/")[1])
        _require(not sent, 422, f"unknown: {sent}")
        return after, names

    def _patched(self, operations: Any) -> tuple[Json, set[str]]:
        """RFC 6902, as far as a gate has any use for it: a patch is taken whole or not at all."""
        after, names, tested = copy.deepcopy(self.document), set(), False
        root = self.profile.update_root
        for operation in operations:
            _require(operation["path"].startswith(f"{root}/"), 422, "outside")
            *outer, last = operation["path"][len(root) :].split("/")[1:]
            names.add([*outer, last][0])
            held: Any = after
            for one in outer:
                _require(isinstance(held, dict) and one in held, 409, "no such place")
                held = held[one]
            op = operation["op"]
            if op != "add":
                _require(last in held, 409, "no such place")
            if op == "remove":
                del held[last]
            elif op == "test":
                _require(held[last] == operation["value"], 409, "test failed")
                tested = True
            else:
                held[last] = operation["value"]
        _require(tested or not self.profile.version_member, 409, "no version")
        return after, names


def merged(document: Any, patch: Any) -> Any:
    """RFC 7396, section 2."""
    if not isinstance(patch, dict):
        return patch
    after = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            after.pop(name, None)
        else:
            after[name] = merged(after.get(name), value)
    return after


def _require(condition: object, status: int, detail: str = "no") -> None:
    if not condition:
        raise _Refused(status, detail)

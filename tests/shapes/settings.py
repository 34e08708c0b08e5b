"""The settings of a backend: how they are shown and updated, and what goes wrong with that."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Mapping

from shapes.asking import Asked, RefusedError, at, found_at, page
from shapes.parts import Backend, Fault, Guard, Json
from shapes.patches import merged, patched
from starlette.responses import JSONResponse, Response

OTHERS = [{"id": "biz_0", "slug": "first", "name": "First", "greeting_style": "Cool"}]
_CSRF = "X-CSRF-Token"
_CSRF_GUARDS = (Guard.CSRF_COOKIE, Guard.CSRF_HEADER, Guard.CSRF_MEMBER)
#: How often an update is shown before it is reverted, and how much of it is stored.
_SHOWN, _CUT = 3, 8


class Settings:
    """The document; it keeps what it was told, and forgets it where the fault says so."""

    def __init__(self, backend: Backend, clock: Callable[[], float] = time.monotonic) -> None:
        self._shape, self._fault = backend.document, backend.fault
        self._clock = clock
        self._values = _faulty(dict(copy.deepcopy(self._shape.values)), self._fault)
        #: Updates that are accepted and not visible yet, with the moment at which they are.
        self._coming: list[tuple[float, dict[str, Json]]] = []
        self._before: tuple[int, dict[str, Json]] | None = None
        #: The other items, where the document is one of a list.
        self.others = OTHERS
        self._version = 1
        self._reads = 0
        #: How many updates were accepted.
        self.updates = 0
        self._answered: dict[str, Response] = {}

    @property
    def as_stored(self) -> bytes:
        """The document byte for byte, without what the backend counts by itself."""
        self._let_time_pass()
        return json.dumps(self._values).encode()

    def routes(self) -> Mapping[tuple[str, str], Callable[[Asked], Response]]:
        """What answers to the owner."""
        shape = self._shape
        update = (shape.method, shape.update_path or shape.path)
        routes = {("GET", shape.path): self._show, update: self._update}
        return {**routes, ("GET", shape.operation): self._progress} if shape.operation else routes

    def _progress(self, asked: Asked) -> Response:
        self._let_time_pass()
        return JSONResponse({"done": not self._coming}, 202 if self._coming else 200)

    def _show(self, asked: Asked) -> Response:
        self._let_time_pass()
        self._revert()
        if self._fault is Fault.READ_FAILS:
            raise RefusedError(500, "the settings are broken")
        if self._fault is Fault.READ_IS_A_PAGE:
            return page()
        if self._fault is Fault.READ_IS_NULL:
            return JSONResponse(None)
        return self._shown(200)

    def _shown(self, status: int) -> Response:
        shape = self._shape
        document = self._values
        if shape.guard is Guard.VERSION:
            document = {**document, "version": self._version}
        body: Json = document
        if shape.slug:
            mine = [] if self._fault is Fault.ITEM_IS_GONE else [{"slug": shape.slug, **document}]
            body = [*self.others, *mine]
        body = at(shape.root, body)
        if shape.guard is Guard.CSRF_MEMBER:
            body = {**body, "meta": {"csrf": self._csrf()}}
        answer = JSONResponse(body, status)
        if shape.guard in (Guard.STRONG_ETAG, Guard.WEAK_ETAG):
            answer.headers["ETag"] = self._etag()
        if shape.guard is Guard.CSRF_HEADER:
            answer.headers[_CSRF] = self._csrf()
        if shape.guard is Guard.CSRF_COOKIE:
            answer.set_cookie("sid", "of-no-use")
            answer.set_cookie("csrftoken", self._csrf())
        return answer

    def _update(self, asked: Asked) -> Response:
        self._let_time_pass()
        key = asked.header("idempotency-key")
        if self._shape.guard is Guard.IDEMPOTENCY and key in self._answered:
            return self._answered[key]
        self._check_guard(asked)
        if self._fault is Fault.UPDATE_FAILS:
            raise RefusedError(500, "the update is broken")
        if self._fault is Fault.UPDATE_REFUSED:
            raise RefusedError(403, "the settings are read-only")
        if self._fault is Fault.ONE_UPDATE_ONLY and self.updates:
            raise RefusedError(403, "no more updates")
        self._store(self._changed(asked), asked)
        answer = Response(None, self._shape.status)
        if self._shape.echoes and self._shape.status != 204:
            answer = self._shown(self._shape.status)
        if self._shape.operation:
            answer.headers["Location"] = self._shape.operation
        self._answered[key] = answer
        return answer

    def _store(self, changed: dict[str, Json], asked: Asked) -> None:
        self.updates += 1
        self._version += 1
        if self._fault is Fault.UPDATE_DROPPED:
            return
        if self._fault is Fault.UPDATE_HARMS:
            changed = {**changed, "description": f"Harmed {self.updates} times"}
        if self._fault is Fault.UPDATE_REVERTED:
            self._before, self._reads = (self.updates, self._values), 0
        if self._fault is Fault.UPDATE_REACHES_ALL:
            before = self._latest()
            new = {name: value for name, value in changed.items() if value != before.get(name)}
            self.others = [{**other, **new} for other in self.others]
        if self._shape.applied_after_s:
            self._coming.append((self._clock() + self._shape.applied_after_s, changed))
        else:
            self._values = changed

    def _latest(self) -> dict[str, Json]:
        return self._coming[-1][1] if self._coming else self._values

    def _changed(self, asked: Asked) -> dict[str, Json]:
        """The document after an update.

        Raises:
            RefusedError: when the update is not as it has to be.

        """
        shape, before = self._shape, self._latest()
        sent = asked.sent(shape.takes)
        if shape.takes == "json-patch":
            return self._with_patch(before, sent)
        if shape.takes == "form":
            sent = self._fields_of_form(sent)
        else:
            sent = found_at(shape.update_root, sent)
        if shape.guard is Guard.VERSION and sent.pop("version", None) != self._version:
            raise RefusedError(409, f"the version is {self._version}")
        self._check_fields(sent)
        if self._fault is Fault.UPDATE_CUTS:
            sent = {k: v[:_CUT] if isinstance(v, str) else v for k, v in sent.items()}
        if shape.takes in ("merge-patch", "form"):
            return dict(merged(before, sent))
        if self._fault is Fault.UPDATE_REPLACES:
            return {"id": before["id"], "name": before["name"], **sent}
        if shape.whole:
            stay = shape.writable
            kept = [name for name in before if name in sent or (stay and name not in stay)]
            return {**{name: before[name] for name in kept}, **sent}
        return {**before, **sent}

    def _fields_of_form(self, sent: Mapping[str, str]) -> dict[str, Json]:
        places = {name: place for place, name in self._shape.form_names.items()}
        if unknown := [name for name in sent if name not in places]:
            raise RefusedError(422, f"unknown: {unknown}")
        fields: Json = {}
        for name, value in sent.items():
            fields = merged(fields, at(places[name], value))
        return dict(fields)

    def _with_patch(self, before: dict[str, Json], operations: Json) -> dict[str, Json]:
        """The document after a JSON Patch, which is of the whole answer to a read."""
        root, is_counted = self._shape.update_root, self._shape.guard is Guard.VERSION
        shown = {**before, "version": self._version} if is_counted else before
        after = dict(found_at(root, patched(at(root, shown), operations)))
        version = {"op": "test", "path": f"{root}/version", "value": self._version}
        if is_counted and version not in operations:
            raise RefusedError(409, f"{version} is wanted")
        names = {one["path"].removeprefix(root).split("/")[1] for one in operations} - {"version"}
        self._check_fields({name: after[name] for name in names if name in after})
        return {name: value for name, value in after.items() if name in before or name in names}

    def _check_fields(self, sent: Mapping[str, Json]) -> None:
        shape, before = self._shape, self._latest()
        if shape.writable and (wrong := [name for name in sent if name not in shape.writable]):
            raise RefusedError(422, f"read-only or unknown: {wrong}")
        wanted = shape.companions
        if shape.whole:
            wanted = shape.writable or tuple(before)
        if missing := [name for name in wanted if name not in sent and name in before]:
            raise RefusedError(422, f"required: {missing}")
        if changed := [name for name in shape.companions if sent[name] != before[name]]:
            raise RefusedError(422, f"not as it is: {changed}")
        if shape.refuses_null and None in sent.values():
            raise RefusedError(422, "null is not allowed")

    def _check_guard(self, asked: Asked) -> None:
        guard = self._shape.guard
        if guard in (Guard.STRONG_ETAG, Guard.WEAK_ETAG):
            if not asked.header("if-match"):
                raise RefusedError(428, "If-Match is required")
            if asked.header("if-match") != self._etag():
                raise RefusedError(412, "the settings have changed meanwhile")
        if guard is Guard.IDEMPOTENCY and not asked.header("idempotency-key"):
            raise RefusedError(400, "Idempotency-Key is required")
        if guard in _CSRF_GUARDS and asked.header(_CSRF) != self._csrf():
            raise RefusedError(403, f"{_CSRF} is missing or stale")
        if guard is Guard.CSRF_COOKIE and asked.cookie("csrftoken") != self._csrf():
            raise RefusedError(403, "the cookie csrftoken is missing or stale")

    def _etag(self) -> str:
        return f'{"W/" if self._shape.guard is Guard.WEAK_ETAG else ""}"v{self._version}"'

    def _csrf(self) -> str:
        return f"csrf-canary-{self._version}"

    def _let_time_pass(self) -> None:
        while self._coming and self._coming[0][0] <= self._clock():
            self._values = self._coming.pop(0)[1]

    def _revert(self) -> None:
        self._reads += 1
        if self._before and self._reads > _SHOWN:
            self._values, self._before = self._before[1], None


def _faulty(values: dict[str, Json], fault: Fault) -> dict[str, Json]:
    """The document as the fault has it from the beginning."""
    if fault is Fault.NAME_IS_A_NUMBER:
        return {**values, "name": 7}
    if fault is Fault.NO_TEXT:
        kept = ("id", "name")
        return {k: None if isinstance(v, str) and k not in kept else v for k, v in values.items()}
    if fault is Fault.CALENDAR_IS_TEXT:
        return {**values, "google_calendar_connected": "yes"}
    if fault is Fault.PHONE_IS_MALFORMED:
        if "phones" in values:
            return {**values, "phones": [{"number": "555-0123", "kind": "main"}]}
        return {**values, "phone_number": "555-0123"}
    return values

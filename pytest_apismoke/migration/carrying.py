"""Decides which requests of another tool become checks, which wait for their author, and why. Pure.

Only a request that changes nothing becomes a check by itself: the gate sends no write that nobody
takes back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from typing import Any
from urllib.parse import quote

from pytest_apismoke.http.request import SAFE_METHODS
from pytest_apismoke.infer import secret_parts
from pytest_apismoke.infer.naming import Names, snake
from pytest_apismoke.migration import targets
from pytest_apismoke.migration.facts import is_writable, pointer_of, schema_of
from pytest_apismoke.migration.model import Auth, Foreign, Left, Source
from pytest_apismoke.migration.refusing import LOGIN, NotCarriedError, refuse, without_secrets
from pytest_apismoke.migration.texts import NoValueError, Texts, names_in, strings_in
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import Redactor, is_sensitive, is_sensitive_parameter

_WRITES = "the gate sends no write that nobody takes back"
#: What the gate or its client sends by itself.
_OWN_HEADERS = frozenset(
    {"host", "content-length", "connection", "user-agent", "accept-encoding", "cache-control"}
    | {"postman-token"}
)
_BODILESS = (204, 304)
_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A check to declare: its keys in their order; with a `reason` it is written as a comment."""

    keys: Mapping[str, Any] = field(hash=False)
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrying:
    """What became of the requests of a source.

    Attributes:
        target: the URL that most of them go to; it may have variables, or be empty.
        checks: in their order, those that are comments too.
        left: requests, and parts of them, that are not carried over.
        requests: how many there were.

    """

    target: str
    checks: tuple[Carried, ...]
    left: tuple[Left, ...]
    requests: int

    @property
    def live(self) -> int:
        """How many checks run."""
        return sum(not one.reason for one in self.checks)


def carry(source: Source, redactor: Redactor) -> Carrying:
    """Carries the requests of a source over.

    Args:
        source: them.
        redactor: gets to know its secrets; nothing that it would redact is carried over.

    """
    for name, value in source.secrets.items():
        redactor.learn(value, name)
    return _Carrier(source, redactor).carried()


class _Carrier:
    def __init__(self, source: Source, redactor: Redactor) -> None:
        self._source = source
        self._redactor = redactor
        self._texts = Texts(source.variables, frozenset(source.secrets))
        self._names = Names(between=" ")
        self._captures = Names(between="_")
        self._left: list[Left] = list(source.left)
        self._parts: list[tuple[str, str]] = []
        self._target = ""

    def carried(self) -> Carrying:
        requests = self._source.requests
        self._parts = [
            targets.split(one.url, partial(self._texts.plain, defaults=one.defaults))
            for one in requests
        ]
        self._target = targets.of_most([base for base, _ in self._parts])
        checks: list[Carried] = []
        for request, (base, rest) in zip(requests, self._parts, strict=True):
            try:
                checks.append(self._check(request, self._below(base, rest)))
            except (NoValueError, NotCarriedError) as error:
                what = f"{request.method} {self._shown(request.url)}"
                self._left.append(Left(place=request.place, what=what, why=str(error)))
                self._lose(request, "a request gets that is no check")
        return Carrying(
            target=self._redactor.text(self._target),
            checks=tuple(_with_used_captures(checks)),
            left=tuple(replace(one, what=self._redactor.text(one.what)) for one in self._left),
            requests=len(requests),
        )

    def _shown(self, url: str) -> str:
        return self._redactor.text(url.partition("?")[0])

    def _below(self, base: str, rest: str) -> str:
        """The path below the target, and its query."""
        if base in ("", self._target):
            return rest
        if base.startswith(f"{self._target}/"):
            return base.removeprefix(self._target) + rest
        raise NotCarriedError(
            f"it goes to {self._redactor.text(base)}, and the others to"
            f" {self._redactor.text(self._target)}: import it apart"
        )

    def _lose(self, request: Foreign, why: str) -> None:
        for variable, _ in request.saved:
            self._texts.captures.pop(variable, None)
            self._texts.lost[variable] = why

    def _check(self, request: Foreign, below: str) -> Carried:
        method = request.method.upper()
        path_text, _, query_text = below.partition("?")
        path_text = path_text.partition("#")[0]
        refuse(request, method, path_text)
        keys: dict[str, Any] = {"name": self._name(request, method, path_text)}
        if method != "GET":
            keys["method"] = method
        keys["path"] = self._path(path_text, request)
        query = dict(self._query(request, query_text.partition("#")[0]))
        if bad := secret_parts.named(keys["path"], tuple(query.items()), secret_parts.is_secret):
            raise NotCarriedError(f"{bad} has the form of a secret, which no file may have")
        keys |= {"query": query} if query else {}
        headers = dict(self._headers(request))
        keys |= {"headers": headers} if headers else {}
        keys |= self._body(request)
        if method not in SAFE_METHODS:
            keys["changes"] = "nothing"
        if request.auth is Auth.NONE:
            keys["auth"] = False
        keys |= self._capture(request, is_check=method in SAFE_METHODS)
        if expect := self._expect(request, method):
            keys["expect"] = expect
        self._left += request.left
        if self._redactor.text(repr(keys)) != repr(keys):
            raise NotCarriedError("it has a secret in it, which no file may have")
        if method in SAFE_METHODS:
            return Carried(keys=keys)
        return Carried(keys=keys, reason=_WRITES)

    def _name(self, request: Foreign, method: str, path: str) -> str:
        text = self._redactor.text(request.name or f"{method} {path}")
        text = re.sub(r"\s+", " ", text.replace("::", ":").replace("[", "(").replace("]", ")"))
        text = "".join(one for one in text if one.isprintable()).strip()[:180].strip()
        return self._names.unique(text or f"{method} request")

    def _path(self, text: str, request: Foreign) -> str:
        filled = self._texts.filled(text, request.defaults)
        path = quote(re.sub(r"^/*", "/", filled), safe=_VISIBLE)
        return path.replace("?", "%3F")

    def _query(self, request: Foreign, text: str) -> Iterator[tuple[str, str]]:
        for name, value in (*targets.parameters(text), *request.query):
            if is_sensitive_parameter(name, value):
                raise NotCarriedError(
                    f"its parameter {name!r} is a secret; for such a request write a test of your"
                    " own with smoke_client"
                )
            yield name, self._texts.filled(value, request.defaults)

    def _headers(self, request: Foreign) -> Iterator[tuple[str, str]]:
        there: set[str] = set()
        for name, value in request.headers:
            if name.lower() in _OWN_HEADERS or name.lower() in there:
                continue
            there.add(name.lower())
            if name.lower() in ("authorization", "cookie"):
                # The run's own token goes in its place.
                continue
            why = ""
            if is_sensitive(name):
                why = f'a secret: write {name} = "${{NAME}}" below [headers] of apismoke.toml'
            else:
                try:
                    filled = self._texts.filled(value, request.defaults).strip()
                    if re.fullmatch(r"[ -~]*", filled):
                        yield name, filled
                        continue
                    why = "a header has printable ASCII characters only"
                except NoValueError as error:
                    why = str(error)
            self._left.append(Left(place=request.place, what=f"the header {name}", why=why))

    def _body(self, request: Foreign) -> dict[str, Any]:
        if request.json is not None:
            value = self._texts.filled_value(without_secrets(request.json), request.defaults)
            if is_writable(value):
                return {"json": value}
            why = "TOML has no null; write the body as a string, with its Content-Type"
            self._left.append(Left(place=request.place, what="the JSON body", why=why))
        elif request.body:
            why = "only JSON bodies are carried over"
            self._left.append(Left(place=request.place, what=request.body, why=why))
        return {}

    def _capture(self, request: Foreign, *, is_check: bool) -> dict[str, Any]:
        found: dict[str, str] = {}
        for variable, steps in request.saved:
            if is_sensitive(variable):
                self._left.append(Left(place=request.place, what=f"{variable!r}", why=LOGIN))
            elif not is_check:
                self._lose(request, f"a request that writes gets ({request.place})")
            elif not steps:
                what = f"the variable {variable!r}"
                why = "a capture takes a value inside the JSON"
                self._left.append(Left(place=request.place, what=what, why=why))
            else:
                name = self._captures.unique(re.sub(r"^\d+", "", snake(variable)) or "value")
                self._texts.captures[variable] = name
                self._texts.lost.pop(variable, None)
                found[name] = pointer_of(steps)
        return {"capture": found} if found else {}

    def _expect(self, request: Foreign, method: str) -> dict[str, Any]:
        expect: dict[str, Any] = {}
        if request.statuses:
            several = sorted(set(request.statuses))
            expect["status"] = several if len(several) > 1 else several[0]
        wanted = {name: value for name, value in request.wanted if not is_sensitive(name)}
        expect |= {"headers": wanted} if wanted else {}
        if request.max_latency_ms is not None:
            expect["max_latency_ms"] = request.max_latency_ms
        bodiless = method == "HEAD" or (
            bool(request.statuses) and set(request.statuses) <= set(_BODILESS)
        )
        schema = {} if bodiless else self._schema(request)
        return expect | ({"schema": schema} if schema else {})

    def _schema(self, request: Foreign) -> dict[str, Any]:
        facts = []
        for fact in request.facts:
            try:
                keywords = _resolved(fact.keywords, self._texts, request.defaults)
            except NoValueError as error:
                why = str(error)
            else:
                if is_writable(keywords):
                    facts.append(replace(fact, keywords=keywords))
                    continue
                why = "TOML has no null"
            what = f"what {pointer_of(fact.steps) or 'the answer'} is"
            self._left.append(Left(place=request.place, what=what, why=why))
        return schema_of(facts)


def _resolved(
    keywords: Mapping[str, Any], texts: Texts, defaults: Mapping[str, str]
) -> dict[str, Any]:
    """The keywords with the values of variables; a schema has no captures."""

    def plain(value: Any) -> Any:
        if isinstance(value, str) and "{{" in value:
            filled = texts.filled(value, defaults)
            if names_in(filled):
                raise NoValueError("a contract has no value of another answer")
            return filled.replace("{{", "{").replace("}}", "}")
        if isinstance(value, list):
            return [plain(one) for one in value]
        if isinstance(value, dict):
            return {key: plain(one) for key, one in value.items()}
        return value

    return {name: plain(value) for name, value in keywords.items()}


def _with_used_captures(checks: Sequence[Carried]) -> Iterator[Carried]:
    """The checks with those captures only that another one uses."""
    used = {name for one in checks for name in names_in(_templated(one.keys))}
    for one in checks:
        capture = {n: at for n, at in one.keys.get("capture", {}).items() if n in used}
        keys = {key: value for key, value in one.keys.items() if key != "capture" or capture}
        yield replace(one, keys=keys | ({"capture": capture} if capture else {}))


def _templated(keys: Mapping[str, Any]) -> str:
    places = ("path", "query", "headers", "json", "body")
    return " ".join(str(list(strings_in(keys.get(key)))) for key in places)

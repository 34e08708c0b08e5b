"""Reads a Postman collection (format 2.0 and 2.1), which Newman runs, and its environment. Pure.

The format: https://schema.postman.com/collection/json/v2.1.0/draft-07/docs/index.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pytest_apismoke.errors import misconfigured
from pytest_apismoke.migration.model import Auth, Foreign, Left, Source
from pytest_apismoke.migration.postman_script import Script
from pytest_apismoke.redaction import is_sensitive

_LOGIN = "the login of the collection ({kind}): describe it below [login] of apismoke.toml"
_API_KEY = (
    'the key of the collection: write {name} = "${{API_KEY}}" below [headers] of apismoke.toml'
)

_SECRET_PARTS = ("token", "password", "value")


def is_collection(document: object) -> bool:
    """Whether a JSON document is a collection of a format that is read."""
    info = document.get("info") if isinstance(document, dict) else None
    return isinstance(info, dict) and isinstance(document, dict) and "item" in document


def read(document: Mapping[str, Any], environment: object, *, file: str) -> Source:
    """The requests of a collection.

    Args:
        document: the collection.
        environment: as Postman exports it, or None.
        file: the name of the collection, for messages.

    Raises:
        SmokeError: (`usage`) for an environment that is none.

    """
    variables = dict(_pairs(document.get("variable")))
    secrets = {n: v for n, v in variables.items() if is_sensitive(n)}
    if environment is not None:
        values = environment.get("values") if isinstance(environment, dict) else None
        if not isinstance(values, list):
            raise misconfigured(
                expected="an environment as Postman exports it: an object with 'values'",
                seen="something else",
                where="--environment",
                hint="export it again in Postman, or leave the option out",
            )
        variables |= dict(_pairs(values))
        kinds = {one.get("key"): one.get("type") for one in values if isinstance(one, dict)}
        secrets = {
            name: value
            for name, value in variables.items()
            if is_sensitive(name) or kinds.get(name) == "secret"
        }
    reader = _Reader(file)
    requests = tuple(reader.items(document, (), None, ()))
    for number, (name, value) in enumerate(reader.credentials):
        if not value.startswith("{{"):
            secrets.setdefault(f"{name}_{number}" if name in secrets else name, value)
    return Source(
        tool="a Postman collection",
        title=str(document["info"].get("name") or ""),
        requests=requests,
        variables=variables,
        secrets={name: value for name, value in secrets.items() if value},
        notes=tuple(dict.fromkeys(reader.notes)),
        left=tuple(reader.left),
    )


def _pairs(entries: object) -> Iterator[tuple[str, str]]:
    for one in entries if isinstance(entries, list) else ():
        if isinstance(one, dict) and not one.get("disabled") and one.get("enabled", True):
            name, value = one.get("key") or one.get("id"), one.get("value")
            if isinstance(name, str) and not isinstance(value, (dict, list, type(None))):
                yield name, json.dumps(value) if isinstance(value, bool) else str(value)


class _Reader:
    def __init__(self, file: str) -> None:
        self._file = file
        self.notes: list[str] = []
        self.left: list[Left] = []
        self.credentials: list[tuple[str, str]] = []

    def items(
        self,
        group: Mapping[str, Any],
        folders: tuple[str, ...],
        auth: Mapping[str, Any] | None,
        scripts: tuple[str, ...],
    ) -> Iterator[Foreign]:
        """The requests of a folder, and of those in it."""
        auth = group.get("auth", auth)
        scripts = (*scripts, *self._scripts(group, " / ".join(folders) or self._file))
        for one in group.get("item") or ():
            if not isinstance(one, dict):
                continue
            name = str(one.get("name") or "")
            if isinstance(one.get("item"), list):
                yield from self.items(one, (*folders, name), auth, scripts)
            elif "request" in one:
                yield self._request(one, (*folders, name), auth, scripts)

    def _scripts(self, item: Mapping[str, Any], place: str) -> Iterator[str]:
        """The test scripts of an item; those that run before a request are listed."""
        for event in item.get("event") or ():
            script = event.get("script") if isinstance(event, dict) else None
            code = script.get("exec") if isinstance(script, dict) else None
            text = "\n".join(map(str, code)) if isinstance(code, list) else str(code or "")
            if not text.strip():
                continue
            if event.get("listen") == "test":
                yield text
            else:
                why = "a check runs no code before its request"
                self.left.append(Left(place=place, what="the pre-request script", why=why))

    def _request(
        self,
        item: Mapping[str, Any],
        names: Sequence[str],
        auth: Mapping[str, Any] | None,
        scripts: tuple[str, ...],
    ) -> Foreign:
        request = item["request"]
        if isinstance(request, str):
            request = {"url": request}
        place = " / ".join(filter(None, names)) or self._file
        own = tuple(self._scripts(item, place))
        script = Script("\n".join((*scripts, *own)), place)
        url, defaults = _url(request.get("url"))
        headers = tuple(_pairs(request.get("header")))
        self.credentials += [(n, v) for n, v in headers if is_sensitive(n)]
        value, body = _body(request.get("body"))
        return Foreign(
            place=place,
            name=place,
            method=str(request.get("method") or "GET"),
            url=url,
            headers=headers,
            json=value,
            body=body,
            auth=self._auth(request.get("auth", auth), headers),
            statuses=script.statuses,
            facts=tuple(script.facts),
            wanted=tuple(script.wanted),
            max_latency_ms=script.max_latency_ms,
            saved=tuple(script.saved),
            defaults=defaults,
            left=tuple(script.left),
        )

    def _auth(self, auth: object, headers: Sequence[tuple[str, str]]) -> Auth:
        """What a request identifies itself with, its own or an inherited way."""
        if any(name.lower() in ("authorization", "cookie") for name, _ in headers):
            self.notes.append(_LOGIN.format(kind="the header Authorization"))
            return Auth.RUN
        kind = auth.get("type") if isinstance(auth, dict) else None
        if not isinstance(auth, dict) or kind in (None, "noauth"):
            return Auth.NONE
        values = auth.get(str(kind))
        given = dict(values) if isinstance(values, dict) else dict(_pairs(values))
        self.credentials += [
            (name, str(one)) for name, one in given.items() if name in _SECRET_PARTS
        ]
        if kind == "apikey":
            name = given.get("key", "X-Api-Key")
            self.notes.append(_API_KEY.format(name=name))
            return Auth.NONE
        self.notes.append(_LOGIN.format(kind=kind))
        return Auth.RUN


def _url(url: object) -> tuple[str, dict[str, str]]:
    """A URL in either form, with its path variables as `{{name}}`, and their values."""
    if not isinstance(url, dict):
        return _with_variables(str(url or "")), {}
    values = dict(_pairs(url.get("variable")))
    raw = str(url.get("raw") or "")
    if not raw:
        host, path = url.get("host"), url.get("path")
        hosts = ".".join(map(str, host)) if isinstance(host, list) else str(host or "")
        paths = [str(p.get("value") if isinstance(p, dict) else p) for p in path or ()]
        joined = "/".join(paths) if isinstance(path, list) else str(path or "").lstrip("/")
        protocol = f"{url['protocol']}://" if url.get("protocol") else ""
        raw = f"{protocol}{hosts}/{joined}"
    raw = raw.partition("?")[0]
    if isinstance(url.get("query"), list):
        pairs = [one for one in url["query"] if isinstance(one, dict) and not one.get("disabled")]
        given = "&".join(f"{one.get('key') or ''}={one.get('value') or ''}" for one in pairs)
        raw += f"?{given}" if given else ""
    elif "?" in str(url.get("raw") or ""):
        raw += "?" + str(url["raw"]).partition("?")[2]
    return _with_variables(raw), values


def _with_variables(raw: str) -> str:
    """A URL with its path variables, such as `:id`, as `{{id}}`."""
    head, mark, query = raw.partition("?")
    scheme, colon, tail = head.partition("://") if "://" in head else ("", "", head)
    steps = tail.split("/")
    steps[1:] = [f"{{{{{one[1:]}}}}}" if one[:1] == ":" and one[1:] else one for one in steps[1:]]
    return f"{scheme}{colon}{'/'.join(steps)}{mark}{query}"


def _body(body: object) -> tuple[Any, str]:
    """The JSON value of a body, and what it is if it has none."""
    if not isinstance(body, dict) or body.get("disabled"):
        return None, ""
    mode = body.get("mode")
    if mode == "raw" and str(body.get("raw") or "").strip():
        try:
            return json.loads(str(body["raw"])), ""
        except ValueError:
            return None, "the raw body"
    if mode == "graphql" and isinstance(body.get("graphql"), dict):
        graphql = body["graphql"]
        value = {"query": graphql.get("query") or ""}
        try:
            variables = json.loads(graphql.get("variables") or "{}")
        except (TypeError, ValueError):
            return None, "the GraphQL body"
        return {**value, **({"variables": variables} if variables else {})}, ""
    named = {"urlencoded": "the form", "formdata": "the multipart form", "file": "the file"}
    return None, named.get(str(mode), "") if body.get(str(mode)) else ""

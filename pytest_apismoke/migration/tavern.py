"""Reads the REST stages of a Tavern file. Pure, but for the files that it includes.

The format: https://tavern.readthedocs.io/ (2.x). JSON is compared strictly unless a test says
otherwise, as Tavern does it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytest_apismoke.errors import SmokeError
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.migration.model import Auth, Fact, Foreign, Left, Source, Steps, Wanted
from pytest_apismoke.migration.tavern_values import NotCarriedError, is_strict, plain, schema_of
from pytest_apismoke.migration.yaml_tags import Tagged, documents
from pytest_apismoke.redaction import is_sensitive

_PLACEHOLDER = late_pattern(r"(?<!\{)\{([A-Za-z_$][\w.$]*)(?::\w+)?\}(?!\})")
_LOGIN = "the login of the tests: describe it below [login] of apismoke.toml"
_PATH = late_pattern(r"[A-Za-z_][\w-]*(\[\d+\])*(\.[A-Za-z_][\w-]*(\[\d+\])*)*|\[\d+\]")
_BODIES = ("data", "files", "file_body")
_NOT_REST = ("mqtt_publish", "mqtt_response", "grpc_request", "grpc_response", "graphql_request")


def read(text: str, path: Path) -> Source:
    """The requests of a file.

    Args:
        text: its content.
        path: of it; what it includes is relative to that.

    Raises:
        SmokeError: (`usage`) when it is no YAML.

    """
    tests = [one for one in documents(text, str(path)) if isinstance(one, dict)]
    reader = _Reader(path)
    requests: list[Foreign] = []
    for test in tests:
        requests += reader.test(test)
    secrets = {name: value for name, value in reader.variables.items() if is_sensitive(name)}
    return Source(
        tool="a Tavern file",
        title="",
        requests=tuple(requests),
        variables={},
        secrets=secrets | dict(reader.credentials),
        notes=tuple(dict.fromkeys(reader.notes)),
        left=tuple(reader.left),
    )


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path
        self.left: list[Left] = []
        self.notes: list[str] = []
        self.credentials: list[tuple[str, str]] = []
        self.variables: dict[str, str] = {}
        self._stages: dict[str, Mapping[str, Any]] = {}

    def test(self, test: Mapping[str, Any]) -> Iterator[Foreign]:
        """The requests of one test, if it is one."""
        if "stages" not in test:
            return
        name = str(test.get("test_name") or "a test")
        if "_xfail" in test or "xfail" in (test.get("marks") or ()):
            self.left.append(Left(place=name, what="the test", why="Tavern expects it to fail"))
            return
        variables: dict[str, str] = {}
        includes = test.get("includes") or ()
        for one in includes if isinstance(includes, list) else ():
            variables |= self._included(one, name)
        self.variables |= variables
        for mark in test.get("marks") or ():
            word = mark if isinstance(mark, str) else next(iter(mark), "")
            why = "a check has no marks" if isinstance(mark, str) else "write each case as a check"
            if word in ("parametrize", "usefixtures", "skip", "skipif"):
                self.left.append(Left(place=name, what=f"the mark {word}", why=why))
        for stage in (*test["stages"], *(test.get("finally") or ())):
            if not isinstance(stage, dict):
                continue
            if stage.get("type") == "ref":
                known = self._stages.get(str(stage.get("id")))
                if known is None:
                    what = f"the stage {stage.get('id')!r}"
                    self.left.append(Left(place=name, what=what, why="no included file has it"))
                    continue
                stage = known  # the stage that is meant
            yield from self._stage(stage, test, name, variables)

    def _included(self, given: object, place: str) -> dict[str, str]:
        """The variables of an include; its stages are kept by their ids."""
        content: object = given
        if isinstance(given, Tagged) and given.tag == "include":
            path = self._path.parent / str(given.value)
            try:
                content = next(documents(path.read_text(encoding="utf-8-sig"), str(path)), None)
            except (OSError, UnicodeDecodeError, SmokeError):
                what = f"the include {given.value}"
                self.left.append(Left(place=place, what=what, why="the file can't be read"))
                return {}
        if not isinstance(content, dict):
            return {}
        for stage in content.get("stages") or ():
            if isinstance(stage, dict) and "id" in stage:
                self._stages[str(stage["id"])] = stage
        return dict(_flat(content.get("variables") or {}))

    def _stage(
        self,
        stage: Mapping[str, Any],
        test: Mapping[str, Any],
        test_name: str,
        variables: Mapping[str, str],
    ) -> Iterator[Foreign]:
        name = str(stage.get("name") or "a stage")
        place = f"{test_name} / {name}"
        request = stage.get("request")
        if not isinstance(request, dict):
            what = next((one for one in _NOT_REST if one in stage), "a stage without a request")
            self.left.append(
                Left(place=place, what=what, why="only HTTP requests are carried over")
            )
            return
        if stage.get("skip") or test.get("skip"):
            self.left.append(Left(place=place, what="the stage", why="it is skipped in Tavern"))
            return
        left: list[Left] = []

        def leave(what: str, why: str) -> None:
            left.append(Left(place=place, what=what, why=why))

        for key in ("max_retries", "delay_before", "delay_after"):
            if key in stage:
                leave(key, "a check is sent once; the gate waits until the target is ready")
        headers = tuple(_texts(request.get("headers"), leave, "the header"))
        self.credentials += [(n, v) for n, v in headers if is_sensitive(n) and "{{" not in v]
        if is_authorised := (
            "auth" in request or any(n.lower() in ("authorization", "cookie") for n, _ in headers)
        ):
            self.notes.append(_LOGIN)
        foreign = Foreign(
            place=place,
            name=place,
            method=str(request.get("method") or "GET"),
            url=_marked(str(request.get("url") or "")),
            query=tuple(_texts(request.get("params"), leave, "the parameter")),
            headers=headers,
            json=_sent(request.get("json"), leave),
            body=next(
                (f"the {k} body" for k in ("data", "files", "file_body") if k in request), ""
            ),
            auth=Auth.RUN if is_authorised else Auth.NONE,
            defaults=variables,
        )
        answer = stage.get("response")
        if isinstance(answer, dict):
            strict = is_strict(stage, test)
            foreign = _with_answer(foreign, answer, leave, strict=strict)
        yield replace(foreign, left=tuple(left))


def _with_answer(
    foreign: Foreign, answer: Mapping[str, Any], leave: Any, *, strict: bool
) -> Foreign:
    """The request with what its answer is expected to be."""
    strict = is_strict(answer, default=strict)
    codes = answer.get("status_code", 200)
    codes = codes if isinstance(codes, list) else [codes]
    statuses = tuple(one for one in codes if type(one) is int and 200 <= one <= 599)
    if not statuses:
        leave("the status", "no check expects it")
    facts: list[Fact] = []
    if "json" in answer:
        try:
            facts.append(Fact(steps=(), keywords=schema_of(answer["json"], strict=strict)))
        except NotCarriedError as error:
            leave("the expected JSON", str(error))
    wanted: list[tuple[str, Wanted]] = []
    headers = answer.get("headers")
    for name, value in headers.items() if isinstance(headers, dict) else ():
        is_plain = isinstance(value, (str, int)) and not _PLACEHOLDER.search(str(value))
        wanted.append((str(name), str(value) if is_plain else True))
    saved: list[tuple[str, Steps]] = []
    save = answer.get("save")
    for kind, names in save.items() if isinstance(save, dict) else ():
        for name, path in names.items() if isinstance(names, dict) else ():
            if kind == "json" and _PATH.fullmatch(str(path)):
                saved.append((str(name), _steps(str(path))))
            else:
                leave(f"what is saved as {name!r}", "a capture takes one value of the JSON")
    for key in ("verify_response_with", "redirect_query_params", "cookies", "text"):
        if key in answer:
            leave(key, "no check has its like; write a test of your own with smoke_client")
    return replace(
        foreign,
        statuses=statuses,
        facts=tuple(facts),
        wanted=tuple(wanted),
        saved=tuple(saved),
    )


def _texts(given: object, leave: Any, what: str) -> Iterator[tuple[str, str]]:
    for name, value in given.items() if isinstance(given, dict) else ():
        if isinstance(value, (str, int, float, bool)):
            text = str(value).lower() if isinstance(value, bool) else str(value)
            yield str(name), _marked(text)
        elif not str(name).startswith("$"):
            leave(f"{what} {name}", "its value is computed")


def _sent(value: Any, leave: Any) -> Any:
    try:
        return None if value is None else plain(value, _marked)
    except NotCarriedError as error:
        leave("the JSON body", str(error))
        return None


def _marked(text: str) -> str:
    """A string with Tavern's placeholders as `{{name}}`."""
    return _PLACEHOLDER.sub(r"{{\1}}", text)


def _steps(path: str) -> Steps:
    found = re.findall(r"([A-Za-z_][\w-]*)|\[(\d+)\]", path)
    return tuple(int(index) if index else name for name, index in found)


def _flat(values: object, before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in values.items() if isinstance(values, dict) else ():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
            yield f"{before}{name}", _marked(str(value))

"""Validate the combination of keys in one declared check. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pytest_apismoke.checks.declared.captures import leads_into_a_list
from pytest_apismoke.checks.declared.check_schema import Problem, schema_of
from pytest_apismoke.checks.declared.model import NOTHING
from pytest_apismoke.configuration.sources import nearest
from pytest_apismoke.configuration.toml_loader import in_words
from pytest_apismoke.documents import step
from pytest_apismoke.http.request import SAFE_METHODS

#: Statuses of responses without a body (RFC 9110, 15.3.5 and 15.4.5).
_BODILESS = frozenset({204, 304})


def between_keys(table: Mapping[str, Any], valid: Mapping[str, Any]) -> Iterator[Problem]:
    """Validate the combination of a check's keys.

    Args:
        table: the table of the check.
        valid: its valid keys.

    """
    schema = schema_of("check")
    for key in schema["required"]:
        if key not in table:
            hint = schema["properties"][key]["x-hint"]
            yield Problem(expected=f"the key {key!r}", seen="none", hint=hint)
    yield from _changes(table, valid)
    yield from _bodies(table, valid)
    yield from _absences(valid)
    yield from _credentials(valid)


def _changes(table: Mapping[str, Any], valid: Mapping[str, Any]) -> Iterator[Problem]:
    method = method_of(table, valid)
    if method in SAFE_METHODS and "changes" in valid:
        yield Problem(
            pointer="/changes",
            expected=f"no 'changes' for {method}, which changes nothing",
            seen=in_words(valid["changes"]),
            hint="remove it, or correct the method",
        )
    elif method and method not in SAFE_METHODS and "changes" not in table:
        yield Problem(
            expected=f"the key 'changes' for {method}",
            seen="none",
            hint="write the path of the document that the check changes, which is then restored and"
            ' verified, or changes = "nothing"',
        )
    yield from _only_beside_a_document(table, valid)


def _only_beside_a_document(
    table: Mapping[str, Any], valid: Mapping[str, Any]
) -> Iterator[Problem]:
    """Refuse the keys about the changed document where there is none."""
    if "changes" in table and valid.get("changes") != NOTHING:
        return
    present = {
        "/changing": "changing" in valid,
        "/restore": "restore" in valid,
        "/expect/persisted": "persisted" in valid.get("expect", {}),
    }
    for pointer in (pointer for pointer, is_there in present.items() if is_there):
        yield Problem(
            pointer=pointer,
            expected=f"{pointer[1:].replace('/', '.')!r} only beside a 'changes' that names a"
            " document",
            seen=in_words(valid["changes"]) if "changes" in valid else "no 'changes'",
            hint="remove it, or write the path of the document that the check changes",
        )


def method_of(table: Mapping[str, Any], valid: Mapping[str, Any]) -> str:
    """The method of a check, GET by default; empty when the value of `method` is invalid."""
    return str(valid["method"]) if "method" in valid else "" if "method" in table else "GET"


def _bodies(table: Mapping[str, Any], valid: Mapping[str, Any]) -> Iterator[Problem]:
    if "json" in table and "body" in table:
        hint = "remove one of them"
        yield Problem(expected="one body, 'json' or 'body'", seen="both", hint=hint)
    expect = valid.get("expect", {})
    statuses = statuses_of(expect)
    without = "method HEAD" if method_of(table, valid) == "HEAD" else ""
    if statuses and set(statuses) <= _BODILESS:
        without = f"status {statuses[0]}"
    needs_body = {"/capture": valid.get("capture"), "/expect/schema": expect.get("schema")}
    for pointer, value in needs_body.items():
        if without and value:
            yield Problem(
                pointer=pointer,
                expected="a response with a body",
                seen=f"{without}, whose response has none",
                hint="remove it, or correct the method or the status",
            )


def _absences(valid: Mapping[str, Any]) -> Iterator[Problem]:
    """Refuse the keys about absent values where nothing of the kind is captured."""
    capture = valid.get("capture", {})
    if valid.get("may_be_empty") and not any(map(leads_into_a_list, capture.values())):
        yield Problem(
            pointer="/may_be_empty",
            expected="may_be_empty beside a capture from an item of a list",
            seen=in_words(capture) if capture else "no 'capture'",
            hint='write, for instance, capture = { order_id = "/items/0/id" }, or remove it',
        )
    for index, name in enumerate(valid.get("may_lack", ())):
        if name not in capture:
            yield Problem(
                pointer=f"/may_lack/{index}",
                expected="the name of a capture of this check",
                seen=repr(name),
                hint=nearest(name, tuple(capture)) if capture else "remove may_lack",
            )


def statuses_of(expect: Mapping[str, Any]) -> tuple[int, ...]:
    """The expected statuses; empty stands for any 2xx."""
    status = expect.get("status", [])
    return (status,) if isinstance(status, int) else tuple(status)


def _credentials(valid: Mapping[str, Any]) -> Iterator[Problem]:
    if valid.get("refused_without_auth") and valid.get("auth") is False:
        yield Problem(
            pointer="/refused_without_auth",
            expected="auth = true together with refused_without_auth",
            seen="auth = false",
            hint="remove one of them",
        )
    names = list(valid.get("headers", {}))
    for index, name in enumerate(names):
        pointer = f"/headers/{step(name)}"
        if name.lower() in map(str.lower, names[:index]):
            hint = "remove one of them: header names are case-insensitive"
            yield Problem(
                pointer=pointer, expected="each header once", seen=f"{name!r} twice", hint=hint
            )
        if name.lower() == "authorization" and valid.get("auth") is not False:
            yield Problem(
                pointer=pointer,
                expected="no credentials besides the run's token",
                seen=repr(name),
                hint="remove it, or write auth = false; credentials don't belong in a file",
            )

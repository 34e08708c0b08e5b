"""What the keys of one declared check have to do with each other. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pytest_apismoke.checks.declared.captures import placeholders
from pytest_apismoke.checks.declared.check_file.values import NOTHING, Problem
from pytest_apismoke.configuration.toml_loader import in_words
from pytest_apismoke.documents import step
from pytest_apismoke.http.request import SAFE_METHODS

#: Answers that have no body (RFC 9110, 15.3.5 and 15.4.5).
_WITHOUT_BODY = frozenset({204, 304})


def rule_problems(table: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with a check although each of its keys may stand.

    Args:
        table: all that was given.
        given: of that what has the right shape.

    """
    yield from _missing(table)
    yield from _changes(table, given)
    yield from _changing(table, given)
    yield from _bodies(table, given)
    yield from _credentials(given)


def _missing(table: Mapping[str, Any]) -> Iterator[Problem]:
    for key, example in (("name", "the list of orders"), ("path", "/api/orders")):
        if key not in table:
            hint = f'write, for instance, {key} = "{example}"'
            yield Problem(expected=f"the key {key!r}", seen="none", hint=hint)


def _changes(table: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[Problem]:
    method = method_of(table, given)
    if method in SAFE_METHODS and "changes" in given:
        yield Problem(
            pointer="/changes",
            expected=f"no 'changes' for {method}, which changes nothing",
            seen=in_words(given["changes"]),
            hint="take it away, or correct the method",
        )
    elif method and method not in SAFE_METHODS and "changes" not in table:
        yield Problem(
            expected=f"the key 'changes' for {method}",
            seen="none",
            hint="what a check changes has to be put back: write the path of the document that it"
            ' changes, which is then put back with proof, or changes = "nothing"',
        )


def _changing(table: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[Problem]:
    no_document = "changes" not in table or given.get("changes") == NOTHING
    if "changing" in given and no_document:
        yield Problem(
            pointer="/changing",
            expected="'changing' only beside a 'changes' that names a document",
            seen=in_words(given["changes"]) if "changes" in given else "no 'changes'",
            hint="take it away, or write the path of the document that is changed",
        )


def method_of(table: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    """The method, as far as it is known; empty where a wrong one was given."""
    return str(given["method"]) if "method" in given else "" if "method" in table else "GET"


def _bodies(table: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[Problem]:
    if "json" in table and "body" in table:
        hint = "take one of them away"
        yield Problem(expected="one body, 'json' or 'body'", seen="both", hint=hint)
    expect = given.get("expect", {})
    statuses = statuses_of(expect)
    without = "method HEAD" if method_of(table, given) == "HEAD" else ""
    if statuses and set(statuses) <= _WITHOUT_BODY:
        without = f"status {statuses[0]}"
    wants = {"/capture": given.get("capture"), "/expect/schema": expect.get("schema")}
    for pointer, value in wants.items():
        if without and value:
            yield Problem(
                pointer=pointer,
                expected="an answer that has a body to look into",
                seen=f"{without}, whose answer has none",
                hint="take it away, or correct the method and the status",
            )


def statuses_of(expect: Mapping[str, Any]) -> tuple[int, ...]:
    """The statuses that are expected; none for any 2xx."""
    status = expect.get("status", [])
    return (status,) if isinstance(status, int) else tuple(status)


def _credentials(given: Mapping[str, Any]) -> Iterator[Problem]:
    if given.get("refused_without_auth") and given.get("auth") is False:
        yield Problem(
            pointer="/refused_without_auth",
            expected="auth = true where it is to be refused without",
            seen="auth = false",
            hint="take one of them away",
        )
    names = list(given.get("headers", {}))
    for index, name in enumerate(names):
        pointer = f"/headers/{step(name)}"
        if name.lower() in map(str.lower, names[:index]):
            hint = "take one of them away: the case of its letters makes no difference"
            yield Problem(
                pointer=pointer, expected="each header once", seen=f"{name!r} twice", hint=hint
            )
        if name.lower() == "authorization" and given.get("auth") is not False:
            yield Problem(
                pointer=pointer,
                expected="no credentials besides the run's token",
                seen=repr(name),
                hint="take it away, or write auth = false; credentials never belong into a file",
            )


def uses(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The captures that a check uses: pairs of a name and the JSON Pointer to the text."""
    for key in ("path", "query", "headers", "json", "body", "changes"):
        for pointer, text in _texts(given.get(key), f"/{key}"):
            yield from ((name, pointer) for name in placeholders(text))


def _texts(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from _texts(member, f"{pointer}/{step(name)}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{pointer}/{index}")

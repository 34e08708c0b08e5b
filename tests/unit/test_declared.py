"""Parsing files of declared checks, and the message for each error in them."""

from __future__ import annotations

import json
import pickle
import time
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from jsonschema import Draft202012Validator

from pytest_apismoke.checks.declared.check_file import parse, read
from pytest_apismoke.checks.declared.model import (
    Declared,
    DeclaredCheck,
    Expect,
    HeaderWanted,
    unknown_schemas,
)
from pytest_apismoke.errors import Category, Failure
from pytest_apismoke.schemas.store import built_in

EVERYTHING = """
#:schema .checks.schema.json
[[check]]
name = "the list of orders"
path = "/api/orders"
capture = { order_id = "/items/0/id", total = "/total" }
may_be_empty = true
may_lack = ["total"]

[[check]]
name = "one order is changed"
method = "PATCH"
path = "/api/orders/{order_id}"
query = { limit = 5, ratio = 0.5, all = true, after = "{total}" }
headers = { X-Tenant = "one" }
json = { note = "{order_id}", tags = ["a", 1, false] }
changes = "/api/orders/{order_id}"
changing = ["revision", "updated_at"]
restore = "whole"
refused_without_auth = true
category = "state"
smoke = true
required = false
[check.expect]
status = [200, 202]
schema = "settings"
headers = { Content-Type = "application/json", X-Total = true, ETag = { pattern = "^W/" } }
max_latency_ms = 800
persisted = false

[[check]]
name = "a form"
method = "POST"
path = "/api/search"
body = "a=1"
changes = "nothing"
auth = false
expect.status = 204
"""
LIST = '[[check]]\nname = "list"\npath = "/orders"\n'
PUBLISHED = json.loads(
    files("pytest_apismoke.checks.declared").joinpath("checks.schema.json").read_text()
)
CHECK, EXPECT = (list(PUBLISHED["$defs"][name]["properties"]) for name in ("check", "expect"))


def mistakes(text: str, path: str = "orders.toml") -> tuple[Failure, ...]:
    """The errors in a file without any valid check."""
    declared = parse(text, path)
    assert declared.checks == ()
    return declared.mistakes


def only(text: str, path: str = "orders.toml") -> str:
    """The message of the only error in a file."""
    (mistake,) = parse(text, path).mistakes
    assert mistake.category is Category.USAGE
    return str(mistake)


def check(lines: str) -> str:
    """The message of the only error in a file with one check that contains these lines."""
    return only(f"{LIST}{lines}\n")


def message(expected: str, seen: str, where: str, hint: str) -> str:
    return f"expected {expected}, seen {seen}\n  where: {where}\n  what to do: {hint}"


def problem(where: str, expected: str, seen: str, hint: str, *, check: str = "'list'") -> str:
    """A message about a place in the first check of contracts/orders.toml."""
    return message(expected, seen, f"contracts/orders.toml#/check/0{where} (of {check})", hint)


#: How messages name a check without a valid name.
FIRST = "check 1 of the file"


# -- valid files -----------------------------------------------------------------------------------


def test_a_file_becomes_records() -> None:
    assert parse(EVERYTHING, "orders.toml") == Declared(
        checks=(
            DeclaredCheck(
                api="orders",
                name="the list of orders",
                file="contracts/orders.toml",
                place="/check/0",
                path="/api/orders",
                captures=(("order_id", "/items/0/id"), ("total", "/total")),
                may_be_empty=True,
                may_lack=("total",),
            ),
            DeclaredCheck(
                api="orders",
                name="one order is changed",
                file="contracts/orders.toml",
                place="/check/1",
                method="PATCH",
                path="/api/orders/{order_id}",
                query=(("limit", "5"), ("ratio", "0.5"), ("all", "true"), ("after", "{total}")),
                headers=(("X-Tenant", "one"),),
                json={"note": "{order_id}", "tags": ["a", 1, False]},
                changes="/api/orders/{order_id}",
                changing=("revision", "updated_at"),
                restores_whole=True,
                refused_without_auth=True,
                category=Category.STATE,
                smoke=True,
                required=False,
                needs=("the list of orders",),
                uses=("order_id", "total"),
                expect=Expect(
                    statuses=(200, 202),
                    schema="settings",
                    headers=(
                        HeaderWanted(name="Content-Type", equals="application/json"),
                        HeaderWanted(name="X-Total"),
                        HeaderWanted(name="ETag", pattern="^W/"),
                    ),
                    max_latency_ms=800,
                    persisted=False,
                ),
            ),
            DeclaredCheck(
                api="orders",
                name="a form",
                file="contracts/orders.toml",
                place="/check/2",
                method="POST",
                path="/api/search",
                body="a=1",
                changes="nothing",
                auth=False,
                smoke=False,
                expect=Expect(statuses=(204,)),
            ),
        ),
        schemas={},
        mistakes=(),
    )


def test_records_can_be_pickled_and_hashed() -> None:
    declared = parse(EVERYTHING, "orders.toml")
    assert pickle.loads(pickle.dumps(declared)) == declared  # noqa: S301  # our own bytes
    assert len(set(declared.checks)) == 3


def test_a_check_has_a_node_id_and_a_location() -> None:
    (first, second, _) = parse(EVERYTHING, "orders.toml").checks
    assert first.node_id == "contracts/orders.toml::the list of orders"
    assert second.where == "contracts/orders.toml#/check/1"
    assert (first.is_safe, second.is_safe) == (True, False)


@pytest.mark.parametrize(
    "text", [LIST, f"\ufeff{LIST}", LIST.replace("\n", "\r\n"), f"# a comment\n\n{LIST}"]
)
def test_byte_order_marks_and_line_endings_make_no_difference(text: str) -> None:
    assert [one.name for one in parse(text, "orders.toml").checks] == ["list"]
    assert parse(text, "orders.toml").mistakes == ()


def test_a_schema_may_be_inline() -> None:
    """It becomes a document of `Schemas`, and its references are relative to `contracts/`."""
    declared = parse(f'{LIST}expect.schema = {{ "$ref" = "settings.schema.json" }}', "orders.toml")
    name = "orders.toml?/check/0/expect/schema"
    assert declared.checks[0].expect.schema == name
    assert declared.schemas == {name: {"$ref": "settings.schema.json"}}
    assert declared.labels == {name: "contracts/orders.toml#/check/0/expect/schema"}
    schemas = built_in().with_documents(declared.schemas, declared.labels)
    assert schemas.mistakes() == ()
    assert schemas.findings({"id": 1, "name": "n"}, name) == ()
    assert unknown_schemas(declared.checks, schemas) == ()


def test_a_check_needs_the_checks_whose_captures_it_uses_in_file_order() -> None:
    declared = parse(
        """
[[check]]
name = "first"
path = "/a"
capture = { a = "/a", aa = "/aa" }
[[check]]
name = "second"
path = "/{a}"
capture = { b = "/b" }
[[check]]
name = "third"
path = "/{b}/{a}/{aa}/{b}"
""",
        "orders.toml",
    )
    assert [one.needs for one in declared.checks] == [(), ("first",), ("first", "second")]


@pytest.mark.parametrize(
    ("method", "line", "smoke"),
    [
        ("GET", "", True),
        ("HEAD", "", True),
        ("POST", 'changes = "nothing"', False),
        ("POST", 'changes = "nothing"\nsmoke = true', True),
        ("GET", "smoke = false", False),
    ],
)
def test_safe_methods_belong_to_the_smoke_run_by_default(
    method: str, line: str, smoke: bool
) -> None:
    declared = parse(f'{LIST}method = "{method}"\n{line}\n', "orders.toml")
    assert [one.smoke for one in declared.checks] == [smoke]


def test_a_check_that_needs_one_outside_the_smoke_run_is_outside_too() -> None:
    text = (
        '[[check]]\nname = "make"\nmethod = "POST"\npath = "/orders"\nchanges = "nothing"\n'
        'capture = { id = "/id" }\n[[check]]\nname = "look"\npath = "/orders/{id}"\n'
    )
    assert [one.smoke for one in parse(text, "orders.toml").checks] == [False, False]
    assert only(f"{text}smoke = true") == message(
        "a check that the smoke run can include",
        "it belongs to the smoke run but needs 'make', which does not",
        "contracts/orders.toml#/check/1/smoke (of 'look')",
        "write smoke = true there too, or smoke = false here",
    )


def test_two_thousand_checks_are_parsed_within_two_seconds() -> None:
    text = "".join(
        f'[[check]]\nname = "{number}"\npath = "/orders/{{o{number - 1}}}"\n'
        f'capture = {{ o{number} = "/id" }}\n[check.expect]\nstatus = [200, 404]\n'
        'schema = { type = "object", properties = { id = { type = "string" } } }\n'
        for number in range(1, 2001)
    ).replace("{o0}", "")
    started = time.process_time()
    declared = parse(text, "orders.toml")
    assert time.process_time() - started < 2
    assert len(declared.checks) == len(declared.schemas) == 2000
    assert declared.mistakes == ()


# -- errors in a file -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seen", "where"),
    [
        ("[[check]]\nname = list", "Invalid value", ", line 2, column 8"),
        ("[[check]\n", "Expected ']]' at the end of an array declaration", ", line 1, column 8"),
        ('{"check": []}', "Invalid statement", ", line 1, column 1"),
        ('a = "', "Unterminated string", ", at its end"),
        ("a = 1\na = 2", "Cannot overwrite a value", ", at its end"),
        (f"a = {'[' * 5000}", "TOML that is nested too deeply", ""),
    ],
)
def test_a_toml_syntax_error_is_reported_with_its_line(text: str, seen: str, where: str) -> None:
    (mistake,) = mistakes(text)
    # The parser's words differ between versions of Python; the place does not.
    assert mistake.expected == "valid TOML"
    assert mistake.seen.startswith(seen.split()[0])
    assert mistake.where == f"contracts/orders.toml{where}"
    assert mistake.hint == "correct the file"


@pytest.mark.parametrize(
    ("path", "expected", "seen", "hint"),
    [
        (
            "Orders.toml",
            "an API name of lowercase letters, digits, '-' and '_'",
            "'Orders'",
            "rename the file, for instance to 'orders.toml'",
        ),
        (
            "2 orders!.toml",
            "an API name of lowercase letters, digits, '-' and '_'",
            "'2 orders!'",
            "rename the file, for instance to 'orders.toml'",
        ),
        (
            "settings.toml",
            "an API name other than settings, calendar, twilio, tests, apismoke, known, openapi",
            "'settings'",
            "rename the file, for instance to 'my-settings.toml'",
        ),
    ],
)
def test_the_file_name_is_the_name_of_the_api(
    path: str, expected: str, seen: str, hint: str
) -> None:
    assert only(LIST, path) == message(expected, seen, f"contracts/{path}", hint)
    assert mistakes(LIST, path)


AT_THE_TOP = "only [[check]] at the top level of the file"
BELOW = "write [[check]], and name and path below it"


@pytest.mark.parametrize(
    ("text", "expected", "seen", "where", "hint"),
    [
        ("", "at least one check", "none", "", f"{BELOW}; or remove the file"),
        ("check = []", "at least one check", "none", "", f"{BELOW}; or remove the file"),
        ("check = 1", "a list of checks", "the number 1", "#/check", BELOW),
        ("check = [1]", "a table", "the number 1", "#/check/0 (of check 1 of the file)", BELOW),
        (
            '[check]\nname = "list"',
            "a list of checks",
            "one table",
            "#/check",
            "write [[check]], with two brackets on each side",
        ),
        (
            f'path = "/"\n{LIST}',
            AT_THE_TOP,
            "'path'",
            "#/path",
            "it is a key of a check: write it below [[check]]",
        ),
        (f"version = 1\n{LIST}", AT_THE_TOP, "'version'", "#/version", "choose from check"),
    ],
)
def test_a_file_is_a_list_of_checks(
    text: str, expected: str, seen: str, where: str, hint: str
) -> None:
    assert only(text) == message(expected, seen, f"contracts/orders.toml{where}", hint)


def test_a_misspelled_list_is_reported_together_with_the_missing_one() -> None:
    assert [str(mistake) for mistake in mistakes('[[checks]]\nname = "list"')] == [
        message(AT_THE_TOP, "'checks'", "contracts/orders.toml#/checks", "did you mean 'check'?"),
        message(
            "at least one check",
            "none",
            "contracts/orders.toml",
            f"{BELOW}; or remove the file",
        ),
    ]


def test_a_misspelt_key_of_the_other_table_is_not_taken_for_a_farther_one_of_its_own() -> None:
    (mistake,) = mistakes(f"{LIST}stauts = 200")
    assert mistake.hint == "did you mean 'status', below [check.expect]?"


def test_an_unknown_key_is_reported_with_the_nearest_key_or_its_table() -> None:
    text = f"{LIST}requird = true\nstatus = 200\n[check.expect]\nstauts = 200\nsmoke = true"
    where, whose = "contracts/orders.toml#/check/0", " (of 'list')"
    assert [str(mistake) for mistake in mistakes(text)] == [
        message(
            "a key of a check", "'requird'", f"{where}/requird{whose}", "did you mean 'required'?"
        ),
        message(
            "a key of a check",
            "'status'",
            f"{where}/status{whose}",
            "it describes the response: write it below [check.expect], or expect.status = ...",
        ),
        message(
            "a key of [check.expect]",
            "'stauts'",
            f"{where}/expect/stauts{whose}",
            "did you mean 'status'?",
        ),
        message(
            "a key of [check.expect]",
            "'smoke'",
            f"{where}/expect/smoke{whose}",
            "it is a key of the check itself: write it above [check.expect]",
        ),
    ]


def test_required_keys() -> None:
    assert [str(mistake) for mistake in mistakes("[[check]]\nauth = true")] == [
        problem("", "the key 'name'", "none", NAMED, check=FIRST),
        problem(
            "", "the key 'path'", "none", f"write, for instance, path = {EXAMPLE}", check=FIRST
        ),
    ]


PATH = "a path below the target's URL that begins with one '/'"
BRACES = "placeholders written as {name}, and other braces doubled"
CLOSE = "close it, or write {{ for a '{' and }} for a '}'"
NAME = "1 to 200 printable characters, without '::', '[' or spaces at either end"
EXAMPLE = '"/api/orders"'
POINTER_HINT = (
    "begin it with '/' and separate names by '/'; write ~1 for a '/' in a name, ~0 for a '~'"
)
NAMED = 'write, for instance, name = "the list of orders"'


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ('""', "the string ''"),
        ('" list"', "the string ' list'"),
        ('"a::b"', "the string 'a::b'"),
        ('"close [it]"', "the string 'close [it]'"),
        (r'"a\nb"', r"the string 'a\nb'"),
        (r'"\u001b[2J"', r"the string '\x1b[2J'"),
        (f'"{"x" * 201}"', "a string of 201 characters"),
        ("1", "the number 1"),
    ],
)
def test_a_check_name_fits_into_a_line_and_a_node_id(name: str, seen: str) -> None:
    text = f'[[check]]\nname = {name}\npath = "/"'
    assert only(text) == problem("/name", NAME, seen, NAMED, check=FIRST)


@pytest.mark.parametrize(
    ("path", "seen", "hint"),
    [
        ('"orders"', "'orders'", "write '/orders'"),
        ('"//evil.example/x"', "'//evil.example/x'", "write '/evil.example/x'"),
        (
            '"https://api.example.com/x"',
            "a URL, 'https://api.example.com/x'",
            "write only the part after the target's URL",
        ),
        ('"/a#b"', "'/a#b', with a fragment", "remove the fragment, or write %23 for a '#'"),
        (
            '"/a?b=1"',
            "'/a?b=1', with a query",
            "move it to query = { name = value }, or write %3F for a '?'",
        ),
        ('"/größe x"', "'/größe x', not percent-encoded", "write '/gr%C3%B6%C3%9Fe%20x'"),
        ('"/a/../b"', "'/a/../b', with '.' or '..' in it", "write the resolved path"),
        ('""', "an empty string", 'write, for instance, path = "/api/orders"'),
        ("7", "the number 7", 'write, for instance, path = "/api/orders"'),
    ],
)
def test_a_path_stays_below_the_target(path: str, seen: str, hint: str) -> None:
    text = f'[[check]]\nname = "list"\npath = {path}'
    assert only(text) == problem("/path", PATH, seen, hint)


@pytest.mark.parametrize(
    ("lines", "where", "seen"),
    [
        ('query = { a = "{x" }', "/query/a", "an unpaired '{' at character 1"),
        ('headers = { A = "x}" }', "/headers/A", "an unpaired '}' at character 2"),
        (
            'json = { a = ["{ }"] }',
            "/json/a/0",
            "'{ }' at character 1, which is not a capture name",
        ),
        ('body = "{"', "/body", "an unpaired '{' at character 1"),
    ],
)
def test_an_unclosed_placeholder_is_reported_in_every_key(
    lines: str, where: str, seen: str
) -> None:
    assert check(lines) == problem(where, BRACES, seen, CLOSE)


def test_an_unclosed_placeholder_in_a_path_is_reported() -> None:
    text = '[[check]]\nname = "list"\npath = "/{order_id"'
    seen = "an unpaired '{' at character 2"
    assert only(text) == problem("/path", BRACES, seen, CLOSE)


@pytest.mark.parametrize(
    ("lines", "where", "expected", "seen", "hint"),
    [
        (
            'method = "get"',
            "/method",
            "one of GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE",
            "the string 'get'",
            "did you mean 'GET'?",
        ),
        (
            'category = "fetsch"',
            "/category",
            "one of auth, fetch, save, state, invalid",
            "the string 'fetsch'",
            "did you mean 'fetch'?",
        ),
        ('smoke = "yes"', "/smoke", "true or false", "the string 'yes'", "write it without quotes"),
        ("auth = 1", "/auth", "true or false", "the number 1", "write it without quotes"),
        (
            'query = "a=1"',
            "/query",
            "a table",
            "the string 'a=1'",
            "write, for instance, query = { limit = 5 }",
        ),
        (
            "query = { a = [1] }",
            "/query/a",
            "a string, a number or a boolean",
            "a list of 1",
            "write, for instance, limit = 5",
        ),
        (
            "query = { a = nan }",
            "/query/a",
            "a string, a number or a boolean",
            "the number nan",
            "write, for instance, limit = 5",
        ),
        ("headers = { A = 1 }", "/headers/A", "a string", "the number 1", "put it in quotes"),
        (
            r'headers = { A = "x\r\nB: y" }',
            "/headers/A",
            "printable ASCII characters without spaces at either end",
            r"the string 'x\r\nB: y'",
            "a header value can't contain other characters",
        ),
        (
            'headers = { "A B" = "x" }',
            "/headers/A B",
            "a header name",
            "'A B'",
            "a header name has letters, digits and hyphens",
        ),
        (
            'headers = { X-A = "1", x-a = "2" }',
            "/headers/x-a",
            "each header once",
            "'x-a' twice",
            "remove one of them: header names are case-insensitive",
        ),
        (
            'headers = { Authorization = "Bearer x" }',
            "/headers/Authorization",
            "no credentials besides the run's token",
            "'Authorization'",
            "remove it, or write auth = false; credentials don't belong in a file",
        ),
        (
            "json = 2026-01-31",
            "/json",
            "a JSON value",
            "the date or time 2026-01-31",
            "put it in quotes",
        ),
        (
            "json = { a = [07:30:00] }",
            "/json/a/0",
            "a JSON value",
            "the date or time 07:30:00",
            "put it in quotes",
        ),
        (
            f"json = {{ a = 0x{'f' * 5000} }}",
            "/json/a",
            "a JSON value",
            "a number of more than 64 bits",
            "leave it out",
        ),
        ("json = { a = inf }", "/json/a", "a JSON value", "the number inf", "leave it out"),
        ("json = { a = -nan }", "/json/a", "a JSON value", "the number nan", "leave it out"),
        (
            f"json.{'a.' * 150}a = 1",
            "/json",
            "at most 100 levels",
            "more of them",
            "flatten it",
        ),
        ("body = { a = 1 }", "/body", "a string", "a table", "put it in quotes"),
        (
            'json = {}\nbody = ""',
            "",
            "one body, 'json' or 'body'",
            "both",
            "remove one of them",
        ),
        (
            'changes = "nothing"',
            "/changes",
            "no 'changes' for GET, which changes nothing",
            "the string 'nothing'",
            "remove it, or correct the method",
        ),
        (
            'method = "POST"',
            "",
            "the key 'changes' for POST",
            "none",
            "write the path of the document that the check changes, which is then restored and"
            ' verified, or changes = "nothing"',
        ),
        (
            'method = "PUT"\nchanges = "all"',
            "/changes",
            "'nothing', or the path of the document that the check changes",
            "'all'",
            "write '/all'",
        ),
        (
            'method = "PUT"\nchanges = true',
            "/changes",
            "'nothing', or the path of the document that the check changes",
            "the boolean true",
            'write, for instance, changes = "/api/orders"',
        ),
        (
            'method = "PUT"\nchanges = "nothing"\nchanging = ["revision"]',
            "/changing",
            "'changing' only beside a 'changes' that names a document",
            "the string 'nothing'",
            "remove it, or write the path of the document that the check changes",
        ),
        (
            "may_be_empty = true",
            "/may_be_empty",
            "may_be_empty beside a capture from an item of a list",
            "no 'capture'",
            'write, for instance, capture = { order_id = "/items/0/id" }, or remove it',
        ),
        (
            'capture = { order_id = "/items/0/id" }\nmay_lack = ["order"]',
            "/may_lack/0",
            "the name of a capture of this check",
            "'order'",
            "did you mean 'order_id'?",
        ),
        (
            'may_lack = ["order"]',
            "/may_lack/0",
            "the name of a capture of this check",
            "'order'",
            "remove may_lack",
        ),
        (
            'changing = ["revision"]',
            "/changing",
            "'changing' only beside a 'changes' that names a document",
            "no 'changes'",
            "remove it, or write the path of the document that the check changes",
        ),
        (
            'method = "PUT"\nchanges = "nothing"\nrestore = "fields"',
            "/restore",
            "'restore' only beside a 'changes' that names a document",
            "the string 'nothing'",
            "remove it, or write the path of the document that the check changes",
        ),
        (
            'restore = "whole"',
            "/restore",
            "'restore' only beside a 'changes' that names a document",
            "no 'changes'",
            "remove it, or write the path of the document that the check changes",
        ),
        (
            'method = "PUT"\nchanges = "/api"\nrestore = "Whole"',
            "/restore",
            "one of fields, whole",
            "the string 'Whole'",
            "did you mean 'whole'?",
        ),
        (
            'method = "PUT"\nchanges = "nothing"\nexpect.persisted = true',
            "/expect/persisted",
            "'expect.persisted' only beside a 'changes' that names a document",
            "the string 'nothing'",
            "remove it, or write the path of the document that the check changes",
        ),
        (
            "expect.persisted = false",
            "/expect/persisted",
            "'expect.persisted' only beside a 'changes' that names a document",
            "no 'changes'",
            "remove it, or write the path of the document that the check changes",
        ),
        (
            'method = "PUT"\nchanges = "/api"\nexpect.persisted = "no"',
            "/expect/persisted",
            "true or false",
            "the string 'no'",
            "write it without quotes",
        ),
        (
            'method = "PUT"\nchanges = "/api"\nchanging = "revision"',
            "/changing",
            "a list of names",
            "the string 'revision'",
            'write, for instance, changing = ["revision"]',
        ),
        (
            'method = "PUT"\nchanges = "/api"\nchanging = ["revision", ""]',
            "/changing/1",
            "the name of a property",
            "an empty string",
            'write, for instance, changing = ["revision"]',
        ),
        (
            'method = "PUT"\nchanges = "/api"\nchanging = ["revision", "revision"]',
            "/changing/1",
            "each name once",
            "'revision' twice",
            "remove one of them",
        ),
        (
            "refused_without_auth = true\nauth = false",
            "/refused_without_auth",
            "auth = true together with refused_without_auth",
            "auth = false",
            "remove one of them",
        ),
        (
            'capture = { a = "items/0" }',
            "/capture/a",
            "a JSON Pointer such as '/items/0/id'",
            "the string 'items/0'",
            POINTER_HINT,
        ),
        (
            'capture = { a = "/a~2" }',
            "/capture/a",
            "a JSON Pointer such as '/items/0/id'",
            "the string '/a~2'",
            POINTER_HINT,
        ),
        (
            'capture = { order-id = "/id" }',
            "/capture/order-id",
            "a name of letters, digits and underscores",
            "'order-id'",
            "write 'order_id'",
        ),
        (
            'method = "HEAD"\ncapture = { a = "/id" }',
            "/capture",
            "a response with a body",
            "method HEAD, whose response has none",
            "remove it, or correct the method or the status",
        ),
        (
            'expect.status = 204\nexpect.schema = "settings"',
            "/expect/schema",
            "a response with a body",
            "status 204, whose response has none",
            "remove it, or correct the method or the status",
        ),
        (
            "expect = 200",
            "/expect",
            "a table",
            "the number 200",
            "write [check.expect], and status, schema, headers below it",
        ),
    ],
)
def test_errors_in_a_check_are_reported_in_three_parts(
    lines: str, where: str, expected: str, seen: str, hint: str
) -> None:
    assert check(lines) == problem(where, expected, seen, hint)


@pytest.mark.parametrize(
    ("line", "where", "expected", "seen", "hint"),
    [
        *(
            (
                f"status = {value}",
                "/status",
                "a status from 200 to 599, or a list of them",
                seen,
                "write, for instance, status = [200, 404]; by default any 2xx is accepted",
            )
            for value, seen in [
                ("0", "the number 0"),
                ("600", "the number 600"),
                ("200.0", "the number 200.0"),
                ("true", "the boolean true"),
                ('"200"', "the string '200'"),
                ("[]", "an empty list"),
                ('[200, "4xx"]', "the string '4xx'"),
            ]
        ),
        *(
            (
                f"schema = {value}",
                "/schema",
                "the name of a schema in contracts/, or an inline schema",
                seen,
                'write, for instance, schema = "order" for contracts/order.schema.json',
            )
            for value, seen in [('""', "an empty string"), ("true", "the boolean true")]
        ),
        (
            "schema = { default = 2026-01-31T00:00:00Z }",
            "/schema/default",
            "a JSON value",
            "the date or time 2026-01-31 00:00:00+00:00",
            "put it in quotes",
        ),
        *(
            (
                f"headers = {{ ETag = {value} }}",
                "/headers/ETag",
                "a string to equal, true for any value, or { pattern = ... }",
                seen,
                'write, for instance, ETag = { pattern = "^W/" }',
            )
            for value, seen in [("false", "the boolean false"), ('{ patern = "" }', "a table")]
        ),
        (
            'headers = { ETag = { pattern = "(" } }',
            "/headers/ETag/pattern",
            "a regular expression",
            "'(': missing )",
            "correct it; the pattern is searched for: anchor it with ^ and $ to match the whole"
            " value",
        ),
        *(
            (
                f"max_latency_ms = {value}",
                "/max_latency_ms",
                "a number of milliseconds above 0, at most 3600000",
                seen,
                "write, for instance, max_latency_ms = 800",
            )
            for value, seen in [
                ("0", "the number 0"),
                ("inf", "the number inf"),
                ("true", "the boolean true"),
                ('"1s"', "the string '1s'"),
            ]
        ),
    ],
)
def test_errors_in_an_expectation_are_reported_in_three_parts(
    line: str, where: str, expected: str, seen: str, hint: str
) -> None:
    assert check(f"[check.expect]\n{line}") == problem(f"/expect{where}", expected, seen, hint)


@pytest.mark.parametrize("key", CHECK)
def test_an_integer_too_long_to_print_is_reported(key: str) -> None:
    """Hexadecimal integers in TOML have no length limit."""
    (mistake, *_) = parse(f"[[check]]\n{key} = 0x{'f' * 5000}", "orders.toml").mistakes
    assert mistake.where == f"contracts/orders.toml#/check/0/{key} (of {FIRST})"
    assert mistake.seen == "a number of more than 64 bits"


# -- rules between checks -------------------------------------------------------------------------

SECOND = "contracts/orders.toml#/check/1"


@pytest.mark.parametrize("again", ["list", "list without a token"])
def test_check_names_are_unique(again: str) -> None:
    """This includes the name of the item that `refused_without_auth` adds."""
    text = f'{LIST}refused_without_auth = true\n[[check]]\nname = "{again}"\npath = "/"'
    assert only(text) == message(
        "a check name that is unique in the file",
        f"{again!r} a second time",
        f"{SECOND}/name (of {again!r})",
        "rename one of them",
    )


def test_capture_names_are_unique() -> None:
    text = (
        f'{LIST}capture = {{ id = "/id" }}\n'
        '[[check]]\nname = "b"\npath = "/b"\ncapture = { id = "/b" }'
    )
    assert only(text) == message(
        "a capture name that is unique in the file",
        "'id', which 'list' captures already",
        f"{SECOND}/capture/id (of 'b')",
        "rename one of them",
    )


USED = "a capture of an earlier check in the file"


def test_a_used_capture_comes_from_an_earlier_check() -> None:
    text = """
[[check]]
name = "one"
path = "/{order_id}/{own}/{later}"
json = { a = "{order_id}" }
capture = { own = "/id" }
[[check]]
name = "other"
path = "/{onw}"
capture = { later = "/id" }
"""
    first = "contracts/orders.toml#/check/0/path (of 'one')"
    assert [str(mistake) for mistake in mistakes(text)] == [
        message(
            USED,
            "'order_id', which no check captures",
            first,
            'write, for instance, capture = { order_id = "/items/0/id" } in a check further up',
        ),
        message(
            USED,
            "'own', which this check captures itself, from its response",
            first,
            "capture it in a check further up",
        ),
        message(
            USED,
            "'later', which 'other' captures further down",
            first,
            "move that check above this one",
        ),
        message(
            USED,
            "'onw', which no check captures",
            f"{SECOND}/path (of 'other')",
            "did you mean 'own'?",
        ),
    ]


@pytest.mark.parametrize(
    "by_way_of", ["", '[[check]]\nname = "c"\npath = "/{y}"\ncapture = { z = "/z" }\n']
)
def test_for_checks_that_need_each_other_the_hint_is_not_to_swap_them(by_way_of: str) -> None:
    last = "z" if by_way_of else "y"
    text = (
        f'[[check]]\nname = "a"\npath = "/{{{last}}}"\ncapture = {{ x = "/x" }}\n'
        f'[[check]]\nname = "b"\npath = "/{{x}}"\ncapture = {{ y = "/y" }}\n{by_way_of}'
    )
    assert only(text) == message(
        USED,
        f"{last!r}, which {'c' if by_way_of else 'b'!r} captures further down",
        "contracts/orders.toml#/check/0/path (of 'a')",
        "the checks need each other, so neither can run first: remove one of the uses",
    )


def test_an_error_in_one_check_causes_none_in_its_dependents() -> None:
    text = f'{LIST}smok = 1\ncapture = {{ a = "/a" }}\n[[check]]\nname = "b"\npath = "/{{a}}"'
    declared = parse(text, "orders.toml")
    assert [one.name for one in declared.checks] == ["b"]
    (mistake,) = declared.mistakes
    assert mistake.where == "contracts/orders.toml#/check/0/smok (of 'list')"


def test_a_missing_schema_is_reported_where_it_is_named() -> None:
    declared = parse(
        f'{LIST}expect.schema = "setings"\n'
        '[[check]]\nname = "b"\npath = "/b"\nexpect.schema = "settings#/$defs/x"',
        "orders.toml",
    )
    assert declared.mistakes == ()
    assert [str(mistake) for mistake in unknown_schemas(declared.checks, built_in())] == [
        message(
            "the name of a schema in contracts/",
            "'setings'",
            "contracts/orders.toml#/check/0/expect/schema (of 'list')",
            "did you mean 'settings'?",
        ),
        message(
            "a JSON Pointer into contracts/settings.schema.json",
            "'/$defs/x', which leads to nothing",
            "contracts/orders.toml#/check/1/expect/schema (of 'b')",
            "correct the JSON Pointer behind #",
        ),
    ]


_ANYTHING = some.recursive(
    some.text(max_size=5)
    | some.sampled_from(["{a}", "{", "/{a}", "/a", "nothing", "POST", "HEAD", "a"])
    | some.integers(min_value=-(2**70), max_value=2**70)
    | some.just(16**400)
    | some.floats()
    | some.booleans()
    | some.dates()
    | some.times(),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(
            some.sampled_from([*EXPECT, "pattern", "a", "/", "ä"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@given(
    some.lists(
        some.dictionaries(some.sampled_from([*CHECK, "unknown"]), _ANYTHING, max_size=8)
        | _ANYTHING,
        max_size=3,
    )
)
def test_any_toml_content_yields_checks_or_errors(tables: list[Any]) -> None:
    declared = read({"check": tables}, "orders.toml")
    assert declared.checks or declared.mistakes


# -- the published schema -------------------------------------------------------------------------


def test_every_key_has_a_description_for_editors() -> None:
    definitions = PUBLISHED["$defs"]
    keys = [
        *definitions["check"]["properties"].items(),
        *definitions["expect"]["properties"].items(),
    ]
    assert [name for name, one in keys if name != "expect" and not one.get("description")] == []
    Draft202012Validator.check_schema(PUBLISHED)


def test_each_alternative_of_the_path_pattern_has_its_own_wording() -> None:
    refused = PUBLISHED["$defs"]["path"]["not"]
    assert refused["pattern"] == "|".join(one["pattern"] for one in refused["x-reasons"])


#: Valid and invalid values for each key.
_VALUES: dict[str, list[Any]] = {
    "name": ["list", "a b", "", " a", "a::b", "a\tb", "x" * 201, 1, "a\n", "a\x85b"],
    "method": ["GET", "HEAD", "POST", "DELETE", "get", "TRACE", 1],
    "path": [
        "/",
        "/a/{{b}}",
        "/a?b",
        "//a",
        "a",
        "/a b",
        "/a#",
        "/./a",
        "/a/..",
        "/a://b",
        "",
        1,
        "/a\n",
        "/..\n",
    ],
    "query": [
        {},
        {"a": 1, "b": "x", "c": True, "d": 1.5},
        {"a": []},
        {"a": {}},
        "a",
        {"a": {"b": {"c": 1}}},
    ],
    "headers": [
        {},
        {"A": "x"},
        {"A": " x"},
        {"A": "ä"},
        {"A": ""},
        {"A B": "x"},
        {"A": 1},
        1,
        {"A\n": "x"},
        {"": "x"},
    ],
    "json": [{}, [1, "a"], "a", 1, False],
    "body": ["", "a", 1, {}],
    "changes": ["nothing", "/a", "/a?b", "/a b", "all", True],
    "changing": [[], ["a", "b"], ["a", "a"], [""], [1], "a"],
    "restore": ["fields", "whole", "Whole", True],
    "auth": [True, 1, "true"],
    "refused_without_auth": [True, False, "no"],
    "category": ["auth", "state", "AUTH", "oauth", 1],
    "smoke": [False, 0],
    "required": [False, "x"],
    "capture": [
        {},
        {"a": "/a/0"},
        {"a": ""},
        {"a": "a"},
        {"a": "/~2"},
        {"1": "/a"},
        {"a": 1},
        [],
        {"a": "/a\n"},
        {"a": "\n"},
        {"ä": "/a"},
        {"": "/a"},
    ],
    "expect": [
        {},
        {"status": 200},
        {"status": [200, 404]},
        {"status": []},
        {"status": 199},
        {"status": "200"},
        {"status": [True]},
        {"status": 10**40},
        {"schema": "order"},
        {"schema": {"type": "object"}},
        {"schema": ""},
        {"schema": True},
        {"headers": {"A": "x", "B": True, "C": {"pattern": "^W"}}},
        {"headers": {"A": False}},
        {"headers": {"A": {"pattern": "("}}},
        {"headers": {"A": {}}},
        {"headers": {"A": {"pattern": 1}}},
        {"headers": {"A": {"pattern": "a", "b": 1}}},
        {"headers": {"A": 0}},
        {"headers": {"A B": "x"}},
        {"max_latency_ms": 800},
        {"max_latency_ms": 0.5},
        {"max_latency_ms": 0},
        {"max_latency_ms": 3_600_001},
        {"persisted": True},
        {"persisted": 0},
        {"stauts": 200},
        1,
    ],
    "unknown": [1],
}
_VALID = {"name": "list", "path": "/"}


@pytest.mark.parametrize(
    "table",
    [
        *({**_VALID, name: value} for name, values in _VALUES.items() for value in values),
        *(
            {**_VALID, one: left, other: right}
            for one, other in [("method", "changes"), ("json", "body")]
            for left in _VALUES[one]
            for right in _VALUES[other]
        ),
        *(
            {**_VALID, "method": "PUT", "changes": changes, "changing": changing}
            for changes in _VALUES["changes"]
            for changing in _VALUES["changing"]
        ),
        *(
            {**_VALID, "method": "PUT", "changes": changes, name: value}
            for changes in _VALUES["changes"]
            for name in ("restore", "expect")
            for value in _VALUES[name]
        ),
        {"name": "list"},
        {"path": "/"},
    ],
    ids=str,
)
def test_the_parser_accepts_the_same_files_as_jsonschema(table: dict[str, Any]) -> None:
    """Editors validate with the published schema: both find errors, or neither does."""
    content = {"check": [table]}
    declared = read(content, "orders.toml")
    checker = Draft202012Validator.FORMAT_CHECKER
    editor = Draft202012Validator(PUBLISHED, format_checker=checker)
    assert editor.is_valid(content) == bool(declared.checks), declared.mistakes

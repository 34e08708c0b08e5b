"""Declared checks: what a file says, and what is said of a file that says it wrong."""

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

from pytest_apismoke.checks.declared.check_file.file import CheckFile
from pytest_apismoke.checks.declared.check_file.shape import CATEGORIES, CHECK, EXPECT, METHODS
from pytest_apismoke.checks.declared.model import (
    Declared,
    DeclaredCheck,
    Expect,
    HeaderWanted,
    parse,
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

[[check]]
name = "one order is changed"
method = "PATCH"
path = "/api/orders/{order_id}"
query = { limit = 5, ratio = 0.5, all = true, after = "{total}" }
headers = { X-Tenant = "one" }
json = { note = "{order_id}", tags = ["a", 1, false] }
changes = "/api/orders/{order_id}"
changing = ["revision", "updated_at"]
refused_without_auth = true
category = "state"
smoke = true
required = false
[check.expect]
status = [200, 202]
schema = "settings"
headers = { Content-Type = "application/json", X-Total = true, ETag = { pattern = "^W/" } }
max_latency_ms = 800

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


def mistakes(text: str, path: str = "orders.toml") -> tuple[Failure, ...]:
    """The mistakes of a file that has no checks to make because of them."""
    declared = parse(text, path)
    assert declared.checks == ()
    return declared.mistakes


def only(text: str, path: str = "orders.toml") -> str:
    """The one mistake of a file, as it is shown."""
    (mistake,) = parse(text, path).mistakes
    assert mistake.category is Category.USAGE
    return str(mistake)


def check(lines: str) -> str:
    """The one mistake of a file with one check and these lines in it."""
    return only(f"{LIST}{lines}\n")


def message(expected: str, seen: str, where: str, hint: str) -> str:
    return f"expected {expected}, seen {seen}\n  where: {where}\n  what to do: {hint}"


def problem(where: str, expected: str, seen: str, hint: str, *, whose: str = "'list'") -> str:
    """A message about a place in the first check of contracts/orders.toml."""
    return message(expected, seen, f"contracts/orders.toml#/check/0{where} (of {whose})", hint)


#: How a check is told that has no name, or a wrong one.
FIRST = "check 1 of the file"


# -- what a file says -----------------------------------------------------------------------------


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
                refused_without_auth=True,
                category=Category.STATE,
                smoke=True,
                required=False,
                needs=("the list of orders",),
                expect=Expect(
                    statuses=(200, 202),
                    schema="settings",
                    headers=(
                        HeaderWanted(name="Content-Type", equals="application/json"),
                        HeaderWanted(name="X-Total"),
                        HeaderWanted(name="ETag", pattern="^W/"),
                    ),
                    max_latency_ms=800,
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


def test_the_records_go_to_other_processes_and_into_sets() -> None:
    declared = parse(EVERYTHING, "orders.toml")
    assert pickle.loads(pickle.dumps(declared)) == declared  # noqa: S301  # our own bytes
    assert len(set(declared.checks)) == 3


def test_a_check_has_a_node_id_and_a_place() -> None:
    (first, second, _) = parse(EVERYTHING, "orders.toml").checks
    assert first.node_id == "contracts/orders.toml::the list of orders"
    assert second.where == "contracts/orders.toml#/check/1"
    assert (first.is_safe, second.is_safe) == (True, False)


@pytest.mark.parametrize(
    "text", [LIST, f"\ufeff{LIST}", LIST.replace("\n", "\r\n"), f"# a comment\n\n{LIST}"]
)
def test_editors_marks_and_line_ends_make_no_difference(text: str) -> None:
    assert [one.name for one in parse(text, "orders.toml").checks] == ["list"]
    assert parse(text, "orders.toml").mistakes == ()


def test_a_schema_may_stand_inside() -> None:
    """It is one of the documents of `Schemas`, and what it refers to lies in `contracts/`."""
    declared = parse(f'{LIST}expect.schema = {{ "$ref" = "settings.schema.json" }}', "orders.toml")
    name = "orders.toml?/check/0/expect/schema"
    assert declared.checks[0].expect.schema == name
    assert declared.schemas == {name: {"$ref": "settings.schema.json"}}
    assert declared.labels == {name: "contracts/orders.toml#/check/0/expect/schema"}
    schemas = built_in().with_documents(declared.schemas, declared.labels)
    assert schemas.mistakes() == ()
    assert schemas.findings({"id": 1, "name": "n"}, name) == ()
    assert unknown_schemas(declared.checks, schemas) == ()


def test_a_check_needs_those_whose_captures_it_uses_in_the_order_of_the_file() -> None:
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
def test_what_changes_nothing_belongs_to_the_smoke_run(method: str, line: str, smoke: bool) -> None:
    declared = parse(f'{LIST}method = "{method}"\n{line}\n', "orders.toml")
    assert [one.smoke for one in declared.checks] == [smoke]


def test_what_needs_a_check_outside_the_smoke_run_is_outside_too_unless_it_says_otherwise() -> None:
    text = (
        '[[check]]\nname = "make"\nmethod = "POST"\npath = "/orders"\nchanges = "nothing"\n'
        'capture = { id = "/id" }\n[[check]]\nname = "look"\npath = "/orders/{id}"\n'
    )
    assert [one.smoke for one in parse(text, "orders.toml").checks] == [False, False]
    assert only(f"{text}smoke = true") == message(
        "a check that a smoke run can make",
        "it belongs to the smoke run but needs 'make', which does not",
        "contracts/orders.toml#/check/1/smoke (of 'look')",
        "write smoke = true there too, or smoke = false here",
    )


def test_two_thousand_checks_are_read_in_no_time() -> None:
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


# -- what is wrong with a file --------------------------------------------------------------------


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
def test_what_is_not_toml_is_told_with_its_line(text: str, seen: str, where: str) -> None:
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
            "an API's name of lower-case letters, digits, '-' and '_'",
            "'Orders'",
            "rename the file, for instance to 'orders.toml'",
        ),
        (
            "2 orders!.toml",
            "an API's name of lower-case letters, digits, '-' and '_'",
            "'2 orders!'",
            "rename the file, for instance to 'orders.toml'",
        ),
        (
            "settings.toml",
            "an API's name other than settings, calendar, twilio, tests, apismoke, openapi",
            "'settings'",
            "rename the file, for instance to 'my-settings.toml'",
        ),
    ],
)
def test_the_name_of_the_file_is_the_name_of_the_api(
    path: str, expected: str, seen: str, hint: str
) -> None:
    assert only(LIST, path) == message(expected, seen, f"contracts/{path}", hint)
    assert mistakes(LIST, path)


AT_THE_TOP = "[[check]] and nothing else at the top of the file"
BELOW = "write [[check]], and name and path below it"


@pytest.mark.parametrize(
    ("text", "expected", "seen", "where", "hint"),
    [
        ("", "at least one check", "none", "", f"{BELOW}; or take the file away"),
        ("check = []", "at least one check", "none", "", f"{BELOW}; or take the file away"),
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


def test_a_mistyped_list_is_told_with_what_is_missing_then() -> None:
    assert [str(mistake) for mistake in mistakes('[[checks]]\nname = "list"')] == [
        message(AT_THE_TOP, "'checks'", "contracts/orders.toml#/checks", "did you mean 'check'?"),
        message(
            "at least one check",
            "none",
            "contracts/orders.toml",
            f"{BELOW}; or take the file away",
        ),
    ]


def test_unknown_keys_are_told_with_the_nearest_or_the_table_they_belong_to() -> None:
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
            "it says what is expected: write it below [check.expect], or expect.status = ...",
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


def test_what_has_to_be_there() -> None:
    assert [str(mistake) for mistake in mistakes("[[check]]\nauth = true")] == [
        problem("", "the key 'name'", "none", NAMED, whose=FIRST),
        problem(
            "", "the key 'path'", "none", f"write, for instance, path = {EXAMPLE}", whose=FIRST
        ),
    ]


PATH = "a path below the target's URL that begins with one '/'"
BRACES = "captures written as {name}, and any other brace doubled"
CLOSE = "close it, or write {{ for a '{' and }} for a '}'"
NAME = "1 to 200 printable characters, without '::', '[' and outer spaces"
EXAMPLE = '"/api/orders"'
NAMED = 'write, for instance, name = "the list of orders"'


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ('""', "the text ''"),
        ('" list"', "the text ' list'"),
        ('"a::b"', "the text 'a::b'"),
        ('"close [it]"', "the text 'close [it]'"),
        (r'"a\nb"', r"the text 'a\nb'"),
        (r'"\u001b[2J"', r"the text '\x1b[2J'"),
        (f'"{"x" * 201}"', "a text of 201 characters"),
        ("1", "the number 1"),
    ],
)
def test_a_name_fits_a_line_and_a_node_id(name: str, seen: str) -> None:
    text = f'[[check]]\nname = {name}\npath = "/"'
    assert only(text) == problem("/name", NAME, seen, NAMED, whose=FIRST)


@pytest.mark.parametrize(
    ("path", "seen", "hint"),
    [
        ('"orders"', "'orders'", "write '/orders'"),
        ('"//evil.example/x"', "'//evil.example/x'", "write '/evil.example/x'"),
        (
            '"https://api.example.com/x"',
            "a URL, 'https://api.example.com/x'",
            "write only what stands behind the target's URL",
        ),
        ('"/a#b"', "'/a#b', with a fragment", "leave it out; a '#' is written %23"),
        (
            '"/a?b=1"',
            "'/a?b=1', with a query",
            "write it as query = { name = value }; a '?' is written %3F",
        ),
        ('"/größe x"', "'/größe x', not percent-encoded", "write '/gr%C3%B6%C3%9Fe%20x'"),
        ('"/a/../b"', "'/a/../b', with '.' or '..' in it", "write the path that it leads to"),
        ('""', "an empty text", 'write, for instance, path = "/api/orders"'),
        ("7", "the number 7", 'write, for instance, path = "/api/orders"'),
    ],
)
def test_a_path_stays_below_the_target(path: str, seen: str, hint: str) -> None:
    text = f'[[check]]\nname = "list"\npath = {path}'
    assert only(text) == problem("/path", PATH, seen, hint)


@pytest.mark.parametrize(
    ("lines", "where", "seen"),
    [
        ('query = { a = "{x" }', "/query/a", "a '{' at character 1 that stands alone"),
        ('headers = { A = "x}" }', "/headers/A", "a '}' at character 2 that stands alone"),
        (
            'json = { a = ["{ }"] }',
            "/json/a/0",
            "'{ }' at character 1, which is no name of a capture",
        ),
        ('body = "{"', "/body", "a '{' at character 1 that stands alone"),
    ],
)
def test_a_placeholder_is_closed_wherever_it_stands(lines: str, where: str, seen: str) -> None:
    assert check(lines) == problem(where, BRACES, seen, CLOSE)


def test_a_placeholder_in_a_path_is_closed() -> None:
    text = '[[check]]\nname = "list"\npath = "/{order_id"'
    seen = "a '{' at character 2 that stands alone"
    assert only(text) == problem("/path", BRACES, seen, CLOSE)


@pytest.mark.parametrize(
    ("lines", "where", "expected", "seen", "hint"),
    [
        (
            'method = "get"',
            "/method",
            "one of GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE",
            "the text 'get'",
            "did you mean 'GET'?",
        ),
        (
            'category = "fetsch"',
            "/category",
            "one of auth, fetch, save, state, invalid",
            "the text 'fetsch'",
            "did you mean 'fetch'?",
        ),
        ('smoke = "yes"', "/smoke", "true or false", "the text 'yes'", "write it without quotes"),
        ("auth = 1", "/auth", "true or false", "the number 1", "write it without quotes"),
        (
            'query = "a=1"',
            "/query",
            "a table",
            "the text 'a=1'",
            "write, for instance, query = { limit = 5 }",
        ),
        (
            "query = { a = [1] }",
            "/query/a",
            "a text, a number or a boolean",
            "a list of 1",
            "write, for instance, limit = 5",
        ),
        (
            "query = { a = nan }",
            "/query/a",
            "a text, a number or a boolean",
            "the number nan",
            "write, for instance, limit = 5",
        ),
        ("headers = { A = 1 }", "/headers/A", "a text", "the number 1", "put it in quotes"),
        (
            r'headers = { A = "x\r\nB: y" }',
            "/headers/A",
            "the printable characters of ASCII, without outer spaces",
            r"the text 'x\r\nB: y'",
            "a header can carry no others",
        ),
        (
            'headers = { "A B" = "x" }',
            "/headers/A B",
            "the name of a header",
            "'A B'",
            "a header's name has letters, digits and hyphens",
        ),
        (
            'headers = { X-A = "1", x-a = "2" }',
            "/headers/x-a",
            "each header once",
            "'x-a' twice",
            "take one of them away: the case of its letters makes no difference",
        ),
        (
            'headers = { Authorization = "Bearer x" }',
            "/headers/Authorization",
            "no credentials besides the run's token",
            "'Authorization'",
            "take it away, or write auth = false; credentials never belong into a file",
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
            "nobody could read it: make it flatter",
        ),
        ("body = { a = 1 }", "/body", "a text", "a table", "put it in quotes"),
        (
            'json = {}\nbody = ""',
            "",
            "one body, 'json' or 'body'",
            "both",
            "take one of them away",
        ),
        (
            'changes = "nothing"',
            "/changes",
            "no 'changes' for GET, which changes nothing",
            "the text 'nothing'",
            "take it away, or correct the method",
        ),
        (
            'method = "POST"',
            "",
            "the key 'changes' for POST",
            "none",
            "what a check changes has to be put back: write the path of the document that it"
            ' changes, which is then put back with proof, or changes = "nothing"',
        ),
        (
            'method = "PUT"\nchanges = "all"',
            "/changes",
            "'nothing', or the path of the document that is changed",
            "'all'",
            "write '/all'",
        ),
        (
            'method = "PUT"\nchanges = true',
            "/changes",
            "'nothing', or the path of the document that is changed",
            "the boolean true",
            'write, for instance, changes = "/api/orders"',
        ),
        (
            'method = "PUT"\nchanges = "nothing"\nchanging = ["revision"]',
            "/changing",
            "'changing' only beside a 'changes' that names a document",
            "the text 'nothing'",
            "take it away, or write the path of the document that is changed",
        ),
        (
            'changing = ["revision"]',
            "/changing",
            "'changing' only beside a 'changes' that names a document",
            "no 'changes'",
            "take it away, or write the path of the document that is changed",
        ),
        (
            'method = "PUT"\nchanges = "/api"\nchanging = "revision"',
            "/changing",
            "a list of names",
            "the text 'revision'",
            'write, for instance, changing = ["revision"]',
        ),
        (
            'method = "PUT"\nchanges = "/api"\nchanging = ["revision", ""]',
            "/changing/1",
            "the name of a member",
            "an empty text",
            'write, for instance, changing = ["revision"]',
        ),
        (
            'method = "PUT"\nchanges = "/api"\nchanging = ["revision", "revision"]',
            "/changing/1",
            "each name once",
            "'revision' twice",
            "take one of them away",
        ),
        (
            "refused_without_auth = true\nauth = false",
            "/refused_without_auth",
            "auth = true where it is to be refused without",
            "auth = false",
            "take one of them away",
        ),
        (
            'capture = { a = "items/0" }',
            "/capture/a",
            "a JSON Pointer such as '/items/0/id'",
            "the text 'items/0'",
            "begin it with '/' and put '/' between the names; ~1 is a '/', ~0 a '~'",
        ),
        (
            'capture = { a = "/a~2" }',
            "/capture/a",
            "a JSON Pointer such as '/items/0/id'",
            "the text '/a~2'",
            "begin it with '/' and put '/' between the names; ~1 is a '/', ~0 a '~'",
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
            "an answer that has a body to look into",
            "method HEAD, whose answer has none",
            "take it away, or correct the method and the status",
        ),
        (
            'expect.status = 204\nexpect.schema = "settings"',
            "/expect/schema",
            "an answer that has a body to look into",
            "status 204, whose answer has none",
            "take it away, or correct the method and the status",
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
def test_what_is_wrong_with_a_check_is_told_in_three_parts(
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
                "a status from 200 to 599, or a list of such",
                seen,
                "write, for instance, status = [200, 404]; without it any 2xx is right",
            )
            for value, seen in [
                ("0", "the number 0"),
                ("600", "the number 600"),
                ("200.0", "the number 200.0"),
                ("true", "the boolean true"),
                ('"200"', "the text '200'"),
                ("[]", "an empty list"),
                ('[200, "4xx"]', "the text '4xx'"),
            ]
        ),
        *(
            (
                f"schema = {value}",
                "/schema",
                "the name of a schema in contracts/, or a table that is one",
                seen,
                'write, for instance, schema = "order" for contracts/order.schema.json',
            )
            for value, seen in [('""', "an empty text"), ("true", "the boolean true")]
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
                "a text to equal, true for any value, or { pattern = ... }",
                seen,
                'write, for instance, ETag = { pattern = "^W/" }',
            )
            for value, seen in [("false", "the boolean false"), ('{ patern = "" }', "a table")]
        ),
        (
            'headers = { ETag = { pattern = "(" } }',
            "/headers/ETag/pattern",
            "a regular expression",
            "'(': missing ), unterminated subpattern at position 0",
            "correct it; it is searched for, so anchor it with ^ and $ where it has to be all",
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
                ('"1s"', "the text '1s'"),
            ]
        ),
    ],
)
def test_what_is_wrong_with_an_expectation_is_told_in_three_parts(
    line: str, where: str, expected: str, seen: str, hint: str
) -> None:
    assert check(f"[check.expect]\n{line}") == problem(f"/expect{where}", expected, seen, hint)


@pytest.mark.parametrize("key", CHECK)
def test_a_number_that_can_not_even_be_printed_is_told(key: str) -> None:
    """TOML's hexadecimal numbers have no end."""
    (mistake, *_) = parse(f"[[check]]\n{key} = 0x{'f' * 5000}", "orders.toml").mistakes
    assert mistake.where == f"contracts/orders.toml#/check/0/{key} (of {FIRST})"
    assert mistake.seen == "a number of more than 64 bits"


# -- checks among each other ----------------------------------------------------------------------

SECOND = "contracts/orders.toml#/check/1"


@pytest.mark.parametrize("again", ["list", "list without a token"])
def test_a_name_stands_for_one_check(again: str) -> None:
    """Also one that a report gives: what is refused is an item of its own."""
    text = f'{LIST}refused_without_auth = true\n[[check]]\nname = "{again}"\npath = "/"'
    assert only(text) == message(
        "each check's name once in a file",
        f"{again!r} a second time",
        f"{SECOND}/name (of {again!r})",
        "call one of them otherwise",
    )


def test_a_capture_is_made_once() -> None:
    text = (
        f'{LIST}capture = {{ id = "/id" }}\n'
        '[[check]]\nname = "b"\npath = "/b"\ncapture = { id = "/b" }'
    )
    assert only(text) == message(
        "each capture's name once in a file",
        "'id', which 'list' makes already",
        f"{SECOND}/capture/id (of 'b')",
        "call one of them otherwise",
    )


USED = "a capture that an earlier check of the file makes"


def test_a_capture_that_is_used_is_made_by_an_earlier_check() -> None:
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
            "'order_id', which none makes",
            first,
            'write, for instance, capture = { order_id = "/items/0/id" } in a check further up',
        ),
        message(
            USED,
            "'own', which is taken from the answer to this very check",
            first,
            "capture it in a check further up",
        ),
        message(
            USED,
            "'later', which 'other' makes further down",
            first,
            "move that check above this one",
        ),
        message(
            USED, "'onw', which none makes", f"{SECOND}/path (of 'other')", "did you mean 'own'?"
        ),
    ]


@pytest.mark.parametrize(
    "by_way_of", ["", '[[check]]\nname = "c"\npath = "/{y}"\ncapture = { z = "/z" }\n']
)
def test_checks_that_need_each_other_are_not_told_to_change_places(by_way_of: str) -> None:
    last = "z" if by_way_of else "y"
    text = (
        f'[[check]]\nname = "a"\npath = "/{{{last}}}"\ncapture = {{ x = "/x" }}\n'
        f'[[check]]\nname = "b"\npath = "/{{x}}"\ncapture = {{ y = "/y" }}\n{by_way_of}'
    )
    assert only(text) == message(
        USED,
        f"{last!r}, which {'c' if by_way_of else 'b'!r} makes further down",
        "contracts/orders.toml#/check/0/path (of 'a')",
        "the two need each other, so neither can be made first: let one do without",
    )


def test_a_mistake_in_one_check_makes_none_in_those_that_need_it() -> None:
    text = f'{LIST}smok = 1\ncapture = {{ a = "/a" }}\n[[check]]\nname = "b"\npath = "/{{a}}"'
    declared = parse(text, "orders.toml")
    assert [one.name for one in declared.checks] == ["b"]
    (mistake,) = declared.mistakes
    assert mistake.where == "contracts/orders.toml#/check/0/smok (of 'list')"


def test_a_schema_that_is_not_there_is_told_where_it_is_named() -> None:
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
def test_whatever_stands_in_a_file_is_read_or_told(tables: list[Any]) -> None:
    file = CheckFile("orders.toml")
    sound = list(file.sound({"check": tables}))
    assert sound or file.mistakes


# -- what editors are told ------------------------------------------------------------------------

PUBLISHED = json.loads(
    files("pytest_apismoke.checks.declared").joinpath("checks.schema.json").read_text()
)


def test_editors_know_the_same_keys_and_words() -> None:
    definitions = PUBLISHED["$defs"]
    assert list(definitions["check"]["properties"]) == list(CHECK)
    assert list(definitions["expect"]["properties"]) == list(EXPECT)
    known = definitions["check"]["properties"]
    assert known["method"]["enum"] == list(METHODS)
    assert known["category"]["enum"] == [category.value for category in CATEGORIES]


def test_every_key_is_explained_to_editors() -> None:
    definitions = PUBLISHED["$defs"]
    keys = [
        *definitions["check"]["properties"].items(),
        *definitions["expect"]["properties"].items(),
    ]
    assert [name for name, one in keys if name != "expect" and not one.get("description")] == []
    Draft202012Validator.check_schema(PUBLISHED)


#: For each key values that are right and values that are wrong, alone or with others.
_VALUES: dict[str, list[Any]] = {
    "name": ["list", "a b", "", " a", "a::b", "a\tb", "x" * 201, 1],
    "method": ["GET", "HEAD", "POST", "DELETE", "get", "TRACE", 1],
    "path": ["/", "/a/{{b}}", "/a?b", "//a", "a", "/a b", "/a#", "/./a", "/a/..", "/a://b", "", 1],
    "query": [{}, {"a": 1, "b": "x", "c": True, "d": 1.5}, {"a": []}, {"a": {}}, "a"],
    "headers": [{}, {"A": "x"}, {"A": " x"}, {"A": "ä"}, {"A": ""}, {"A B": "x"}, {"A": 1}, 1],
    "json": [{}, [1, "a"], "a", 1, False],
    "body": ["", "a", 1, {}],
    "changes": ["nothing", "/a", "/a?b", "/a b", "all", True],
    "changing": [[], ["a", "b"], ["a", "a"], [""], [1], "a"],
    "auth": [True, 1, "true"],
    "refused_without_auth": [True, False, "no"],
    "category": ["auth", "state", "AUTH", "oauth", 1],
    "smoke": [False, 0],
    "required": [False, "x"],
    "capture": [{}, {"a": "/a/0"}, {"a": ""}, {"a": "a"}, {"a": "/~2"}, {"1": "/a"}, {"a": 1}, []],
    "expect": [
        {},
        {"status": 200},
        {"status": [200, 404]},
        {"status": []},
        {"status": 199},
        {"status": "200"},
        {"schema": "order"},
        {"schema": {"type": "object"}},
        {"schema": ""},
        {"schema": True},
        {"headers": {"A": "x", "B": True, "C": {"pattern": "^W"}}},
        {"headers": {"A": False}},
        {"headers": {"A": {"pattern": "("}}},
        {"headers": {"A": {}}},
        {"headers": {"A B": "x"}},
        {"max_latency_ms": 800},
        {"max_latency_ms": 0.5},
        {"max_latency_ms": 0},
        {"max_latency_ms": 3_600_001},
        {"stauts": 200},
        1,
    ],
    "unknown": [1],
}
_RIGHT = {"name": "list", "path": "/"}


@pytest.mark.parametrize(
    "table",
    [
        *({**_RIGHT, name: value} for name, values in _VALUES.items() for value in values),
        *(
            {**_RIGHT, one: left, other: right}
            for one, other in [("method", "changes"), ("json", "body")]
            for left in _VALUES[one]
            for right in _VALUES[other]
        ),
        *(
            {**_RIGHT, "method": "PUT", "changes": changes, "changing": changing}
            for changes in _VALUES["changes"]
            for changing in _VALUES["changing"]
        ),
        {"name": "list"},
        {"path": "/"},
    ],
    ids=str,
)
def test_editors_and_the_reader_agree(table: dict[str, Any]) -> None:
    """Whatever stands in a check: either both find something wrong with it, or neither does."""
    file, content = CheckFile("orders.toml"), {"check": [table]}
    sound = list(file.sound(content))
    checker = Draft202012Validator.FORMAT_CHECKER
    editor = Draft202012Validator(PUBLISHED, format_checker=checker)
    assert editor.is_valid(content) == bool(sound), [str(one) for one in file.mistakes]

"""Loading specs: supported versions, YAML 1.2, other files, and what is refused."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.openapi import loader
from pytest_apismoke.openapi.loader import read, read_with_files
from pytest_apismoke.openapi.spec import Spec
from pytest_apismoke.openapi.yaml_loader import parse_yaml
from pytest_apismoke.schemas.validation_timeout import time_limit

SMALLEST = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\n"


def refused(call: Callable[[], object]) -> tuple[str, str, str, str]:
    """The four parts of the usage error that a call ends with."""
    with pytest.raises(SmokeError) as caught:
        call()
    failure = caught.value.failure
    assert failure.category is Category.USAGE
    return failure.expected, failure.seen, failure.where, failure.hint


@pytest.mark.parametrize("version", ["3.0.0", "3.0.3", "3.1.0", "3.1.1", "3.2.0"])
def test_json_and_yaml_read_the_same(version: str) -> None:
    document = {"openapi": version, "paths": {"/a": {"get": {"responses": {"200": None}}}}}
    yaml = f"openapi: {version}\npaths:\n  /a:\n    get:\n      responses:\n        200:\n"
    assert read(json.dumps(document), "openapi.json") == document
    assert read(f"\ufeff{json.dumps(document, indent=1)}", "https://h/openapi") == document
    assert read(yaml, "openapi.yaml") == document
    assert read(yaml.replace("\n", "\r\n"), "https://h/openapi") == document
    assert read(json.dumps(document), "openapi.yaml") == document
    assert loader.version_of(document) == version[:3]


NOT_OPENAPI = "name the file or the URL of the document itself, not of a page that displays it"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ("an OpenAPI document", "null", "o.yaml", NOT_OPENAPI)),
        ("[]", ("an OpenAPI document", "a list of 0", "o.yaml", NOT_OPENAPI)),
        (
            "<!doctype html>",
            ("an OpenAPI document", "the string '<!doctype html>'", "o.yaml", NOT_OPENAPI),
        ),
        ("a: 1", ("an OpenAPI document", "an object with 'a'", "o.yaml", NOT_OPENAPI)),
        (
            "swagger: '2.0'",
            (
                "OpenAPI 3.0, 3.1, 3.2",
                "Swagger 2.0",
                "o.yaml#/swagger",
                "convert it, for instance with swagger2openapi",
            ),
        ),
        (
            "openapi: 3.1",
            (
                "OpenAPI 3.0, 3.1, 3.2",
                "the number 3.1",
                "o.yaml#/openapi",
                "write the version as a string of three numbers, such as '3.1.0'",
            ),
        ),
        (
            "openapi: 4.0.0",
            (
                "OpenAPI 3.0, 3.1, 3.2",
                "the string '4.0.0'",
                "o.yaml#/openapi",
                "write the version as a string of three numbers, such as '3.1.0'",
            ),
        ),
        (
            "openapi: 3.1.0\npaths: []",
            (
                "an object of paths",
                "a list of 0",
                "o.yaml#/paths",
                "correct the spec; 'apismoke check' lints all of it without a target",
            ),
        ),
        (
            "openapi: 3.1.0\npaths: {a: [}",
            (
                "valid YAML",
                "did not find expected node content",
                "o.yaml, line 2, column 13",
                "correct the file",
            ),
        ),
    ],
)
def test_what_is_no_spec(text: str, parts: tuple[str, str, str, str]) -> None:
    assert refused(lambda: read(text, "o.yaml")) == parts


def test_a_syntax_error_in_json_is_reported_with_its_place() -> None:
    assert refused(lambda: read('{"openapi": "3.1.0",\n "paths": {,}}', "o.json")) == (
        "valid JSON",
        "Expecting property name enclosed in double quotes",
        "o.json, line 2, column 12",
        "correct the file",
    )


def test_json_may_be_nested_as_deep_as_yaml() -> None:
    def nested(levels: int) -> str:
        inner = levels - 1
        return f'{{"openapi": "3.1.0", "paths": {{}}, "x-deep": {"[" * inner + "]" * inner}}}'

    too_deep = ("at most 200 levels of nesting", "more", "o.json", "correct the file")
    assert read(nested(200), "o.json") == read(nested(200), "o.yaml")
    assert refused(lambda: read(nested(201), "o.json")) == too_deep
    assert refused(lambda: read(nested(201), "o.yaml"))[:2] == too_deep[:2]


def test_what_reads_spec_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "find_spec", lambda name: None)
    assert refused(lambda: read(SMALLEST, "o.yaml")) == (
        "the libraries that read OpenAPI documents to be installed",
        "openapi-schema-validator, openapi-spec-validator or PyYAML missing",
        "o.yaml",
        "pip install 'pytest-apismoke[openapi]'",
    )


# -- YAML -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[null, ~, Null, '', '~']", [None, None, None, "", "~"]),
        ("[true, False, yes, no, on, off, N]", [True, False, "yes", "no", "on", "off", "N"]),
        ("[1, -2, +3, 0x1f, 0o17, 010, 1_000]", [1, -2, 3, 31, 15, 10, "1_000"]),
        ("[1.5, .5, 1e3, -1.E2, 12:30, 1.2.3]", [1.5, 0.5, 1000.0, -100.0, "12:30", "1.2.3"]),
        ("[.inf, -.inf, .nan, 1e999]", [".inf", "-.inf", ".nan", "1e999"]),
        ("[2024-01-01, 2024-01-01T10:00:00Z]", ["2024-01-01", "2024-01-01T10:00:00Z"]),
        ("['1', \"true\", !!str 5, ! 6]", ["1", "true", "5", "6"]),
        ("{200: a, on: b, null: c, 1.0: d}", {"200": "a", "on": "b", "null": "c", "1.0": "d"}),
        ("a: &a {b: 1}\nc: *a\nd: [*a, *a]", {"a": {"b": 1}, "c": {"b": 1}, "d": [{"b": 1}] * 2}),
        ("a: &a {b: 1, c: 2}\nd: {<<: *a, c: 3}", {"a": {"b": 1, "c": 2}, "d": {"c": 3, "b": 1}}),
        ("a: &a {b: 1}\ne: {<<: [*a, {b: 2, c: 3}]}", {"a": {"b": 1}, "e": {"b": 1, "c": 3}}),
        ("{'<<': 1}", {"<<": 1}),
        ("a: |\n  one\n  two\nb: >-\n  one\n  two\n", {"a": "one\ntwo\n", "b": "one two"}),
        ("&k a: 1\nb: *k", {"a": 1, "b": "a"}),
        ("# nothing", None),
        ("--- 5\n...", 5),
    ],
)  # fmt: skip
def test_yaml_yields_the_values_of_json(text: str, value: object) -> None:
    """By YAML 1.2: the country code NO is not a boolean, and a date is a string."""
    assert repr(parse_yaml(text, "o.yaml")) == repr(value)


BEFORE, IN_JSON = "an alias of an anchor before it", "values that JSON can represent"
TAG = "tag:yaml.org,2002:"


@pytest.mark.parametrize(
    ("text", "expected", "seen", "place"),
    [
        ("a: 1\nb: 2\na: 3", "valid YAML", "the key 'a' twice in one object", "3, column 1"),
        ("a: &a [*a]", BEFORE, "the alias *a inside its own anchor", "1, column 8"),
        ("a: &a {b: {c: *a}}", BEFORE, "the alias *a inside its own anchor", "1, column 15"),
        ("a: *b", BEFORE, "the alias *b without an anchor", "1, column 4"),
        ("? [a]\n: b", "strings as keys", "a list", "1, column 3"),
        ("? {a: 1}\n: b", "strings as keys", "a mapping", "1, column 3"),
        ("a: &a b\n*a : c", "strings as keys", "an alias", "2, column 1"),
        ("a: {<<: 5}", "a mapping to merge", "something else", "1, column 9"),
        ("a: !!python/name:os.abc ''", IN_JSON, f"'' with the tag '{TAG}python/name:os.abc'",
         "1, column 4"),
        ("a: !!python/object/apply:abc [x]", IN_JSON, f"the tag '{TAG}python/object/apply:abc'",
         "1, column 4"),
        ("a: !!int x", IN_JSON, f"'x' with the tag '{TAG}int'",
         "1, column 4"),
        ("a: 1\n---\nb: 2", "one document", "a second one", "2, column 1"),
        ("[" * 300 + "]" * 300, "at most 200 levels of nesting", "more", "1, column 201"),
        ("a: 'x", "valid YAML", "found unexpected end of stream", "1, column 6"),
    ],
)  # fmt: skip
def test_yaml_that_is_refused(text: str, expected: str, seen: str, place: str) -> None:
    parts = refused(lambda: parse_yaml(text, "o.yaml"))
    assert parts == (expected, seen, f"o.yaml, line {place}", "correct the file")


def test_yaml_that_is_refused_by_whichever_limit_it_meets_first() -> None:
    """Some parsers have a limit of their own, and it depends on them which comes first."""
    expected, seen, where, hint = refused(lambda: parse_yaml("[" * 100_000, "o.yaml"))
    assert (expected, seen, hint) == ("at most 200 levels of nesting", "more", "correct the file")
    assert where.startswith("o.yaml, line 1, column ")


def test_a_character_that_yaml_does_not_allow() -> None:
    parts = refused(lambda: parse_yaml("a: \x01", "o.yaml"))
    assert parts == (
        "valid YAML",
        "unacceptable character #x0001: control characters are not allowed",
        "o.yaml",
        "correct the file",
    )


def bomb(inner: str) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} {inner.format(n - 1)}" for n in range(1, 30)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        bomb("[" + ", ".join(["*a{0}"] * 10) + "]"),
        bomb("{{" + ", ".join(f"k{n}: *a{{0}}" for n in range(10)) + "}}"),
        "a0: &a0 {x: 1}\n"
        + "\n".join(
            f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 30)
        ),
    ],
    ids=["lists", "mappings", "merges"],
)
def test_aliases_that_would_fill_the_memory_are_refused_before_they_do(text: str) -> None:
    tracemalloc.start()
    begun = time.process_time()
    parts = refused(lambda: parse_yaml(text, "o.yaml"))
    took = time.process_time() - begun
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert parts[:2] == ("at most 1,000,000 values", "aliases that expand to far more")
    assert took < 1
    assert peak < 5_000_000


def test_what_aliases_share_is_one_value() -> None:
    document = parse_yaml("a: &a {b: 1}\nc: *a", "o.yaml")
    assert document["a"] is document["c"]


# -- other files ----------------------------------------------------------------------------------


def gathered(files: dict[str, str], text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    def read_file(path: str) -> str:
        if path not in files:
            raise FileNotFoundError(2, "No such file or directory", path)
        return files[path]

    return read_with_files(text, "api/openapi.yaml", read_file)


def referring(ref: str) -> str:
    return f"{SMALLEST}components: {{schemas: {{A: {{$ref: '{ref}'}}}}}}\n"


def test_a_metaschema_of_json_schema_is_no_file() -> None:
    text = referring("https://json-schema.org/draft/2020-12/schema#/$defs")
    assert gathered({}, text) == (read(text, "api/openapi.yaml"), {})


def test_files_below_the_spec_are_read_once_and_theirs_too() -> None:
    files = {
        "schemas/order.yaml": "{Order: {properties: {line: {$ref: 'parts/line.json'}}}}",
        "schemas/parts/line.json": '{"items": {"$ref": "../../openapi.yaml#/components"},'
        ' "not": {"$ref": "../order.yaml#/Order"}}',
    }
    document, others = gathered(files, referring("./schemas/order.yaml#/Order"))
    assert document["components"]["schemas"]["A"] == {"$ref": "./schemas/order.yaml#/Order"}
    assert sorted(others) == ["schemas/order.yaml", "schemas/parts/line.json"]


def test_a_whole_map_may_lie_in_a_file_and_prose_is_not_followed() -> None:
    text = (
        f"{SMALLEST}components: {{responses: {{A: {{"
        "description: {$ref: 'gone.yaml#/intro'}, content: {$ref: 'content.yaml'}}}}\n"
    )
    _, others = gathered({"content.yaml": "{application/json: {schema: {type: object}}}"}, text)
    assert list(others) == ["content.yaml"]


ELSEWHERE = (
    "a $ref to a file in the spec's folder or below it",
    "move the file there; files elsewhere are not read",
)
NEVER_FETCHED = (
    "a $ref to something inside the spec",
    "move its target into components, or into a file beside the spec; nothing is ever fetched",
)


@pytest.mark.parametrize(
    ("ref", "expected", "seen", "hint"),
    [
        ("../../etc/passwd", ELSEWHERE[0], "'../../etc/passwd'", ELSEWHERE[1]),
        ("a/../../b.yaml", ELSEWHERE[0], "'a/../../b.yaml'", ELSEWHERE[1]),
        ("%2e%2e/b.yaml", ELSEWHERE[0], "'%2e%2e/b.yaml'", ELSEWHERE[1]),
        ("/etc/passwd", ELSEWHERE[0], "'/etc/passwd'", ELSEWHERE[1]),
        ("..", ELSEWHERE[0], "'..'", ELSEWHERE[1]),
        (
            "https://elsewhere.example/s.json",
            NEVER_FETCHED[0],
            "'https://elsewhere.example/s.json', which would have to be fetched",
            NEVER_FETCHED[1],
        ),
        (
            "file:///etc/passwd",
            NEVER_FETCHED[0],
            "'file:///etc/passwd', which would have to be fetched",
            NEVER_FETCHED[1],
        ),
        (
            "http://[",
            NEVER_FETCHED[0],
            "'http://[', which would have to be fetched",
            NEVER_FETCHED[1],
        ),
        (
            "gone.yaml#/A",
            "the file api/gone.yaml",
            "No such file or directory",
            "correct the $ref, or put the file there",
        ),
    ],
)
def test_references_that_are_not_followed(ref: str, expected: str, seen: str, hint: str) -> None:
    where = "api/openapi.yaml#/components/schemas/A/$ref"
    assert refused(lambda: gathered({}, referring(ref))) == (expected, seen, where, hint)


def test_a_file_that_is_not_text() -> None:
    def read_file(path: str) -> str:
        return b"\xff".decode()

    assert refused(lambda: read_with_files(referring("s.yaml"), "openapi.yaml", read_file)) == (
        "the file s.yaml",
        "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
        "openapi.yaml#/components/schemas/A/$ref",
        "correct the $ref, or put the file there",
    )


@pytest.mark.parametrize("text", [f"{SMALLEST}a: [1, {{b: 'x'}}]", SMALLEST])
def test_without_the_fast_parser_yaml_reads_the_same(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = read(text, "o.yaml")
    monkeypatch.delattr("yaml.CSafeLoader", raising=False)
    assert read(text, "o.yaml") == fast


def test_a_mistake_in_another_file_names_that_file() -> None:
    parts = refused(lambda: gathered({"s.yaml": "a: ["}, referring("s.yaml")))
    assert parts[2] == "api/s.yaml, line 2, column 1"


@pytest.mark.parametrize(
    ("ref", "name"),
    [("my%20a.yaml", "my a.yaml"), ("my a.yaml", "my a.yaml"), ("é+.yaml", "é+.yaml")],
)
def test_the_name_of_a_file_may_be_written_as_it_is_or_encoded(ref: str, name: str) -> None:
    document, files = gathered({name: "type: integer"}, referring(ref))
    spec = Spec(document, label="api/openapi.yaml", files=files)
    assert (list(files), spec.broken_references()) == ([name], ())


def test_what_has_a_name_of_its_own_is_no_file() -> None:
    text = SMALLEST.replace("3.0", "3.1") + (
        "components: {schemas: {A: {$id: 'https://example.com/a', $ref: 'b.yaml'},"
        " B: {$id: 'https://example.com/b.yaml'}, C: {$ref: 'https://example.com/a#'}}}"
    )
    document, files = gathered({}, text)
    spec = Spec(document, label="api/openapi.yaml", files=files)
    assert (files, spec.broken_references()) == ({}, ())


@pytest.mark.parametrize("ref", ["//example.com/x", "urn:x:y", "https://example.com/x"])
def test_a_served_spec_with_a_reference_to_elsewhere(ref: str) -> None:
    spec = Spec(read(referring(ref), "o.yaml"), label="o.yaml")
    assert [(one.seen, one.hint) for one in spec.broken_references()] == [
        (f"{ref!r}, which would have to be fetched", NEVER_FETCHED[1])
    ]


def test_a_long_chain_of_references_is_read_in_time() -> None:
    """Each of them is followed once, however many lead to it."""
    schemas: dict[str, Any] = {
        f"S{n}": {"$ref": f"#/components/schemas/S{n + 1}"} for n in range(3000)
    }
    document = {"openapi": "3.1.0", "components": {"schemas": {**schemas, "S3000": {}}}}
    spec = Spec(document, label="o.yaml")
    with time_limit(10.0):
        assert spec.broken_references() == ()
    schemas["S3000"] = {"allOf": [{"$ref": "#/components/schemas/S2990"}]}
    circle = {"openapi": "3.1.0", "components": {"schemas": schemas}}
    told = [one.where for one in Spec(circle, label="o.yaml").broken_references()]
    assert len(told) == 11

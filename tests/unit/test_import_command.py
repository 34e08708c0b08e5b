"""`apismoke import`: checks from the requests of other tools, and what is said of the rest."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_apismoke.checks.declared.check_file import parse
from pytest_apismoke.commands.import_requests import main
from pytest_apismoke.configuration.toml_loader import parse_toml

URL = "https://api.example.com"
Import = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Import:
    """Imports a text as a file; returns the exit code, the output and the errors."""
    monkeypatch.chdir(tmp_path)

    def imported(name: str, text: object, *arguments: str) -> tuple[int, str, str]:
        content = text if isinstance(text, str) else json.dumps(text)
        Path(name).write_text(content, encoding="utf-8")
        code = main([name, "--api=shop", *arguments])
        told = capsys.readouterr()
        return code, told.out, told.err

    return imported


def written() -> list[dict[str, Any]]:
    text = Path("contracts/shop.toml").read_text(encoding="utf-8")
    assert parse(text, "shop.toml").mistakes == ()
    checks: list[dict[str, Any]] = parse_toml(text, "shop.toml")["check"]
    return checks


def collection(*items: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"info": {"name": "shop"}, "item": list(items), **more}


def item(name: str = "one", *script: str, **request: object) -> dict[str, Any]:
    event = [{"listen": "test", "script": {"exec": list(script)}}] if script else []
    return {"name": name, "event": event, "request": {"url": f"{URL}/orders", **request}}


@pytest.mark.parametrize(
    ("script", "expect"),
    [
        ("pm.response.to.have.status(404)", {"status": 404}),
        ('pm.response.to.have.status("Created")', {"status": 201}),
        ("pm.expect(pm.response.code).to.eql(202);", {"status": 202}),
        ("pm.expect(pm.response.code).to.be.oneOf([200, 204]);", {"status": [200, 204]}),
        ("tests['ok'] = responseCode.code === 200;", {"status": 200}),
        (
            "pm.test('fast', () => { pm.expect(pm.response.responseTime).to.be.below(500); });",
            {"max_latency_ms": 500},
        ),
        ("pm.response.to.have.header('X-Total', '3')", {"headers": {"X-Total": "3"}}),
        (
            "pm.expect(pm.response.headers.get('Content-Type')).to.include('json')",
            {"headers": {"Content-Type": {"pattern": "json"}}},
        ),
        (
            "pm.expect(pm.response.json().a[1].b).to.eql('x');",
            {
                "schema": {
                    "type": "object",
                    "required": ["a"],
                    "properties": {
                        "a": {
                            "type": "array",
                            "minItems": 2,
                            "prefixItems": [
                                {},
                                {
                                    "type": "object",
                                    "required": ["b"],
                                    "properties": {"b": {"const": "x"}},
                                },
                            ],
                        }
                    },
                }
            },
        ),
        (
            "const body = pm.response.json();\npm.expect(body).to.have.property('id', 7);",
            {
                "schema": {
                    "type": "object",
                    "required": ["id"],
                    "properties": {"id": {"const": 7}},
                }
            },
        ),
        ("pm.expect(pm.response.json()).to.be.an('array')", {"schema": {"type": "array"}}),
    ],
)
def test_what_a_script_expects_is_carried_over(
    run: Import, script: str, expect: dict[str, Any]
) -> None:
    assert run("shop.json", collection(item("one", script)))[0] == 0
    assert written() == [{"name": "one", "path": "/orders", "auth": False, "expect": expect}]


@pytest.mark.parametrize(
    ("script", "line"),
    [
        (
            "if (x) { pm.expect(pm.response.json().a).to.eql(1); }",
            "  one: pm.expect(pm.response.json().a).to.eql(1):"
            " it stands in a condition, a loop or a function",
        ),
        (
            "pm.expect(total(body)).to.eql(1);",
            "  one: pm.expect(total(body)).to.eql(1):"
            " 'total(body)' is no value that stands in the script",
        ),
    ],
)
def test_what_a_script_computes_is_listed(run: Import, script: str, line: str) -> None:
    code, out, _ = run("shop.json", collection(item("one", script)))
    assert (code, line in out.splitlines()) == (0, True)
    assert written() == [{"name": "one", "path": "/orders", "auth": False}]


def test_a_request_that_writes_is_a_comment(run: Import) -> None:
    body = {"mode": "raw", "raw": '{"article": 7, "password": "hunter22"}'}
    document = collection(item("read"), item("write", method="POST", body=body))
    _, out, _ = run("shop.json", document)
    assert out.splitlines()[:2] == [
        "contracts/shop.toml: 1 of 2 requests carried over",
        "  1 request that may write: comments in the file, not sent",
    ]
    assert [check["name"] for check in written()] == ["read"]
    text = Path("contracts/shop.toml").read_text(encoding="utf-8")
    assert '# json = { article = 7, password = "REPLACED" }' in text.splitlines()


def test_what_a_write_would_have_captured_is_missing_afterwards(run: Import) -> None:
    saves = "pm.environment.set('id', pm.response.json().id);"
    document = collection(
        item("read"),
        item("create", saves, method="POST"),
        item("get", url=f"{URL}/orders/{{{{id}}}}"),
    )
    _, out, _ = run("shop.json", document)
    assert (
        f"  get: GET {URL}/orders/{{{{id}}}}:"
        " it needs 'id', which a request that writes gets (create)" in out.splitlines()
    )


def test_auth_is_inherited_and_replaced_by_the_login(run: Import) -> None:
    bearer = {"type": "bearer", "bearer": [{"key": "token", "value": "abcdef0123456789"}]}
    public = item("public", auth={"type": "noauth"})
    code, out, _ = run("shop.json", collection(item("mine"), public, auth=bearer))
    assert (code, [check.get("auth", True) for check in written()]) == (0, [True, False])
    assert "below [login] of apismoke.toml" in out
    assert "abcdef0123456789" not in out + Path("contracts/shop.toml").read_text(encoding="utf-8")


def test_a_secret_reaches_neither_the_file_nor_the_output(run: Import) -> None:
    secret = "s3cr3t-0f-the-shop"  # made up
    variables = [{"key": "api_token", "value": secret}]
    document = collection(
        item("read", header=[{"key": "X-Api-Key", "value": secret}]),
        item("in the path", url=f"{URL}/hooks/{secret}"),
        item("in the query", url=f"{URL}/orders?token={secret}"),
        item("expected", f"pm.expect(pm.response.json().a).to.eql('{secret}')"),
        variable=variables,
    )
    code, out, err = run("shop.json", document)
    assert (code, [check["name"] for check in written()]) == (0, ["read"])
    assert secret not in out + err + Path("contracts/shop.toml").read_text(encoding="utf-8")


def test_requests_to_another_host_are_listed(run: Import) -> None:
    other = item("other", url="https://other.example.com/x")
    _, out, _ = run("shop.json", collection(item("one"), item("two"), other))
    assert (
        "  other: GET https://other.example.com/x: it goes to https://other.example.com, and the"
        f" others to {URL}: import it apart" in out.splitlines()
    )


def test_a_file_that_is_there_is_kept_without_force(run: Import) -> None:
    document = collection(item("one"))
    run("shop.json", document)
    Path("contracts/shop.toml").write_text("# mine\n", encoding="utf-8")
    code, _, err = run("shop.json", document)
    assert (code, "expected files that do not exist yet" in err) == (5, True)
    assert Path("contracts/shop.toml").read_text(encoding="utf-8") == "# mine\n"
    assert run("shop.json", document, "--force")[0] == 0
    assert [check["name"] for check in written()] == ["one"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("shop.json", "{", "seen a file that is not JSON"),
        ("shop.json", "[]", "seen none of them"),
        ("shop.tavern.yaml", "a: [", "expected YAML"),
        (
            "shop.json",
            collection(item("write", method="POST")),
            "seen 1 request, 1 of which write",
        ),
        ("shop.json", collection(), "seen 0 requests, none of them"),
    ],
)
def test_nothing_is_written_for_a_file_without_checks(
    run: Import, name: str, text: object, said: str
) -> None:
    code, _, err = run(name, text)
    assert (code, said in err, Path("contracts").exists()) == (5, True, False)


def test_an_anchor_of_an_earlier_tavern_test_is_known(run: Import) -> None:
    text = f"""\
test_name: a
stages:
  - &list
    name: list
    request: {{url: "{URL}/orders"}}
    response: {{status_code: 200, json: [!anyint , 2]}}
---
test_name: b
stages:
  - *list
"""
    assert run("shop.tavern.yaml", text)[0] == 0
    items = {"prefixItems": [{"type": "integer"}, {"const": 2}]}
    schema = {"type": "array", "minItems": 2, "maxItems": 2, **items}
    expect = {"status": 200, "schema": schema}
    assert written() == [
        {"name": f"{test} / list", "path": "/orders", "auth": False, "expect": expect}
        for test in "ab"
    ]


def test_a_hurl_file(run: Import) -> None:
    text = f"""\
# orders
GET {URL}/orders
Accept: application/json
[Query]
page: 1
HTTP 200
[Captures]
order: jsonpath "$.items[0].id"
[Asserts]
jsonpath "$.total" > 0
jsonpath "$.items[*].id" count == 3
header "Content-Type" contains "json"
duration < 900

GET {URL}/orders/{{{{order}}}}
HTTP 200
"""
    code, out, _ = run("shop.hurl", text)
    total = {"type": "number", "exclusiveMinimum": 0}
    assert code == 0
    assert '  shop.hurl:2: jsonpath "$.items[*].id" count == 3: this assert is not read' in out
    assert written() == [
        {
            "name": "GET /orders",
            "path": "/orders",
            "query": {"page": "1"},
            "headers": {"Accept": "application/json"},
            "auth": False,
            "capture": {"order": "/items/0/id"},
            "expect": {
                "status": 200,
                "headers": {"Content-Type": {"pattern": "json"}},
                "max_latency_ms": 900,
                "schema": {
                    "type": "object",
                    "required": ["total"],
                    "properties": {"total": total},
                },
            },
        },
        {
            "name": "GET /orders/{{order}}",
            "path": "/orders/{order}",
            "auth": False,
            "expect": {"status": 200},
        },
    ]

"""Errors in contracts and OpenAPI documents: each message has a place and a hint."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from gate.sampling import sampled
from gate.shop_server import DESCRIPTION, Said, ShopServer
from harness import Gate

CHECK = '[[check]]\nname = "the list"\npath = "/api/orders"\n'
ORDER = "contracts/order.schema.json"
FILE = "contracts/orders.toml"
#: Ten to the power of eleven values, in some hundred bytes.
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 11)
)
#: A file, its content, and the parts of the message: declared checks, schemas, OpenAPI documents.
OFFLINE = (
    (
        FILE,
        '[[check]]\nname = "the list\n',
        "expected valid TOML, seen Illegal character '\\n'",
        f"{FILE}, line 2, column 17",
        "correct the file",
    ),
    (
        ORDER,
        '{"type": object}',
        "expected valid JSON, seen Expecting value",
        f"{ORDER}, line 1, column 10",
        "correct the file",
    ),
    (
        ORDER,
        '{"required": "id"}',
        "expected a valid JSON Schema: type array at /required, seen the string 'id'",
        f"{ORDER}#/required",
        "correct the schema; 'apismoke check' looks at all of them without a target",
    ),
    (
        "openapi.yaml",
        BOMB,
        "expected at most 1,000,000 values, seen aliases that expand to far more",
        "openapi.yaml, line 6, column 55",
        "correct the file",
    ),
    (
        "openapi.yaml",
        "openapi: 3.1.0\npaths: {/a: {get: {responses: {200: {$ref: '#/components/none'}}}}}",
        "expected a $ref that can be resolved, seen '#/components/none'",
        "openapi.yaml#/paths/~1a/get/responses/200/$ref",
        "correct it, or add its target; other files are read only for a spec that is a file itself,"
        " from its folder and below",
    ),
)


@pytest.fixture
def shop() -> Iterator[ShopServer]:
    """A shop without faults."""
    started = ShopServer()
    yield started
    started.stop()


@pytest.mark.parametrize(
    ("file", "content", "message", "where", "hint"), sampled(OFFLINE, every=len(OFFLINE))
)
def test_an_error_in_a_file_ends_the_run_before_any_request(
    gate: Gate, shop: ShopServer, file: str, content: str, message: str, where: str, hint: str
) -> None:
    gate.write(file, content)
    loaded_spec = [f"--smoke-openapi={file}"] if file.startswith("openapi") else []

    ended = gate.against_url(shop.url, "--smoke", *loaded_spec)

    (check,) = ended.report["checks"]
    assert (check["message"], check["where"], check["hint"]) == (message, where, hint)
    assert (ended.code, ended.report["verdict"], shop.seen) == (5, "misconfigured", [])
    assert ended.report["categories"] == {"usage": 1}
    assert " ".join(hint.split()) in ended.told
    assert ended.has_no_traceback()


def test_a_missing_openapi_document_is_reported_whatever_the_configuration(
    gate: Gate, shop: ShopServer
) -> None:
    gate.write(FILE, CHECK)
    gate.write("apismoke.toml", "[apis]\ncalendar = { enabled = false }")

    ended = gate.against_url(shop.url, "--smoke", "--smoke-openapi=opnapi.yaml")

    (check,) = ended.report["checks"]
    assert (ended.code, check["category"], shop.seen) == (5, "usage", [])
    assert "opnapi.yaml" in check["message"] + check["where"]


@pytest.mark.parametrize(
    ("served", "code", "category", "message", "where", "hint"),
    sampled(
        [
            (
                Said(404, {"error": "not_found"}),
                5,
                "usage",
                "expected an OpenAPI document: a file, or a path of the target (/openapi.json),"
                " seen no such file, and status 404 for GET {}",
                "--smoke-openapi",
                "correct the path",
            ),
            (
                Said(200, "<!doctype html><title>Shop</title>"),
                5,
                "invalid",
                "expected an OpenAPI document, seen 200 with an HTML page, 34 bytes",
                "GET {}",
                "name the document itself, such as /openapi.json, not a page that displays it",
            ),
        ],
        every=2,
    ),
)
def test_an_openapi_document_that_the_target_does_not_serve_fails_the_run(
    gate: Gate,
    shop: ShopServer,
    served: Said,
    code: int,
    category: str,
    message: str,
    where: str,
    hint: str,
) -> None:
    """The checks still run, because other failures are worth knowing."""
    gate.write(FILE, CHECK)
    shop.instead[f"GET {DESCRIPTION}"] = served
    asked = f"--smoke-openapi={DESCRIPTION}"

    ended = gate.against_url(shop.url, "--smoke", "--smoke-api=orders", asked)

    check = ended.check("apismoke::openapi")
    url = f"{shop.url}{DESCRIPTION}"
    told = (message.format(url), where.format(url), hint)
    assert (check["message"], check["where"], check["hint"]) == told
    assert (ended.code, ended.report["categories"]) == (code, {category: 1})
    assert ended.outcomes()[f"{FILE}::the list"] == "passed"
    assert ended.has_no_traceback()

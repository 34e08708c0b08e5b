"""`apismoke infer --openapi`: what it asks a target for, what it writes, and what it tells."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from unit.loopback import Play, RawServer, says

from pytest_apismoke.checks.declared.check_file import parse
from pytest_apismoke.commands import check as check_command
from pytest_apismoke.commands import infer as infer_command

TOKEN = "canary-token-6d1f0b9e"
CREDENTIALS = {"APISMOKE_TOKEN": TOKEN}
STRING = {"type": "string"}


def get(schema: Any, **more: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    return {"get": {"responses": {"200": {"description": "ok", "content": content}}, **more}}


ORDER = {"type": "object", "required": ["id"], "properties": {"id": STRING}}
ID = {"name": "id", "in": "path", "required": True, "schema": STRING}
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "The Shop REST API v2", "version": "1"},
    "servers": [{"url": "https://api.example.com/v2"}],
    "paths": {
        "/orders": get({"type": "array", "items": ORDER}),
        "/orders/{id}": {**get(ORDER), "parameters": [ID]},
        "/customers/{id}": {**get(ORDER), "parameters": [ID]},
        "/old": get(ORDER, deprecated=True),
    },
}


def checks(prefix: str, source: str, *, auth: str = "") -> str:
    return f"""\
#:schema .checks.schema.json
# Written by 'apismoke infer --openapi' from {source}: yours to correct.
# Each value in a path comes from the first item of a list, or from the document itself.
# With --smoke-openapi={source} a run holds every response against its operation.

[[check]]
name = "GET /orders"
path = "{prefix}/orders"
{auth}capture = {{ order_id = "/0/id" }}
may_be_empty = true

[[check]]
name = "GET /orders/{{id}}"
path = "{prefix}/orders/{{order_id}}"
{auth}"""


TOLD = """\
wrote contracts/shop.toml
wrote contracts/.checks.schema.json
2 of 4 operations have a check, 1 of them with a value from a list
  1 not asked for: it is deprecated
  1 not asked for: it needs a value that no list gives: {id} (1)
read and correct them, then type:
  apismoke --smoke --target-url=%s --smoke-api=shop --smoke-openapi=%s
"""


@dataclass(frozen=True)
class Ended:
    """How the command ended, and what lies in the directory after it."""

    code: int
    out: str
    err: str
    files: Mapping[str, str]


Infer = Callable[..., Ended]


@pytest.fixture
def infer(
    plain_environment: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Infer:
    """Runs the command in a directory with the document."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "openapi.json").write_text(json.dumps(DOCUMENT), "utf-8")

    def run(*arguments: str, environ: Mapping[str, str] = CREDENTIALS) -> Ended:
        code = infer_command.main(arguments, environ=environ)
        out, err = capsys.readouterr()
        assert TOKEN not in out + err
        paths = sorted(tmp_path.glob("contracts/*.toml"))
        return Ended(code, out, err, {path.name: path.read_text("utf-8") for path in paths})

    return run


def served(document: Any) -> Play:
    return says("Content-Type: application/json", json.dumps(document), status="200 OK")


def test_a_file_needs_no_target(infer: Infer) -> None:
    ended = infer("--openapi=openapi.json", environ={})
    written = checks("/v2", "openapi.json")
    assert ended == Ended(0, TOLD % ("URL", "openapi.json"), "", {"shop.toml": written})


def test_what_is_written_is_right(infer: Infer, capsys: pytest.CaptureFixture[str]) -> None:
    infer("--openapi=openapi.json", environ={})
    assert check_command.main([]) == 0
    assert capsys.readouterr().out == "contracts/: 2 checks, 0 schemas: nothing to correct\n"


def test_the_path_of_the_target_is_not_written_again(infer: Infer) -> None:
    url = "https://api.example.com/v2"
    ended = infer("--openapi=openapi.json", f"--target-url={url}", environ={})
    written = checks("", "openapi.json")
    assert ended == Ended(0, TOLD % (url, "openapi.json"), "", {"shop.toml": written})


def test_a_document_of_the_target_is_fetched_with_the_token_and_nothing_else_is(
    serve: Callable[..., RawServer], infer: Infer
) -> None:
    server = serve(served(DOCUMENT))
    ended = infer("--openapi=/openapi.json", f"--target-url={server.url}")
    written = checks("/v2", "/openapi.json")
    assert ended == Ended(0, TOLD % (server.url, "/openapi.json"), "", {"shop.toml": written})
    (request,) = server.seen
    assert request.startswith("GET /openapi.json HTTP/1.1")
    assert f"Authorization: Bearer {TOKEN}" in request


def test_without_a_login_no_check_sends_a_token(
    serve: Callable[..., RawServer], infer: Infer
) -> None:
    server = serve(served(DOCUMENT))
    ended = infer("--openapi=/openapi.json", f"--target-url={server.url}", "--no-auth")
    assert ended.files == {"shop.toml": checks("/v2", "/openapi.json", auth="auth = false\n")}
    assert "Authorization" not in server.seen[0]


def test_what_the_profile_says_about_operations_holds(infer: Infer, tmp_path: Path) -> None:
    (tmp_path / "apismoke.toml").write_text(
        '[openapi]\nleave_out = ["GET /orders/{id}"]\nparameters = { "/customers/{id} id" = 7 }\n',
        "utf-8",
    )
    ended = infer("--openapi=openapi.json", "--deprecated", environ={})
    paths = [one.path for one in parse(ended.files["shop.toml"], "shop.toml").checks]
    assert paths == ["/v2/customers/7", "/v2/old", "/v2/orders"]


def test_a_file_that_is_there_is_kept(infer: Infer, tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "shop.toml").write_text("mine", "utf-8")
    ended = infer("--openapi=openapi.json", environ={})
    assert (ended.code, ended.out, ended.files) == (5, "", {"shop.toml": "mine"})
    assert "files that do not exist yet" in ended.err
    forced = infer("--openapi=openapi.json", "--force", environ={})
    assert forced.files == {"shop.toml": checks("/v2", "openapi.json")}


def test_the_api_may_have_another_name(infer: Infer) -> None:
    ended = infer("--openapi=openapi.json", "--api=orders", environ={})
    assert list(ended.files) == ["orders.toml"]


def message(expected: str, seen: str, where: str, hint: str) -> str:
    told = f"expected {expected}, seen {seen}\n  where: {where}\n  what to do: {hint}"
    return f"apismoke: {told}\nnothing was written\n"


@pytest.mark.parametrize(
    ("arguments", "seen"), [([], "neither"), (["/orders", "--openapi=openapi.json"], "both")]
)
def test_paths_or_a_document_are_given(infer: Infer, arguments: list[str], seen: str) -> None:
    ended = infer(*arguments, environ={})
    assert (ended.code, ended.out, ended.files) == (5, "", {})
    assert ended.err == message(
        "paths to request, or an OpenAPI document",
        seen,
        "apismoke infer",
        "write 'apismoke infer /api/orders', or 'apismoke infer --openapi=openapi.json'",
    )


def test_a_document_of_which_nothing_can_be_asked_for_says_why(
    infer: Infer, tmp_path: Path
) -> None:
    paths = {"/customers/{id}": DOCUMENT["paths"]["/customers/{id}"]}  # type: ignore[index]  # of the table
    (tmp_path / "openapi.json").write_text(json.dumps({**DOCUMENT, "paths": paths}), "utf-8")
    ended = infer("--openapi=openapi.json", environ={})
    assert (ended.code, ended.out, ended.files) == (5, "", {})
    assert ended.err == message(
        "an operation that can be asked for",
        "1 not asked for: it needs a value that no list gives: {id} (1)",
        "apismoke infer --openapi=openapi.json",
        "give the parameters examples in the document, or values in [openapi] parameters",
    )


def test_a_file_that_is_not_there_is_named_by_the_option_of_the_command(infer: Infer) -> None:
    ended = infer("--openapi=missing.json", environ={})
    assert ended.code == 5
    assert "where: apismoke infer --openapi\n" in ended.err

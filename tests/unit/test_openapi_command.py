"""`apismoke openapi save` and `diff` over a real socket: what is stored, and what is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from unit.loopback import Play, RawServer, says

from pytest_apismoke.commands import openapi as openapi_command
from pytest_apismoke.redaction import Redactor

Serve = Callable[..., RawServer]

PASSWORD = "canary-Pa55word"
TOKEN = "canary-token-6d1f0b9e"
CREDENTIALS = {"APISMOKE_USERNAME": "owner@example.com", "APISMOKE_PASSWORD": PASSWORD}
COPY = "contracts/openapi.json"
PROPERTIES = {"id": {"type": "string"}, "total": {"type": "number"}}
ORDER = {"type": "object", "properties": PROPERTIES}
NEXT = "commit it: a run with --smoke-openapi=/openapi.json holds responses against it\n"
GONE = "breaks  GET /orders: response 200, /total is gone\n"
STORED = """\
{
  "info": {
    "title": "t",
    "version": "1"
  },
  "openapi": "3.1.0",
  "paths": {
    "/orders": {
      "get": {
        "responses": {
          "200": {
            "content": {
              "application/json": {
                "schema": {
                  "type": "object"
                }
              }
            },
            "description": "é"
          }
        }
      }
    }
  },
  "x-apismoke-copy": {
    "how": "fetched with the token",
    "of": "/openapi.json"
  }
}
"""


def document(schema: Any = None, **more: Any) -> dict[str, Any]:
    """An OpenAPI document with one operation."""
    content = {"application/json": {"schema": ORDER if schema is None else schema}}
    get = {"responses": {"200": {"description": "é", "content": content}}}
    return {
        "paths": {"/orders": {"get": get}},
        "openapi": "3.1.0",
        "info": {"version": "1", "title": "t"},
        **more,
    }


def served(content: Any, status: str = "200 OK", kind: str = "application/json") -> Play:
    """The response with a document."""
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    return says(f"Content-Type: {kind}", text, status=status)


LOGIN = served({"access_token": TOKEN})


@dataclass(frozen=True)
class Ended:
    """How the command ended, and the copy after it."""

    code: int
    out: str
    err: str
    copy: str | None


Call = Callable[..., Ended]


@pytest.fixture
def call(
    plain_environment: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Call:
    """Calls the command in an empty directory, with credentials unless others are given."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, environ: Mapping[str, str] = CREDENTIALS) -> Ended:
        code = openapi_command.main(arguments, environ=environ)
        said = capsys.readouterr()
        file = tmp_path / COPY
        copy = file.read_text("utf-8") if file.exists() else None
        for text in (said.out, said.err, copy or ""):
            assert PASSWORD not in text
            assert TOKEN not in text
        return Ended(code, said.out, said.err, copy)

    return run


def stored(call: Call, serve: Serve, content: Any) -> str:
    """The text of the copy of a document that was just stored."""
    ended = call("save", f"--target-url={serve(LOGIN, served(content)).url}")
    assert (ended.code, ended.err) == (0, "")
    assert ended.copy is not None
    return ended.copy


# -- save -----------------------------------------------------------------------------------------


def test_it_logs_in_and_stores_the_document_with_its_keys_sorted(serve: Serve, call: Call) -> None:
    server = serve(LOGIN, served(document({"type": "object"})))

    ended = call("save", f"--target-url={server.url}")

    label = f"{server.url}/openapi.json"
    wrote = f"wrote {COPY}: {label}, fetched with the token, 1 operation\n"
    assert ended == Ended(0, wrote + NEXT, "", STORED)
    assert [request.partition(" HTTP/")[0] for request in server.seen] == [
        "POST /api/auth/login",
        "GET /openapi.json",
    ]


def test_what_is_written_otherwise_is_the_same_copy(serve: Serve, call: Call) -> None:
    one = document(servers=[{"url": "/v1"}])
    other = dict(reversed(list(one.items())))
    as_yaml = json.dumps(other, indent=4)
    assert stored(call, serve, one) == stored(call, serve, other) == stored(call, serve, as_yaml)


def test_another_copy_takes_its_place_and_what_has_changed_is_told(
    serve: Serve, call: Call
) -> None:
    """The path is that of the copy, unless another one is given."""
    first = serve(LOGIN, served(document()))
    call("save", f"--target-url={first.url}", "--smoke-openapi=/v1/docs.json?key=1")
    second = serve(LOGIN, served(document({"type": "object", "properties": {"id": {}}})))

    ended = call("save", f"--target-url={second.url}")

    assert second.seen[1].startswith("GET /v1/docs.json HTTP/")
    assert ended.out.partition("\n")[2] == (
        GONE
        + "breaks  GET /orders: response 200, /id was string, is of any type\n"
        + "2 of 2 changes break\n"
        + NEXT.replace("/openapi.json", "/v1/docs.json")
    )


def test_the_query_of_a_path_is_not_stored(serve: Serve, call: Call) -> None:
    server = serve(LOGIN, served(document()))
    ended = call("save", f"--target-url={server.url}", "--smoke-openapi=/a.json?key=b")
    assert ended.copy is not None
    assert json.loads(ended.copy)["x-apismoke-copy"]["of"] == "/a.json"
    assert ended.out.endswith(
        "a run with --smoke-openapi=/a.json (its query is not stored) holds responses against it\n"
    )


def test_without_auth_nobody_logs_in(serve: Serve, call: Call) -> None:
    server = serve(served(document()))
    ended = call("save", f"--target-url={server.url}", "--no-auth", environ={})
    assert (ended.code, len(server.seen)) == (0, 1)
    assert "authorization" not in server.seen[0].lower()
    assert "fetched without a token" in ended.out


KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"


def test_secrets_in_examples_and_descriptions_are_not_stored(serve: Serve, call: Call) -> None:
    """A parameter keeps its example, and the shape of everything is what it was."""
    schema = {
        "type": "object",
        "description": f"Send {KEY}.",
        "properties": {
            "password": {"type": "string", "default": PASSWORD},
            "default": {"type": "string", "examples": [f"Bearer {TOKEN}", "plain"]},
        },
        "example": {"api_key": "hunter2", "id": 1},
        "x-sample": {"a": {"token": "abcd1234"}},
    }
    written = document(schema)
    get = written["paths"]["/orders"]["get"]
    get["parameters"] = [{"name": "api_key", "in": "query", "example": "ord_1"}]
    content = get["responses"]["200"]["content"]["application/json"]
    content["examples"] = {"password": {"summary": "s", "value": {"password": "hunter2"}}}

    copy = json.loads(stored(call, serve, written))

    get = copy["paths"]["/orders"]["get"]
    assert get["parameters"] == [{"name": "api_key", "in": "query", "example": "ord_1"}]
    content = get["responses"]["200"]["content"]["application/json"]
    assert content["examples"] == {
        "password": {"summary": "s", "value": {"password": "[redacted]"}}
    }
    assert content["schema"] == {
        "type": "object",
        "description": "Send [redacted].",
        "properties": {
            "password": {"type": "string", "default": "[redacted]"},
            "default": {"type": "string", "examples": ["Bearer [redacted]", "plain"]},
        },
        "example": {"api_key": "[redacted]", "id": 1},
        "x-sample": {"a": {"token": "[redacted]"}},
    }


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        (
            {"enum": [f"a{PASSWORD}"]},
            "one at #/paths/~1orders/get/responses/200/content/application~1json/schema/enum/0",
        ),
        ({"properties": {PASSWORD: {}}}, "one"),
    ],
)
def test_a_credential_where_the_contract_needs_it_is_refused(
    serve: Serve, call: Call, schema: Any, place: str
) -> None:
    server = serve(LOGIN, served(document(schema)))
    assert call("save", f"--target-url={server.url}") == Ended(
        5,
        "",
        "apismoke: expected a document without a credential of this run,"
        f" seen {place}\n  where: {server.url}/openapi.json\n"
        "  what to do: remove it from the document; or use a password or a token that is not a"
        " word of the API\n",
        None,
    )


@pytest.mark.parametrize(
    ("responses", "said"),
    [
        ([served("<html>Log in</html>", kind="text/html")], "name the document itself"),
        ([served("{}", status="403 Forbidden")] * 2, "200 with an OpenAPI document, fetched with"),
        ([served("{}", status="404 Not Found")], "status 404 for GET"),
        ([served({"swagger": "2.0"})], "seen Swagger 2.0"),
        ([served(document({"$ref": "order.json"}))], "other files are read only for a spec"),
        ([served(document({"$ref": "https://x.example/a"}))], "which would have to be fetched"),
    ],
)
def test_what_is_no_document_or_not_whole_leaves_the_older_copy(
    serve: Serve, call: Call, responses: list[Play], said: str
) -> None:
    older = stored(call, serve, document())
    ended = call("save", f"--target-url={serve(LOGIN, *responses).url}")
    assert (ended.code, ended.out, ended.copy) == (5, "", older)
    assert said in ended.err


@pytest.mark.parametrize(
    ("there", "arguments", "code"),
    [
        ('{"openapi": "3.1.0", "paths": {}}', (), 5),
        ('{"openapi": "3.1.0", "paths": {}}', ("--force",), 0),
        ('{"x-apismoke-copy": <<<<<<< HEAD', (), 0),
    ],
)
def test_a_file_of_somebody_else_is_not_replaced_but_a_broken_copy_is(
    serve: Serve, call: Call, there: str, arguments: tuple[str, ...], code: int
) -> None:
    Path("contracts").mkdir()
    Path(COPY).write_text(there)
    server = serve(LOGIN, served(document()))
    ended = call("save", f"--target-url={server.url}", *arguments)
    assert (ended.code, ended.copy == there, len(server.seen)) == (
        code,
        code == 5,
        0 if code else 2,
    )
    assert ("rename it; or replace it with --force" in ended.err) == (code == 5)


def test_a_folder_that_cannot_be_written_is_told(serve: Serve, call: Call) -> None:
    Path("contracts").write_text("a file")
    ended = call("save", f"--target-url={serve(LOGIN, served(document())).url}")
    assert (ended.code, ended.out) == (5, "")
    assert f"where: {COPY}\n  what to do: correct its permissions, or make room" in ended.err


# -- diff -----------------------------------------------------------------------------------------


def test_what_has_changed_since_is_told_and_the_code_says_whether_it_breaks(
    serve: Serve, call: Call
) -> None:
    copy = stored(call, serve, document())
    more = {**ORDER, "properties": {**PROPERTIES, "tax": {}}}
    fewer = {"type": "object", "properties": {"id": {"type": "string"}}}

    servers = [serve(LOGIN, served(document(one))) for one in (ORDER, more, fewer)]
    ended = [call("diff", f"--target-url={server.url}") for server in servers]

    assert ended == [
        Ended(0, f"{servers[0].url}/openapi.json says what {COPY} does\n", "", copy),
        Ended(
            0,
            "changed  GET /orders: response 200, /tax is new\n0 of 1 changes break\n",
            "",
            copy,
        ),
        Ended(1, f"{GONE}1 of 1 changes breaks\n", "", copy),
    ]


def test_two_files_are_compared_without_a_target(call: Call) -> None:
    Path("a.json").write_text(json.dumps(document()))
    Path("b.yaml").write_text(json.dumps(document({"type": "object"})))
    breaks = "breaks  GET /orders: response 200, /id is gone\n" + GONE + "2 of 2 changes break\n"
    assert call("diff", "a.json", "b.yaml", environ={}) == Ended(1, breaks, "", None)
    assert call("diff", "a.json", "a.json", environ={}) == Ended(
        0, "nothing has changed\n", "", None
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "store one with 'apismoke openapi save', or name two files to compare"),
        (("a.json",), "seen 1"),
        (("a.json", "missing.json"), "'missing.json': No such file"),
        (("--smoke-openapi=openapi.yaml", "--target-url=demo"), "seen none"),
    ],
)
def test_what_cannot_be_compared_is_told(call: Call, arguments: tuple[str, ...], said: str) -> None:
    Path("a.json").write_text(json.dumps(document()))
    ended = call("diff", *arguments)
    assert (ended.code, ended.out, said in ended.err) == (5, "", True)
    assert "--smoke-openapi" not in ended.err


def test_the_copy_of_one_document_is_not_compared_with_another(serve: Serve, call: Call) -> None:
    stored(call, serve, document())
    server = serve(LOGIN, served(document()))
    ended = call("diff", f"--target-url={server.url}", "--smoke-openapi=/v2.json")
    assert (ended.code, "a copy of, /openapi.json, seen /v2.json" in ended.err) == (5, True)


def test_that_the_documents_were_fetched_in_different_ways_is_told(
    serve: Serve, call: Call
) -> None:
    stored(call, serve, document())
    server = serve(served(document()))
    ended = call("diff", f"--target-url={server.url}", "--no-auth", environ={})
    assert ended.out.partition("\n")[0] == (
        "note: the copy was fetched with the token, and this document fetched without a token"
    )


@pytest.mark.parametrize("arguments", [(), ("keep",), ("save", "--nope")])
def test_a_wrong_call_ends_with_five(call: Call, arguments: tuple[str, ...]) -> None:
    ended = call(*arguments)
    assert (ended.code, ended.out) == (5, "")
    assert ended.err.startswith("usage: apismoke openapi")


def test_a_path_of_the_target_is_needed(call: Call) -> None:
    ended = call("save", "--target-url=http://127.0.0.1:9", "--smoke-openapi=a.yaml")
    assert (ended.code, "a file is its own copy" in ended.err) == (5, True)


def test_an_interrupted_command_says_so(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Redactor, "learn", interrupt)
    ended = call("save", "--target-url=http://127.0.0.1:9")
    assert (ended.code, ended.out, "interrupted" in ended.err) == (5, "", True)

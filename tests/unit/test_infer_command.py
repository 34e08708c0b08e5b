"""`apismoke infer` over a real socket: what it asks, what it writes, and when it writes nothing."""

from __future__ import annotations

import builtins
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from unit.loopback import Play, RawServer, says, unused_port

from pytest_apismoke.checks.declared.check_file import parse
from pytest_apismoke.checks.declared.model import unknown_schemas
from pytest_apismoke.commands import infer as infer_command
from pytest_apismoke.infer.claims import GUESSED_WHOLE
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.store import Schemas
from pytest_apismoke.system import atomic_file

PASSWORD = "canary-Pa55word"
TOKEN = "canary-token-6d1f0b9e"
CREDENTIALS = {"APISMOKE_USERNAME": "owner@example.com", "APISMOKE_PASSWORD": PASSWORD}
ORDERS = {"items": [{"id": "ord_17", "total": 12.5, "note": None}], "next": None}
ORDER = {"id": "ord_17", "total": 12.5, "placed_at": "2026-02-03T04:05:06Z"}

ORDERS_TOML = """\
#:schema .checks.schema.json
# A first contract, written by 'apismoke infer' from sample responses: yours to correct.
# A property that the schemas require was in every sample, but may be optional all the same.
# Where the schemas guess, a $comment says so: keep what is right, delete the rest.

[[check]]
name = "orders"
path = "/api/orders"
capture = { order_id = "/items/0/id" }
[check.expect]
status = 200
schema = "orders"

[[check]]
name = "order"
path = "/api/orders/{order_id}"
[check.expect]
status = 200
schema = "order"
"""
ORDER_SCHEMA = """\
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "The response to the check 'order'",
  "type": "object",
  "required": ["id", "total", "placed_at"],
  "properties": {
    "id": {"type": "string"},
    "total": {"type": "number"},
    "placed_at": {"type": "string"}
  }
}
"""


@dataclass(frozen=True)
class Ended:
    """How the command ended, and what lies in the directory after it."""

    code: int
    out: str
    err: str
    files: Mapping[str, str]


Infer = Callable[..., Ended]


def responses(body: object, status: str = "200 OK", kind: str = "application/json") -> Play:
    text = body if isinstance(body, str) else json.dumps(body)
    return says(f"Content-Type: {kind}", text, status=status)


LOGIN = responses({"access_token": TOKEN})


@pytest.fixture
def infer(
    plain_environment: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Infer:
    """Runs the command in an empty directory, with credentials unless others are given."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def run(*arguments: str, environ: Mapping[str, str] = CREDENTIALS) -> Ended:
        code = infer_command.main(arguments, environ=environ)
        out, err = capsys.readouterr()
        assert PASSWORD not in out + err
        assert TOKEN not in out + err
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        written = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in paths}
        return Ended(code, out, err, written)

    return run


def requests_to(server: RawServer) -> list[str]:
    """The first line of each request."""
    return [request.partition(" HTTP/1.1")[0] for request in server.seen]


# -- what is written ------------------------------------------------------------------------------


def test_it_logs_in_asks_twice_and_writes_a_contract(
    serve: Callable[..., RawServer], infer: Infer
) -> None:
    server = serve(LOGIN, responses(ORDERS), responses(ORDERS), responses(ORDER))
    ended = infer(f"--target-url={server.url}", "/api/orders", "/api/orders/ord_17")
    assert ended == Ended(
        0,
        "wrote contracts/orders.schema.json\n"
        "wrote contracts/order.schema.json\n"
        "wrote contracts/orders.toml\n"
        "wrote contracts/.checks.schema.json\n"
        "note: /api/orders: null or empty in every sample, so the schema says nothing yet about"
        " /items/*/note, /next\n"
        "read and correct them, then type:\n"
        f"  apismoke --smoke --target-url={server.url} --smoke-api=orders\n",
        "",
        ended.files,
    )
    assert requests_to(server) == [
        "POST /api/auth/login",
        *["GET /api/orders"] * 2,
        *["GET /api/orders/ord_17"] * 2,
    ]
    assert f"authorization: bearer {TOKEN}" in server.seen[1].lower()
    published = files("pytest_apismoke.checks.declared") / "checks.schema.json"
    assert {name: text for name, text in ended.files.items() if "orders.s" not in name} == {
        "contracts/.checks.schema.json": published.read_text("utf-8"),
        "contracts/order.schema.json": ORDER_SCHEMA,
        "contracts/orders.toml": ORDERS_TOML,
    }


def test_what_it_writes_has_no_mistakes_and_holds_for_what_it_saw(
    serve: Callable[..., RawServer], infer: Infer
) -> None:
    server = serve(LOGIN, responses(ORDERS), responses(ORDERS), responses(ORDER))
    written = infer(f"--target-url={server.url}", "/api/orders", "/api/orders/ord_17").files
    schemas = Schemas(
        {
            name.removeprefix("contracts/"): json.loads(text)
            for name, text in written.items()
            if name.endswith(".schema.json") and "/." not in name
        }
    )
    declared = parse(written["contracts/orders.toml"], "orders.toml")
    assert (schemas.mistakes(), declared.mistakes) == ((), ())
    assert unknown_schemas(declared.checks, schemas) == ()
    assert not schemas.check(ORDERS, "orders", Redactor())
    assert not schemas.check(ORDER, "order", Redactor())


def test_samples_are_merged(serve: Callable[..., RawServer], infer: Infer, tmp_path: Path) -> None:
    (tmp_path / "saved.json").write_text('\ufeff{"id": null, "extra": 1}', "utf-8")
    server = serve(responses({"id": 1}), responses({"id": 2, "note": "x"}), responses({"id": 3}))
    arguments = [f"--sample={tmp_path / 'saved.json'}", "--samples=3", "--no-auth", "/api/orders"]
    ended = infer(f"--target-url={server.url}", *arguments, environ={})
    assert ended.code == 0
    schema = json.loads(ended.files["contracts/orders.schema.json"])
    assert (schema["required"], schema["properties"]) == (
        ["id"],
        {
            "id": {"type": ["integer", "null"], "$comment": GUESSED_WHOLE},
            "note": {"type": "string"},
            "extra": {"type": "number"},
        },
    )


def test_without_auth_nobody_logs_in_and_the_checks_say_so(
    serve: Callable[..., RawServer], infer: Infer
) -> None:
    server = serve(responses({"status": "ok"}))
    ended = infer(f"--target-url={server.url}", "--no-auth", "--samples=1", "/health?deep=1")
    assert requests_to(server) == ["GET /health?deep=1"]
    assert "authorization" not in server.seen[0].lower()
    assert ended.files["contracts/health.toml"].partition("[[check]]")[2] == (
        '\nname = "health"\npath = "/health"\nquery = { deep = 1 }\nauth = false\n'
        '[check.expect]\nstatus = 200\nschema = "health"\n'
    )
    assert (
        "a run logs in nevertheless; if the target has no login at all, write into"
        " apismoke.toml:\n  [login]\n  enabled = false\n"
        "and disable the built-in suites there, which need a login\n"
    ) in ended.out


def test_it_writes_where_it_is_told_to(serve: Callable[..., RawServer], infer: Infer) -> None:
    server = serve(responses({"status": "ok"}))
    environ = {"APISMOKE_TARGET_URL": f"{server.url}/"}
    ended = infer("--no-auth", "--out=a/b c", "--api=shop", "/health", environ=environ)
    assert sorted(ended.files) == [
        "a/b c/.checks.schema.json",
        "a/b c/health.schema.json",
        "a/b c/shop.toml",
    ]
    assert ended.out.endswith(
        "read and correct them; a run takes those in contracts/ of its rootdir, so there type:\n"
        f"  apismoke --smoke --target-url={server.url}/ --smoke-api=shop\n"
    )


def test_a_target_url_is_shown_without_a_secret(
    serve: Callable[..., RawServer], infer: Infer
) -> None:
    server = serve(responses({}))
    ended = infer(f"--target-url={server.url}/{TOKEN}", "/x", environ={"APISMOKE_TOKEN": TOKEN})
    url = f'{server.url}/"$APISMOKE_TOKEN"'
    assert ended.out.endswith(f"  apismoke --smoke --target-url={url} --smoke-api=x\n")


def test_the_profile_of_the_configuration_says_how_to_log_in(
    serve: Callable[..., RawServer], infer: Infer
) -> None:
    configuration = """
        [profiles.staging.login]
        path = "/auth/token"
        token_pointer = "/data/token"
        [profiles.staging.apis.shop]
        exit_code = 20
    """
    Path("apismoke.toml").write_text(configuration, "utf-8")
    server = serve(responses({"data": {"token": TOKEN}}), responses(ORDER))
    arguments = ["--target-profile=staging", "--api=shop", "--samples=1", "/api/orders"]
    ended = infer(f"--target-url={server.url}", *arguments)
    assert (ended.code, ended.err) == (0, "")
    assert requests_to(server) == ["POST /auth/token", "GET /api/orders"]
    assert ended.out.endswith(" --target-profile=staging --smoke-api=shop\n")


def test_an_id_that_stays_is_told(serve: Callable[..., RawServer], infer: Infer) -> None:
    server = serve(responses(ORDER))
    ended = infer(f"--target-url={server.url}", "--no-auth", "/api/orders/ord_17")
    assert (
        "note: /api/orders/ord_17: ord_17 looks like an id, and is written as it is; put a PATH"
        " whose response contains it in front, and it is captured\n"
    ) in ended.out


def test_many_unknown_places_are_counted(serve: Callable[..., RawServer], infer: Infer) -> None:
    server = serve(responses(dict.fromkeys("abcdefg")))
    ended = infer(f"--target-url={server.url}", "--no-auth", "/x")
    assert "about /a, /b, /c, /d, /e and 2 more\n" in ended.out


def test_what_is_there_is_replaced_only_by_force(
    serve: Callable[..., RawServer], infer: Infer
) -> None:
    server = serve(responses({"a": 1}))
    arguments = [f"--target-url={server.url}", "--no-auth", "--samples=1", "/x"]
    assert infer(*arguments).code == 0
    Path("contracts/.checks.schema.json").write_text("an older one", "utf-8")
    Path("contracts/x.schema.json").write_text("corrected", "utf-8")
    refused = infer(*arguments)
    assert (refused.code, refused.files["contracts/x.schema.json"]) == (5, "corrected")
    assert refused.err == (
        "apismoke: expected files that do not exist yet, seen contracts/x.toml\n"
        "  where: apismoke infer\n"
        "  what to do: --force replaces them, including corrections made by hand; --out=DIR"
        " writes elsewhere, to compare\n"
        "nothing was written\n"
    )
    # That much is known before anybody is asked.
    assert len(server.seen) == 1
    other = infer(*arguments, "--api=other")
    assert (other.code, "seen contracts/x.schema.json" in other.err) == (5, True)
    forced = infer(*arguments, "--force")
    assert forced.code == 0
    assert json.loads(forced.files["contracts/x.schema.json"])["required"] == ["a"]
    assert forced.files["contracts/.checks.schema.json"] != "an older one"


# -- when nothing is written ----------------------------------------------------------------------


def message(expected: str, seen: str, where: str, hint: str) -> str:
    return (
        f"apismoke: expected {expected}, seen {seen}\n"
        f"  where: {where}\n"
        f"  what to do: {hint}\n"
        "nothing was written\n"
    )


@pytest.mark.parametrize(
    ("play", "expected", "seen", "hint"),
    [
        (
            responses({"error": "no"}, status="404 Not Found"),
            "200 with a JSON body",
            "404 with application/json, 15 bytes",
            "check the path: it is appended to the whole --target-url, with the path of that",
        ),
        (
            responses({"error": "no"}, status="401 Unauthorized"),
            "200 with a JSON body",
            "401 with application/json, 15 bytes",
            "the path needs a token: leave --no-auth out",
        ),
        (
            says("Location: /login", "", status="302 Found"),
            "200 with a JSON body",
            "302, a redirect to /login",
            "redirects are not followed: see why it redirects, and what the right path is",
        ),
        (
            responses("<html>", kind="text/html"),
            "a JSON body",
            "200 with an HTML page, 6 bytes",
            "repeat the request with the curl line and look at the response; an HTML page often"
            " comes from a proxy, a gateway or a web front end",
        ),
        (
            responses("[" * 700 + "]" * 700),
            "a response that a schema can be inferred from",
            "one that is nested too deeply",
            "leave the path out, and write its schema by hand",
        ),
    ],
)
def test_an_answer_without_a_contract_in_it(
    play: Play, expected: str, seen: str, hint: str, serve: Callable[..., RawServer], infer: Infer
) -> None:
    server = serve(responses({"a": 1}), responses({"a": 1}), play)
    ended = infer(f"--target-url={server.url}", "--no-auth", "/first", "/second")
    where = f"GET {'' if 'inferred' in expected else server.url}/second"
    assert ended == Ended(5, "", message(expected, seen, where, hint), {})


def test_a_token_that_may_not_see_a_path(serve: Callable[..., RawServer], infer: Infer) -> None:
    server = serve(responses({"error": "no"}, status="403 Forbidden"))
    ended = infer(f"--target-url={server.url}", "/x", environ={"APISMOKE_TOKEN": TOKEN})
    hint = "the account of this run has no access: use another one, or leave the path out"
    seen = "403 with application/json, 15 bytes"
    where = f"GET {server.url}/x"
    assert ended == Ended(5, "", message("200 with a JSON body", seen, where, hint), {})


@pytest.mark.exhaustive
def test_nobody_answers(infer: Infer) -> None:
    url = f"http://127.0.0.1:{unused_port()}"
    ended = infer(f"--target-url={url}", "--no-auth", "/x")
    assert (ended.code, ended.files) == (5, {})
    assert ended.err.startswith("apismoke: expected a response, seen connection refused")


@pytest.mark.parametrize(
    ("arguments", "expected", "seen", "where", "hint"),
    [
        (
            ["--samples=0", "/x"],
            "a number from 1 to 20",
            "0",
            "--samples",
            "a few different responses tell more than many alike; add saved ones with --sample",
        ),
        (
            ["--api=Orders", "/x"],
            "a name of lower-case letters, digits, _ and - that begins with a letter",
            "'Orders'",
            "--api",
            "give another one, for instance --api=orders",
        ),
        (
            ["--api=twilio", "/x"],
            "a name of lower-case letters, digits, _ and - that begins with a letter",
            "'twilio', which is taken",
            "--api",
            "give another one, for instance --api=orders",
        ),
        (
            ["--sample=a.json", "/x?y=1", "/y"],
            "the PATH of a saved response, because there are several",
            "'a.json'",
            "--sample",
            "give PATH=FILE, for instance --sample=/x=FILE",
        ),
        (
            ["--sample=/y=a.json", "/x", "/y"],
            "a readable file with a JSON response",
            "'a.json': No such file or directory",
            "--sample",
            "save one with curl, or correct the path",
        ),
        (
            ["--sample=broken.json", "/x"],
            "valid JSON",
            "Expecting value",
            "--sample broken.json, line 1, column 7",
            "correct the file",
        ),
        (
            ["/x", "/x?api_key=sk-1234"],
            "a query without a secret",
            "the parameter 'api_key'",
            "apismoke infer PATH, /x",
            "remove it, because checks are stored in files. Give a token for a header as"
            " APISMOKE_TOKEN; for a path that needs no token, use --no-auth",
        ),
        (
            [f"/x/{PASSWORD}"],
            "a path without a secret",
            "a credential, or a string that has the form of one",
            "apismoke infer PATH, /x/[redacted]",
            "remove it, because checks are stored in files; the run's token is sent in a header"
            " anyway, and an id in an earlier response is captured from there",
        ),
    ],
)
def test_a_mistake_in_the_call_sends_nothing(
    arguments: list[str],
    expected: str,
    seen: str,
    where: str,
    hint: str,
    serve: Callable[..., RawServer],
    infer: Infer,
) -> None:
    Path("broken.json").write_text('{"a": ', "utf-8")
    server = serve(responses({}))
    ended = infer(f"--target-url={server.url}", *arguments)
    assert ended == Ended(5, "", message(expected, seen, where, hint), {"broken.json": '{"a": '})
    assert server.seen == []


def test_without_a_path_or_a_target_nothing_happens(infer: Infer) -> None:
    assert infer().code == 5
    ended = infer("/x")
    assert (ended.code, ended.files) == (5, {})
    assert ended.err.startswith("apismoke: expected the URL of the API")


def test_help_says_what_force_does(infer: Infer) -> None:
    ended = infer("--help")
    text = " ".join(ended.out.split())
    assert (ended.code, ended.files) == (0, {})
    assert "--force replace existing files; nothing in them is kept" in text
    assert "exit codes: 0 the files are written; 5 they are not, none of them" in text


def test_without_genson_one_message_says_what_to_install(
    infer: Infer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *others: Any, **more: Any) -> Any:
        if name == "pytest_apismoke.infer" and "inferring" in (others[2] or ()):
            raise ModuleNotFoundError("No module named 'genson'", name="genson")
        return real(name, *others, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    ended = infer("--target-url=http://127.0.0.1:1", "/x")
    assert (ended.code, ended.err) == (
        5,
        message(
            "the library genson, which merges samples into a schema",
            "it is not installed",
            "apismoke infer",
            "pip install 'pytest-apismoke[infer]'",
        ),
    )


def test_a_credential_that_is_a_word_of_the_api_is_not_written(
    serve: Callable[..., RawServer], infer: Infer
) -> None:
    """Not even where it can't be told from the schema's own words."""
    server = serve(LOGIN, responses({"a": "x"}))
    environ = {**CREDENTIALS, "APISMOKE_PASSWORD": "string"}
    ended = infer(f"--target-url={server.url}", "/x", environ=environ)
    assert (ended.code, ended.files) == (5, {})
    assert ended.err == (
        "apismoke: expected a contract without a credential of this run, seen one in the content"
        " to write\n"
        "  where: x.schema.json\n"
        "  what to do: use a password or a token that is not a word of the API or of JSON Schema\n"
        "nothing was written\n"
    )


@pytest.mark.parametrize("there", [True, False])
def test_all_files_are_written_or_none(
    there: bool,
    serve: Callable[..., RawServer],
    infer: Infer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = serve(responses({"a": 1}))
    arguments = [f"--target-url={server.url}", "--no-auth", "/x", "--force"]
    if there:
        Path("contracts").mkdir()
        Path("contracts/x.schema.json").write_text("an older one", "utf-8")
    real = atomic_file.write

    def full(path: Path, text: str, *, mode: int) -> None:
        if path.suffix == ".toml":
            raise OSError(28, "No space left on device")
        real(path, text, mode=mode)

    monkeypatch.setattr(atomic_file, "write", full)
    ended = infer(*arguments)
    assert ended.files == ({"contracts/x.schema.json": "an older one"} if there else {})
    assert Path("contracts").exists() is there
    assert (ended.code, ended.err) == (
        5,
        message(
            "a directory to write to",
            "No space left on device",
            "--out contracts",
            "correct its permissions, make room, or write elsewhere with --out=DIR",
        ),
    )


def test_a_file_in_the_directorys_place(serve: Callable[..., RawServer], infer: Infer) -> None:
    server = serve(responses({"a": 1}))
    Path("contracts").write_text("a file", "utf-8")
    ended = infer(f"--target-url={server.url}", "--no-auth", "/x")
    assert (ended.code, ended.files) == (5, {"contracts": "a file"})
    assert "seen File exists\n  where: --out contracts\n" in ended.err


def test_a_directory_that_can_not_be(infer: Infer) -> None:
    ended = infer("--target-url=http://127.0.0.1:1", "--no-auth", f"--out={'x' * 5000}", "/x")
    assert (ended.code, ended.files) == (5, {})
    assert ended.err.startswith(
        "apismoke: expected a directory to write to, seen File name too long\n  where: --out xxx"
    )


def test_an_interruption_writes_nothing(infer: Infer, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(infer_command, "_responses", interrupt)
    ended = infer("--target-url=http://127.0.0.1:1", "--no-auth", "/x")
    assert (ended.code, ended.files) == (5, {})
    assert "apismoke: expected the inference to finish, seen it was interrupted" in ended.err


# -- the embedded backend -------------------------------------------------------------------------


@pytest.mark.exhaustive
def test_a_contract_of_the_embedded_backend_holds_for_it(infer: Infer) -> None:
    """A contract inferred from one backend fits the responses of another."""
    ended = infer("--target-url=demo", "/api/business/me", "/health", environ={})
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.endswith("  apismoke --smoke --target-url=demo --smoke-api=business\n")
    schema = json.loads(ended.files["contracts/business-me.schema.json"])
    assert {name: inner.get("type") for name, inner in schema["properties"].items()} == {
        "id": "string",
        "name": "string",
        "industry": "string",
        "description": "string",
        "phone_number": "string",
        "timezone": "string",
        "greeting_style": "string",
        "business_hours": "string",
        "common_services": "string",
        "faqs": "array",
        "google_calendar_connected": "boolean",
        "subscription_plan": "string",
        "subscription_status": "string",
        "minutes_used": "number",
        "minutes_limit": "number",
        "stripe_customer_id": None,
        "receptionist_enabled": "boolean",
        "audit_status": "string",
        "audit_report": None,
        "pending_changes": "boolean",
    }
    assert schema["properties"]["phone_number"] == {"type": "string"}
    again = infer("--target-url=demo", "/api/business/me", "/health", "--force", environ={})
    assert again.files == ended.files

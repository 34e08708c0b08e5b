"""`apismoke infer`: drafts a contract from the responses of a target, for its author to correct.

Long because it is one dialogue: the options, the requests, the files and what to do next.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from pytest_apismoke.checks.declared.model import FOLDER, SUFFIX
from pytest_apismoke.ci_commands import without_commands
from pytest_apismoke.commands.asking_target import Send, learn, reachable, sender, settings_of
from pytest_apismoke.commands.infer_openapi import declare
from pytest_apismoke.configuration.keys import API_NAME
from pytest_apismoke.configuration.profiles import RESERVED
from pytest_apismoke.errors import Category, SmokeError, fail, interrupted, misconfigured
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.infer import new_files
from pytest_apismoke.infer.drafting import (
    Endpoint,
    checks_toml,
    drafts,
    notes,
    parse_endpoint,
    schema_text,
    title_of,
)
from pytest_apismoke.infer.naming import api_named_after
from pytest_apismoke.infer.saved_responses import saved_responses
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.store import SUFFIX as SCHEMA_SUFFIX
from pytest_apismoke.schemas.store import built_in

_WRITTEN, _COULD_NOT = 0, 5
_EXIT_CODES = (
    "exit codes: 0 the files are written; 5 they are not, none of them (unreachable, login refused,"
    " a response that is not 200 or not JSON, a usage error)"
)
_MOST_SAMPLES = 20
_NO_LOGIN = (
    "a run logs in nevertheless; if the target has no login at all, write into apismoke.toml:",
    "  [login]",
    "  enabled = false",
    "and disable the built-in suites there, which need a login",
)


def main(arguments: Sequence[str], *, environ: Mapping[str, str] = os.environ) -> int:
    """Runs the command; returns its exit code.

    Args:
        arguments: the command line behind `apismoke infer`.
        environ: the environment, with the credentials of a run.

    """
    try:
        asked = command_line().parse_args(arguments)
    except SystemExit as ended:
        return _COULD_NOT if ended.code else _WRITTEN
    redactor = Redactor()
    try:
        _infer(asked, environ, redactor)
    except (SmokeError, KeyboardInterrupt) as error:
        failure = (
            error.failure
            if isinstance(error, SmokeError)
            else interrupted("the inference", where="apismoke infer")
        )
        print(redactor.text(f"apismoke: {failure}\nnothing was written"), file=sys.stderr)
        return _COULD_NOT
    return _WRITTEN


def command_line() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="apismoke infer",
        description="Write a first contract from a target's responses: a JSON Schema for each"
        " PATH, and a file that declares the checks. The files contain no value of"
        " any response; an id in a PATH that an earlier response contains is captured"
        " instead of written. Credentials come from the environment, as for a run.",
        epilog=_EXIT_CODES,
    )
    parser.add_argument(
        "paths", metavar="PATH", nargs="*", help="a path to request with GET, such as /api/orders"
    )
    parser.add_argument(
        "--openapi",
        metavar="SOURCE",
        help="in the place of PATHs an OpenAPI document, a file or a path of the target: checks"
        " from its lists to their first items; a file needs no target",
    )
    parser.add_argument(
        "--deprecated", action="store_true", help="with --openapi: deprecated operations too"
    )
    parser.add_argument(
        "--target-url",
        metavar="URL",
        help="base URL (or APISMOKE_TARGET_URL); 'demo' for the embedded backend",
    )
    parser.add_argument(
        "--target-profile",
        metavar="NAME",
        help="the profile of the configuration in this directory (or APISMOKE_TARGET_PROFILE)",
    )
    parser.add_argument(
        "--api", metavar="NAME", help="the API's name (default: the first word of the first PATH)"
    )
    parser.add_argument(
        "--samples",
        metavar="N",
        type=int,
        default=2,
        help=f"how often to request each PATH (default 2, at most {_MOST_SAMPLES})",
    )
    parser.add_argument(
        "--sample",
        metavar="FILE",
        action="append",
        default=[],
        help="a saved response to include; with several paths as PATH=FILE (repeatable)",
    )
    parser.add_argument("--no-auth", action="store_true", help="neither log in nor send a token")
    parser.add_argument(
        "--force",
        action="store_true",
        help="replace existing files; nothing in them is kept",
    )
    parser.add_argument(
        "--out", metavar="DIR", default=FOLDER, help=f"where to write (default {FOLDER})"
    )
    return parser


def _infer(asked: argparse.Namespace, environ: Mapping[str, str], redactor: Redactor) -> None:
    _check_what_is_asked(asked)
    if asked.openapi is not None:
        declaring = declare(asked, environ, redactor, lambda path: _api(asked.api, path))
        print(redactor.text("\n".join([*declaring.lines, _next_step(Path(asked.out))])))
        command = _next_command(asked, environ, declaring.api, redactor)
        print(f"  {command} {redactor.shell(f'--smoke-openapi={asked.openapi}')}")
        return
    inferring, folder = _inferring(), Path(asked.out)
    _check_number(asked.samples)
    api = _api(asked.api, asked.paths[0])
    with reachable(settings_of(asked, api, environ, anonymous=asked.no_auth)) as settings:
        learn(settings, environ, redactor)
        endpoints = [parse_endpoint(text, redactor) for text in dict.fromkeys(asked.paths)]
        saved = saved_responses(asked.sample, list(dict.fromkeys(asked.paths)))
        checks = folder / f"{api}{SUFFIX}"
        new_files.check_new([checks], force=asked.force)
        with sender(settings, redactor, auth=not asked.no_auth) as send:
            responses = [_responses(endpoint, asked, send) for endpoint in endpoints]
    schemas = [
        _schema(inferring, endpoint, [*fetched, *more], redactor)
        for endpoint, fetched, more in zip(endpoints, responses, saved, strict=True)
    ]
    drafted = drafts(endpoints, responses, schemas, taken=built_in().names)
    texts = {
        folder / f"{draft.name}{SCHEMA_SUFFIX}": schema_text(schema, title_of(draft))
        for draft, schema in zip(drafted, schemas, strict=True)
    }
    texts[checks] = checks_toml(drafted, auth=not asked.no_auth)
    new_files.check_new(list(texts), force=asked.force)
    new_files.check_secrets(texts, redactor)
    texts[folder / new_files.CHECKS_SCHEMA] = new_files.checks_schema()
    new_files.write(texts)
    lines = [
        *(f"wrote {path}" for path in texts),
        *notes(drafted, [list(inferring.open_places(schema)) for schema in schemas]),
        *(_NO_LOGIN if asked.no_auth and settings.profile.login.enabled else ()),
        _next_step(folder),
        f"  {_next_command(asked, environ, api, redactor)}",
    ]
    print(without_commands(redactor.text("\n".join(lines[:-1]))))
    # The only line that has variables in place of secrets.
    print(lines[-1])


def _inferring() -> ModuleType:
    try:
        from pytest_apismoke.infer import inferring
    except ModuleNotFoundError as error:
        if error.name != "genson":
            raise
        raise misconfigured(
            expected="the library genson, which merges samples into a schema",
            seen="it is not installed",
            where="apismoke infer",
            hint="pip install 'pytest-apismoke[infer]'",
        ) from None
    return inferring


# -- arguments and settings ----------------------------------------------------------------------


def _check_what_is_asked(asked: argparse.Namespace) -> None:
    if bool(asked.paths) is (asked.openapi is None):
        return
    raise misconfigured(
        expected="paths to request, or an OpenAPI document",
        seen="both" if asked.paths else "neither",
        where="apismoke infer",
        hint="write 'apismoke infer /api/orders', or 'apismoke infer --openapi=openapi.json'",
    )


def _check_number(samples: int) -> None:
    if not 1 <= samples <= _MOST_SAMPLES:
        raise misconfigured(
            expected=f"a number from 1 to {_MOST_SAMPLES}",
            seen=str(samples),
            where="--samples",
            hint="a few different responses tell more than many alike; add saved ones with"
            " --sample",
        )


def _api(given: str | None, first: str) -> str:
    path = first.partition("?")[0]
    name = api_named_after(path, reserved=RESERVED) if given is None else given
    if API_NAME.fits(name) and name not in RESERVED:
        return name
    taken = name in RESERVED
    raise misconfigured(
        expected="a name of lower-case letters, digits, _ and - that begins with a letter",
        seen=f"{name!r}, which is taken" if taken else repr(name),
        where="--api",
        hint="give another one, for instance --api=orders",
    )


# -- responses -----------------------------------------------------------------------------------


def _responses(endpoint: Endpoint, asked: argparse.Namespace, send: Send) -> list[Any]:
    request = Request(method="GET", path=endpoint.path, query=endpoint.query)
    return [_value(send(request), anonymous=asked.no_auth) for _ in range(asked.samples)]


def _value(response: Response, *, anonymous: bool) -> Any:
    if response.status == 200:
        return response.json()
    hint = ""
    if response.status in (401, 403):
        hint = (
            "the path needs a token: leave --no-auth out"
            if anonymous
            else "the account of this run has no access: use another one, or leave the path out"
        )
    elif response.status == 404:
        hint = "check the path: it is appended to the whole --target-url, with the path of that"
    raise response.not_as_expected("200 with a JSON body", category=Category.FETCH, hint=hint)


def _schema(
    inferring: ModuleType, endpoint: Endpoint, samples: Sequence[Any], redactor: Redactor
) -> dict[str, Any]:
    try:
        schema: dict[str, Any] = inferring.infer(samples, redactor)
    except RecursionError:
        raise fail(
            Category.INVALID,
            expected="a response that a schema can be inferred from",
            seen="one that is nested too deeply",
            where=f"GET {endpoint.path}",
            hint="leave the path out, and write its schema by hand",
        ) from None
    return schema


# -- output --------------------------------------------------------------------------------------


def _next_step(folder: Path) -> str:
    if folder == Path(FOLDER):
        return "read and correct them, then type:"
    return f"read and correct them; a run takes those in {FOLDER}/ of its rootdir, so there type:"


def _next_command(
    asked: argparse.Namespace, environ: Mapping[str, str], api: str, redactor: Redactor
) -> str:
    url = asked.target_url or environ.get("APISMOKE_TARGET_URL", "") or "URL"
    words = ["apismoke", "--smoke", redactor.shell(f"--target-url={url.strip()}")]
    if asked.target_profile:
        words.append(redactor.shell(f"--target-profile={asked.target_profile}"))
    return " ".join([*words, f"--smoke-api={api}"])

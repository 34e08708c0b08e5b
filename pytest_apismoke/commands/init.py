"""`apismoke init`: writes a first configuration and contract from what a target shows."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pytest_apismoke.checks.declared.model import FOLDER
from pytest_apismoke.ci_commands import without_commands
from pytest_apismoke.configuration.credentials import Credentials, read_credentials
from pytest_apismoke.configuration.loading import load, refusal
from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.configuration.rootdir import FILE
from pytest_apismoke.configuration.settings import resolve
from pytest_apismoke.configuration.sources import RawSettings
from pytest_apismoke.discovery.first_contract import first_contract
from pytest_apismoke.discovery.looking import Seen, look_at
from pytest_apismoke.discovery.profile_file import text_of
from pytest_apismoke.errors import SmokeError, interrupted, presentable
from pytest_apismoke.infer import new_files
from pytest_apismoke.infer.drafting import schema_text
from pytest_apismoke.preflight.clients import not_logged_in
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.store import SUFFIX, built_in

_WRITTEN, _COULD_NOT = 0, 5
_EXIT_CODES = (
    "exit codes: 0 the files are written; 5 they are not, none of them (unreachable, files that"
    " are there already, a usage error)"
)
#: The longest sentence about a target, in characters.
_LONGEST = 2000
_SETTINGS = f"{FOLDER}/settings{SUFFIX}"

#: Asks a person for a line; the second is not shown.
Ask = Callable[[str], str]


def main(
    arguments: Sequence[str],
    *,
    environ: Mapping[str, str] = os.environ,
    ask: Ask = input,
    ask_secretly: Ask = getpass.getpass,
) -> int:
    """Runs the command; returns its exit code.

    Args:
        arguments: the command line behind `apismoke init`.
        environ: the environment, with the credentials of a run.
        ask: asks for the username, at a terminal only.
        ask_secretly: likewise, for the password.

    """
    try:
        asked = command_line().parse_args(arguments)
    except SystemExit as ended:
        return _COULD_NOT if ended.code else _WRITTEN
    redactor = Redactor()
    try:
        credentials = _credentials(environ, ask, ask_secretly)
        redactor.learn(credentials.password, "APISMOKE_PASSWORD")
        redactor.learn(credentials.token, "APISMOKE_TOKEN")
        lines = "\n".join(_init(asked, credentials, environ, redactor))
        print(without_commands(redactor.text(lines)))
    except (SmokeError, KeyboardInterrupt, EOFError) as error:
        failure = (
            error.failure
            if isinstance(error, SmokeError)
            else interrupted("the look at the target", where="apismoke init")
        )
        print(redactor.text(f"apismoke: {failure}\nnothing was written"), file=sys.stderr)
        return _COULD_NOT
    return _WRITTEN


def command_line() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="apismoke init",
        description=f"Look at a target and write {FILE} and a first contract: its health page,"
        " its OpenAPI document, its login and the settings of the account. Sends GET and OPTIONS"
        " requests and the login; where no document describes that, an empty JSON object to the"
        " usual paths of one. No secret and no value of the settings is written. Credentials come"
        " from the environment, as for a run, or are asked for at a terminal.",
        epilog=_EXIT_CODES,
    )
    parser.add_argument("url", metavar="URL", nargs="?", help="base URL (or APISMOKE_TARGET_URL)")
    parser.add_argument(
        "--force", action="store_true", help="replace existing files; nothing in them is kept"
    )
    return parser


def _credentials(environ: Mapping[str, str], ask: Ask, ask_secretly: Ask) -> Credentials:
    """Those of the environment, or those that a person types; empty where there is nobody."""
    if any(environ.get(f"APISMOKE_{name}{end}") for name in _VARIABLES for end in ("", "_FILE")):
        return read_credentials(environ)
    if not sys.stdin.isatty():
        return Credentials()
    username = ask("username or email (empty: look without a login): ").strip()
    if not username:
        return Credentials()
    password = ask_secretly("password: ")
    # The rules for what a run reads hold for what is typed: what is too short can't be redacted.
    return read_credentials({"APISMOKE_USERNAME": username, "APISMOKE_PASSWORD": password})


_VARIABLES = ("USERNAME", "PASSWORD", "TOKEN")


def _init(
    asked: argparse.Namespace,
    credentials: Credentials,
    environ: Mapping[str, str],
    redactor: Redactor,
) -> list[str]:
    raw = RawSettings(
        options={"--target-url": asked.url}, environ=environ, ini={}, directory=Path.cwd()
    )
    settings = resolve(raw, anonymous=True)
    profile, contract = Path(FILE), Path(_SETTINGS)
    new_files.check_new([profile, contract], force=asked.force, command="apismoke init")
    with not_logged_in(settings, redactor) as client:
        seen = look_at(client, credentials)
    url = redactor.url(settings.target_url)
    text = text_of(seen.findings, command=f"apismoke init {url}")
    _, mistakes = load({FILE: text})
    if mistakes:
        raise refusal(mistakes)
    schema, note = _contract(seen, redactor)
    texts = {contract: schema} if schema else {}
    new_files.check_secrets({profile: text, **texts}, redactor)
    new_files.write({**texts, profile: text})
    told = [one for finding in seen.findings for one in finding.seen]
    unknown = [one for finding in seen.findings for one in finding.unknown]
    return [
        *(f"- {presentable(one, _LONGEST)}" for one in told),
        *(f"- could not be told: {presentable(one, _LONGEST)}" for one in unknown),
        *(f"wrote {path}" for path in (profile, *texts)),
        *([note] if note else []),
        *_next(settings.target_url, seen, credentials, redactor),
    ]


def _contract(seen: Seen, redactor: Redactor) -> tuple[str, str]:
    """The contract of the settings, and a note; an empty one where there is none to write."""
    document = seen.document
    if not isinstance(document, dict):
        return "", ""
    keys = {place: value for finding in seen.findings for place, value in finding.keys.items()}
    if ("document", "path") not in keys and not any(
        built_in().findings(document, name) for name in ("settings", "settings-deep")
    ):
        return "", "the built-in contract holds for the settings: none is written, which says less"
    id_field = str(keys.get(("document", "id_field"), Document().id_field))
    schema = first_contract(document, redactor, id_field=id_field)
    note = "the contract is from one response, so any member may be absent or null: see its comment"
    return schema_text(schema, "The settings of an account"), note


def _next(url: str, seen: Seen, credentials: Credentials, redactor: Redactor) -> list[str]:
    description = f" --smoke-openapi={seen.openapi}" if seen.openapi else ""
    target = redactor.shell(f"--target-url={url}")
    more = [
        "checks for the operations of its OpenAPI document, from its lists to their first items:",
        f"  apismoke infer --openapi={seen.openapi} {target}",
    ]
    needed = "" if credentials.token else "APISMOKE_USERNAME and APISMOKE_PASSWORD"
    return [
        f"read them, then type{f' (with {needed} in the environment)' if needed else ''}:",
        f"  pytest --smoke {target}{description}",
        *(more if seen.openapi else ()),
    ]

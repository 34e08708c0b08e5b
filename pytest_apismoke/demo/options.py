"""The command line options and environment variables of the backend."""

import argparse
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .faults import Fault, UnknownFaultError, find_faults
from .twilio import AUTH_TOKEN

DEFAULT_USERNAME = "owner@example.com"
MODULE = "pytest_apismoke.demo"


class StartError(Exception):
    """The backend cannot start.

    ``problem`` is "expected ..., seen ..."; ``where`` is its place, ``hint`` the way out.
    """

    def __init__(self, problem: str, *, where: str, hint: str) -> None:
        super().__init__(f"{MODULE}: {problem}\n  where: {where}\n  what to do: {hint}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The validated options; ``faults`` names each fault once."""

    port: int
    version: str
    faults: tuple[Fault, ...]
    until_eof: bool
    list_faults: bool
    as_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The account that can log in; the ready line prints a generated password.

    ``twilio_auth_token`` is what signed webhooks are checked with; empty refuses all of them.
    """

    username: str
    password: str
    generated: bool
    twilio_auth_token: str = ""


def parse_options(arguments: Sequence[str]) -> Options:
    """Parse and validate the command line.

    Raises:
        StartError: an option has an invalid value.
        SystemExit: ``--help`` (0), an unknown option (2).
    """
    given = command_line().parse_args(arguments)
    if given.json and not given.list_faults:
        raise StartError(
            "expected --json together with --list-faults, seen --json alone",
            where="the command line, --json",
            hint="add --list-faults, or leave --json out.",
        )
    return Options(
        port=_port(given.port),
        version=given.version,
        faults=_faults(given.fault),
        until_eof=given.until_eof,
        list_faults=given.list_faults,
        as_json=given.json,
    )


def read_credentials(environ: Mapping[str, str]) -> Credentials:
    """Return the credentials; an empty variable counts as unset."""
    password = environ.get("APISMOKE_DEMO_PASSWORD", "")
    return Credentials(
        username=environ.get("APISMOKE_DEMO_USERNAME", "") or DEFAULT_USERNAME,
        password=password or secrets.token_urlsafe(16),
        generated=not password,
        twilio_auth_token=environ.get(AUTH_TOKEN, ""),
    )


def _port(text: str) -> int:
    # isascii, because int() accepts the digits of every script.
    if text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65535:
        return int(text)
    raise StartError(
        f"expected an integer from 0 to 65535, seen {text!r}",
        where="the command line, --port",
        hint="give a free port, or leave --port out to get one.",
    )


def _faults(names: Sequence[str]) -> tuple[Fault, ...]:
    try:
        return find_faults(names)
    except UnknownFaultError as unknown:
        nearest = ", ".join(unknown.nearest)
        see = f"use the nearest ({nearest}), or see" if nearest else "see"
        raise StartError(
            f"expected the name of a fault, seen {unknown.name!r}",
            where="the command line, --fault",
            hint=f"{see} all of them with --list-faults.",
        ) from None


def command_line() -> argparse.ArgumentParser:
    """Return what the command takes."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {MODULE}",
        description="A small backend to run smoke checks against, on 127.0.0.1 only. Its account "
        "comes from APISMOKE_DEMO_USERNAME and APISMOKE_DEMO_PASSWORD.",
        allow_abbrev=False,
        formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=24, width=100),
    )
    parser.add_argument(
        "--port", metavar="N", default="0", help="port; 0 picks a free one (default: 0)"
    )
    parser.add_argument(
        "--fault",
        metavar="NAME",
        action="append",
        default=[],
        help="switch this fault on (repeatable)",
    )
    parser.add_argument(
        "--version", metavar="TEXT", default="1.0.0", help="version in /health (default: 1.0.0)"
    )
    parser.add_argument("--until-eof", action="store_true", help="stop at the end of stdin")
    parser.add_argument("--list-faults", action="store_true", help="list the faults and exit")
    parser.add_argument("--json", action="store_true", help="list them as JSON")
    return parser

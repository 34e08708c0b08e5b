"""The credentials of a run, read once from the environment or from container secrets.

Source: SPEC section 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pytest_apismoke.configuration.sources import Place, Source
from pytest_apismoke.errors import misconfigured
from pytest_apismoke.redaction import SHORTEST_SECRET


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A token, or a username and a password; their repr shows none of them."""

    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)


def read_credentials(environ: Mapping[str, str]) -> Credentials:
    """Read the credentials from the environment, or from the files that it names.

    Raises:
        SmokeError: (`usage`) when they are missing, ambiguous, unreadable or too short.

    """
    token = _secret(environ, "APISMOKE_TOKEN").strip()
    if token:
        _check_length("APISMOKE_TOKEN", token)
        _check_token(token)
        return Credentials(token=token)
    username = _secret(environ, "APISMOKE_USERNAME")
    password = _secret(environ, "APISMOKE_PASSWORD")
    if username and password:
        _check_length("APISMOKE_PASSWORD", password)
        return Credentials(username=username, password=password)
    missing = [
        name
        for name, value in (("APISMOKE_USERNAME", username), ("APISMOKE_PASSWORD", password))
        if not value
    ]
    raise misconfigured(
        expected="APISMOKE_USERNAME and APISMOKE_PASSWORD, or APISMOKE_TOKEN",
        seen=f"no {' and no '.join(missing)}",
        where="the environment",
        hint="set them, or name files that contain them with APISMOKE_USERNAME_FILE,"
        " APISMOKE_PASSWORD_FILE or APISMOKE_TOKEN_FILE; for a target without a login, write"
        " enabled = false below [login] in apismoke.toml (for 'apismoke infer': --no-auth)",
    )


def sources_of(credentials: Credentials, environ: Mapping[str, str]) -> dict[str, Source]:
    """The variable that gave each part of the credentials, or named its file; never a value."""
    parts = [name for name in ("username", "password", "token") if getattr(credentials, name)]
    variables = {name: f"APISMOKE_{name.upper()}" for name in parts}
    return {
        name: Source(Place.ENVIRONMENT, variable if environ.get(variable) else f"{variable}_FILE")
        for name, variable in variables.items()
    }


def _secret(environ: Mapping[str, str], name: str) -> str:
    """The value, or the first line of the file that NAME_FILE names."""
    direct, file_name = environ.get(name, ""), environ.get(f"{name}_FILE", "")
    if direct and file_name:
        raise misconfigured(
            expected=f"either {name} or {name}_FILE",
            seen="both",
            where="the environment",
            hint="unset one of them",
        )
    if not file_name:
        return direct
    try:
        return Path(file_name).read_text(encoding="utf-8").split("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not text in UTF-8"
        raise misconfigured(
            expected="a readable file with the secret",
            seen=f"{file_name!r}: {reason}",
            where=f"environment variable {name}_FILE",
            hint="correct the path or its permissions",
        ) from None


def _check_length(name: str, value: str) -> None:
    if len(value) < SHORTEST_SECRET:
        raise misconfigured(
            expected=f"at least {SHORTEST_SECRET} characters in {name}",
            seen=f"{len(value)}",
            where="the environment",
            hint="use a longer one: a secret this short can't be kept out of the output",
        )


def _check_token(token: str) -> None:
    if not (token.isascii() and token.isprintable()):
        raise misconfigured(
            expected="a token of printable ASCII characters, as a header needs",
            seen="other characters",
            where="APISMOKE_TOKEN",
            hint="copy the token again, without quotes or line breaks",
        )

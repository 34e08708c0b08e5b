"""The credentials of a run, read once from the environment or from container secrets.

Source: SPEC section 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from unicodedata import category

from pytest_apismoke.configuration import secret_file
from pytest_apismoke.configuration.login_profile import Login
from pytest_apismoke.configuration.sources import Place, Source
from pytest_apismoke.errors import misconfigured
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import SHORTEST_SECRET

#: The byte order mark, with which some editors begin a file.
_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
_AT_ENDS = f"{_MARK}\r\n"
_TAKEN_OFF = ((_MARK, "a byte order mark"), ("\r\n", "a line end"), (" \t", "a blank"))
#: The categories of Unicode of control characters, and of bytes that are no text.
_UNSENDABLE = frozenset({"Cc", "Cs"})
_BLANK = "APISMOKE_PASSWORD has a blank at its beginning or end: it is sent as part of it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A token, or a username and a password; their repr shows none of them.

    `notes` tell what was taken off what was given. `token_variable` stands for the token in a curl
    line, `given_as` and `token_given_as` for what was given in a hint; `pinned_in` is the table
    that says what account they have to be for.
    """

    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    notes: tuple[str, ...] = field(default=(), repr=False)
    token_variable: str = field(default="APISMOKE_TOKEN", repr=False)
    given_as: str = field(default="APISMOKE_USERNAME and APISMOKE_PASSWORD", repr=False)
    token_given_as: str = field(default="APISMOKE_TOKEN", repr=False)
    pinned_in: str = field(default="login", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """A value as it was given, without what can't belong to it, and what that was."""

    value: str = field(default="", repr=False)
    notes: tuple[str, ...] = ()


def read_credentials(environ: Mapping[str, str], login: Login | None = None) -> Credentials:
    """Read the credentials from the environment, or from the files that it names.

    Args:
        environ: the environment variables.
        login: how the target logs in; by default as the default profile.

    Raises:
        SmokeError: (`usage`) when they are missing, ambiguous, unreadable, too short, or have
            characters that they can't have.

    """
    login = login or Login()
    given = _secret(environ, "APISMOKE_TOKEN", off=f"{_AT_ENDS} \t")
    if given.value:
        return _token(given, login)
    username = _secret(environ, "APISMOKE_USERNAME")
    password = _secret(environ, "APISMOKE_PASSWORD")
    has_username = bool(username.value) or not login.wants_username
    if has_username and password.value:
        _check_length("APISMOKE_PASSWORD", password.value)
        if login.kind == "basic" or login.credentials == "basic":
            _check_basic(username.value)
        blank = [_BLANK] if password.value != password.value.strip() else []
        return Credentials(
            username=username.value,
            password=password.value,
            notes=(*username.notes, *password.notes, *blank),
        )
    missing = [
        name
        for name, is_there in (
            ("APISMOKE_USERNAME", has_username),
            ("APISMOKE_PASSWORD", bool(password.value)),
        )
        if not is_there
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


def without_scheme(value: str, scheme: str) -> str:
    """A token without the scheme that it begins with; any other string as it is."""
    first, _, rest = value.partition(" ")
    return rest.strip() if scheme and first.lower() == scheme.lower() and rest.strip() else value


def begins_with_scheme(token: str, scheme: str) -> str:
    """The note on a token, named in words, that was taken without the scheme that it has."""
    return f"{token} begins with its scheme {scheme!r}, and was taken without it"


def _token(given: _Given, login: Login) -> Credentials:
    token, notes = given.value, list(given.notes)
    scheme = {"token": login.scheme, "basic": "Basic"}.get(login.kind, "")
    if (without := without_scheme(token, scheme)) != token:
        notes.append(begins_with_scheme("APISMOKE_TOKEN", scheme))
    _check_length("APISMOKE_TOKEN", without)
    _check_token(without)
    if login.kind == "cookie" and "=" not in without:
        raise misconfigured(
            expected="APISMOKE_TOKEN as name=value, for a session that is known by a cookie",
            seen="no '=' in it",
            where="the environment",
            hint="give the cookie with its name, or a username and a password to log in with",
        )
    return Credentials(token=without, notes=tuple(notes))


def _secret(environ: Mapping[str, str], name: str, *, off: str = _AT_ENDS) -> _Given:
    """The value, or the first line of the file that NAME_FILE names, without `off` at its ends."""
    direct, file_name = environ.get(name, ""), environ.get(f"{name}_FILE", "")
    if direct and file_name:
        raise misconfigured(
            expected=f"either {name} or {name}_FILE",
            seen="both",
            where="the environment",
            hint="unset one of them",
        )
    if not file_name:
        value = direct.strip(off)
        around = direct.replace(value, "", 1) if value else ""
        return _cleaned(name, value, around)
    try:
        text = secret_file.read(Path(file_name))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not text in UTF-8"
        raise misconfigured(
            expected="a readable file with the secret",
            seen=f"{file_name!r}: {reason}",
            where=f"environment variable {name}_FILE",
            hint="correct the path or its permissions",
        ) from None
    stripped = text.lstrip(off)
    # A file ends with a line end, as a rule: that one is not told.
    around = text[: len(text) - len(stripped)] if stripped else ""
    return _cleaned(f"{name}_FILE", stripped.split("\n")[0].rstrip(off), around)


def _cleaned(name: str, value: str, around: str) -> _Given:
    """A value with the note on what was taken off its ends.

    Args:
        name: of the variable, for messages.
        value: without it.
        around: what was taken off.

    Raises:
        SmokeError: (`usage`) when a control character is left in the value.

    """
    at = next((n for n, c in enumerate(value, 1) if c == _MARK or category(c) in _UNSENDABLE), 0)
    if at:
        raise misconfigured(
            expected=f"a value of {name} without control characters",
            seen=f"one at character {at} of {len(value)}",
            where="the environment",
            hint="copy the value again: a line end, a tab or a byte order mark came along with it",
        )
    taken = [words for chars, words in _TAKEN_OFF if any(char in around for char in chars)]
    notes = (f"{name} begins or ends with {' and '.join(taken)}: taken off",) if taken else ()
    return _Given(value=value, notes=notes)


def _check_length(name: str, value: str) -> None:
    if len(value) < SHORTEST_SECRET:
        raise misconfigured(
            expected=f"at least {SHORTEST_SECRET} characters in {name}",
            seen=f"{len(value)}",
            where="the environment",
            hint="use a longer one: a secret this short can't be kept out of the output",
        )


def _check_basic(username: str) -> None:
    """HTTP Basic ends the name at the first colon (RFC 7617, 2)."""
    if ":" in username:
        raise misconfigured(
            expected="a user name without a colon, at which HTTP Basic ends it",
            seen="one with a colon",
            where="APISMOKE_USERNAME",
            hint="give the name alone, and the password as APISMOKE_PASSWORD; where the target"
            " wants the name encoded, give it so",
        )


def _check_token(token: str) -> None:
    if not (token.isascii() and token.isprintable()):
        raise misconfigured(
            expected="a token of printable ASCII characters, as a header needs",
            seen="other characters",
            where="APISMOKE_TOKEN",
            hint="copy the token again, without quotes or line breaks",
        )

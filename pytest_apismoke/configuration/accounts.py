"""The tables `[accounts.NAME]`: further accounts, for users' own tests of permissions. Pure.

Source: SPEC section 8.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_apismoke.configuration.credentials import Credentials, without_scheme
from pytest_apismoke.configuration.keys import (
    NAME,
    PROPERTY,
    TEXT_OR_NONE,
    TOKEN_OR_NONE,
    Scalar,
    key,
    table_key,
)
from pytest_apismoke.configuration.login_profile import Login
from pytest_apismoke.configuration.rule import Contradiction
from pytest_apismoke.records import dataclass

if TYPE_CHECKING:
    from pytest_apismoke.configuration.tables import Steps


#: The name of the table.
TABLE = "accounts"
#: The keys of an account that are secrets, whatever the variables are called that hold them.
SECRETS = ("password", "token")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Account:
    """Another account, with which a test of permissions logs in (fixture smoke_login).

    It logs in as [login] says, with its own username and password, or has a token of its own.
    """

    name: str
    username: str = key(TEXT_OR_NONE, "", "The username of the account.")
    password: str = key(
        TEXT_OR_NONE, "", "Its password, as a reference to an environment variable."
    )
    token: str = key(
        TOKEN_OR_NONE, "", "Instead of a login: its token, as a reference to a variable."
    )
    fields: tuple[tuple[str, Scalar], ...] = table_key(
        NAME,
        (),
        "Further fixed fields of the body of its login; one that [login] fields has too replaces"
        " that.",
    )
    expect: tuple[tuple[str, Scalar], ...] = table_key(
        PROPERTY,
        (),
        "Values that the response to its login must have, by their JSON Pointers, such as its"
        " role. Those of [login] expect are for the run's own account only.",
    )

    def __repr__(self) -> str:
        return f"Account(name={self.name!r})"


def accounts_in(values: Mapping[Steps, object]) -> tuple[Account, ...]:
    """The accounts among the values of a profile, in the order of the file."""
    found: dict[str, dict[str, object]] = {}
    for place, value in values.items():
        if place[0] == TABLE:
            found.setdefault(place[1], {})[place[2]] = value
    return tuple(Account(name=name, **keys) for name, keys in found.items())  # type: ignore[arg-type]  # of the kinds of the record, as its keys say


def variable_of(name: str) -> str:
    """The variable that stands for the token of an account in a curl line."""
    word = "".join(c if c.isascii() and c.isalnum() else "_" for c in name)
    return f"APISMOKE_TOKEN_{word.upper()}"


def login_of(account: Account, login: Login) -> Login:
    """How the account logs in: as the run does, but for its fields, and for what pins it."""
    fields = {**dict(login.fields), **dict(account.fields)}
    return replace(login, fields=tuple(fields.items()), expect=account.expect)


def credentials_of(account: Account, login: Login) -> Credentials:
    """What the account logs in with."""
    scheme = {"token": login.scheme, "basic": "Basic"}.get(login.kind, "")
    return Credentials(
        username=account.username,
        password=account.password,
        token=without_scheme(account.token, scheme),
        token_variable=variable_of(account.name),
        given_as=f"the username and the password of [{TABLE}.{account.name}]",
        token_given_as=f"the token of [{TABLE}.{account.name}]",
        pinned_in=f"{TABLE}.{account.name}",
    )


def contradictions(accounts: Sequence[Account], login: Login) -> Iterator[Contradiction]:
    """The contradictions in the accounts of a profile."""
    for account in accounts:
        for name, expected, seen, hint in _mistakes(account, login):
            place = (TABLE, account.name, *([name] if name else []))
            yield Contradiction(place=place, expected=expected, seen=seen, hint=hint)


#: The key of the account, or an empty string; what is expected, what is seen, and what to do.
_Mistake = tuple[str, str, str, str]


def _mistakes(account: Account, login: Login) -> Iterator[_Mistake]:
    variable = variable_of(account.name).removeprefix("APISMOKE_TOKEN_")
    if not login.enabled:
        yield (
            "",
            "a login, for further accounts to log in with",
            "none ([login] enabled = false)",
            "remove the account, or leave enabled = false out of [login]",
        )
    elif account.token:
        yield from _beside_token(account, login)
    elif not account.password:
        yield (
            "",
            "a password or a token",
            "neither",
            f'write password = "${{{variable}_PASSWORD}}", or token = "${{{variable}_TOKEN}}"',
        )
    elif login.wants_username and not account.username:
        yield (
            "",
            "a username beside the password",
            "none",
            'write username = "..."; if the login takes none, set [login] username_field = ""',
        )
    deep = next((name for name, _ in account.fields if name.startswith("/")), "")
    if deep and login.content_type == "form":
        yield (
            "fields",
            "plain names of fields, because a form has no objects in objects",
            f"the JSON Pointer {deep!r}",
            "name the field as the form does, for instance user[tenant]",
        )
    if account.fields and not account.token and login.kind == "basic":
        yield (
            "fields",
            "fields for a login by a request",
            "HTTP Basic, which has none",
            "remove them, or write another [login] kind",
        )


def _beside_token(account: Account, login: Login) -> Iterator[_Mistake]:
    useless = [name for name in ("password", "fields", "expect") if getattr(account, name)]
    if useless:
        yield (
            "token",
            "either a token or a login",
            f"a token, and {' and '.join(useless)}",
            "remove the one that is not meant; an empty string drops one that is inherited",
        )
    # What a reference stands for is not known before a run.
    if login.kind == "cookie" and "=" not in account.token and "${" not in account.token:
        yield (
            "token",
            "a token as name=value, for a session that is known by a cookie",
            "no '=' in it",
            "give the cookie with its name, or a username and a password to log in with",
        )

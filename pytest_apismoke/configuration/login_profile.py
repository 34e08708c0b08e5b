"""How a target logs in, as frozen records whose fields are the keys below `[login]`.

Source: SPEC section 8.
"""

from __future__ import annotations

from dataclasses import field

from pytest_apismoke.configuration.keys import (
    CONTENT_TYPE,
    COOKIE_OR_NONE,
    CREDENTIALS_IN,
    HEADER,
    HEADER_OR_NONE,
    LOGIN_KIND,
    LOGIN_METHOD,
    NAME,
    NAME_OR_NONE,
    PATH,
    PATH_OR_NONE,
    POINTER,
    PROPERTY,
    SCHEME,
    STATUS,
    SWITCH,
    Scalar,
    key,
    list_key,
    table_key,
)
from pytest_apismoke.records import dataclass

#: Fixed fields of a body by their names; a name that begins with '/' is a JSON Pointer.
Fields = tuple[tuple[str, Scalar], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondStep:
    """A second request of the login; there is none while its path is empty."""

    path: str = key(PATH_OR_NONE, "", "The path of the second step; empty for none.")
    method: str = key(LOGIN_METHOD, "POST", "The method of the second step.")
    content_type: str = key(CONTENT_TYPE, "json", "How its body is sent.")
    username_field: str = key(
        NAME_OR_NONE, "", "The property of its body with APISMOKE_USERNAME; empty if none is sent."
    )
    password_field: str = key(
        NAME_OR_NONE,
        "",
        "The property of its body with the password, where the first step has only the name;"
        " empty if none is sent.",
    )
    fields: tuple[tuple[str, Scalar], ...] = table_key(
        NAME, (), "Fixed fields of its body; a name that begins with '/' is a JSON Pointer."
    )
    copied: tuple[tuple[str, Scalar], ...] = table_key(
        NAME,
        (),
        "Fields of its body whose values are those at JSON Pointers in the first response.",
    )
    csrf_header: str = key(
        HEADER_OR_NONE, "", "A header of the second step with a value of the first response."
    )
    csrf_from_header: str = key(
        HEADER_OR_NONE, "", "The header of the first response that has that value."
    )
    csrf_from_cookie: str = key(
        COOKIE_OR_NONE, "", "The cookie of the first response that has that value."
    )
    csrf_from_pointer: str = key(POINTER, "", "Where the body of the first response has it.")
    carries_token: bool = key(
        SWITCH, False, "Whether the token of the first response goes in the header of the second."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """How a token is exchanged for a new one without a login; it is not while the path is empty."""

    path: str = key(PATH_OR_NONE, "", "The path that gives a new token; empty for none.")
    field: str = key(
        NAME_OR_NONE,
        "refresh_token",
        "The field of the body with the refresh token; empty if it is sent in the token's header.",
    )
    pointer: str = key(
        POINTER,
        "/refresh_token",
        "Where the login's response has the refresh token; empty if it is one of its cookies.",
    )
    content_type: str = key(CONTENT_TYPE, "json", "How the body is sent.")
    fields: tuple[tuple[str, Scalar], ...] = table_key(
        NAME, (), "Fixed fields of the body; a name that begins with '/' is a JSON Pointer."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """How a run gets its token, and how requests carry it."""

    enabled: bool = key(
        SWITCH, True, "Whether there is a login; without one, no credential is sent."
    )
    kind: str = key(
        LOGIN_KIND,
        "token",
        "What authenticates a request: a token that the login returns, the cookies that it sets, or"
        " HTTP Basic with every request and without a login.",
    )
    path: str = key(PATH, "/api/auth/login", "The path of the login.")
    method: str = key(LOGIN_METHOD, "POST", "The method of the login.")
    content_type: str = key(
        CONTENT_TYPE, "json", "How the body is sent: as JSON, or as an HTML form."
    )
    credentials: str = key(
        CREDENTIALS_IN,
        "fields",
        "Where the username and the password go: fields of the body, or HTTP Basic.",
    )
    username_field: str = key(
        NAME_OR_NONE,
        "email",
        "The property with APISMOKE_USERNAME; empty if none is sent. A name that begins with '/' is"
        " a JSON Pointer.",
    )
    password_field: str = key(
        NAME_OR_NONE,
        "password",
        "The property with the password; empty if the second step has it. A name that begins with"
        " '/' is a JSON Pointer.",
    )
    fields: tuple[tuple[str, Scalar], ...] = table_key(
        NAME, (), "Fixed fields of the body; a name that begins with '/' is a JSON Pointer."
    )
    statuses: tuple[int, ...] = list_key(STATUS, (200, 201), "The statuses of a successful login.")
    token_pointer: str = key(POINTER, "/access_token", "Where the response has the token.")
    token_header: str = key(
        HEADER_OR_NONE, "", "The header of the response that has the token instead."
    )
    token_cookie: str = key(
        COOKIE_OR_NONE, "", "The cookie of the response whose value is the token instead."
    )
    header: str = key(HEADER, "Authorization", "The header that carries the token.")
    scheme: str = key(SCHEME, "Bearer", "The word before the token; empty for none.")
    expect: tuple[tuple[str, Scalar], ...] = table_key(
        PROPERTY,
        (),
        "Values that the login response must have, by their JSON Pointers: they pin the account."
        " With another account nothing is written.",
    )
    then: SecondStep = field(default_factory=SecondStep)
    refresh: Refresh = field(default_factory=Refresh)

    @property
    def has_request(self) -> bool:
        """Whether a run logs in by a request of its own."""
        return self.enabled and self.kind != "basic"

    @property
    def wants_username(self) -> bool:
        """Whether the user's name is sent."""
        if self.kind == "basic" or self.credentials == "basic" or self.username_field:
            return True
        return bool(self.then.path and self.then.username_field)

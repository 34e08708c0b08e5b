"""The parts of a backend, as frozen records that say how it behaves.

A backend of the table is a few of them put together; a broken one is the same with one fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

Json = Any

#: The token of a backend that has no login.
STATIC_TOKEN = "static-canary-of-the-shapes"
#: Settings without a phone, and without a field that the default profile may change.
PLAIN: Mapping[str, Json] = {
    "id": "biz_1",
    "name": "Shapes",
    "description": "One of many",
    "google_calendar_connected": False,
}
#: The settings of most backends, as the default profile has them.
SETTINGS: Mapping[str, Json] = {
    **PLAIN,
    "greeting_style": "Warm",
    "phone_number": None,
    "receptionist_enabled": False,
}


class Fault(Enum):
    """What is wrong with a backend; each is what the broken variation of some shape does."""

    NONE = "nothing"
    # The login.
    LOGIN_REFUSED = "the login refuses the credentials"
    LOGIN_FAILS = "the login ends with a 500"
    LOGIN_LIMITED = "the login answers 429 and asks for ten minutes"
    LOGIN_IS_A_PAGE = "the login answers 200 with a page"
    NO_TOKEN = "the login answers without a token"
    TOKEN_REFUSED = "no request is accepted, whatever it carries"
    # The authorisation.
    ANY_TOKEN = "a wrong token is accepted"
    ANYONE = "requests without a token are accepted"
    REFUSAL_IS_404 = "a wrong token is answered 404"
    REFUSAL_IS_A_PAGE = "a wrong token is answered with a page"
    # Reading the document.
    READ_FAILS = "the document is answered with a 500"
    READ_IS_A_PAGE = "the document is answered with a page"
    READ_IS_NULL = "the account has no document: null"
    READ_IS_SLOW = "the document takes a second and a half"
    NAME_IS_A_NUMBER = "the name in the document is a number"
    ITEM_IS_GONE = "the list does not have the document"
    NO_TEXT = "the text fields are null, and null is refused"
    # Updating it.
    UPDATE_FAILS = "an update ends with a 500"
    UPDATE_REFUSED = "an update is refused with a 403"
    UPDATE_DROPPED = "an update is acknowledged and dropped"
    UPDATE_REVERTED = "an update is read back a few times and is gone then"
    UPDATE_REPLACES = "an update deletes what it does not name"
    UPDATE_HARMS = "an update changes another field as well, for good"
    UPDATE_CUTS = "an update stores only the first characters"
    UPDATE_REACHES_ALL = "an update reaches the other items of the list as well"
    ONE_UPDATE_ONLY = "all updates after the first are refused"
    # The health page.
    DEPENDENCY_DEAD = "the database is gone, and the health page answers 200"
    OTHER_VERSION = "another version answers"
    HEALTH_FAILS = "the health page ends with a 503"
    # The calendar and the phone.
    CALENDAR_FAILS = "the start of OAuth ends with a 500"
    OTHER_PROVIDER = "the start of OAuth redirects to another host"
    CALENDAR_IS_TEXT = "the state of the calendar is a text"
    PHONE_IS_MALFORMED = "the phone number is not E.164"


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """A second step of the login, which gives the token.

    Args:
        path: where it is.
        takes: the form of the body.
        fields: fixed fields that it wants.
        names: the fields of the name and of the password, where the first step has not got them.
        challenge: the field that has to bring back what the first answer has at /challenge.
        csrf_header: the header that has to bring back what the first answer's cookie csrftoken has.
        wants_token: whether it wants the first answer's token in the header, and gives another.

    """

    path: str
    takes: Literal["json", "form"] = "json"
    fields: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, str] = ("", "")
    challenge: str = ""
    csrf_header: str = ""
    wants_token: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """Tokens that live for a short time, and are exchanged; the login itself works once."""

    path: str
    lifetime_s: int
    takes: Literal["json", "form"] = "json"
    name: str = "refresh_token"
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """How the backend logs in.

    Args:
        exists: whether there is one at all.
        path: where it is.
        method: of the login.
        takes: the form of the body.
        credentials: whether they are fields of the body or in HTTP Basic.
        names: the fields of the name and the password; empty where the second step has them.
        fields: further fields that it wants, and no others.
        status: of its answer.
        gives: where its answer has the token.
        place: a JSON Pointer, or the name of the header or the cookie.
        second: a second step.
        refresh: how tokens are exchanged.

    """

    exists: bool = True
    path: str = "/api/auth/login"
    method: str = "POST"
    takes: Literal["json", "form"] = "json"
    credentials: Literal["fields", "basic"] = "fields"
    names: tuple[str, str] = ("email", "password")
    fields: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    gives: Literal["body", "header", "cookie"] = "body"
    place: str = "/access_token"
    second: Second | None = None
    refresh: Refresh | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a request has to carry, and how one without it is refused.

    Args:
        by: the token in a header, in a cookie, or HTTP Basic with every request.
        name: the header or the cookie.
        scheme: before the token in the header.
        status: of a refusal.
        body: of a refusal.
        everywhere: headers that all requests have to have, of the login and health page as well.

    """

    by: Literal["header", "cookie", "basic"] = "header"
    name: str = "Authorization"
    scheme: str = "Bearer"
    status: int = 401
    body: Literal["json", "text", "empty"] = "json"
    everywhere: Mapping[str, str] = field(default_factory=dict)


class Guard(Enum):
    """What an update has to bring along, from an earlier answer or by itself."""

    NONE = "nothing"
    STRONG_ETAG = "If-Match with the strong ETag"
    WEAK_ETAG = "If-Match with the weak ETag"
    VERSION = "the member `version` as it was read last"
    IDEMPOTENCY = "Idempotency-Key, one for each update"
    CSRF_COOKIE = "X-CSRF-Token with the value of the cookie csrftoken, and the cookie"
    CSRF_MEMBER = "X-CSRF-Token with the value that the last read had at /meta/csrf"
    CSRF_HEADER = "X-CSRF-Token with the value that the last read had in this header"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The settings, and how they are read and updated.

    Args:
        path: where they are read.
        update_path: where they are updated; by default the same.
        method: of an update.
        values: the document.
        root: the JSON Pointer to it in the answer; with `slug`, to the list.
        slug: it is the item of a list with this `slug`, and not the first.
        takes: the form of an update.
        form_names: the names in the form of the properties, which are given by their JSON Pointers.
        update_root: the JSON Pointer to the fields in an update.
        whole: whether an update has to have every property of `writable`.
        writable: the only properties that an update may have; empty for any.
        companions: properties that each update has to have, as they are.
        refuses_null: whether null is refused in an update.
        guard: what else it wants.
        status: of an accepted update.
        echoes: whether an accepted update is answered with the document.
        applied_after_s: how much later an update is visible.
        operation: where a page says whether it is; the answer to an update leads there.

    """

    path: str = "/api/business/me"
    update_path: str = ""
    method: str = "PUT"
    values: Mapping[str, Json] = field(default_factory=lambda: dict(SETTINGS))
    root: str = ""
    slug: str = ""
    takes: Literal["json", "merge-patch", "json-patch", "form"] = "json"
    form_names: Mapping[str, str] = field(default_factory=dict)
    update_root: str = ""
    whole: bool = False
    writable: tuple[str, ...] = ()
    companions: tuple[str, ...] = ()
    refuses_null: bool = False
    guard: Guard = Guard.NONE
    status: int = 200
    echoes: bool = True
    applied_after_s: float = 0.0
    operation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The health page.

    Args:
        path: where it is.
        body: what it answers; a string is a text page. `{health}` in a string stands for what
            `word` says, and `{version}` for the version.
        words: what stands for `{health}` while all is well, and while the database is gone.
        version: the version that answers.
        version_header: a header with the version.
        version_path: another path that answers with the version.
        version_is_guarded: whether that path wants a token.

    """

    path: str = "/health"
    body: Json = field(default_factory=lambda: {"status": "{health}", "version": "{version}"})
    words: tuple[Json, Json] = ("ok", "degraded")
    version: str = "1.4.2"
    version_header: str = ""
    version_path: str = ""
    version_is_guarded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The start of OAuth; without a host it says that it is not available.

    Args:
        path: where it is; empty for nowhere.
        account: the parameter with the account's id.
        host: where it redirects to.

    """

    path: str = "/oauth/google/start"
    account: str = "business_id"
    host: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """One backend, as it behaves."""

    login: Login = field(default_factory=Login)
    access: Access = field(default_factory=Access)
    document: Document = field(default_factory=Document)
    health: Health = field(default_factory=Health)
    calendar: Calendar = field(default_factory=Calendar)
    fault: Fault = Fault.NONE

"""The profile of a target: its paths, field names and limits, as frozen records.

The defaults are the default profile of SPEC section 5. No other module of the package names a path
or a field of the target. Each field is a key of the configuration file: its kind defines the valid
values, and editors show its description.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_apismoke.configuration.keys import (
    API_EXIT_CODE,
    BYTES,
    COOKIE_OR_NONE,
    HEADER,
    HEADER_OR_NONE,
    HOST,
    IF_MATCH,
    NAME,
    PATH,
    PATH_OR_NONE,
    POINTER,
    PROPERTY,
    SCHEME,
    SECONDS,
    STATUS,
    SWITCH,
    TIMES,
    UPDATE_BODY,
    UPDATE_FORMAT,
    UPDATE_METHOD,
    Scalar,
    candidates_key,
    key,
    list_key,
    table_key,
)

#: The name of the top level of a configuration, as a profile.
DEFAULT = "default"
#: The APIs of the built-in suites, and the API of checks that come from the OpenAPI document.
API_NAMES = ("settings", "calendar", "twilio")
OPENAPI = "openapi"

#: Values that a response of the right account has, by their JSON Pointers.
Pins = tuple[tuple[str, Scalar], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """When the target counts as ready.

    `healthy_status` lists the valid values of the property at `status_pointer`, in any case, with
    `true` and numbers as JSON writes them; without that property the target is not ready. With an
    empty list the status code alone counts, whatever the body is.
    """

    path: str = key(PATH, "/health", "The path that is polled.")
    statuses: tuple[int, ...] = list_key(STATUS, (200,), "The statuses of a ready target.")
    status_pointer: str = key(POINTER, "/status", "Where the response has the status.")
    healthy_status: tuple[str, ...] = list_key(
        NAME,
        ("ok", "healthy", "up", "pass", "ready"),
        "The values of a ready target, in any case, such as 'true'. With an empty list the status"
        " code alone counts: only where no page tells more, because a dead database goes"
        " unnoticed then.",
    )
    version_pointer: str = key(POINTER, "/version", "Where the response has the version.")
    poll_interval_s: float = key(SECONDS, 0.5, "Seconds between two polls.")
    agreeing_answers: int = key(
        TIMES, 3, "The number of responses in a row that must report the expected version."
    )

    def __post_init__(self) -> None:
        """Lower the words: they are compared in any case."""
        lowered = tuple(word.lower() for word in self.healthy_status)
        object.__setattr__(self, "healthy_status", lowered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """How a run gets its token, and how requests carry it."""

    enabled: bool = key(
        SWITCH, True, "Whether there is a login; without one, no credential is sent."
    )
    path: str = key(PATH, "/api/auth/login", "The path of the login.")
    username_field: str = key(NAME, "username", "The property with the user's name.")
    password_field: str = key(NAME, "password", "The property with the password.")
    statuses: tuple[int, ...] = list_key(STATUS, (200, 201), "The statuses of a successful login.")
    token_pointer: str = key(POINTER, "/access_token", "Where the response has the token.")
    header: str = key(HEADER, "Authorization", "The header that carries the token.")
    scheme: str = key(SCHEME, "Bearer", "The word before the token; empty for none.")
    expect: tuple[tuple[str, Scalar], ...] = table_key(
        PROPERTY,
        (),
        "Values that the login response must have, by their JSON Pointers: they pin the account."
        " With another account nothing is written.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document of the target, and how it is updated; by default the settings.

    `probe` has the JSON Pointers of the fields that may be changed and put back, in the order in
    which they are tried. `volatile` fields change by themselves and are not compared. All pointers
    but `root`, `update_root` and `csrf_from_pointer` are those of the document itself. What the
    keys mean for a request is in `http.document_shape`.
    """

    path: str = key(PATH, "/api/business/me", "The path of the settings.")
    root: str = key(
        POINTER, "", "Where the answer has the document, such as '/data'; by default it is all."
    )
    select: tuple[tuple[str, Scalar], ...] = table_key(
        PROPERTY,
        (),
        "Where the root is a list: the one item that has these values at these JSON Pointers.",
    )
    update_path: str = key(
        PATH_OR_NONE, "", "The path of an update; by default that of the settings."
    )
    update_method: str = key(UPDATE_METHOD, "PUT", "The method of an update.")
    update_format: str = key(
        UPDATE_FORMAT,
        "json",
        "How an update is written: plain JSON, JSON Merge Patch (RFC 7396), JSON Patch (RFC 6902),"
        " or a form.",
    )
    update_root: str = key(
        POINTER, "", "Where the body of an update has the fields, such as '/data'."
    )
    update_statuses: tuple[int, ...] = list_key(
        STATUS, (200, 201, 202, 204), "The statuses of an accepted update."
    )
    update_body: str = key(
        UPDATE_BODY,
        "fields",
        "What an update has to contain: the changed fields, or the whole document.",
    )
    companions: tuple[str, ...] = list_key(
        NAME, (), "Fields that every update has to contain, as the document has them."
    )
    writable: tuple[str, ...] = list_key(
        NAME, (), "With the whole document: the only fields of it that an update may contain."
    )
    form_names: tuple[tuple[str, Scalar], ...] = table_key(
        PROPERTY, (), "With a form: the names of the fields in it, by their JSON Pointers."
    )
    version_member: str = key(
        POINTER, "", "Where the document has a version that an update must send back as last read."
    )
    if_match: str = key(
        IF_MATCH,
        "strong",
        "Which entity tags an update sends back in If-Match: strong ones, weak ones as well, or"
        " none.",
    )
    idempotency_header: str = key(
        HEADER_OR_NONE,
        "",
        "A header of updates, such as Idempotency-Key, with another value for each.",
    )
    csrf_header: str = key(
        HEADER_OR_NONE, "", "A header of updates with a value that the last read has given."
    )
    csrf_from_header: str = key(HEADER_OR_NONE, "", "The header of a read that has that value.")
    csrf_from_cookie: str = key(
        COOKIE_OR_NONE, "", "The cookie of a read that has that value, and is sent back with it."
    )
    csrf_from_pointer: str = key(POINTER, "", "Where the body of a read has that value.")
    probe: tuple[str, ...] = candidates_key(
        PROPERTY,
        ("/business_hours", "/greeting_style", "/common_services", "/industry"),
        "The string fields that the gate may change and restore, in order: the first that holds"
        " text is used.",
    )
    volatile: tuple[str, ...] = list_key(
        NAME, ("updated_at",), "Fields that change by themselves, and are not compared."
    )
    id_field: str = key(NAME, "id", "The field with the account's id.")
    expect: tuple[tuple[str, Scalar], ...] = table_key(
        PROPERTY,
        (),
        "Values that the settings must have, by their JSON Pointers: they pin the account. With"
        " another account nothing is written.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Where the calendar's state is, and where its OAuth flow starts."""

    connected_field: str = key(
        NAME,
        "google_calendar_connected",
        "The boolean field of the settings that tells whether it is connected.",
    )
    start_path: str = key(PATH, "/oauth/google/start", "The path of the OAuth start.")
    account_parameter: str = key(
        NAME, "business_id", "The query parameter that takes the account's id."
    )
    authorize_host: str = key(
        HOST, "accounts.google.com", "The host that the OAuth start has to redirect to."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Twilio:
    """The fields with the phone's state; a missing `recommended` one is a warning."""

    number_field: str = key(NAME, "phone_number", "The field of the settings with the number.")
    enabled_field: str = key(
        NAME,
        "receptionist_enabled",
        "The boolean field that tells whether the receptionist is enabled.",
    )
    recommended: tuple[str, ...] = list_key(
        NAME,
        ("greeting_style", "business_hours"),
        "Fields that an enabled receptionist should have.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one request: seconds and decompressed bytes.

    `connect_timeout_s` is for one address of a name, `read_timeout_s` for each piece of a response,
    `request_timeout_s` for the whole request.
    """

    connect_timeout_s: float = key(SECONDS, 5.0, "Seconds for connecting to one address.")
    read_timeout_s: float = key(SECONDS, 10.0, "Seconds for each piece of a response.")
    request_timeout_s: float = key(SECONDS, 30.0, "Seconds for one request as a whole.")
    max_body_bytes: int = key(
        BYTES, 10 * 1024 * 1024, "The limit of a response's body, decompressed."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiProfile:
    """How a run treats one API, built-in or declared.

    `exit_code` is the code of a declared API in the table `api`, None where the configuration
    gives none; the codes of built-in APIs are fixed. `is_asked_for` says that the configuration
    contains `enabled = true` for it.
    """

    name: str
    is_asked_for: bool = False
    enabled: bool = key(SWITCH, True, "Whether a run checks it.")
    required: bool = key(SWITCH, True, "Whether a run that did not check it must not end with 0.")
    exit_code: int | None = key(
        API_EXIT_CODE, None, "The exit code of a declared API in the table 'api'."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetProfile:
    """All that the suites know about one kind of backend.

    `origin` names the file and the profile; `apis` are those that the configuration mentions.
    """

    name: str = DEFAULT
    origin: str = DEFAULT
    readiness: Readiness = field(default_factory=Readiness)
    login: Login = field(default_factory=Login)
    document: Document = field(default_factory=Document)
    calendar: Calendar = field(default_factory=Calendar)
    twilio: Twilio = field(default_factory=Twilio)
    limits: Limits = field(default_factory=Limits)
    apis: tuple[ApiProfile, ...] = ()

    def api(self, name: str) -> ApiProfile:
        """The record of an API; by default it is enabled and required."""
        return next((api for api in self.apis if api.name == name), ApiProfile(name=name))

    @property
    def api_codes(self) -> Mapping[str, int]:
        """The exit codes that were given to declared APIs."""
        return {api.name: api.exit_code for api in self.apis if api.exit_code is not None}


DEFAULT_PROFILE = TargetProfile()

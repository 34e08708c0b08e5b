"""The profile of a target: its paths, field names and limits, as frozen records.

The defaults are the default profile of SPEC section 5. No other module of the package names a path
or a field of the target. Each field is a key of the configuration file: its kind defines the valid
values, and editors show its description.

Long because the tables of a configuration are read together, one beside the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_apismoke.configuration.accounts import Account
from pytest_apismoke.configuration.keys import (
    API_EXIT_CODE,
    BYTES,
    COOKIE_OR_NONE,
    HEADER_OR_NONE,
    HOST,
    IF_MATCH,
    NAME,
    NAME_OR_NONE,
    PATH,
    PATH_OR_NONE,
    POINTER,
    PROPERTY,
    REFUSAL_BODY,
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
    lists_key,
    table_key,
)
from pytest_apismoke.configuration.login_profile import Login as Login
from pytest_apismoke.configuration.origins import Origin

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
    empty list the status code is enough, whatever the body is.

    A page may say "ok" while its database is gone, and tell that in a member of its own: each of
    `healthy_members` that it has must be one of `healthy_words`. A member that is an object has
    its word in `status`. What `healthy` lists has to be there, and to have one of its values.

    The version is at `version_pointer` of the page, or in its `version_header`; with a
    `version_path` that is another page.
    """

    path: str = key(PATH, "/health", "The path that is polled.")
    statuses: tuple[int, ...] = list_key(STATUS, (200,), "The statuses of a ready target.")
    status_pointer: str = key(POINTER, "/status", "Where the response has the status.")
    healthy_status: tuple[str, ...] = list_key(
        NAME,
        ("ok", "healthy", "up", "pass", "ready"),
        "The values of a ready target, in any case, such as 'true'. With an empty list the status"
        " code is enough: only where no page tells more, because a dead database goes"
        " unnoticed then.",
    )
    healthy_members: tuple[str, ...] = list_key(
        PROPERTY,
        ("/db", "/database"),
        "Further members that have to be one of healthy_words, where the response has them.",
    )
    healthy_words: tuple[str, ...] = list_key(
        NAME,
        ("connected", "ok", "up", "healthy", "true"),
        "The values of healthy_members in a ready target, in any case.",
    )
    healthy: tuple[tuple[str, tuple[Scalar, ...]], ...] = lists_key(
        PROPERTY,
        (),
        "Further conditions of a ready target: the values that the response must have, one or a"
        " list, by their JSON Pointers; words in any case.",
    )
    version_pointer: str = key(
        POINTER,
        "/version",
        "Where the response has the version; an empty string for the body as a whole.",
    )
    version_header: str = key(
        HEADER_OR_NONE, "", "The header of the response that has the version, if one has it."
    )
    version_path: str = key(
        PATH_OR_NONE, "", "The path that shows the version, if it is not the readiness path."
    )
    poll_interval_s: float = key(SECONDS, 0.5, "Seconds between two polls.")
    agreeing_answers: int = key(
        TIMES, 3, "The number of responses in a row that must report the expected version."
    )

    def __post_init__(self) -> None:
        """Lower the words: they are compared in any case."""
        for name in ("healthy_status", "healthy_words"):
            lowered = tuple(word.lower() for word in getattr(self, name))
            object.__setattr__(self, name, lowered)


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
    probe_may_be_absent: bool = key(
        SWITCH,
        False,
        "Whether a field of probe that the settings do not have may be written, and removed again;"
        " where no other will do.",
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
class Refusals:
    """What a refused token looks like: the settings must not be served without one."""

    statuses: tuple[int, ...] = list_key(
        STATUS, (401, 403), "The statuses of a request whose token is refused."
    )
    body: str = key(
        REFUSAL_BODY,
        "json",
        "The body of a refusal: JSON that names the error, a text, no body at all, or any.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Where the calendar's state is, and where its OAuth flow starts.

    A field is a name, or a JSON Pointer where it begins with '/'. `{id}` in `start_path` stands for
    the account's id.
    """

    connected_field: str = key(
        NAME,
        "google_calendar_connected",
        "The boolean field of the settings that tells whether it is connected: a name, or a JSON"
        " Pointer.",
    )
    start_path: str = key(
        PATH,
        "/oauth/google/start",
        "The path of the OAuth start; {id} in it stands for the account's id.",
    )
    account_parameter: str = key(
        NAME_OR_NONE,
        "business_id",
        "The query parameter that takes the account's id; an empty string for none.",
    )
    start_statuses: tuple[int, ...] = list_key(
        STATUS, (302,), "The statuses of the redirect of the OAuth start."
    )
    authorize_host: str = key(
        HOST, "accounts.google.com", "The host that the OAuth start has to redirect to."
    )
    authorize_path: str = key(
        PATH_OR_NONE,
        "",
        "The path that the OAuth start has to redirect to; an empty string for any.",
    )
    authorize_parameters: tuple[str, ...] = list_key(
        NAME,
        ("client_id", "redirect_uri", "response_type", "scope", "state"),
        "The parameters that the redirect has to have; response_type has to be 'code'.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Twilio:
    """The fields with the phone's state; a missing `recommended` one is a warning.

    A field is a name, or a JSON Pointer where it begins with '/'.
    """

    number_field: str = key(
        NAME,
        "phone_number",
        "The field of the settings with the number: a name, or a JSON Pointer such as"
        " '/phones/0/number'.",
    )
    enabled_field: str = key(
        NAME,
        "receptionist_enabled",
        "The boolean field that tells whether the receptionist is enabled: a name, or a JSON"
        " Pointer.",
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
    `request_timeout_s` for the whole request. A request within all of them that takes longer than
    `latency_s`, and does so again, fails its check.
    """

    connect_timeout_s: float = key(SECONDS, 5.0, "Seconds for connecting to one address.")
    read_timeout_s: float = key(SECONDS, 10.0, "Seconds for each piece of a response.")
    request_timeout_s: float = key(SECONDS, 30.0, "Seconds for one request as a whole.")
    max_body_bytes: int = key(
        BYTES, 10 * 1024 * 1024, "The limit of a response's body, decompressed."
    )
    latency_s: float | None = key(
        SECONDS,
        None,
        "Seconds that no request may take twice in a row; by default there is no such limit.",
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
    `headers` go with every request; `accounts` are those of users' own tests. `origins` has the
    origin of each value that the configuration gives, by its place, and `secrets` the secrets from
    the environment, as pairs of value and variable.
    """

    name: str = DEFAULT
    origin: str = DEFAULT
    readiness: Readiness = field(default_factory=Readiness)
    login: Login = field(default_factory=Login)
    document: Document = field(default_factory=Document)
    refusals: Refusals = field(default_factory=Refusals)
    calendar: Calendar = field(default_factory=Calendar)
    twilio: Twilio = field(default_factory=Twilio)
    limits: Limits = field(default_factory=Limits)
    apis: tuple[ApiProfile, ...] = ()
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    accounts: tuple[Account, ...] = ()
    origins: tuple[tuple[tuple[str, ...], Origin], ...] = field(
        default=(), repr=False, compare=False
    )
    secrets: tuple[tuple[str, str], ...] = field(default=(), repr=False, compare=False)

    def origin_of(self, *place: str) -> Origin:
        """The origin of a value, such as that at `document`, `path`."""
        return dict(self.origins).get(place, Origin())

    def api(self, name: str) -> ApiProfile:
        """The record of an API; by default it is enabled and required."""
        return next((api for api in self.apis if api.name == name), ApiProfile(name=name))

    @property
    def api_codes(self) -> Mapping[str, int]:
        """The exit codes that were given to declared APIs."""
        return {api.name: api.exit_code for api in self.apis if api.exit_code is not None}


DEFAULT_PROFILE = TargetProfile()

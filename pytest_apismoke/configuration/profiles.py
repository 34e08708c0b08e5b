"""The profile of a target: its paths, field names and limits, as frozen records.

The defaults are the default profile of SPEC section 5. No other module of the package names a path
or a field of the target. Each field is a key of the configuration file: its kind defines the valid
values, and editors show its description.

Long because the tables of a configuration are read together, one beside the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from pytest_apismoke.configuration.accounts import Account
from pytest_apismoke.configuration.document_profile import SETTINGS as SETTINGS
from pytest_apismoke.configuration.document_profile import Document as Document
from pytest_apismoke.configuration.keys import (
    API_EXIT_CODE,
    BYTES,
    HEADER_OR_NONE,
    HOST,
    NAME,
    NAME_OR_NONE,
    PATH,
    PATH_OR_NONE,
    POINTER,
    PROPERTY,
    PROPERTY_IF_ANY,
    REFUSAL_BODY,
    SECONDS,
    STATUS,
    SWITCH,
    TIMES,
    Scalar,
    key,
    list_key,
    lists_key,
)
from pytest_apismoke.configuration.login_profile import Login as Login
from pytest_apismoke.configuration.openapi_profile import Operations as Operations
from pytest_apismoke.configuration.origins import Origin
from pytest_apismoke.configuration.twilio_profile import Twilio as Twilio
from pytest_apismoke.records import dataclass

#: The name of the top level of a configuration, as a profile.
DEFAULT = "default"
#: The APIs of the built-in suites, and the API of checks that come from the OpenAPI document.
API_NAMES = ("settings", "calendar", "twilio")
OPENAPI = "openapi"
#: Names that runs and reports use for something else than an API of the user's.
RESERVED = (*API_NAMES, "tests", "apismoke", "known", OPENAPI)

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
    its word in `status`. What `healthy` lists has to be there, and to have one of its values. A
    database that says at any other place that it is gone makes the target not ready as well, unless
    `healthy_members` is empty or `healthy` has that value.

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
        PROPERTY_IF_ANY,
        ("/db", "/database"),
        "Further members that have to be one of healthy_words, where the response has them. With an"
        " empty list no database is looked at but those in healthy.",
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
    version_needs_login: bool = key(
        SWITCH,
        False,
        "Whether the page at version_path wants the token of the run: it is asked once the target"
        " is ready, after the login.",
    )
    poll_interval_s: float = key(SECONDS, 0.5, "Seconds between two polls.")
    agreeing_answers: int = key(
        TIMES,
        3,
        "The number of responses in a row that must report the expected version at least; a fleet"
        " needs 20, and more once an old version has answered in turn with it.",
    )

    def __post_init__(self) -> None:
        """Lower the words: they are compared in any case."""
        for name in ("healthy_status", "healthy_words"):
            lowered = tuple(word.lower() for word in getattr(self, name))
            object.__setattr__(self, name, lowered)


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
    callback_path: str = key(
        PATH_OR_NONE,
        "",
        "The path that the provider sends the browser back to. Full runs then request it without"
        " 'code' and without 'state', and it has to refuse that with a 4xx that names the error in"
        " JSON; empty for no such check.",
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
    contains `enabled = true` for it, and `must_be_checked` that it contains `required = true`: then
    a run that leaves it out proves nothing of what the configuration asks for.
    """

    name: str
    is_asked_for: bool = False
    must_be_checked: bool = False
    enabled: bool = key(SWITCH, True, "Whether a run checks it.")
    required: bool = key(SWITCH, True, "Whether a run that did not check it must not end with 0.")
    exit_code: int | None = key(
        API_EXIT_CODE, None, "The exit code of a declared API in the table 'api'."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetProfile:
    """All that the suites know about one kind of backend.

    `origin` names the file and the profile; `resources` are the documents beside the settings that
    get the same proof, and `apis` those APIs that the configuration mentions. `headers` go with
    every request; `accounts` are those of users' own tests. `origins` has the origin of each value
    that the configuration gives, by its place, and `secrets` the secrets from the environment, as
    pairs of value and variable.
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
    openapi: Operations = field(default_factory=Operations)
    resources: tuple[Document, ...] = ()
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
    def has_settings(self) -> bool:
        """Whether anything of the profile reads the settings: an API of the gate, or a pin."""
        return bool(self.document.expect) or any(self.api(name).enabled for name in API_NAMES)

    @property
    def documents(self) -> tuple[Document, ...]:
        """The settings, and the documents of the further resources."""
        return (self.document, *self.resources)

    @property
    def written(self) -> tuple[Document, ...]:
        """Those of the documents that an enabled API writes."""
        return self.documents if self.api(SETTINGS).enabled else self.resources

    def document_at(self, path: str) -> Document:
        """The document at a path; at that of a test the settings, as the model of its updates."""
        return next((one for one in self.documents if one.path == path), self.document)

    @property
    def suites(self) -> tuple[str, ...]:
        """The APIs that suites of the gate check: the built-in ones, and the resources."""
        return (*API_NAMES, *(one.name for one in self.resources))

    @property
    def api_codes(self) -> Mapping[str, int]:
        """The exit codes that were given to declared APIs."""
        return {api.name: api.exit_code for api in self.apis if api.exit_code is not None}


DEFAULT_PROFILE = TargetProfile()

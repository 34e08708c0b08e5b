"""What a target looks like: paths, field names and limits, as frozen records.

The defaults are the default profile of SPEC section 5. Nothing else in the package names a path
or a field of the target. Each field is a key of the configuration file: its kind says what may
stand there, its description is shown by editors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pytest_apismoke.configuration.kinds import (
    API_EXIT_CODE,
    BYTES,
    HEADER,
    HOST,
    MEMBER,
    NAME,
    PATH,
    POINTER,
    SCHEME,
    SECONDS,
    STATUS,
    SWITCH,
    TIMES,
    UPDATE_METHOD,
)

#: The name of what stands at the top level of a configuration, outside of its profiles.
DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """When the target counts as ready.

    `healthy_status` lists the values that the member at `status_pointer` may have, in any case,
    `true` and numbers as JSON writes them; a health page without that member is not one. Where the
    list is empty, the status code alone counts, whatever comes with it.
    """

    path: Annotated[str, PATH, "The path that is polled."] = "/health"
    statuses: Annotated[tuple[int, ...], STATUS, "The statuses of a ready target."] = (200,)
    status_pointer: Annotated[str, POINTER, "Where the answer says how it is."] = "/status"
    healthy_status: Annotated[
        tuple[str, ...],
        NAME,
        "The words for well, in any case, such as 'true'. With an empty list the status code alone"
        " counts: only where no page says more, because a dead database is not noticed then.",
    ] = (
        "ok",
        "healthy",
        "up",
        "pass",
        "ready",
    )
    version_pointer: Annotated[str, POINTER, "Where the answer says its version."] = "/version"
    poll_interval_s: Annotated[float, SECONDS, "Seconds between two looks."] = 0.5
    agreeing_answers: Annotated[
        int, TIMES, "How often in a row the expected version has to answer."
    ] = 3

    def __post_init__(self) -> None:
        """Case does not matter, so it is not kept."""
        lowered = tuple(word.lower() for word in self.healthy_status)
        object.__setattr__(self, "healthy_status", lowered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """How a token is had and how it is sent."""

    enabled: Annotated[
        bool, SWITCH, "Whether there is one; without, nobody logs in and no credential is sent."
    ] = True
    path: Annotated[str, PATH, "The path of the login."] = "/api/auth/login"
    username_field: Annotated[str, NAME, "The member that holds the user's name."] = "username"
    password_field: Annotated[str, NAME, "The member that holds the password."] = "password"  # noqa: S105  # a field's name
    statuses: Annotated[tuple[int, ...], STATUS, "The statuses of a login that went well."] = (
        200,
        201,
    )
    token_pointer: Annotated[str, POINTER, "Where the token is in the answer."] = "/access_token"  # noqa: S105  # a place, not a token
    header: Annotated[str, HEADER, "The header that carries the token."] = "Authorization"
    scheme: Annotated[str, SCHEME, "What stands before the token; empty for nothing."] = "Bearer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document of the target and how it is written; by default the settings.

    `probe` is the JSON Pointer of the field that may be changed and put back. `volatile` fields
    change by themselves and are not compared.
    """

    path: Annotated[str, PATH, "The path of the settings."] = "/api/business/me"
    update_method: Annotated[str, UPDATE_METHOD, "The method of an update."] = "PUT"
    update_statuses: Annotated[
        tuple[int, ...], STATUS, "The statuses of an update that was accepted."
    ] = (200, 201, 202, 204)
    probe: Annotated[str, MEMBER, "The text field that the gate changes and puts back."] = (
        "/description"
    )
    volatile: Annotated[
        tuple[str, ...], NAME, "Fields that change by themselves and are not compared."
    ] = ("updated_at",)
    id_field: Annotated[str, NAME, "The field that holds the account's id."] = "id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Where the calendar's state is and where its OAuth dance starts."""

    connected_field: Annotated[
        str, NAME, "The field of the settings that says whether it is connected."
    ] = "google_calendar_connected"
    start_path: Annotated[str, PATH, "The path of the OAuth start."] = "/oauth/google/start"
    account_parameter: Annotated[str, NAME, "The query parameter that takes the account's id."] = (
        "business_id"
    )
    authorize_host: Annotated[str, HOST, "The host that the OAuth start has to redirect to."] = (
        "accounts.google.com"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Twilio:
    """Which fields tell the phone's state; `recommended` ones are worth a warning when missing."""

    number_field: Annotated[str, NAME, "The field of the settings that holds the number."] = (
        "phone_number"
    )
    enabled_field: Annotated[
        str, NAME, "The field that says whether the receptionist is enabled."
    ] = "receptionist_enabled"
    recommended: Annotated[
        tuple[str, ...], NAME, "Fields that an enabled receptionist should have."
    ] = ("greeting", "business_hours")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one request: seconds and decompressed bytes.

    `connect_timeout_s` is for one address of a name, `read_timeout_s` for each piece of an answer,
    `request_timeout_s` for the whole request.
    """

    connect_timeout_s: Annotated[float, SECONDS, "Seconds for connecting to one address."] = 5.0
    read_timeout_s: Annotated[float, SECONDS, "Seconds for each piece of an answer."] = 10.0
    request_timeout_s: Annotated[float, SECONDS, "Seconds for one request as a whole."] = 30.0
    max_body_bytes: Annotated[int, BYTES, "How much of an answer is read, decompressed."] = (
        10 * 1024 * 1024
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiProfile:
    """What a run makes of one API, built-in or declared.

    `exit_code` is a declared API's in the table `api`, None where none was given: the built-in
    ones have theirs from the table itself. `is_asked_for` says that a configuration enables it in
    so many words.
    """

    name: str
    is_asked_for: bool = False
    enabled: Annotated[bool, SWITCH, "Whether a run checks it."] = True
    required: Annotated[bool, SWITCH, "Whether a run that did not check it may not end with 0."] = (
        True
    )
    exit_code: Annotated[
        int | None, API_EXIT_CODE, "The exit code of a declared API in the table 'api'."
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetProfile:
    """All that the suites know about one kind of backend.

    `origin` says where it was read; `apis` are those of which a configuration says something.
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
        """What a run makes of an API; enabled and required unless a configuration says else."""
        return next((api for api in self.apis if api.name == name), ApiProfile(name=name))

    @property
    def api_codes(self) -> Mapping[str, int]:
        """The exit codes that were given to declared APIs."""
        return {api.name: api.exit_code for api in self.apis if api.exit_code is not None}


DEFAULT_PROFILE = TargetProfile()

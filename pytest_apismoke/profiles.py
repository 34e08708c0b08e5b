"""What a target looks like: paths, field names and limits, as frozen records.

The defaults are the default profile of SPEC section 5. Nothing else in the package names a path
or a field of the target.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """When the target counts as ready.

    `healthy_status` lists the values that the member at `status_pointer` may have, lower case; a
    health page without that member is not one.
    """

    path: str = "/health"
    statuses: tuple[int, ...] = (200,)
    status_pointer: str = "/status"
    healthy_status: tuple[str, ...] = ("ok", "healthy", "up", "pass", "ready")
    version_pointer: str = "/version"
    poll_interval_s: float = 0.5
    agreeing_answers: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """How a token is had and how it is sent."""

    path: str = "/api/auth/login"
    username_field: str = "username"
    password_field: str = "password"  # noqa: S105  # a field's name
    statuses: tuple[int, ...] = (200, 201)
    token_pointer: str = "/access_token"  # noqa: S105  # a place, not a token
    header: str = "Authorization"
    scheme: str = "Bearer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document of the target and how it is written; by default the settings.

    `probe` is the JSON Pointer of the field that may be changed and put back. `volatile` fields
    change by themselves and are not compared.
    """

    path: str = "/api/business/me"
    update_method: str = "PUT"
    update_statuses: tuple[int, ...] = (200, 201, 202, 204)
    probe: str = "/description"
    volatile: tuple[str, ...] = ("updated_at",)
    id_field: str = "id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Where the calendar's state is and where its OAuth dance starts."""

    connected_field: str = "google_calendar_connected"
    start_path: str = "/oauth/google/start"
    account_parameter: str = "business_id"
    authorize_host: str = "accounts.google.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Twilio:
    """Which fields tell the phone's state; `recommended` ones are worth a warning when missing."""

    number_field: str = "phone_number"
    enabled_field: str = "receptionist_enabled"
    recommended: tuple[str, ...] = ("greeting", "business_hours")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one request: seconds and decompressed bytes.

    `connect_timeout_s` is for one address of a name, `read_timeout_s` for each piece of an answer,
    `request_timeout_s` for the whole request.
    """

    connect_timeout_s: float = 5.0
    read_timeout_s: float = 10.0
    request_timeout_s: float = 30.0
    max_body_bytes: int = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetProfile:
    """All that the suites know about one kind of backend."""

    name: str = "default"
    readiness: Readiness = field(default_factory=Readiness)
    login: Login = field(default_factory=Login)
    document: Document = field(default_factory=Document)
    calendar: Calendar = field(default_factory=Calendar)
    twilio: Twilio = field(default_factory=Twilio)
    limits: Limits = field(default_factory=Limits)


DEFAULT_PROFILE = TargetProfile()

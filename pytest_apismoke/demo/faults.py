"""The catalogue of faults: what each one breaks, and what a run must say about it."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Api = Literal["settings", "calendar", "twilio", "target"]
Mode = Literal["smoke", "full"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way in which the backend can be told to misbehave.

    ``category`` is the failure a run must report, or None where the variation is healthy and
    must pass. ``mode`` "full" marks what a smoke run is allowed to miss.
    """

    name: str
    summary: str
    api: Api
    stage: str
    category: str | None
    mode: Mode = "smoke"


class UnknownFaultError(LookupError):
    """A fault was asked for that the catalogue does not have."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
        self.nearest = tuple(difflib.get_close_matches(name, FAULTS, n=3, cutoff=0.4))


def find_faults(names: Sequence[str]) -> tuple[Fault, ...]:
    """Return the faults of these names, each once, in the order given.

    Raises:
        UnknownFaultError: a name is not in the catalogue.
    """
    for name in names:
        if name not in FAULTS:
            raise UnknownFaultError(name)
    return tuple(FAULTS[name] for name in dict.fromkeys(names))


def _group(
    api: Api,
    stage: str,
    category: str | None,
    summaries: Mapping[str, str],
    *,
    mode: Mode = "smoke",
) -> tuple[Fault, ...]:
    return tuple(
        Fault(name=name, summary=summary, api=api, stage=stage, category=category, mode=mode)
        for name, summary in summaries.items()
    )


_LOGIN = {
    "login-500": "the login answers 500",
    "login-refused": "the login answers 401 to the right credentials",
    "login-no-token": "the login answers 200 without an access_token",
    "login-html": "the login answers 200 with an HTML page",
}
_LOGIN_HEALTHY = {
    "login-429": "the first login is answered 429 with Retry-After: 1, later ones normally",
    "token-expires-early": "the first token is refused after 3 requests, a second login helps",
    "token-short-lived": "the first token lives for 2 seconds and says so, later ones for an hour",
}
_FETCH = {
    "me-500": "fetching the settings answers 500",
    "me-404": "fetching the settings answers 404",
    "me-refused": "every valid token is refused with 401",
    "echo-secrets": "error answers and headers repeat the Authorization header and the password",
}
_CONTRACT = {
    "me-html": "fetching the settings answers 200 with an HTML page",
    "me-null": "fetching the settings answers 200 with null",
    "me-missing-name": "the settings have no name",
    "me-wrong-type": "the name in the settings is a number",
}
_SAVE = {
    "save-500": "saving answers 500",
    "save-refused": "saving answers 422",
    "save-needs-calendar": "saving answers 409 while no calendar is connected",
}
_PERSIST = {
    "write-dropped": "saving answers 200 with the new value and stores nothing",
    "write-wipes-others": "saving empties or removes the fields that were not sent",
    "write-flips-field": "saving anything switches receptionist_enabled off for good",
    "write-truncates": "saving cuts text to 20 characters",
}
_OAUTH = {
    "oauth-500": "the OAuth start answers 500",
    "oauth-html": "the OAuth start answers 200 with an HTML page",
    "oauth-null": "the OAuth start answers 200 with null",
    "oauth-wrong-host": "the OAuth start redirects to accounts.google.com.evil.example",
    "oauth-no-state": "the OAuth start redirects without the state parameter",
    "oauth-unavailable-no-reason": "the OAuth start says unavailable without error and detail",
}
_CALENDAR_STATE = {
    "calendar-state-missing": "google_calendar_connected is missing",
    "calendar-state-text": 'google_calendar_connected is the text "yes"',
}
_PHONE = {
    "phone-malformed": "the phone number is not E.164",
    "phone-missing": "phone_number is missing",
}
_RECEPTIONIST = {
    "receptionist-missing": "receptionist_enabled is missing",
    "receptionist-text": 'receptionist_enabled is the text "on"',
}
_UNREADY = {
    "never-ready": "the health page always answers 503",
    "health-dead-database": "the health page answers 200 and says that the database is gone",
    "html-everywhere": "every path answers 200 with an HTML page",
}
_VERSION = {
    "rolling": "the health page alternates between the version and VERSION-old",
    "rollback-later": "the health page answers VERSION-old from the fourth time on",
}

CATALOGUE: tuple[Fault, ...] = (
    *_group("settings", "login", "auth", _LOGIN),
    *_group("settings", "login", None, _LOGIN_HEALTHY),
    *_group(
        "settings",
        "fetch",
        "auth",
        {"no-auth-check": "the settings are served without a token, or with a wrong one"},
        mode="full",
    ),
    *_group(
        "settings",
        "fetch",
        "fetch",
        {"auth-500": "a missing or wrong token is answered with a 500 HTML page"},
        mode="full",
    ),
    *_group(
        "settings",
        "fetch",
        "invalid",
        {"auth-unstructured": "a missing or wrong token is answered 401 with an HTML body"},
        mode="full",
    ),
    *_group("settings", "fetch", "fetch", _FETCH),
    *_group("settings", "contract", "invalid", _CONTRACT),
    *_group(
        "settings",
        "contract",
        "invalid",
        {"me-bad-format": "updated_at in the settings is not a date-time"},
        mode="full",
    ),
    *_group("settings", "save", "save", _SAVE),
    *_group(
        "settings",
        "save",
        "invalid",
        {"save-html": "saving stores the value and answers 200 with an HTML page"},
    ),
    *_group(
        "settings",
        "save",
        "save",
        {"save-needs-calendar-later": "saving answers 500 once the OAuth start has been asked"},
        mode="full",
    ),
    *_group("settings", "persist", "persist", _PERSIST),
    *_group(
        "settings",
        "persist",
        "persist",
        {"write-reverts": "a saved value is gone at the second fetch after saving"},
        mode="full",
    ),
    *_group(
        "settings",
        "persist",
        None,
        {
            "write-lags": "a saved value appears at the third fetch after saving",
            "fetches-counted": "view_count in the settings rises with every fetch",
            "etags": "the settings carry an ETag, and saving honours If-Match",
            "etags-unmatchable": "the settings carry an ETag, saving with If-Match answers 412",
        },
    ),
    *_group(
        "settings",
        "restore",
        "persist",
        {"restore-refused": "the first save works, every later one answers 503"},
    ),
    *_group("calendar", "oauth", "oauth", _OAUTH),
    *_group(
        "calendar",
        "oauth",
        None,
        {"oauth-unavailable": "the OAuth start says in JSON that it is not configured"},
    ),
    *_group("calendar", "state", "state", _CALENDAR_STATE),
    *_group(
        "calendar",
        "state",
        "state",
        {"connected-unavailable": "the calendar is connected while OAuth is unavailable"},
        mode="full",
    ),
    *_group("twilio", "phone", "phone", _PHONE),
    *_group(
        "twilio", "phone", None, {"phone-none": "no phone number, and the receptionist is off"}
    ),
    *_group("twilio", "state", "state", _RECEPTIONIST),
    *_group(
        "twilio",
        "state",
        "state",
        {"enabled-without-number": "the receptionist is on and there is no phone number"},
        mode="full",
    ),
    *_group("target", "ready", "unready", _UNREADY),
    *_group(
        "target",
        "ready",
        None,
        {"slow-start": "health and login answer 503 for the first 1.5 seconds"},
    ),
    *_group("target", "version", "version", _VERSION),
    *_group(
        "target",
        "budget",
        "budget",
        {"slow-answers": "every answer but the health page takes 1.5 seconds"},
    ),
)
FAULTS: Mapping[str, Fault] = {fault.name: fault for fault in CATALOGUE}

"""The id of the account that a run works with; the journal's entries are bound to it."""

from __future__ import annotations

from hashlib import sha256
from threading import Lock

from pytest_apismoke.configuration.settings import Settings
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.http.document_shape import read_document
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target
from pytest_apismoke.preflight.result import PreflightResult
from pytest_apismoke.safewrite.obeyed import account_of


class AccountId:
    """Gives the id of the account: from the preflight's fetch, or else from one of its own.

    A run in which nothing looks at the settings fetches them only once something is written.

    Args:
        preflight: the result of the preflight.
        target: to ask.

    """

    def __init__(self, preflight: PreflightResult, target: Target) -> None:
        self._preflight = preflight
        self._target = target
        self._lock = Lock()
        self._id: str | None = None

    def __call__(self) -> str:
        """The id; empty if the settings have none, or can't be fetched."""
        with self._lock:
            if self._id is None:
                self._id = account_in(self._response(), self._preflight.settings)
            return self._id

    def _response(self) -> Response | None:
        fetch, profile = self._preflight.fetch, self._preflight.settings.profile
        if fetch.response or fetch.failure or not profile.has_settings:
            return fetch.response
        try:
            return self._target.fetch_round(1)[-1]
        except SmokeError:
            return None


def account_of_login(username: str) -> str:
    """Stands for the id of the account where nothing but its login is known."""
    return f"login-{sha256(username.encode()).hexdigest()[:16]}" if username else ""


def account_in(response: Response | None, settings: Settings) -> str:
    """The id of the account in the fetched settings; empty if there is none.

    A profile without settings tells accounts apart by the login.
    """
    if not settings.profile.has_settings:
        return account_of_login(settings.credentials.username)
    place = settings.profile.document
    try:
        document = read_document(response, place) if response else {}
    except SmokeError:
        return ""
    return account_of(document, place.id_field)

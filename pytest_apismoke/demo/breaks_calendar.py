"""Faults of the OAuth start and of the calendar's state."""

from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.responses import JSONResponse, RedirectResponse, Response

from .behaviour import Behaviour, Dresses, Instead, Shows, with_fields, without_field
from .calls import OAUTH, JsonObject
from .responses import crash, page


class ConnectedUnavailable(Instead):
    """Contradicts itself: connected, and not configured."""

    def __init__(self) -> None:
        super().__init__(OAUTH, _unavailable)

    def shows(self, document: JsonObject) -> JsonObject:
        """Show the calendar as connected."""
        return {**document, "google_calendar_connected": True}


def _unavailable() -> Response:
    return JSONResponse(
        {
            "available": False,
            "error": "google_oauth_not_configured",
            "detail": "no Google OAuth client is configured on this server",
        }
    )


def _to_wrong_host(response: Response) -> Response:
    target = urlsplit(response.headers["location"])
    return RedirectResponse(target._replace(netloc=f"{target.netloc}.evil.example").geturl(), 302)


def _without_state(response: Response) -> Response:
    target = urlsplit(response.headers["location"])
    query = urlencode([(key, value) for key, value in parse_qsl(target.query) if key != "state"])
    return RedirectResponse(target._replace(query=query).geturl(), 302)


BEHAVIOURS: Mapping[str, Callable[[], Behaviour]] = {
    "oauth-500": lambda: Instead(OAUTH, crash),
    "oauth-html": lambda: Instead(OAUTH, page),
    "oauth-null": lambda: Instead(OAUTH, lambda: JSONResponse(None)),
    "oauth-wrong-host": lambda: Dresses([OAUTH], 302, _to_wrong_host),
    "oauth-no-state": lambda: Dresses([OAUTH], 302, _without_state),
    "oauth-unavailable": lambda: Instead(OAUTH, _unavailable),
    "oauth-unavailable-no-reason": lambda: Instead(
        OAUTH, lambda: JSONResponse({"available": False})
    ),
    "calendar-state-missing": lambda: Shows(without_field("google_calendar_connected")),
    "calendar-state-text": lambda: Shows(with_fields(google_calendar_connected="yes")),
    "connected-unavailable": ConnectedUnavailable,
}

"""Faults of fetching and saving the settings document, its phone fields included."""

import hashlib
import re
from collections.abc import Callable, Mapping

from starlette.responses import JSONResponse, Response

from .behaviour import Behaviour, Dresses, Instead, Shows, Stores, Write, with_fields, without_field
from .calls import FETCH, OAUTH, SAVE, Call, JsonObject
from .documents import WRITABLE
from .responses import crash, json_fields, page, problem

_TEXT_LIMIT = 20
_FETCHES_UNTIL_CHANGE = 3

# An entity tag, weak or strong, and a list of them (RFC 9110 8.8.3 and 5.6.1.2).
_ENTITY_TAG = r'(W/)?("[!#-~\x80-\xff]*")'
_ENTITY_TAGS = rf"[ \t,]*(?:{_ENTITY_TAG}[ \t]*(?:,[ \t,]*|\Z))*"


class FirstSaveOnly(Behaviour):
    """Lets one save through."""

    def __init__(self) -> None:
        self._saved = False

    def instead(self, call: Call) -> Response | None:
        """Refuse every save but the first."""
        if call.route != SAVE:
            return None
        if self._saved:
            return problem(503, "read_only", "the store takes no updates at the moment")
        self._saved = True
        return None


class SavesUntilOAuth(Behaviour):
    """Fails every save once the OAuth start has been asked."""

    def __init__(self) -> None:
        self._asked = False

    def instead(self, call: Call) -> Response | None:
        """Notice the OAuth start, and fail saves after it."""
        self._asked = self._asked or call.route == OAUTH
        return crash() if call.route == SAVE and self._asked else None


class RevertingWrites(Behaviour):
    """Shows a write for one fetch, then the document of the start again."""

    def __init__(self) -> None:
        self._original: JsonObject | None = None
        self._fetches = 0

    def stores(self, write: Write) -> JsonObject:
        """Start counting."""
        # The original, not what this write replaces: undoing the undoing of a write would bring
        # that write back, and the fault is that no write lasts.
        self._original = self._original or write.before
        self._fetches = 0
        return write.after

    def fetches(self, document: JsonObject) -> JsonObject:
        """Lose the write at the second fetch."""
        self._fetches += 1
        if self._original is None or self._fetches < 2:
            return document
        return self._original


class LaggingReads(Behaviour):
    """Shows the document before a write for two fetches."""

    def __init__(self) -> None:
        self._before: JsonObject | None = None
        self._fetches = 0

    def stores(self, write: Write) -> JsonObject:
        """Start counting."""
        self._before = write.before
        self._fetches = 0
        return write.after

    def fetches(self, document: JsonObject) -> JsonObject:
        """Show the write from the third fetch on."""
        self._fetches += 1
        if self._before is None or self._fetches >= _FETCHES_UNTIL_CHANGE:
            return document
        return self._before


class CountedFetches(Behaviour):
    """Shows how often the document was fetched: a field that changes by itself."""

    def __init__(self) -> None:
        self._fetches = 0

    def fetches(self, document: JsonObject) -> JsonObject:
        """Count."""
        self._fetches += 1
        return {**document, "view_count": self._fetches}


class Tagged(Behaviour):
    """Tags the document with a strong ETag, and makes saves with If-Match depend on it."""

    def __init__(self, matches: Callable[[str, str], bool]) -> None:
        self._matches = matches

    def refuses(self, call: Call, shown: JsonObject) -> Response | None:
        """Refuse a save whose If-Match does not match the tag of the document."""
        if call.if_match is None or self._matches(call.if_match, _tag(JSONResponse(shown))):
            return None
        return problem(412, "precondition_failed", "the settings are not those of If-Match")

    def dress(self, call: Call, response: Response) -> Response:
        """Tag the documents that fetches and saves answer."""
        if call.route in (FETCH, SAVE) and response.status_code == 200 and json_fields(response):
            response.headers["ETag"] = _tag(response)
        return response


def _tag(response: Response) -> str:
    # Of the bytes, for a strong tag promises the same bytes.
    return f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'


def _lists(if_match: str, tag: str) -> bool:
    """Return whether If-Match names this tag, where a weak tag never does, or any with a star."""
    if if_match.strip() == "*":
        return True
    # What is no list is not searched for tags: a save is refused rather than done by mistake.
    is_list = re.fullmatch(_ENTITY_TAGS, if_match) is not None
    return is_list and ("", tag) in re.findall(_ENTITY_TAG, if_match)


def _wiped(write: Write) -> JsonObject:
    """Replace the document: text not sent is null, the opening hours vanish."""
    kept = {"id", "google_calendar_connected", "updated_at", *write.sent}
    wiped = {key: value if key in kept else None for key, value in write.after.items()}
    return wiped if "business_hours" in kept else without_field("business_hours")(wiped)


def _flipped(write: Write) -> JsonObject:
    if "receptionist_enabled" in write.sent:
        return write.after
    # Off, not the opposite: a second write must not hide what the first one did.
    return {**write.after, "receptionist_enabled": False}


def _truncated(write: Write) -> JsonObject:
    cut = {
        key: value[:_TEXT_LIMIT]
        for key, value in write.after.items()
        if key in WRITABLE and key in write.sent and isinstance(value, str)
    }
    return {**write.after, **cut}


def _not_found() -> Response:
    return problem(404, "not_found", "there is no business")


def _refused_save() -> Response:
    return problem(422, "invalid_field", "the update was refused")


def _needs_calendar() -> Response:
    return problem(409, "calendar_not_connected", "connect a calendar before saving")


BEHAVIOURS: Mapping[str, Callable[[], Behaviour]] = {
    "me-500": lambda: Instead(FETCH, crash),
    "me-404": lambda: Instead(FETCH, _not_found),
    "me-html": lambda: Instead(FETCH, page),
    "me-null": lambda: Instead(FETCH, lambda: JSONResponse(None)),
    "me-missing-name": lambda: Shows(without_field("name")),
    "me-wrong-type": lambda: Shows(with_fields(name=42)),
    "me-bad-format": lambda: Shows(with_fields(updated_at="yesterday")),
    "save-500": lambda: Instead(SAVE, crash),
    "save-refused": lambda: Instead(SAVE, _refused_save),
    "save-html": lambda: Dresses([SAVE], 200, lambda _: page()),
    "save-needs-calendar": lambda: Instead(SAVE, _needs_calendar),
    "save-needs-calendar-later": SavesUntilOAuth,
    "write-dropped": lambda: Stores(lambda write: write.before),
    "write-wipes-others": lambda: Stores(_wiped),
    "write-flips-field": lambda: Stores(_flipped),
    "write-truncates": lambda: Stores(_truncated),
    "write-reverts": RevertingWrites,
    "write-lags": LaggingReads,
    "fetches-counted": CountedFetches,
    "etags": lambda: Tagged(_lists),
    "etags-unmatchable": lambda: Tagged(lambda if_match, tag: False),
    "restore-refused": FirstSaveOnly,
    "phone-malformed": lambda: Shows(with_fields(phone_number="555-0123")),
    "phone-missing": lambda: Shows(without_field("phone_number")),
    "phone-none": lambda: Shows(with_fields(phone_number=None, receptionist_enabled=False)),
    "enabled-without-number": lambda: Shows(
        with_fields(phone_number=None, receptionist_enabled=True)
    ),
    "receptionist-missing": lambda: Shows(without_field("receptionist_enabled")),
    "receptionist-text": lambda: Shows(with_fields(receptionist_enabled="on")),
}

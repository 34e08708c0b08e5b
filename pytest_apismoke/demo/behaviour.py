"""The points at which a fault may change what the backend does."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from starlette.responses import Response

from .calls import Call, JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One update: what was sent, and the stored document before and after it."""

    sent: JsonObject
    before: JsonObject
    after: JsonObject


class Behaviour:
    """A healthy backend; each fault overrides the points it breaks.

    An object belongs to one running backend and may remember what it has seen.
    """

    def gate(self, route: str) -> Response | None:
        """Answer before anything about the request is looked at."""
        return None

    def delay_s(self, route: str) -> float:
        """Return how many seconds the answer is held back."""
        return 0.0

    def lifetime_s(self, lifetime_s: int) -> int:
        """Return for how many seconds the next token is good."""
        return lifetime_s

    def issued(self, token: str) -> None:
        """Notice a token that a login has just given out."""

    def accepts(self, token: str, valid: bool) -> bool:
        """Return whether a request with this token ("" for none) is served."""
        return valid

    def instead(self, call: Call) -> Response | None:
        """Answer in place of the healthy handler, once the caller is known."""
        return None

    def fetches(self, document: JsonObject) -> JsonObject:
        """Return the stored document as one fetch finds it."""
        return document

    def refuses(self, call: Call, shown: JsonObject) -> Response | None:
        """Answer a valid update in place of storing it, given the document it would replace."""
        return None

    def stores(self, write: Write) -> JsonObject:
        """Return the document to store for an update."""
        return write.after

    def shows(self, document: JsonObject) -> JsonObject:
        """Return the document as any answer shows it."""
        return document

    def dress(self, call: Call, response: Response) -> Response:
        """Return the answer to send in place of this finished one, errors included."""
        return response


class Combined(Behaviour):
    """Several behaviours, each applied to what the ones before it left."""

    def __init__(self, parts: Iterable[Behaviour]) -> None:
        self._parts = tuple(parts)

    def gate(self, route: str) -> Response | None:
        """Return the first answer any part gives."""
        return _first(part.gate(route) for part in self._parts)

    def delay_s(self, route: str) -> float:
        """Return the sum of all delays."""
        return sum(part.delay_s(route) for part in self._parts)

    def lifetime_s(self, lifetime_s: int) -> int:
        """Let each part change what the ones before it left."""
        for part in self._parts:
            lifetime_s = part.lifetime_s(lifetime_s)
        return lifetime_s

    def issued(self, token: str) -> None:
        """Tell every part."""
        for part in self._parts:
            part.issued(token)

    def accepts(self, token: str, valid: bool) -> bool:
        """Let each part overrule the ones before it."""
        for part in self._parts:
            valid = part.accepts(token, valid)
        return valid

    def instead(self, call: Call) -> Response | None:
        """Return the first answer any part gives."""
        return _first(part.instead(call) for part in self._parts)

    def fetches(self, document: JsonObject) -> JsonObject:
        """Pass the document through every part."""
        for part in self._parts:
            document = part.fetches(document)
        return document

    def refuses(self, call: Call, shown: JsonObject) -> Response | None:
        """Return the first answer any part gives."""
        return _first(part.refuses(call, shown) for part in self._parts)

    def stores(self, write: Write) -> JsonObject:
        """Pass the resulting document through every part."""
        after = write.after
        for part in self._parts:
            after = part.stores(Write(sent=write.sent, before=write.before, after=after))
        return after

    def shows(self, document: JsonObject) -> JsonObject:
        """Pass the document through every part."""
        for part in self._parts:
            document = part.shows(document)
        return document

    def dress(self, call: Call, response: Response) -> Response:
        """Pass the answer through every part."""
        for part in self._parts:
            response = part.dress(call, response)
        return response


class Instead(Behaviour):
    """Answers one route in its own way."""

    def __init__(self, route: str, answer: Callable[[], Response]) -> None:
        self._route = route
        self._answer = answer

    def instead(self, call: Call) -> Response | None:
        """Answer the route."""
        return self._answer() if call.route == self._route else None


class Shows(Behaviour):
    """Shows the document changed, whatever is stored."""

    def __init__(self, change: Callable[[JsonObject], JsonObject]) -> None:
        self._change = change

    def shows(self, document: JsonObject) -> JsonObject:
        """Show the changed document."""
        return self._change(document)


class Stores(Behaviour):
    """Stores something else than the update asks for."""

    def __init__(self, change: Callable[[Write], JsonObject]) -> None:
        self._change = change

    def stores(self, write: Write) -> JsonObject:
        """Store the changed document."""
        return self._change(write)


class Dresses(Behaviour):
    """Replaces the answers of some routes that have one status."""

    def __init__(
        self, routes: Iterable[str], status: int, change: Callable[[Response], Response]
    ) -> None:
        self._routes = frozenset(routes)
        self._status = status
        self._change = change

    def dress(self, call: Call, response: Response) -> Response:
        """Replace the answer."""
        if call.route in self._routes and response.status_code == self._status:
            return self._change(response)
        return response


def with_fields(**changes: object) -> Callable[[JsonObject], JsonObject]:
    """Return a change that sets these fields."""
    return lambda document: {**document, **changes}


def without_field(name: str) -> Callable[[JsonObject], JsonObject]:
    """Return a change that removes this field."""
    return lambda document: {key: value for key, value in document.items() if key != name}


def _first(answers: Iterable[Response | None]) -> Response | None:
    # All are asked, so that a part that counts requests sees every one.
    given = [answer for answer in answers if answer is not None]
    return given[0] if given else None

"""The hooks through which a fault changes the backend; the defaults are the healthy backend."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import reduce
from typing import TypeVar

from .request import Request
from .response import JsonObject, Response

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One update: who sent which properties, and the stored document before and after it."""

    email: str
    sent: JsonObject
    before: JsonObject
    after: JsonObject


def _none(*_: object) -> None:
    return None


def _unchanged(value: T) -> T:
    return value


def _unchanged_second(_: object, value: T) -> T:
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """The hooks of one running backend, in the order in which a request meets them.

    A hook may keep state in its closure: each start of the backend makes its own behaviour.

    Attributes:
        initial_document: changes the document of the new account, before the first request.
        drops_request: takes ``"METHOD /path"`` and the number of the request on its connection,
            from 1; decides whether the connection is closed without a response.
        before_request: takes ``"METHOD /path"``; a response is sent without reading the request.
        delay_s: takes ``"METHOD /path"``; delays the response by that many seconds.
        accepts_token: takes the token ("" if there is none) and whether it is valid; decides
            whether the request is served.
        accepts_webhook: takes the signature ("" if there is none) and whether it is Twilio's;
            decides whether the request is served.
        document_after_call: changes the stored document when a call ends.
        replace_response: takes a request that passed authentication; a response replaces that of
            the handler.
        logins_per_minute: changes how many logins an address may try in a minute.
        token_lifetime_s: changes the lifetime of the token that a login is about to return.
        token_issued: takes each new token.
        fetched_document: changes the stored document that one GET reads.
        document_to_update: changes the stored document that one PUT builds on.
        refuse_update: takes a valid update and the document that the client would fetch; a
            response is sent and nothing is stored.
        updated_document: the document that an update makes.
        stored_document: the document that an update stores in place of the one that it made.
        shown_document: changes the document in the responses of GET, which a precondition is about.
        transform_response: changes a finished response, errors included.
        description: changes the OpenAPI document.

    """

    initial_document: Callable[[JsonObject], JsonObject] = _unchanged
    drops_request: Callable[[str, int], bool] = lambda _route, _number: False
    before_request: Callable[[str], Response | None] = _none
    delay_s: Callable[[str], float] = lambda _: 0.0
    accepts_token: Callable[[str, bool], bool] = _unchanged_second
    accepts_webhook: Callable[[str, bool], bool] = _unchanged_second
    document_after_call: Callable[[JsonObject], JsonObject] = _unchanged
    replace_response: Callable[[Request], Response | None] = _none
    logins_per_minute: Callable[[int], int] = _unchanged
    token_lifetime_s: Callable[[int], int] = _unchanged
    token_issued: Callable[[str], None] = _none
    fetched_document: Callable[[JsonObject], JsonObject] = _unchanged
    document_to_update: Callable[[JsonObject], JsonObject] = _unchanged
    refuse_update: Callable[[Request, JsonObject], Response | None] = _none
    updated_document: Callable[[Write], JsonObject] = lambda write: write.after
    stored_document: Callable[[Write], JsonObject] = lambda write: write.after
    shown_document: Callable[[JsonObject], JsonObject] = _unchanged
    transform_response: Callable[[Request, Response], Response] = _unchanged_second
    description: Callable[[JsonObject], JsonObject] = _unchanged


def combine(behaviours: Iterable[Behaviour]) -> Behaviour:
    """Return all of them as one: the first response wins, and each change builds on the last."""
    return reduce(_combine_two, behaviours, Behaviour())


def _combine_two(first: Behaviour, second: Behaviour) -> Behaviour:
    def token_issued(token: str) -> None:
        first.token_issued(token)
        second.token_issued(token)

    def drops_request(route: str, number: int) -> bool:
        # Both are asked, as in _either.
        dropped = (first.drops_request(route, number), second.drops_request(route, number))
        return any(dropped)

    return Behaviour(
        initial_document=lambda document: second.initial_document(first.initial_document(document)),
        drops_request=drops_request,
        before_request=lambda route: _either(
            first.before_request(route), second.before_request(route)
        ),
        delay_s=lambda route: first.delay_s(route) + second.delay_s(route),
        accepts_token=lambda token, valid: second.accepts_token(
            token, first.accepts_token(token, valid)
        ),
        accepts_webhook=lambda signature, valid: second.accepts_webhook(
            signature, first.accepts_webhook(signature, valid)
        ),
        document_after_call=lambda document: second.document_after_call(
            first.document_after_call(document)
        ),
        replace_response=lambda request: _either(
            first.replace_response(request), second.replace_response(request)
        ),
        logins_per_minute=lambda number: second.logins_per_minute(first.logins_per_minute(number)),
        token_lifetime_s=lambda seconds: second.token_lifetime_s(first.token_lifetime_s(seconds)),
        token_issued=token_issued,
        fetched_document=lambda document: second.fetched_document(first.fetched_document(document)),
        document_to_update=lambda document: second.document_to_update(
            first.document_to_update(document)
        ),
        refuse_update=lambda request, shown: _either(
            first.refuse_update(request, shown), second.refuse_update(request, shown)
        ),
        updated_document=lambda write: second.updated_document(
            replace(write, after=first.updated_document(write))
        ),
        stored_document=lambda write: second.stored_document(
            replace(write, after=first.stored_document(write))
        ),
        shown_document=lambda document: second.shown_document(first.shown_document(document)),
        transform_response=lambda request, response: second.transform_response(
            request, first.transform_response(request, response)
        ),
        description=lambda document: second.description(first.description(document)),
    )


def _either(first: Response | None, second: Response | None) -> Response | None:
    # A function and not "or": both hooks run, so that one that counts requests sees each of them.
    return first or second


def replace_response(route: str, response: Response) -> Behaviour:
    """Send this response from one route."""
    return Behaviour(replace_response=lambda request: response if request.route == route else None)


def transform_response(
    routes: Iterable[str], status: int, change: Callable[[Response], Response]
) -> Behaviour:
    """Change the responses of some routes that have this status."""
    affected = {(route, status) for route in routes}

    def transform(request: Request, response: Response) -> Response:
        return change(response) if (request.route, response.status) in affected else response

    return Behaviour(transform_response=transform)


def show(**properties: object) -> Behaviour:
    """Show the document with these properties changed, whatever is stored."""
    return Behaviour(shown_document=lambda document: {**document, **properties})


def hide(name: str) -> Behaviour:
    """Show the document without this property."""
    return Behaviour(shown_document=lambda document: without(document, name))


def without(document: JsonObject, name: str) -> JsonObject:
    """Return the document without this property."""
    return {key: value for key, value in document.items() if key != name}

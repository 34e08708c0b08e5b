"""Judges the answer to a request whose token must be refused. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pytest_apismoke.configuration.profiles import Refusals
from pytest_apismoke.documents import same
from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.http.response import Response
from pytest_apismoke.schemas.store import Broken

_OTHERWISE = "if this is how the target refuses, say so in [refusals] of apismoke.toml"
_STRUCTURED = "return errors as JSON that names the error, also from the authentication layer"
#: What a body has to be, in words.
_EXPECTED = {
    "json": "a structured JSON body",
    "text": "a text as the body",
    "empty": "no body",
}

#: How many fields of the settings with the same values are no coincidence; and of a small document.
_TELLING, _LEAST_TELLING = 3, 2


def judge_refusal(
    response: Response,
    refusals: Refusals,
    how: str,
    *,
    breach_of: Callable[[object], Broken],
    settings: Mapping[str, Any] | None = None,
    what: str = "the settings",
) -> None:
    """Checks that an answer refuses the settings as the profile says.

    Args:
        response: the answer.
        refusals: what a refusal looks like.
        how: without what the settings were asked for, for messages.
        breach_of: the places where a body breaks the contract of refusals.
        settings: the document that must not be served, if it is known.
        what: what must not be served, a plural, for messages.

    Raises:
        SmokeError: `auth` when the settings are served, whatever the status is, `fetch` for any
            other status, `invalid` for another body.

    """
    wanted = f"{_in_words(refusals.statuses)} for {what} {how}"
    if 200 <= response.status < 300:
        raise fail(
            Category.AUTH,
            expected=wanted,
            seen=f"{response.status}: they are served to anyone",
            where=response.where,
            hint="the route is not protected: put the authentication back in front of it",
        )
    if settings and _serves(response, settings):
        raise fail(
            Category.AUTH,
            expected=wanted,
            seen=f"{response.status} with {what} in its body: they are served to anyone",
            where=response.where,
            hint="the status refuses and the body does not: end the request where the token is"
            " refused, before the document is read",
        )
    if response.status not in refusals.statuses:
        # A server error is no refusal of anybody's.
        hint = _OTHERWISE if response.status < 500 else ""
        raise response.not_as_expected(wanted, category=Category.FETCH, hint=hint)
    _judge_body(response, refusals.body, how, breach_of)


def _serves(response: Response, settings: Mapping[str, Any]) -> bool:
    """Whether a body has the settings, or most of what tells them from others, at any place."""
    try:
        todo = [response.json(declared=False)]
    except SmokeError:
        return False
    # A flag, a null or an empty text is the same in many documents.
    telling = {n: v for n, v in settings.items() if v and not isinstance(v, bool)}
    enough = min(len(telling), _TELLING)
    while todo and enough >= _LEAST_TELLING:
        value = todo.pop()
        if isinstance(value, dict):
            shared = sum(name in value and same(value[name], telling[name]) for name in telling)
            if shared >= enough:
                return True
            todo += value.values()
        elif isinstance(value, list):
            todo += value
    return False


def _judge_body(
    response: Response, kind: str, how: str, breach_of: Callable[[object], Broken]
) -> None:
    expected = f"{_EXPECTED.get(kind, '')} in the refusal {how}"
    is_page = response.body.lstrip().startswith(b"<")
    if (kind == "empty" and response.body) or (kind == "text" and (is_page or not response.body)):
        raise response.not_as_expected(expected, hint=_OTHERWISE)
    if kind != "json":
        return
    hint = f"{_STRUCTURED}; {_OTHERWISE}"
    try:
        body = response.json()
    except SmokeError:
        raise response.not_as_expected(expected, hint=hint) from None
    broken = breach_of(body)
    if broken:
        raise fail(
            Category.INVALID,
            expected=expected,
            seen=str(broken.violations[0]),
            where=response.where,
            hint=hint,
        )


def _in_words(statuses: tuple[int, ...]) -> str:
    *first, last = map(str, statuses)
    return f"{', '.join(first)} or {last}" if first else last

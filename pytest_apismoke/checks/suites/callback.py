"""The OAuth callback: without what the provider sends, it says in JSON that this is missing."""

from __future__ import annotations

from collections.abc import Callable

from pytest_apismoke.errors import Category, Failure, SmokeError
from pytest_apismoke.http.response import Response
from pytest_apismoke.schemas.store import Broken

#: Made up: no provider has issued the code, and no OAuth start the state.
_CODE, _STATE = ("code", "made-up"), ("state", "made-up")
#: The queries to send, and what each lacks, in words.
QUERIES: tuple[tuple[tuple[tuple[str, str], ...], str], ...] = (
    ((), "'code' and 'state'"),
    ((_STATE,), "'code'"),
    ((_CODE,), "'state'"),
)
#: The statuses of 4xx that say nothing of the parameters: the path, the method, or "not now".
_NO_REFUSALS = (404, 405, 408, 429)
#: All that may refuse a request for what it lacks.
REFUSALS = tuple(status for status in range(400, 500) if status not in _NO_REFUSALS)
_HINT = (
    "validate the parameters first, and answer a 4xx with JSON that names the error, such as"
    ' {"detail": ...}'
)


def judge_callback(
    response: Response, lacks: str, *, breach_of: Callable[[object], Broken]
) -> Failure | None:
    """The failure in the callback's answer to a request that lacks something; None if none.

    Args:
        response: the answer.
        lacks: what the request has lacked, in words.
        breach_of: the places where a body breaks the contract of refusals.

    """
    expected = f"a 4xx that names the error in JSON, for a callback without {lacks}"
    category = Category.OAUTH
    if response.status not in REFUSALS:
        return response.not_as_expected(expected, category=category, hint=_hint(response)).failure
    try:
        body = response.json()
    except SmokeError:
        return response.not_as_expected(expected, category=category, hint=_HINT).failure
    broken = breach_of(body)
    if not broken:
        return None
    return Failure(
        category=category,
        expected=expected,
        seen=f"{response.status} with {broken.violations[0]}",
        where=response.where,
        hint=_HINT,
    )


def _hint(response: Response) -> str:
    if response.status in (404, 405):
        return (
            "the callback leads nowhere: correct [calendar] callback_path, or find out why this"
            " version has no such route"
        )
    if response.status == 429:
        return "the callback was asked three times: wait, or allow that many requests"
    return _HINT

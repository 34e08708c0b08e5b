"""Asks Twilio's REST API for a number of an account: what it says is about Twilio, not the target.

Source: https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource and
https://www.twilio.com/docs/usage/api/applications
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pytest_apismoke.errors import Category, SmokeError, fail, misconfigured
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.request import Request, basic
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.retry import TOO_MANY, told_wait_s
from pytest_apismoke.redaction import Redactor

#: A list has as many items at most, so that one page is enough.
_ONE_PAGE = "1000"
#: The share of the time that is left which waiting for Twilio may take: other checks need the rest.
_SHARE = 0.5
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 10.0
#: The credentials are refused, or may not read this.
_REFUSED = (401, 403)
_KEYS = "[twilio] account_sid and auth_token"
_NOT_JUDGED = "nothing about the target was judged"


class TwilioAccount:
    """One account at Twilio.

    Args:
        client: of Twilio's REST API.
        account_sid: the account's SID.
        auth_token: its auth token.

    """

    def __init__(self, client: Client, *, account_sid: str, auth_token: str) -> None:
        self._client = client
        self._path = f"/2010-04-01/Accounts/{account_sid}"
        self._headers = {"Authorization": basic(account_sid, auth_token)}

    def number(self, number: str) -> Mapping[str, Any] | None:
        """The properties of a number, in E.164; None if the account does not have it.

        Raises:
            SmokeError: `usage` if the credentials are refused, `budget` if Twilio has only said
                "not now", `unverified` if it can't tell.

        """
        query = (("PhoneNumber", number), ("PageSize", _ONE_PAGE))
        response = self._ask(f"{self._path}/IncomingPhoneNumbers.json", query)
        found = _object(response).get("incoming_phone_numbers")
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise _not_twilio(response, "a list of the account's numbers")
        # Twilio finds parts of numbers too.
        return next((one for one in found if one.get("phone_number") == number), None)

    def application(self, sid: str) -> Mapping[str, Any]:
        """The properties of a TwiML application, which stand for those of its numbers.

        Raises:
            SmokeError: as `number`.

        """
        return _object(self._ask(f"{self._path}/Applications/{sid}.json", ()))

    def _ask(self, path: str, query: tuple[tuple[str, str], ...]) -> Response:
        request = Request(
            method="GET",
            path=path,
            query=query,
            headers=self._headers,
            # URLs of webhooks may have passwords in them.
            response_is_secret=True,
        )
        budget = self._client.budget
        ends_at = budget.clock() + budget.remaining_s() * _SHARE
        number = 1
        while True:
            response = self._send(request)
            if response.status != TOO_MANY:
                break
            grown_s = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2.0 ** min(number - 1, 10))
            wait_s = max(told_wait_s(response.headers) or 0.0, grown_s)
            if budget.clock() + wait_s >= ends_at:
                raise _not_now(response, number)
            budget.pause(wait_s)
            number += 1
        if response.status != 200:
            raise _refused(response, self._client.redactor)
        return response

    def _send(self, request: Request) -> Response:
        try:
            return self._client.send(request)
        except SmokeError as error:
            failure = error.failure
            if failure.category is not Category.FETCH:
                raise
            raise fail(
                Category.UNVERIFIED,
                expected="an answer of Twilio's REST API",
                seen=failure.seen,
                where=failure.where,
                hint=f"{_NOT_JUDGED}: see whether Twilio can be reached from here, and whether"
                " [twilio] api_url is right",
            ) from None


def _not_now(response: Response, number: int) -> SmokeError:
    times = "" if number == 1 else f" to each of {number} requests"
    told_s = told_wait_s(response.headers)
    asked = "" if told_s is None else f", which asks for a wait of {told_s:.0f} s"
    return fail(
        Category.BUDGET,
        expected="Twilio's REST API to answer within half of the budget",
        seen=f"429{times}{asked}",
        where=response.where,
        hint=f"{_NOT_JUDGED}: the account has too many requests at once; run the gate again later,"
        " or allow more with --smoke-budget SECONDS",
    )


def _refused(response: Response, redactor: Redactor) -> SmokeError:
    said = _said(response, redactor)
    if response.status in _REFUSED:
        return misconfigured(
            expected="Twilio to accept the credentials of the gate",
            seen=f"{response.status}{said}",
            where=response.where,
            hint=f"correct {_KEYS}, or the variables that they refer to: they are the gate's own,"
            f" and {_NOT_JUDGED}",
        )
    if response.status >= 500:
        return fail(
            Category.UNVERIFIED,
            expected="an answer of Twilio's REST API",
            seen=f"{response.status}{said}",
            where=response.where,
            hint=f"{_NOT_JUDGED}: see status.twilio.com, and run the gate again",
        )
    return _not_twilio(response, "200 of Twilio's REST API", said)


def _not_twilio(response: Response, expected: str, said: str = "") -> SmokeError:
    seen = response.not_as_expected(expected).failure.seen
    return misconfigured(
        expected=expected,
        seen=f"{response.status}{said}" if said else seen,
        where=response.where,
        hint=f"correct [twilio] api_url or account_sid; {_NOT_JUDGED}",
    )


def _object(response: Response) -> Mapping[str, Any]:
    try:
        body = response.json()
    except SmokeError:
        body = None
    if not isinstance(body, dict):
        raise _not_twilio(response, "a JSON object of Twilio's REST API")
    return body


def _said(response: Response, redactor: Redactor) -> str:
    """What Twilio's error says, in its own words and with its code."""
    try:
        body = json.loads(response.body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(body, dict) or not isinstance(body.get("message"), str):
        return ""
    code = f" (Twilio's error {body['code']})" if isinstance(body.get("code"), int) else ""
    return f", which says {redactor.prose(body['message'][:200])!r}{code}"

"""Sends Twilio's form to the target's webhook, with a signature and without.

All requests are those of one call that there never was. Whatever the webhook makes of them, the
settings are read before and after: they must not change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from pytest_apismoke.checks.model import CheckContext
from pytest_apismoke.checks.suites.webhooks import judge_signed, judge_unsigned
from pytest_apismoke.configuration.keys import Scalar
from pytest_apismoke.configuration.twilio_profile import Twilio
from pytest_apismoke.errors import Failure, SmokeError
from pytest_apismoke.http.request import Request, with_query
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.twilio_signature import HEADER, signature

#: Raises the failure in an answer, if there is one.
Judge = Callable[[Response], None]
#: As long as a signature: a webhook may look whether there is one, and no further.
_MADE_UP = {HEADER: "AAAAAAAAAAAAAAAAAAAAAAAAAAA="}
_VARIABLE = "TWILIO_SIGNATURE"
_UNCHANGED = "the settings to be as before the request to the webhook"
#: The statuses of a request that was refused for certain.
_REFUSED = range(400, 500)


def send_unsigned(context: CheckContext) -> int:
    """Sends the form without a signature, and with a made-up one; returns the status of a refusal.

    Raises:
        SmokeError: `auth` when it is accepted, `fetch` for another status or none, `persist` when
            the settings have changed.

    """
    twilio, preflight = context.target.profile.twilio, context.preflight
    sent = [
        (_request(twilio, headers), partial(judge_unsigned, webhook=twilio.webhook, how=how))
        for headers, how in (({}, "without a signature"), (_MADE_UP, "with a made-up signature"))
    ]
    if not (preflight.login.failure or preflight.fetch.failure):
        return _send(context, sent)
    # A hole is looked for all the same; that the settings can't be read is told elsewhere.
    status = 0
    for request, judge in sent:
        response = context.target.client.send(request, fresh=True)
        judge(response)
        status = response.status
    return status


def send_signed(context: CheckContext) -> int:
    """Sends the form with the signature that Twilio would send; returns the status.

    Raises:
        SmokeError: `fetch` when it is not accepted, `persist` when the settings have changed,
            `usage` without Twilio's library.

    """
    twilio, redactor = context.target.profile.twilio, context.redactor
    url = public_url(context, twilio.webhook.path)
    signed = signature(url, _form(twilio), twilio.auth_token)
    # Whoever has it can repeat this very request.
    redactor.learn(signed, _VARIABLE)
    judge = partial(judge_signed, webhook=twilio.webhook, signed_url=redactor.url(url))
    return _send(context, [(_request(twilio, {HEADER: signed}), judge)])


def public_url(context: CheckContext, path: str) -> str:
    """The URL under which Twilio requests a path of the target, as it is sent over the wire."""
    base = context.target.profile.twilio.public_url or context.target.client.base_url
    return with_query(base.rstrip("/") + path, ())


def _request(twilio: Twilio, headers: dict[str, str]) -> Request:
    return Request(
        method="POST",
        path=twilio.webhook.path,
        headers=headers,
        form=_form(twilio),
        # The same call ends in the same way however often it is told.
        repeatable=True,
    )


def _form(twilio: Twilio) -> tuple[tuple[str, str], ...]:
    return tuple((name, _text(value)) for name, value in twilio.webhook.fields)


def _text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _send(context: CheckContext, sent: Sequence[tuple[Request, Judge]]) -> int:
    """Sends requests until one is answered wrongly, and proves that the settings are as before."""
    response: Response | None = None
    judged: SmokeError | None = None
    try:
        with context.guard.writing() as settings:
            # Nothing of the settings is sent, so nothing of them may change.
            settings.about_to_send({})
            for request, judge in sent:
                # Without the run's token, which Twilio does not have, over a new connection.
                response = context.target.client.send(request, fresh=True)
                try:
                    judge(response)
                except SmokeError as error:
                    judged = error
                    break
            if response is not None and response.status in _REFUSED:
                settings.was_refused()
    except SmokeError as error:
        if response is None or not error.dirty:
            raise
        raise _changed(error.failure, response, judged.failure if judged else None) from None
    if judged:
        raise judged
    assert response is not None, "something was sent"
    return response.status


def _changed(harm: Failure, response: Response, judged: Failure | None) -> SmokeError:
    """The failure of a request that changed the settings, with that of its answer, if any."""
    if judged:
        failure = replace(
            judged,
            seen=f"{judged.seen}; and {harm.seen}",
            hint=f"{judged.hint}; {harm.hint}",
            in_short=harm.in_short,
        )
        return SmokeError(failure, dirty=True)
    return SmokeError(
        replace(harm, expected=_UNCHANGED, where=response.where),
        dirty=True,
    )

"""Asks Twilio for the account's number, and compares its webhooks with the target's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pytest_apismoke.checks.model import CheckContext, CheckResult
from pytest_apismoke.checks.suites.webhook_requests import public_url
from pytest_apismoke.checks.suites.webhooks import (
    governing_application,
    judge_number_url,
    judge_trunk,
)
from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.twilio_account import TwilioAccount


def look_at_number(context: CheckContext, number: str) -> CheckResult:
    """Checks that the webhooks of a number at Twilio lead to this target.

    Args:
        context: of the check.
        number: in E.164.

    Raises:
        SmokeError: `phone` if the account does not have the number, `state` if one of its webhooks
            leads elsewhere; what Twilio itself refuses is no failure of the target.

    """
    twilio = context.target.profile.twilio
    client = _client(context)
    try:
        account = TwilioAccount(
            client, account_sid=twilio.account_sid, auth_token=twilio.auth_token
        )
        properties = account.number(number)
        where = _where(context)
        if properties is None:
            raise fail(
                Category.PHONE,
                expected=f"the number in {twilio.number_field!r} to be one of the Twilio account's",
                seen="no such number in the account",
                where=where,
                hint="it can't be called: correct the number in the settings, or [twilio]"
                " account_sid if the number belongs to another account, such as a subaccount",
            )
        _judge(context, account, properties)
    finally:
        client.close()
    names = ", ".join(name for name, _ in twilio.number_webhooks)
    return CheckResult(verified=f"the number at Twilio leads to this target: {names}")


def _judge(context: CheckContext, account: TwilioAccount, properties: Mapping[str, Any]) -> None:
    applications: dict[str, Mapping[str, Any]] = {}
    for name, path in context.target.profile.twilio.number_webhooks:
        judge_trunk(properties, name, where=_where(context))
        sid = governing_application(properties, name)
        if sid and sid not in applications:
            applications[sid] = account.application(sid)
        failure = judge_number_url(
            (applications[sid] if sid else properties).get(name),
            public_url(context, str(path)),
            name=f"{name} of the application {sid}" if sid else name,
            where=_where(context),
            redactor=context.redactor,
        )
        if failure:
            raise SmokeError(failure)


def _client(context: CheckContext) -> Client:
    """A client of Twilio: nothing that belongs to the target's requests goes there."""
    profile, client = context.target.profile, context.target.client
    return Client(
        profile.twilio.api_url.rstrip("/"),
        redactor=context.redactor,
        limits=replace(profile.limits, latency_s=None),
        budget=client.budget,
        recorder=context.recorder,
        trace=client.trace.elsewhere() if client.trace else None,
    )


def _where(context: CheckContext) -> str:
    """The last request, in words."""
    last = context.recorder.exchanges[-1]
    return f"{last.method} {last.url}"

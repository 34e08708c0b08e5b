"""Judges Twilio's webhooks: whom they refuse, and where those of a number lead. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import SplitResult, parse_qsl, urlsplit

from pytest_apismoke.configuration.twilio_profile import Webhook
from pytest_apismoke.errors import Category, Failure, fail
from pytest_apismoke.http.response import Response
from pytest_apismoke.redaction import Redactor

_NOT_THERE = (404, 405)
_PORTS = {"https": 443, "http": 80}
#: What stands for the URLs of a kind, by the property of a number that names it.
_APPLICATIONS = {"voice": "voice_application_sid", "sms": "sms_application_sid"}


def judge_unsigned(response: Response, *, webhook: Webhook, how: str) -> None:
    """Checks that a request that Twilio has not signed is refused.

    Args:
        response: the answer.
        webhook: what is expected of it.
        how: the request has come, in words.

    Raises:
        SmokeError: `auth` when it is accepted, `fetch` for any other status.

    """
    wanted = f"{_in_words(webhook.refused_statuses)} for a request {how}"
    if response.status in webhook.refused_statuses:
        return
    if 200 <= response.status < 300:
        raise fail(
            Category.AUTH,
            expected=wanted,
            seen=f"{response.status}: anyone can pass for Twilio",
            where=response.where,
            hint="compare X-Twilio-Signature with the right one before anything else, and refuse"
            " what differs",
        )
    raise response.not_as_expected(
        wanted, category=Category.FETCH, hint=_hint(response, "[twilio.webhook] refused_statuses")
    )


def judge_signed(response: Response, *, webhook: Webhook, signed_url: str) -> None:
    """Checks that a request with a valid signature is accepted.

    Args:
        response: the answer.
        webhook: what is expected of it.
        signed_url: the URL that the signature is about, without secrets.

    Raises:
        SmokeError: `fetch` when it is not.

    """
    if response.status in webhook.statuses:
        return
    wanted = f"{_in_words(webhook.statuses)} for a request with Twilio's signature"
    if response.status in webhook.refused_statuses:
        raise fail(
            Category.FETCH,
            expected=wanted,
            seen=f"{response.status}: Twilio's own requests are refused",
            where=response.where,
            hint="compare the target's auth token with [twilio] auth_token, and the URL that the"
            f" target computes behind its proxy with the signed one, {signed_url}"
            " ([twilio] public_url makes it)",
        )
    raise response.not_as_expected(
        wanted, category=Category.FETCH, hint=_hint(response, "[twilio.webhook] statuses")
    )


def _hint(response: Response, key: str) -> str:
    if response.status in _NOT_THERE:
        return (
            "the webhook leads nowhere: correct [twilio.webhook] path, or find out why this version"
            " has no such route"
        )
    if response.status >= 500:
        return response.log_hint
    if response.status == 429:
        return "the webhook must take as many requests as Twilio sends: raise its limit"
    return f"if this is how the webhook answers, say so in {key}"


def governing_application(properties: Mapping[str, object], name: str) -> str:
    """The SID of the application whose URLs Twilio uses in place of the number's; else empty."""
    sid = properties.get(_APPLICATIONS.get(name.partition("_")[0], ""))
    return sid if isinstance(sid, str) else ""


def judge_trunk(properties: Mapping[str, object], name: str, *, where: str) -> None:
    """Checks that no trunk takes the number's calls, with which Twilio asks no voice URL.

    Raises:
        SmokeError: `state` if one does.

    """
    if name.startswith("voice_") and (trunk := properties.get("trunk_sid")):
        raise fail(
            Category.STATE,
            expected=f"the number's {name} to be asked",
            seen=f"the trunk {trunk}, with which Twilio ignores it",
            where=where,
            hint="take the number out of the trunk, or leave this property out of [twilio]"
            " number_webhooks",
        )


def judge_number_url(
    registered: object, wanted: str, *, name: str, where: str, redactor: Redactor
) -> Failure | None:
    """The failure if a property of a number does not lead to the target; None if it does.

    Userinfo and a fragment are no part of where a URL leads: Twilio reads them itself. The order of
    the parameters of a query is none either.

    Args:
        registered: the URL at Twilio.
        wanted: the URL of the target's webhook.
        name: of the property.
        where: the request that has shown it.
        redactor: removes the secrets of URLs.

    """
    found = next(_differences(registered, wanted), None)
    if found is None:
        return None
    seen, hint = found
    shown = f"{redactor.url(registered)!r}, with " if isinstance(registered, str) else ""
    return Failure(
        category=Category.STATE,
        expected=f"{name} to be {redactor.url(wanted)}",
        seen=f"{shown if registered else ''}{seen}",
        where=where,
        hint=hint,
    )


def _differences(registered: object, wanted: str) -> Iterator[tuple[str, str]]:
    """What is different, and what to do, the gravest difference first."""
    set_it = "set it in Twilio's console, below Phone Numbers"
    if not isinstance(registered, str) or not registered:
        yield "no URL", set_it
        return
    try:
        seen, right = urlsplit(registered), urlsplit(wanted)
        authority, right_authority = _authority(seen), _authority(right)
    except ValueError:
        yield "a string that is no URL", set_it
        return
    if authority[0] != right_authority[0]:
        yield (
            f"the host {authority[0] or '(none)'} in place of {right_authority[0]}",
            f"{set_it}: calls reach another deployment; if that address is this target's own behind"
            " its proxy, say so in [twilio] public_url",
        )
    if seen.scheme.lower() != right.scheme:
        why = (
            "the words of callers would travel unencrypted"
            if right.scheme == "https"
            else "signatures are about the scheme too"
        )
        yield (
            f"{seen.scheme or 'no scheme'} in place of {right.scheme}",
            f"{set_it}: {why}; where a proxy speaks https for the target, say so in [twilio]"
            " public_url",
        )
    if authority[1] != right_authority[1]:
        yield (
            f"the port {authority[1]} in place of {right_authority[1]}",
            f"{set_it}, or say in [twilio] public_url how Twilio reaches the target",
        )
    if (seen.path or "/") != (right.path or "/"):
        yield _path_difference(seen.path, right.path, set_it)
    if sorted(_parameters(seen)) != sorted(_parameters(right)):
        what = "another query" if seen.query else "no query"
        yield (
            what if right.query else "a query",
            f"{set_it}, or write the query behind the path in [twilio] number_webhooks",
        )


def _path_difference(seen: str, right: str, set_it: str) -> tuple[str, str]:
    correct = "correct the path in [twilio] number_webhooks"
    if seen.rstrip("/") != right.rstrip("/"):
        return f"the path {seen or '/'} in place of {right}", f"{set_it}, or {correct}"
    what = "a slash at its end" if len(seen) > len(right) else "no slash at its end"
    return what, f"{set_it}, or {correct}: a redirect to the other one loses Twilio's form"


def _authority(parts: SplitResult) -> tuple[str, int]:
    """The host and the port, whichever way they are written."""
    host = (parts.hostname or "").lower().removesuffix(".")
    return host, parts.port or _PORTS.get(parts.scheme.lower(), 0)


def _parameters(parts: SplitResult) -> list[tuple[str, str]]:
    return parse_qsl(parts.query, keep_blank_values=True)


def _in_words(statuses: tuple[int, ...]) -> str:
    *first, last = map(str, statuses)
    return f"{', '.join(first)} or {last}" if first else last

"""The signature of a request as Twilio signs it, by Twilio's own library.

Source: https://www.twilio.com/docs/usage/webhooks/webhooks-security
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from pytest_apismoke.errors import misconfigured

#: The header that carries it.
HEADER = "X-Twilio-Signature"
EXTRA = "pip install 'pytest-apismoke[twilio]'"


def require_extra(where: str) -> None:
    """Checks that the library is there; `where` names what asks for it.

    Raises:
        SmokeError: `usage` if it is not installed.

    """
    if find_spec("twilio") is None:
        raise misconfigured(
            expected="Twilio's library, which signs the request to the webhook",
            seen="an installation without twilio",
            where=where,
            hint=f"{EXTRA}, or switch the check off with path = ''",
        )


def signature(url: str, fields: Sequence[tuple[str, str]], auth_token: str) -> str:
    """The signature of a POST with a form.

    Args:
        url: the whole URL that Twilio would request, with its query.
        fields: of the form, each name once.
        auth_token: of the account.

    Raises:
        SmokeError: `usage` if the library is not installed.

    """
    require_extra("[twilio.webhook] path")
    from twilio.request_validator import RequestValidator

    return str(RequestValidator(auth_token).compute_signature(url, dict(fields)))

"""Twilio's signatures, checked as Twilio documents them; no library of Twilio's is needed here.

Source: https://www.twilio.com/docs/usage/webhooks/webhooks-security
"""

import base64
import hashlib
import hmac
from urllib.parse import parse_qsl

#: The environment variable with the auth token; without one, no request counts as signed.
AUTH_TOKEN = "TWILIO_AUTH_TOKEN"  # noqa: S105  # a name, not a token


def is_signed(signature: str, *, url: str, body: bytes, auth_token: str) -> bool:
    """Return whether a POST with a form has the signature of this URL and these fields."""
    if not auth_token:
        return False
    fields = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    signed = url + "".join(name + value for name, value in sorted(set(fields)))
    digest = hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()
    # As bytes, because a header may hold any character.
    return hmac.compare_digest(base64.b64encode(digest), signature.encode())

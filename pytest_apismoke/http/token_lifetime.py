"""Token lifetime from `expires_in`, or from a JWT's `exp` and `iat`.

The clocks of two machines need not agree, so a time of the issuer is compared with other times of
the issuer only, never with this machine's clock.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Mapping
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import Any


def lifetime_s(response: object, headers: Mapping[str, str], token: str) -> float | None:
    """The lifetime in seconds from the login on; None where it is unknown.

    Args:
        response: the login's response as JSON; `expires_in` is in seconds (RFC 6749, 5.1).
        headers: of that response, names in lower case; `date` stands in for a missing `iat`. It is
            rounded down to a second, and so is `exp`: the lifetime is up to a second shorter.
        token: a JWT with the claims `exp` and `iat` (RFC 7519, 4.1), or an opaque token.

    """
    declared_s = _seconds(response.get("expires_in")) if isinstance(response, Mapping) else None
    claims = claims_of(token)
    ends, issued = _seconds(claims.get("exp")), _seconds(claims.get("iat"))
    if ends is not None and issued is not None and ends > issued:
        return _shorter(declared_s, ends - issued)
    sent = _timestamp(headers.get("date", "")) if issued is None else None
    if ends is not None and sent is not None and ends > sent:
        return _shorter(declared_s, max(ends - sent - 1.0, (ends - sent) / 2.0))
    return declared_s


def _shorter(declared_s: float | None, measured_s: float) -> float:
    return measured_s if declared_s is None else min(declared_s, measured_s)


def claims_of(token: str) -> Mapping[str, Any]:
    """The claims of a JWT, unverified; empty for any other string."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _seconds(value: object) -> float | None:
    """A number above 0, also from a string."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None


def _timestamp(text: str) -> float | None:
    try:
        date = parsedate_to_datetime(text)
        # The zone -0000, or none, is UTC (RFC 5322, 3.3), not this machine's zone.
        return (date if date.tzinfo else date.replace(tzinfo=timezone.utc)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None

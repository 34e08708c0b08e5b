"""For how long a token is good, as far as whoever issued it says so. Pure.

The clocks of two machines need not agree, so moments are never compared with this machine's own:
only what the issuer's clock says about itself counts.
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
    """Seconds from the login on; None where nothing tells.

    Args:
        answer: of the login, as JSON; `expires_in` is in seconds (RFC 6749, 5.1).
        headers: of the answer, names in lower case; `date` stands in for a missing `iat`.
        token: a JWT says it itself (`exp` and `iat`; RFC 7519, 4.1), anything else does not.

    """
    said = _seconds(response.get("expires_in")) if isinstance(response, Mapping) else None
    claims = claims_of(token)
    ends, issued = _seconds(claims.get("exp")), _seconds(claims.get("iat"))
    if issued is None:
        issued = _moment(headers.get("date", ""))
    if ends is not None and issued is not None and ends > issued:
        return ends - issued if said is None else min(said, ends - issued)
    return said


def claims_of(token: str) -> Mapping[str, Any]:
    """What a JWT says, unverified; nothing where it is none."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _seconds(value: object) -> float | None:
    """A number above 0, also where it is given as a text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None


def _moment(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        # A zone of -0000, or none: UTC all the same (RFC 5322, 3.3), not this machine's own.
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None

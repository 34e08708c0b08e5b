"""Several targets of one call: each has to be another one. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from pytest_apismoke.configuration.target_url import DEMO, check_target_url
from pytest_apismoke.errors import misconfigured

_PORTS = {"http": 80, "https": 443}


def checked_targets(given: Sequence[str], where: str) -> tuple[str, ...]:
    """Several targets, each in order and another one than the others.

    Args:
        given: as the call has them.
        where: the option or the variable.

    Raises:
        SmokeError: (`usage`) for the first that is no target, and for one that is given twice.

    """
    targets: dict[str, str] = {}
    for number, text in enumerate(given, start=1):
        if not text:
            raise misconfigured(
                expected="the URL of an API for each target",
                seen=f"an empty string as target {number} of {len(given)}",
                where=where,
                hint="give it, or leave it out; if it comes from a variable, that variable is not"
                " set",
            )
        url = text if text == DEMO else check_target_url(text, where)
        address = _address(url)
        if address in targets:
            raise misconfigured(
                expected="each target once",
                seen=f"{url} twice"
                if targets[address] == url
                else f"{targets[address]} and {url}, which are one address",
                where=where,
                hint="leave one of them out; if they come from variables, one of these has the"
                " value of the other",
            )
        targets[address] = url
    return tuple(targets.values())


def _address(url: str) -> str:
    """A URL in the form in which equal addresses are equal (RFC 3986, 6.2)."""
    if url == DEMO:
        return url
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    return f"{parts.scheme}://{host}:{parts.port or _PORTS[parts.scheme]}{parts.path}"

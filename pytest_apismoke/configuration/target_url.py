"""Base URLs of targets: validation, and whether a URL stays on this machine."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from pytest_apismoke.errors import SmokeError, misconfigured
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.redaction import REPLACEMENT
from pytest_apismoke.redaction.urls import redact_parameters

DEMO = "demo"
EXAMPLE = "for instance --target-url=https://api.example.com, or --target-url=demo to try it"

#: A host, in brackets where it is an IPv6 address, and a port.
_AUTHORITY = late_pattern(r"(\[[^\]]+\]|[^\[\]:]+)(:\d*)?")


def check_target_url(text: str, source: str) -> str:
    """Validate a base URL and take off its trailing slashes; `source` is where it was given.

    Raises:
        SmokeError: (`usage`) when it is no http(s) URL with a host, or has credentials, a query or
            a fragment.

    """

    # A query may have a token in it.
    shown = repr(redact_parameters(text, REPLACEMENT))

    def wrong(expected: str, seen: str, hint: str = f"correct it, {EXAMPLE}") -> SmokeError:
        return misconfigured(expected=expected, seen=seen, where=source, hint=hint)

    if "@" in text:
        # Not shown: the part before the @ may be a password.
        raise wrong(
            "a URL without credentials",
            "a user name or a password in it",
            "give them as APISMOKE_USERNAME and APISMOKE_PASSWORD and take them out of the URL",
        )
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise wrong("a URL", f"{shown} ({error})") from None
    if parts.scheme not in ("http", "https") or "://" not in text:
        expected = "a URL that begins with http:// or https://"
        raise wrong(expected, shown, _guess(text) or f"correct it, {EXAMPLE}")
    named = _is_host(parts.hostname) and _AUTHORITY.fullmatch(parts.netloc)
    if not named or port == 0 or any(character.isspace() for character in text):
        raise wrong("a URL with a host", shown)
    if parts.query or parts.fragment:
        raise wrong("a base URL without a query or a fragment", shown)
    return text.rstrip("/")


def is_local(url: str) -> bool:
    """Whether a URL names this machine: localhost, or a loopback or unspecified address."""
    host = host_of(url).rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def host_of(url: str) -> str:
    """The host name of a URL, or an empty string where it has none or can't be parsed."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_in_the_clear(url: str) -> bool:
    """Whether requests to a URL travel unencrypted: plain HTTP to another machine."""
    return url.lower().startswith("http://") and not is_local(url)


def _guess(text: str) -> str:
    """The hint with the URL that was probably meant, for a string without an http scheme."""
    host = text.split("://", 1)[-1].lstrip("/")
    if text.lower() == DEMO:
        return f"did you mean --target-url={DEMO}?"
    scheme = "http" if host.startswith(("localhost", "127.")) else "https"
    return f"did you mean --target-url={scheme}://{host}?" if host else ""


def _is_host(host: str | None) -> bool:
    """Whether a string is a valid host: an IPv6 address, or labels of letters, digits, - and _."""
    if host and ":" in host:
        # urlsplit has validated it as an IPv6 address already.
        return True
    labels = (host or "").removesuffix(".").split(".")
    return all(label and label.replace("-", "").replace("_", "").isalnum() for label in labels)

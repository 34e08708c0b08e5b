"""Looks at the TLS of a target without trusting it: whether it speaks TLS, and its certificate."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import ssl
from typing import Any
from urllib.parse import urlsplit

#: OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which Python has no name for.
_NO_CHECK_TIME = 0x200000


def describe_certificate(url: str, timeout_s: float) -> str:
    """The names, the issuer, the end and the fingerprint of the certificate at a URL, in words.

    Connects twice without trusting it, because Python does not show a certificate that it refuses;
    sends nothing but the handshakes.

    Args:
        url: of the target.
        timeout_s: seconds for each step of a handshake.

    Raises:
        OSError: when the server is gone by now.
        ValueError: when the URL has no valid host or port.

    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    der, _ = _handshake(context, host, port, timeout_s)
    words = [f"{name} {value}" for name, value in _parsed(der, host, port, timeout_s) if value]
    return ", ".join([*words, f"SHA-256 {hashlib.sha256(der).hexdigest()[:16]}…"])


def speaks_tls(url: str, timeout_s: float) -> bool:
    """Whether the port of a URL, whatever its scheme, takes part in a handshake of TLS.

    Args:
        url: of the target.
        timeout_s: seconds for each step of the handshake.

    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        parts = urlsplit(url)
        _handshake(context, parts.hostname or "", parts.port or 80, timeout_s)
    except (OSError, ValueError):
        return False
    return True


def _parsed(der: bytes, host: str, port: int, timeout_s: float) -> list[tuple[str, str]]:
    """Python parses only certificates that it trusts: so this very one is trusted, for a look."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags = ssl.VerifyFlags(ssl.VERIFY_X509_PARTIAL_CHAIN | _NO_CHECK_TIME)
    with contextlib.suppress(OSError, ValueError):
        context.load_verify_locations(cadata=der)
        _, certificate = _handshake(context, host, port, timeout_s)
        names = [value for _, value in certificate.get("subjectAltName", ())]
        return [
            ("of", _name(certificate.get("subject", ()))),
            ("for", " ".join(names[:3])),
            ("issued by", _name(certificate.get("issuer", ()))),
            ("valid until", certificate.get("notAfter", "")),
        ]
    return []


def _handshake(
    context: ssl.SSLContext, host: str, port: int, timeout_s: float
) -> tuple[bytes, dict[str, Any]]:
    """The server's certificate, as DER and as far as Python has parsed it."""
    with (
        socket.create_connection((host, port), timeout=timeout_s) as plain,
        context.wrap_socket(plain, server_hostname=host) as wrapped,
    ):
        # `ssl` types the dictionary's values too loosely to be of use.
        parsed: Any = wrapped.getpeercert()
        return wrapped.getpeercert(binary_form=True) or b"", parsed or {}


def _name(parts: Any) -> str:
    """The common name of a subject or an issuer, else the organization's name or unit."""
    found = {key: value for relative in parts for key, value in relative}
    keys = ("commonName", "organizationName", "organizationalUnitName")
    return next((repr(found[key]) for key in keys if key in found), "")

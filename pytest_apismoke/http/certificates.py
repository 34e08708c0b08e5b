"""Which certificate a target has shown that is not trusted."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import ssl
from typing import Any
from urllib.parse import urlsplit

from pytest_apismoke.http.deadline import Call, within

#: OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which Python has no name for.
_NO_CHECK_TIME = 0x200000


def what_was_shown(url: str, problem: ssl.SSLCertVerificationError, timeout_s: float) -> str:
    """Which certificate was not trusted and why, in words.

    It is asked for once more, without trusting it, because a refused one can't be looked at. Sends
    nothing but the handshake.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    which = ""
    # A server may have gone since: the reason alone has to do then.
    with contextlib.suppress(OSError, ValueError):
        which = within(timeout_s, timeout_s, lambda: _described(host, port, timeout_s), Call())
    why = f"a certificate that is not trusted: {problem.verify_message}"
    return f"{why} ({which})" if which else why


def _described(host: str, port: int, timeout_s: float) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    shown, _ = _handshake(context, host, port, timeout_s)
    words = [f"{name} {value}" for name, value in _parsed(shown, host, port, timeout_s) if value]
    return ", ".join([*words, f"SHA-256 {hashlib.sha256(shown).hexdigest()[:16]}…"])


def _parsed(shown: bytes, host: str, port: int, timeout_s: float) -> list[tuple[str, str]]:
    """Python reads only certificates that it trusts: so this very one is trusted, for a look."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags = ssl.VerifyFlags(ssl.VERIFY_X509_PARTIAL_CHAIN | _NO_CHECK_TIME)
    with contextlib.suppress(OSError, ValueError):
        context.load_verify_locations(cadata=shown)
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
    """The certificate that the other side shows, as DER and as far as Python has parsed it."""
    with (
        socket.create_connection((host, port), timeout=timeout_s) as plain,
        context.wrap_socket(plain, server_hostname=host) as wrapped,
    ):
        parsed: Any = wrapped.getpeercert()
        return wrapped.getpeercert(binary_form=True) or b"", parsed or {}


def _name(parts: Any) -> str:
    """The common name of a subject or an issuer, else whatever says most."""
    found = {key: value for relative in parts for key, value in relative}
    keys = ("commonName", "organizationName", "organizationalUnitName")
    return next((repr(found[key]) for key in keys if key in found), "")

"""Whom the gate trusts, and who it says it is: PEM files, checked before anything is sent."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_apismoke.errors import SmokeError, misconfigured


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Paths of PEM files; empty ones are not given.

    `ca_bundle` holds the certificate authorities to trust; where it is empty, the environment
    decides (`REQUESTS_CA_BUNDLE`, else the authorities that come with requests). `certificate` is
    what the gate shows of itself, `key` its private key where that is a file of its own.
    """

    ca_bundle: str = ""
    certificate: str = ""
    key: str = ""

    @property
    def bundle(self) -> str | None:
        """In the form that requests takes; None leaves it to the environment."""
        return self.ca_bundle or None

    @property
    def identity(self) -> str | tuple[str, str] | None:
        """In the form that requests takes."""
        if not self.certificate:
            return None
        return (self.certificate, self.key) if self.key else self.certificate


def check(trust: Trust, sources: Mapping[str, str]) -> Trust:
    """The same, once every file could be read as what it is to be.

    Args:
        trust: the paths.
        sources: where each came from, under the names of its members.

    Raises:
        SmokeError: (`usage`) for the first that can't.

    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if trust.ca_bundle:
        try:
            context.load_verify_locations(cafile=trust.ca_bundle)
        except (OSError, ValueError) as error:
            raise _unreadable("certificate authorities", sources["ca_bundle"], error) from None
    if trust.key and not trust.certificate:
        raise misconfigured(
            expected="a certificate to go with the key",
            seen="none",
            where=sources["key"],
            hint="name its file in APISMOKE_CLIENT_CERT, or take the key away",
        )
    if trust.certificate:
        try:
            # Without this, a key with a passphrase would ask for it on the terminal, and wait.
            context.load_cert_chain(trust.certificate, trust.key or None, password=_refuse)
        except (OSError, ValueError) as error:
            place = " with ".join(sources[n] for n in ("certificate", "key") if getattr(trust, n))
            raise _unreadable("a certificate and its private key", place, error) from None
    return trust


def _refuse() -> str:
    raise ValueError("the key has a passphrase")


def _unreadable(what: str, place: str, error: Exception) -> SmokeError:
    if isinstance(error, ssl.SSLError):
        seen = f"a file that is none ({error.reason or error})"
    else:
        seen = getattr(error, "strerror", None) or str(error)
    return misconfigured(
        expected=f"a file with {what}, as PEM",
        seen=seen,
        where=place,
        hint="name a PEM file that this process can read; a private key must have no passphrase",
    )

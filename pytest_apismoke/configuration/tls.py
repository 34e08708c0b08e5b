"""The PEM files of TLS, checked before any request: trusted authorities, client certificate."""

from __future__ import annotations

import ssl
from pathlib import Path

from pytest_apismoke.configuration.setting import Setting
from pytest_apismoke.configuration.setting_table import CA_BUNDLE, CLIENT_CERT, CLIENT_KEY
from pytest_apismoke.configuration.sources import Resolver
from pytest_apismoke.errors import SmokeError, misconfigured
from pytest_apismoke.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """Paths of PEM files; an empty path is not given.

    `ca_bundle` holds the certificate authorities to trust; where it is empty, the environment
    decides (`REQUESTS_CA_BUNDLE`, else the authorities that come with requests). `certificate` is
    the client certificate, `key` its private key where that is a file of its own.
    """

    ca_bundle: str = ""
    certificate: str = ""
    key: str = ""


def tls_files(resolver: Resolver, directory: Path) -> TlsFiles:
    """Resolves the paths, relative to a directory; nothing is read.

    Raises:
        SmokeError: (`usage`) for the first path that is empty.

    """

    def path(setting: Setting[str]) -> str:
        text = resolver.value(setting)
        return str(directory / text) if text else ""

    return TlsFiles(ca_bundle=path(CA_BUNDLE), certificate=path(CLIENT_CERT), key=path(CLIENT_KEY))


def check(files: TlsFiles, resolver: Resolver) -> None:
    """Reads every file as the kind of PEM file that it should be.

    Args:
        files: the paths.
        resolver: the one that resolved them, for where they were given.

    Raises:
        SmokeError: (`usage`) for the first file that can't be read.

    """
    if files == TlsFiles():
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if files.ca_bundle:
        try:
            context.load_verify_locations(cafile=files.ca_bundle)
        except (OSError, ValueError) as error:
            where = resolver.where(CA_BUNDLE)
            raise _unreadable("certificate authorities", where, error) from None
    if files.key and not files.certificate:
        raise misconfigured(
            expected="a certificate for the key",
            seen="none",
            where=resolver.where(CLIENT_KEY),
            hint="name its file in APISMOKE_CLIENT_CERT, or remove the key",
        )
    if files.certificate:
        try:
            # Without this, a key with a passphrase would ask for it on the terminal, and wait.
            context.load_cert_chain(files.certificate, files.key or None, password=_refuse)
        except (OSError, ValueError) as error:
            where = resolver.where(CLIENT_CERT)
            if files.key:
                where += f" with {resolver.where(CLIENT_KEY)}"
            raise _unreadable("a certificate and its private key", where, error) from None


def _refuse() -> str:
    raise ValueError("the key has a passphrase")


def _unreadable(content: str, where: str, error: Exception) -> SmokeError:
    if isinstance(error, ssl.SSLError):
        seen = f"an invalid one ({error.reason or error})"
    else:
        seen = getattr(error, "strerror", None) or str(error)
    return misconfigured(
        expected=f"a PEM file with {content}",
        seen=seen,
        where=where,
        hint="name a PEM file that this process can read; a private key must have no passphrase",
    )

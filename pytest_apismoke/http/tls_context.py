"""What connections of TLS trust and show, read from its files once for all of them."""

from __future__ import annotations

import os
import ssl
from functools import lru_cache
from pathlib import Path

from urllib3.util.ssl_ import ALPN_PROTOCOLS, create_urllib3_context

from pytest_apismoke.configuration.tls import TlsFiles


def context_for(files: TlsFiles) -> ssl.SSLContext:
    """The context for connections that trust and show what files hold.

    Raises:
        OSError: for a file that is missing, or holds something else.

    """
    bundle = _existing(
        files.ca_bundle or _bundle_of_environment(),
        "Could not find a suitable TLS CA certificate bundle, invalid path",
    )
    certificate, key = files.certificate, files.key
    if certificate:
        certificate = _existing(
            certificate, "Could not find the TLS certificate file, invalid path"
        )
    if key:
        key = _existing(key, "Could not find the TLS key file, invalid path")
    return _context(bundle, certificate, key, _stamps(bundle, certificate, key))


def _bundle_of_environment() -> str:
    """The authorities that the environment names, else those that come with requests."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if bundle := os.environ.get(name):
            return bundle
    # Only targets with TLS need it.
    import certifi

    return certifi.where()


def _existing(path: str, words: str) -> str:
    if not Path(path).exists():
        raise OSError(f"{words}: {path}")
    return path


def _stamps(*paths: str) -> tuple[tuple[int, int], ...]:
    """What tells that a file was written anew."""
    stats = [Path(path).stat() for path in paths if path]
    return tuple((one.st_mtime_ns, one.st_size) for one in stats)


# A bundle of 140 authorities takes 17 ms to read: too much for each connection.
@lru_cache(maxsize=8)
def _context(
    bundle: str, certificate: str, key: str, stamps: tuple[tuple[int, int], ...]
) -> ssl.SSLContext:
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    is_folder = Path(bundle).is_dir()
    context.load_verify_locations(
        cafile=None if is_folder else bundle, capath=bundle if is_folder else None
    )
    if certificate:
        context.load_cert_chain(certificate, key or None)
    context.set_alpn_protocols(ALPN_PROTOCOLS)
    # urllib3 sets them for each connection, which frees a list that another thread may be copying.
    context.set_alpn_protocols = _are_set  # type: ignore[method-assign]  # of this context only
    return context


def _are_set(alpn_protocols: object) -> None:
    """The protocols of a context that several threads use stay as they are."""

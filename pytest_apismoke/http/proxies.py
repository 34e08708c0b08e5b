"""Proxies of the environment, as requests takes them from there; requests is asked for each.

It is imported only where the environment names a proxy at all.
"""

from __future__ import annotations

import contextlib
import os
import ssl
import sys
from urllib.parse import urlsplit

import urllib3

from pytest_apismoke.http.error_words import ProxySettingError


def proxy_for(url: str) -> str:
    """The proxy that the environment names for a URL, as it is written there; else empty."""
    if not _may_be_any():
        return ""
    from requests.utils import get_environ_proxies, select_proxy

    return select_proxy(url, get_environ_proxies(url)) or ""


def _may_be_any() -> bool:
    if sys.platform in ("darwin", "win32"):  # pragma: no cover  # they have settings beside it
        from urllib.request import getproxies

        return bool(getproxies())
    return any(name.lower().endswith("_proxy") for name in os.environ)


def host_of_proxy(proxy: str) -> str:
    """The host in a proxy setting, which may have no scheme; the rest may hold a password.

    Raises:
        ProxySettingError: for a setting without one.

    """
    if not proxy:
        return ""
    with contextlib.suppress(ValueError):
        host = urlsplit(proxy if "://" in proxy else f"//{proxy}").hostname
        if host:
            return host
    raise ProxySettingError("an invalid proxy setting")


def speaks_tls(proxy: str) -> bool:
    """Whether the connection to the proxy itself is one of TLS."""
    return proxy.lower().startswith("https://")


def target_through(proxy: str, url: str, target: str) -> str:
    """What the request line asks a proxy for.

    Args:
        proxy: as the environment names it.
        url: the whole URL.
        target: its path and query, as the target is asked for it.

    """
    from requests.utils import urldefragauth

    passes_bytes_on = url.lower().startswith("https:") or proxy.lower().startswith("socks")
    return target if passes_bytes_on else urldefragauth(url)


def manager_for(proxy: str, context: ssl.SSLContext | None) -> urllib3.PoolManager:
    """Makes the manager of connections through a proxy.

    Args:
        proxy: as the environment names it.
        context: for the connection to the proxy, where that is one of TLS.

    Raises:
        ValueError: for a setting that no connection can be made by.

    """
    from requests.adapters import HTTPAdapter
    from requests.utils import prepend_scheme_if_needed

    whole = prepend_scheme_if_needed(proxy, "http")  # type: ignore[no-untyped-call]  # types-requests has no types for it
    if not urllib3.util.parse_url(whole).host:
        raise ProxySettingError("an invalid proxy setting")
    options = {} if context is None else {"proxy_ssl_context": context}
    manager = HTTPAdapter().proxy_manager_for(whole, **options)
    assert isinstance(manager, urllib3.PoolManager)
    return manager

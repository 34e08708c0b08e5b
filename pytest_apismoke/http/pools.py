"""The kept connections of one worker, by where they lead and how."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import urllib3

from pytest_apismoke.configuration.tls import TlsFiles
from pytest_apismoke.http.connections import make_shuttable
from pytest_apismoke.http.proxies import manager_for, speaks_tls
from pytest_apismoke.http.tls_context import context_for
from pytest_apismoke.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where connections lead: to a scheme, a host and a port, through a proxy or none.

    `proxy` is as the environment names it, `proxy_host` the host in it; both are empty for none.
    `tls` are the files of what the connections trust and show.
    """

    scheme: str
    host: str
    port: int | None
    tls: TlsFiles
    proxy: str = ""
    proxy_host: str = ""


class Connections:
    """Keeps the connections of one worker, which sends one request at a time."""

    def __init__(self) -> None:
        self._pools: dict[Route, urllib3.HTTPConnectionPool] = {}

    def pool(self, route: Route) -> urllib3.HTTPConnectionPool:
        """What sends requests over kept connections of a route.

        Raises:
            OSError: for files of TLS that can't be read.
            ValueError: for a proxy that no connection can be made to.

        """
        pool = self._pools.get(route)
        if pool is None:
            pool = self._pools[route] = _new_pool(route)
        return pool

    def close(self) -> None:
        """Closes them, broken ones included; may be called twice, and from another thread."""
        while self._pools:
            with contextlib.suppress(KeyError, OSError):
                self._pools.popitem()[1].close()


def _new_pool(route: Route) -> urllib3.HTTPConnectionPool:
    # A proxy is not shown the certificate, which is for the target.
    to_proxy = (
        context_for(replace(route.tls, certificate="", key="")) if speaks_tls(route.proxy) else None
    )
    context = context_for(route.tls) if route.scheme == "https" else to_proxy
    options = {} if context is None else {"cert_reqs": "CERT_REQUIRED", "ssl_context": context}
    manager = manager_for(route.proxy, to_proxy) if route.proxy else urllib3.PoolManager()
    make_shuttable(manager)
    return manager.connection_from_host(route.host, route.port, route.scheme, pool_kwargs=options)

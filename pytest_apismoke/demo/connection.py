"""The connection of a request: how many requests came over it, and how to drop it."""

import asyncio
from itertools import count

from uvicorn.protocols.http.h11_impl import H11Protocol


class Connection:
    """One connection of a client."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._requests = count(1)

    def next_number(self) -> int:
        """Return the number of the next request on this connection, from 1."""
        return next(self._requests)

    def drop(self) -> None:
        """Close it without a response."""
        self._transport.abort()


class Protocol(H11Protocol):
    """HTTP/1.1 that gives each request its connection, as ``scope["state"]["connection"]``."""

    # uvicorn's own signature: asyncio's base class has a wider type.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection; asyncio declares a wider type, as for uvicorn's own method."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "connection": Connection(transport)}

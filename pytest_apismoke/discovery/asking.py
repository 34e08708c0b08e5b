"""Asks a target that answers as a whole at a path that it may not know how to answer."""

from __future__ import annotations

from pytest_apismoke.http.client import Client
from pytest_apismoke.http.no_response import NoResponseError
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response


def answer_of(client: Client, request: Request) -> Response | None:
    """The answer to a request; None where there is none, which says nothing of other paths.

    Raises:
        SmokeError: (`budget`) when no time is left.

    """
    try:
        return client.send(request)
    except NoResponseError:
        return None

"""Content encodings that a client does not accept, and some targets send all the same."""

from __future__ import annotations

from collections.abc import Mapping

from urllib3.response import HTTPResponse


def undecoded(headers: Mapping[str, str]) -> str:
    """Why the body of a response is still encoded, as a phrase; empty where it is not.

    RFC 9110, section 12.5.3, wants a body without an encoding where none that is accepted is
    available; stored files and caches often have one all the same.

    Args:
        headers: of the response, with names in lower case.

    """
    names = [name.strip().lower() for name in headers.get("content-encoding", "").split(",")]
    unknown = [
        name for name in names if name not in ("", "identity", *HTTPResponse.CONTENT_DECODERS)
    ]
    return f"encoded as {', '.join(unknown)}, which the request did not accept" if unknown else ""

"""Make the beginning of a JSON text a whole one, without what was cut in two. Pure."""

from __future__ import annotations

import re

_PART = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[{}\[\],]|[^"{}\[\],]+', re.DOTALL)
_CLOSING = {"{": "}", "[": "]"}


def whole_values(text: str) -> str | None:
    """The text up to the last value that it has whole, with what is open there closed.

    Returns None where the text is no beginning of a JSON object or array.
    """
    if text.lstrip()[:1] not in _CLOSING:
        return None
    open_, end = "", 0
    for part in _PART.finditer(text):
        sign = part.group()
        if sign in _CLOSING:
            open_, end = _CLOSING[sign] + open_, part.end()
        elif sign in ("}", "]"):
            if not open_.startswith(sign):
                return None
            open_, end = open_[1:], part.end()
        elif sign == ",":
            end = part.start()
    return text[:end] + open_

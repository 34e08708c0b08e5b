"""JSON as the text of a report. Pure."""

from __future__ import annotations

import json


def text_of(document: object, *, ascii_only: bool) -> str:
    """A document as JSON; no encoding of an output is without ASCII.

    Pipelines show it: what a CI system would take for a command is escaped, which JSON undoes.
    """
    text = json.dumps(document, indent=2, ensure_ascii=ascii_only)
    return text.replace("##", "#\\u0023") + "\n"

"""JSON as the text of a report. Pure."""

from __future__ import annotations

import json

from pytest_apismoke.reports.steering import STEERING


def text_of(document: object, *, ascii_only: bool) -> str:
    """A document as JSON; no encoding of an output is without ASCII.

    Pipelines and terminals show it: what a CI system would take for a command, and what steers
    a terminal, is escaped, which JSON undoes.
    """
    text = json.dumps(document, indent=2, ensure_ascii=ascii_only)
    text = STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return text.replace("##", "#\\u0023") + "\n"

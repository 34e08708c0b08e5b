"""What a run of the gate came to, from its JSON report, as outputs of a step."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: How the gate says that it could not verify, in each of its tables but `verdict`.
COULD_NOT_VERIFY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The verdict as later steps of a job see it."""

    verdict: str
    exit_code: int
    summary: str
    failed_apis: tuple[str, ...]


def outcome_of(report: Path, exit_code: int) -> Outcome:
    """What the report of a run says, where it is the report of a run that ended with this code.

    A run that left no such report proves nothing: it is *misconfigured*, whatever its code says.
    """
    try:
        content: Any = json.loads(report.read_text("utf-8"))
        # A rehearsal ends with another code than its verdict has.
        ended = (content.get("rehearsal") or content)["exit_code"]
        if ended == exit_code:
            return Outcome(
                verdict=str(content["verdict"]),
                exit_code=exit_code,
                summary=" ".join(str(content["summary"]).split()),
                failed_apis=_failed(content),
            )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    return Outcome(
        verdict="misconfigured",
        exit_code=exit_code or COULD_NOT_VERIFY,
        summary=f"the gate ended with code {exit_code} and without a report; its log says why",
        failed_apis=(),
    )


def _failed(content: Any) -> tuple[str, ...]:
    """The APIs that failed, of one target or of several, each once."""
    targets = content.get("targets") or [content]
    return tuple(
        dict.fromkeys(
            str(name)
            for target in targets
            for name, api in target["apis"].items()
            if api["verdict"] not in ("pass", "skipped")
        )
    )


def as_output(values: Mapping[str, str]) -> str:
    """Lines for the file of a step's outputs.

    Between delimiters that nobody can guess, so a value of several lines is no other output.
    """
    blocks = []
    for name, value in values.items():
        delimiter = f"end-{secrets.token_hex(16)}"
        blocks.append(f"{name}<<{delimiter}\n{value}\n{delimiter}\n")
    return "".join(blocks)

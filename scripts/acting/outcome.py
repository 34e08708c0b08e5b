"""What a run of the gate came to, from its JSON report, as outputs of a step."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

#: How the gate says that it could not verify, in each of its tables but `verdict`; there it is the
#: code of *misconfigured*, and 5 is none.
COULD_NOT_VERIFY = 5
MISCONFIGURED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The verdict as later steps of a job see it."""

    verdict: str
    exit_code: int
    summary: str
    failed_apis: tuple[str, ...]


def outcome_of(report: Path, exit_code: int, table: str) -> Outcome:
    """What the report of a run says, where it is the report of a run that ended with this code.

    A run that left no such report proves nothing: it is *misconfigured*, whatever its code says.

    Args:
        report: the JSON report.
        exit_code: the code that the run ended with.
        table: the table of exit codes, as the input has it.

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
    reason = f"the gate ended with code {exit_code} and without a report; its log says why"
    ended = without_run(reason, table)
    return replace(ended, exit_code=exit_code) if exit_code else ended


def without_run(reason: str, table: str) -> Outcome:
    """The outcome of a gate that could not be run at all, in a table of exit codes."""
    return Outcome(
        verdict="misconfigured",
        exit_code=MISCONFIGURED if table.strip() == "verdict" else COULD_NOT_VERIFY,
        summary=" ".join(reason.split()),
        failed_apis=(),
    )


def outputs_of(outcome: Outcome) -> dict[str, str]:
    """The outputs that every end has."""
    return {
        "verdict": outcome.verdict,
        "exit-code": str(outcome.exit_code),
        "summary": outcome.summary,
        "failed-apis": ",".join(outcome.failed_apis),
    }


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


def write_outputs(values: Mapping[str, str], environ: Mapping[str, str]) -> None:
    """Gives a step's outputs to the runner."""
    # A target may send half of a surrogate pair, which no file can have.
    with Path(environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8", errors="replace") as file:
        file.write(as_output(values))


def as_output(values: Mapping[str, str]) -> str:
    """Lines for the file of a step's outputs.

    Between delimiters that nobody can guess, so a value of several lines is no other output.
    """
    blocks = []
    for name, value in values.items():
        delimiter = f"end-{secrets.token_hex(16)}"
        blocks.append(f"{name}<<{delimiter}\n{value}\n{delimiter}\n")
    return "".join(blocks)

"""The modes of a run: types of the words that a user types, which the table of settings gives.

They are no enumerations, of which Python takes a while to make each.
"""

from __future__ import annotations

from typing import Literal, get_args

#: How deep a run checks.
Mode = Literal["smoke", "full"]
#: Which of the published tables gives the exit code.
ExitCodes = Literal["category", "api", "verdict"]
EXIT_CODE_TABLES: tuple[ExitCodes, ...] = get_args(ExitCodes)
#: What a run does about properties that a response has beside its contract.
Drift = Literal["off", "note", "strict"]
#: In which runs each safe operation of the OpenAPI document is a check.
OperationChecks = Literal["off", "smoke", "full"]
#: Whether a run writes to GitHub Actions: its job summary, annotations and masks.
TellGitHub = Literal["auto", "on", "off"]
#: After which runs people are told.
NotifyWhen = Literal["failure", "change", "always"]

"""How a run of pytest can end, as the process that ran it tells the command."""

from __future__ import annotations

#: With a verdict, whose exit code is told.
VERDICT = "verdict"
#: With information that was asked for, such as the help.
INFORMED = "informed"
#: Without a target.
NO_TARGET = "no-target"
#: With an exit code of pytest's own.
REJECTED = "rejected"
#: With an exception.
BROKE_OFF = "broke-off"

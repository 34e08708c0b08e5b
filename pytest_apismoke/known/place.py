"""Where the list of known violations is, and the command that writes it."""

from __future__ import annotations

from pytest_apismoke.configuration.rootdir import DECLARED_IN, KNOWN

LABEL = f"{DECLARED_IN}/{KNOWN}"
COMMAND = "apismoke known write"

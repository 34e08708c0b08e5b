"""Decides how a run shows how far it has come, from how it was called and where it writes."""

from __future__ import annotations

import os
import sys

import pytest

from pytest_apismoke.configuration.settings import Settings
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.run.live import Live, is_terminal, own_stream, width_of_terminal
from pytest_apismoke.run.showing import is_ascii_only, verbosity_of


def live_of(config: pytest.Config, settings: Settings, redactor: Redactor) -> Live:
    """What writes the progress of a run; it says nothing in a quiet one."""
    options = config.option
    captures = getattr(options, "capture", "no") != "no"
    stream = own_stream(captures) if verbosity_of(config) >= 0 else None
    readiness = settings.profile.readiness
    return Live(
        stream,
        redactor,
        owns_stream=stream is not sys.stdout,
        path=readiness.path,
        wait_s=settings.target_wait_s,
        # What a test prints with -s would be lost in a line that is rewritten.
        in_place=captures and is_terminal(sys.stdout),
        has_colour=getattr(options, "color", "auto") != "no" and not os.environ.get("NO_COLOR"),
        ascii_only=is_ascii_only(sys.stdout),
        width=width_of_terminal(),
    )

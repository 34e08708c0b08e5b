"""What the gate is waiting for: a line for each reason, and a counter on a terminal."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest

from pytest_apismoke.configuration.settings import Settings, resolve
from pytest_apismoke.configuration.sources import RawSettings
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.run.progress import Progress

SETTINGS: Settings = resolve(
    RawSettings(
        options={"--target-url": "https://api.example.com", "--target-wait": "7.5"},
        environ={"APISMOKE_TOKEN": "canary-token"},
        ini={},
        directory=Path(),
    )
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def redactor() -> Redactor:
    redactor = Redactor()
    redactor.learn("canary-token", "APISMOKE_TOKEN")
    return redactor


def test_a_log_gets_a_line_each_time_the_reason_changes(redactor: Redactor) -> None:
    log = io.StringIO()
    with Progress(log, SETTINGS, redactor) as progress:
        for reason in ("503", "503", "404 canary-token", "503"):
            progress.show(reason, 1.0)
    assert log.getvalue() == (
        "apismoke: waiting for https://api.example.com: 503\n"
        "apismoke: waiting for https://api.example.com: 404 [redacted]\n"
        "apismoke: waiting for https://api.example.com: 503\n"
    )


def test_a_terminal_counts_the_seconds_in_place_and_ends_the_line(redactor: Redactor) -> None:
    terminal = Terminal()
    with Progress(terminal, SETTINGS, redactor) as progress:
        progress.show("503", 0.0)
        progress.show("503", 1.6)
    assert terminal.getvalue() == (
        "\r\x1b[Kapismoke: waiting for https://api.example.com: 503 (0 of 7.5 s)"
        "\r\x1b[Kapismoke: waiting for https://api.example.com: 503 (2 of 7.5 s)\n"
    )


def test_a_terminal_that_was_told_nothing_stays_empty(redactor: Redactor) -> None:
    terminal = Terminal()
    with Progress(terminal, SETTINGS, redactor):
        pass
    assert terminal.getvalue() == ""


def test_a_line_is_ended_even_when_the_wait_was_broken_off(redactor: Redactor) -> None:
    terminal = Terminal()
    with contextlib.suppress(KeyboardInterrupt), Progress(terminal, SETTINGS, redactor) as progress:
        progress.show("503", 0.0)
        raise KeyboardInterrupt
    assert terminal.getvalue().endswith("s)\n")

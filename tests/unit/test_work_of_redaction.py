"""The work of redaction grows with the text and no faster, whatever the text and the secret are."""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from unit.regex_steps import steps

from pytest_apismoke import redaction
from pytest_apismoke.redaction import REPLACEMENT, Redactor
from pytest_apismoke.redaction.halves import without_halves

#: More than twice the work for twice the text; four times would be quadratic.
MOST_GROWTH = 2.5
BEGINNINGS = ("", "\\", "%", "&", "&#", '"token": "', "token=", "?a=", "eyJa.", "-----BEGIN ")
REPEATED = (
    *("\\", "\\u", "\\u{0", "\\x", "%", "%25", "25", "&", "amp;", "&amp;", "&#0", "0", "~", "\0"),
    *("=", "= ", " ", "\n", "\r\n ", "a", "ab ", "0x", "63 ", "...", "…", '"', "'", "a=", "token="),
    *('token="', "Cookie: ", "://", "://a:", "eyJ", "sk-", "SG.", "Bearer ", "ghp_", "PRIVATE KEY"),
    *("-----BEGIN ", "?a=", "&a=b", "user@", ";", "/"),
)


def patterns() -> dict[str, re.Pattern[str]]:
    """Every pattern of the package by its name."""
    names = [module.name for module in pkgutil.iter_modules(redaction.__path__)]
    return {
        f"{name}.{key}": value
        for name in names
        for key, value in vars(importlib.import_module(f"{redaction.__name__}.{name}")).items()
        if isinstance(value, re.Pattern)
    }


def growth(work: Callable[[str], int], beginning: str, repeated: str) -> float:
    """How much more work a text of twice the length is."""
    times = -(-30 // len(repeated))
    return work(beginning + repeated * times * 2) / max(1, work(beginning + repeated * times))


#: Of keys, whose length is limited by where they come from.
OF_NAMES = {"sensitive_keys"}
SEARCHED = {n: p for n, p in patterns().items() if n.partition(".")[0] not in OF_NAMES}


@pytest.mark.parametrize("name", SEARCHED)
def test_every_pattern_takes_linear_work(name: str) -> None:
    slow = [
        (beginning, repeated)
        for beginning in BEGINNINGS
        for repeated in REPEATED
        if growth(lambda text: steps(SEARCHED[name], text), beginning, repeated) > MOST_GROWTH
    ]
    assert slow == []


def test_the_count_of_steps_tells_a_quadratic_pattern() -> None:
    quadratic = re.compile(r"\\*/|\\+u002f")
    assert growth(lambda text: steps(quadratic, text), "", "\\") > 3.5


def instructions(work: Callable[[], object]) -> int:
    """The number of instructions of Python that the redaction takes."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        if "redaction" not in frame.f_code.co_filename:
            return None
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


SECRETS = ("/Pa55:w'ord", "\\\\\\\\", "%25%25%25", "&amp;&", "aaaaaaaa", "... ... ...", "ab" * 40)


@pytest.mark.parametrize("secret", SECRETS)
def test_redaction_takes_linear_work_for_every_secret(secret: str) -> None:
    redactor = Redactor()
    redactor.learn(secret, "APISMOKE_PASSWORD")
    # What stands for a secret is written out once, when a text first seems to have it.
    assert redactor.text(secret) == REPLACEMENT
    units = ("\\", "%25", "amp;", "&", "...", "a", secret, secret[:5], secret[-5:], "\\/ ", "63 ")
    slow = {
        unit: round(grown, 2)
        for unit in units
        if (grown := growth(lambda text: instructions(lambda: redactor.body(text)), "", unit * 4))
        > MOST_GROWTH
    }
    assert slow == {}


def test_no_gap_has_what_stands_around_it_copied() -> None:
    """A copy of the rest for each gap would be quadratic, and no instruction of Python."""
    copied = 0

    class Counted(str):
        """A string that counts the characters taken out of it."""

        __slots__ = ()

        def __getitem__(self, key: Any) -> str:
            nonlocal copied
            part = super().__getitem__(key)
            copied += len(part)
            return part

    text = "ab..." * 200
    assert without_halves(Counted(text), ["abcdefghijkl"], "[]") == text
    assert copied <= 10 * 200

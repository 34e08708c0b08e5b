"""Which secrets a CI system is told to mask, and the redactor that tells them."""

from __future__ import annotations

import pytest

from pytest_apismoke.redaction import Redactor
from pytest_apismoke.redaction.masks import masks_of


@pytest.mark.parametrize(
    ("secret", "masks"),
    [
        ("canary-token", ["canary-token"]),
        ("abcde", []),
        ("abcdef", ["abcdef"]),
        ("  ab  ", []),
        ("Password", []),
        ("12345678", []),
        ("first line\r\nsecond line\n\nend\nfirst line", ["first line", "second line"]),
        ("", []),
    ],
)
def test_a_secret_is_masked_line_by_line_unless_it_would_hide_common_words(
    secret: str, masks: list[str]
) -> None:
    assert list(masks_of(secret)) == masks


def test_the_redactor_tells_what_it_knows_and_then_each_secret_once() -> None:
    redactor, told = Redactor(), list[str]()
    redactor.learn("known-before", "A")
    redactor.tell_secrets(told.append)
    for value in ("learned-later", "learned-later", "abc", "known-before"):
        redactor.learn(value, "B")
    assert told == ["known-before", "learned-later"]

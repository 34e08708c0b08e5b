"""Which spellings name one version, and what is said of those that look alike."""

from __future__ import annotations

import pytest

from pytest_apismoke.preflight.versions import is_same_number, is_same_version, telling_difference

COMMIT = "80e3b71c5f0a9d6e4b2a1f7c8d9e0a1b2c3d4e5f"
OTHER_DIGITS = "1234567890123456789012345678901234567890"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.2.3", "1.2.3"),
        ("1.2.3", "v1.2.3"),
        ("1.2.3", "V1.2.3"),
        ("1.2.3", "1.2.3+build.5"),
        ("v1.2.3-rc.1", "1.2.3-rc.1+b5"),
        ("v2", "2"),
        (COMMIT, COMMIT[:7]),
        (COMMIT, COMMIT[:12].upper()),
        (COMMIT[:7], COMMIT[:8]),
        (OTHER_DIGITS, OTHER_DIGITS[:7]),
        ("api:blue", "api:blue"),
    ],
)
def test_two_spellings_of_one_version(one: str, other: str) -> None:
    assert is_same_version(one, other)
    assert is_same_version(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.2", "1.2.3"),
        ("1.2.3", "1.2.30"),
        ("1.2.3", "1.2.3-rc.1"),
        ("1.2.3-rc.1", "1.2.3-RC.1"),
        ("1.2.3+b5", "1.2.3+b6"),
        ("1.10", "1.1"),
        ("vv1.2.3", "1.2.3"),
        ("vx", "x"),
        (COMMIT, COMMIT[:6]),
        (COMMIT, f"{COMMIT[:7]}f"),
        (COMMIT, f"g{COMMIT[:7]}"),
        ("20241101", "2024110112"),
        ("api:1.2.3", "1.2.3"),
        ("", "1"),
        ("", "v"),
    ],
)
def test_two_versions(one: str, other: str) -> None:
    assert not is_same_version(one, other)
    assert not is_same_version(other, one)


@pytest.mark.parametrize(
    ("expected", "shown", "difference"),
    [
        ("Blue", "blue", "which differs in upper and lower case"),
        (COMMIT, COMMIT[:6], "too short for a commit: 7 digits or more name one"),
        ("1.2.3+b5", "1.2.3+b6", "which differs in what comes after the '+'"),
        ("1.2", "1.2.3", "which only begins with it"),
        ("1.2.3", "1.2", "with which it only begins"),
        ("1.2.3", "api:1.2.3", "which only contains it"),
        ("api:1.2.3", "1.2.3", "which is only a part of it"),
        (COMMIT, f"sha-{COMMIT[:7]}", "which contains a short form of it"),
        (f"main-{COMMIT[:12]}", COMMIT, "which contains a short form of it"),
        ("1.2.3", "1.2.4", ""),
        ("1.2.3", "", ""),
    ],
)
def test_what_is_said_of_versions_that_look_alike(
    expected: str, shown: str, difference: str
) -> None:
    assert telling_difference(expected, shown) == difference


@pytest.mark.parametrize(
    ("expected", "shown", "is_one"),
    [
        ("1.10", "1.1", True),
        ("v2.0", "2", True),
        ("1.20", "1.1", False),
        ("1.10.0", "1.1", False),
        ("nan", "nan", False),
    ],
)
def test_a_number_is_told_as_one_where_zeros_are_all_that_differs(
    expected: str, shown: str, is_one: bool
) -> None:
    assert is_same_number(expected, shown) is is_one
    difference = telling_difference(expected, shown, is_number=True)
    assert (difference == "a number, which loses the zeros at its end") is is_one

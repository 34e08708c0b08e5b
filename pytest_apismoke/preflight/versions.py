"""Compares the version that was asked for with the one that a target shows. Pure."""

from __future__ import annotations

from pytest_apismoke.late_pattern import late_pattern

#: A commit, whole or in a short form: git itself shows no fewer than seven digits.
_COMMIT = late_pattern(r"[0-9a-f]{7,64}")
#: Hexadecimal digits that may be the beginning of a commit.
_HEX = late_pattern(r"[0-9a-f]+")
#: The lengths of whole commits: SHA-1 and SHA-256.
_WHOLE_COMMIT = (40, 64)
_DECIMAL = late_pattern(r"[0-9]+(\.[0-9]+)?")
#: A version as semver.org has it, with any number of parts, an optional `v`, and a build.
_NUMBERED = late_pattern(
    r"[vV]?(?P<core>[0-9]+(\.[0-9]+)*(-[0-9A-Za-z.-]+)?)(\+(?P<build>[0-9A-Za-z.-]+))?"
)


def is_same_version(one: str, other: str) -> bool:
    """Whether two spellings name one version: with `v`, with a build, a commit's short form."""
    if one == other:
        return True
    first, second = _NUMBERED.fullmatch(one), _NUMBERED.fullmatch(other)
    if first and second and first["core"] == second["core"]:
        # A build that only one of them names says no more than that it was built.
        return first["build"] == second["build"] or None in (first["build"], second["build"])
    return _is_same_commit(one.lower(), other.lower())


def _is_same_commit(one: str, other: str) -> bool:
    if not (_COMMIT.fullmatch(one) and _COMMIT.fullmatch(other)):
        return False
    short, long = sorted((one, other), key=len)
    # Two dates, such as 20241101 and 2024110112, are digits too, and no commits.
    is_commit = len(long) in _WHOLE_COMMIT or not short.isdigit()
    return is_commit and long.startswith(short)


def is_same_number(expected: str, shown: str) -> bool:
    """Whether a number of JSON may be the version: 1.1 is all that is left of 1.10."""
    number = expected.lower().removeprefix("v")
    return bool(_DECIMAL.fullmatch(number) and _DECIMAL.fullmatch(shown)) and (
        float(number) == float(shown)
    )


def telling_difference(expected: str, shown: str, *, is_number: bool = False) -> str:
    """Why two spellings that look alike name two versions, as a phrase; else empty.

    Args:
        expected: the version that was asked for.
        shown: the version that the target shows.
        is_number: whether it shows a number of JSON instead of a string.

    """
    if is_number and is_same_number(expected, shown):
        return "a number, which loses the zeros at its end"
    one, other = expected.lower(), shown.lower()
    if one == other:
        return "which differs in upper and lower case"
    if not (one and other):
        return ""
    short, long = sorted((one, other), key=len)
    if long.startswith(short) and _HEX.fullmatch(long) and not long.isdigit():
        return "too short for a commit: 7 digits or more name one"
    first, second = _NUMBERED.fullmatch(expected), _NUMBERED.fullmatch(shown)
    if first and second and first["core"] == second["core"]:
        return "which differs in what comes after the '+'"
    if other.startswith(one):
        return "which only begins with it"
    if one.startswith(other):
        return "with which it only begins"
    if one in other:
        return "which only contains it"
    if other in one:
        return "which is only a part of it"
    return "which contains a short form of it" if _has_commit(one, other) else ""


def _has_commit(one: str, other: str) -> bool:
    """Whether one of two texts is a commit, and a part of the other is a short form of it."""
    return any(
        _COMMIT.fullmatch(commit) and any(map(commit.startswith, _COMMIT.findall(text)))
        for commit, text in ((one, other), (other, one))
    )

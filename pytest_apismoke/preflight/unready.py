"""The failures of a target that is not ready, or that shows another version. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_apismoke.configuration.profiles import Readiness
from pytest_apismoke.errors import Category, Failure, SmokeError
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.preflight.health_page import Poll, ShownVersion
from pytest_apismoke.preflight.roll_out import RollOut
from pytest_apismoke.preflight.versions import is_same_number, is_same_version, telling_difference

_NO_VERSION_HINT = (
    "say where the version is: version_pointer, version_header or version_path in [readiness] of"
    " apismoke.toml; or leave out --target-version"
)
_OTHER_VERSION_HINT = "wait for the roll-out to finish, or check that the deploy took this version"
_MIXED_HINT = (
    "wait for the roll-out to finish (--target-wait SECONDS), or look for the instances that it has"
    " left out"
)
_OTHER_SERVICE_HINT = (
    "if another service answers there, say where only this one has its version, in [readiness] of"
    " apismoke.toml"
)
_LIMIT_HINT = (
    "the target limits requests to this page: raise the limit for it, or name a page without one,"
    " as version_path in [readiness] of apismoke.toml"
)
_TOO_FEW_HINT = (
    "allow more time with --target-wait SECONDS: after two versions have answered in turn, only a"
    " long row of answers shows that the other one is gone"
)


class NotReadyError(SmokeError):
    """The target is not ready, or another version answers; `exchange` is the evidence, if any."""

    def __init__(self, failure: Failure, exchange: Exchange | None) -> None:
        super().__init__(failure)
        self.exchange = exchange


def never_ready(base_url: str, readiness: Readiness, poll: Poll, when: str = "") -> NotReadyError:
    """The failure of a target that is not ready at some time, or will not be at any time.

    Args:
        base_url: of the target.
        readiness: the path that was polled.
        poll: the last one.
        when: completes "the target to be ready"; empty if waiting does not change it.

    """
    failure = Failure(
        category=Category.UNREADY,
        expected=f"the target to be ready {when}".rstrip(),
        seen=poll.reason or "no stable version",
        where=f"GET {base_url}{readiness.path}",
        hint=poll.hint if when else f"{poll.hint} (told at once: waiting does not change it)",
        in_short=tuple(
            f"GET {readiness.path}: {poll.in_short}{rest}"
            for rest in (f", not ready {when}".rstrip(), ", not ready", "")
        )
        if poll.in_short
        else (),
    )
    return NotReadyError(failure, poll.exchange)


def wrong_version(
    base_url: str, readiness: Readiness, poll: Poll, version: str, when: str, roll_out: RollOut
) -> NotReadyError:
    """The failure of a target that shows another version than the expected one, or none.

    Args:
        base_url: of the target.
        readiness: where the version is.
        poll: shows it, or does not.
        version: the expected one.
        when: completes "the version to answer".
        roll_out: all answers so far.

    """
    shown = poll.version
    seen, hint = f"version {shown.text}", _OTHER_VERSION_HINT
    if poll.reason:
        seen = poll.reason
        hint = _LIMIT_HINT if poll.asked_pause_s is not None else hint
    elif shown.text is None:
        seen, hint = f"no version ({shown.why})", _NO_VERSION_HINT
    elif roll_out.other and roll_out.expected:
        seen, hint = f"{seen} in {_share(roll_out)}", _MIXED_HINT
    elif difference := telling_difference(version, shown.text, is_number=shown.is_number):
        seen, hint = f"{seen}, {difference}", _if_it_is(shown.text)
        if is_told_at_once(version, shown):
            hint = _as_text(shown.text)
    expected = f"version {version} to answer {when}".rstrip()
    return _about_version(base_url, readiness, poll, expected, seen, hint)


def too_few(
    base_url: str, readiness: Readiness, poll: Poll, version: str, when: str, roll_out: RollOut
) -> NotReadyError:
    """The failure of a target that showed the version too seldom; the arguments are the same."""
    before = f", after version {roll_out.last_other} in {_share(roll_out)}"
    why = f", then {poll.reason}" if poll.reason else ""
    return _about_version(
        base_url,
        readiness,
        poll,
        f"version {version} to answer {roll_out.needed} times in a row {when}",
        f"it {roll_out.agreeing} times in a row{before if roll_out.other else ''}{why}",
        _TOO_FEW_HINT,
    )


def another_carried(
    exchanges: Iterable[Exchange], readiness: Readiness, version: str
) -> NotReadyError | None:
    """The failure of a run in which a response carried another version; None if none did.

    Args:
        exchanges: of the whole run.
        readiness: where the version is.
        version: the expected one.

    """
    carrying = [one for one in exchanges if one.version is not None]
    others = [one for one in carrying if not is_same_version(version, str(one.version))]
    if not others:
        return None
    first = others[0]
    at_the_same = [one for one in carrying if (one.method, one.url) == (first.method, first.url)]
    is_mixed = any(is_same_version(version, str(one.version)) for one in at_the_same)
    hint = _MIXED_HINT if is_mixed else f"{_OTHER_VERSION_HINT}; {_OTHER_SERVICE_HINT}"
    failure = Failure(
        category=Category.VERSION,
        expected=f"version {version} in every response that carries one",
        seen=f"version {first.version} in {len(others)} of {len(carrying)} responses",
        where=f"{first.method} {first.url}, {_place(readiness)}",
        hint=hint,
    )
    return NotReadyError(failure, first)


def is_told_at_once(version: str, shown: ShownVersion) -> bool:
    """Whether waiting does not help, because the page can't tell the version from another."""
    is_unclear = shown.is_number and shown.text is not None
    return (
        is_unclear
        and not is_same_version(version, str(shown.text))
        and is_same_number(version, str(shown.text))
    )


def _share(roll_out: RollOut) -> str:
    answers = roll_out.other + roll_out.expected
    return f"{roll_out.other} of {answers} answers, and the expected one in the others"


def _as_text(shown: str) -> str:
    return (
        "let the page give the version as a text, in quotation marks; or, if the number names one"
        f" version only, give it as --target-version={shown} (told at once: waiting does not change"
        " it)"
    )


def _if_it_is(shown: str) -> str:
    return f"{_OTHER_VERSION_HINT}; if this is the version, give it as --target-version={shown}"


def _about_version(
    base_url: str, readiness: Readiness, poll: Poll, expected: str, seen: str, hint: str
) -> NotReadyError:
    failure = Failure(
        category=Category.VERSION,
        expected=expected,
        seen=seen,
        where=f"GET {base_url}{readiness.version_path or readiness.path}, {_place(readiness)}",
        hint=hint,
    )
    return NotReadyError(failure, poll.exchange)


def _place(readiness: Readiness) -> str:
    if readiness.version_header:
        return f"header {readiness.version_header}"
    return f"property {readiness.version_pointer}" if readiness.version_pointer else "its body"

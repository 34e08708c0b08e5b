"""The reason of a failure in a few words: method, path, what it did. Pure.

Wording only: no decision reads it. A failure is data with four phrases, and the phrases of a kind
have a form of their own, so that each row here turns those of one form into a reason. What fits no
row is told by its place and by what came.

Long because each kind of failure has a row of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pytest_apismoke.errors import Category, Violation
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.verdict.outcome import Outcome
from pytest_apismoke.verdict.subjects import (
    FEW_CHARS,
    about,
    fitting,
    is_request,
    own_test_name,
    said,
    without_remark,
)

#: A reason is never longer: the whole is told below it.
_MOST_CHARS = 120
_STATUS = late_pattern(r"(\d{3})\b(.*)", re.DOTALL)
_WITH_VIOLATION = late_pattern(r" with (/\S*): expected ")
_ABSENT = late_pattern(r"the property ('.*')")
_IN_FIELD = late_pattern(r"(.*) in (['\"][^'\"]+['\"])$")
_SENT_AS = late_pattern(r"(?:without a|with a wrong|with a made-up) (?:token|signature)")
_VERSION = late_pattern(r"version (\S+?),?(?: |$)")
_SENTENCE = late_pattern(r"(?:it is|they are|it was) (.*)", re.DOTALL)
_A_KEY = late_pattern(r"(a key of|the name of|one of|an? )")


def reason(check: Outcome) -> str:
    """Why a check failed, on one line, without the word of a verdict or of a category."""
    told = next(filter(None, (row(check) for row in _ROWS)))
    return _shortened(told)


def _shortened(text: str) -> str:
    return text if len(text) <= _MOST_CHARS else f"{text[: _MOST_CHARS - 1].rstrip()}…"


# -- rows: each tells the failures of one form, and nothing of others ------------------------------


def _left_changed(check: Outcome) -> str:
    if not check.dirty:
        return ""
    whats = check.in_short or (_interrupted(check) or _hung(check) or said(check),)
    # Rather without a subject than without the name of a field.
    heads = ("the target was left changed", "left changed")
    return fitting([f"{head}: {what}" for what in whats for head in heads])


def _as_given(check: Outcome) -> str:
    """In the words that stand where the failure was made."""
    return fitting(check.in_short)


def _broken_contract(check: Outcome) -> str:
    places = len(check.violations)
    if not places or not is_request(check) or _STATUS.match(check.seen):
        return ""
    if places == 1:
        return about(check, f" breaks its contract{_at(check.violations[0])}")
    return about(check, f" breaks its contract in {places} places")


def _at(violation: Violation) -> str:
    """Where a contract is broken; for the body as a whole, what is missing in it."""
    if violation.pointer not in ("", "/"):
        return f" at {violation.pointer}"
    absent = _ABSENT.fullmatch(violation.expected)
    return f": {absent[1]} is absent" if absent else ""


def _version(check: Outcome) -> str:
    if check.category is not Category.VERSION:
        return ""
    wanted, came = (_VERSION.match(text) for text in (check.expected, check.seen))
    if not wanted:
        return ""
    if came:
        return f"version {came[1]} answers instead of {wanted[1]}"
    if check.seen.startswith("it "):
        return f"version {wanted[1]} answered only {check.seen.partition(',')[0][3:]}"
    return f"version {wanted[1]} was not seen: {said(check)}"


def _unready(check: Outcome) -> str:
    if check.category is not Category.UNREADY:
        return ""
    when = f"within {limit}" if (limit := check.expected.partition("within ")[2]) else ""
    found = _STATUS.match(said(check))
    told = f": {said(check)}"
    if found:
        # A page that is well by its status says in itself what is not.
        told = f" answers {found[1]}{found[2] if int(found[1]) < 400 else ''}"
    in_time, at_all, bare = (
        about(check, f"{told}{rest}")
        for rest in (f", not ready {when}".rstrip(), ", not ready", "")
    )
    # The place that a redirect leads to is too long anyway: then not at the cost of the point.
    return fitting((in_time, at_all, bare) if len(bare) <= FEW_CHARS else (at_all,))


def _hung(check: Outcome) -> str:
    place = check.seen.removeprefix("it was still in ")
    is_run = check.where == "this run" and place != check.seen
    return f"the run did not end: it was still in {place}" if is_run else ""


def _too_slow(check: Outcome) -> str:
    limit = check.expected.removeprefix("a response within ")
    if limit != check.expected:
        return about(check, f" takes longer than {limit}")
    limit = check.expected.removeprefix("to finish within ")
    return about(check, f" did not finish within {limit}") if limit != check.expected else ""


def _status(check: Outcome) -> str:
    found = _STATUS.match(said(check)) if is_request(check) else None
    if not found:
        return ""
    status, rest = found.groups()
    if not rest.startswith((":", " ", ",")) and rest:
        return ""
    if found := _WITH_VIOLATION.match(rest):
        # The place of the whole body says nothing.
        place = f" at {found[1]}" if found[1] != "/" else ""
        return about(check, f" answers {status} and breaks its contract{place}")
    if "JSON body" in check.expected or status in check.expected:
        return _answered(check, status, rest)
    if int(status) >= 400:  # HTTP's errors
        return about(check, f"{_sent_as(check)} answers {status}")
    if sentence := _SENTENCE.fullmatch(rest.removeprefix(": ")):
        return about(check, f" is {sentence[1]}")
    if rest.startswith(": "):
        return about(check, rest)
    if re.fullmatch(r"[\d ,or]+", check.expected):
        return about(check, f" answers {status} instead of {check.expected}")
    return about(check, f" answers {status}{rest}")


def _answered(check: Outcome, status: str, rest: str) -> str:
    """What is wrong with a response whose status is as it should be."""
    problem = rest.rpartition(": ")[2] if ": " in rest else ""
    if sentence := _SENTENCE.fullmatch(problem):
        return about(check, f" is {sentence[1]}")
    phrases = [rest, *([f": {problem}"] if problem else [])]
    if problem and "JSON body" in check.expected:
        phrases.append(" with broken JSON")
    return fitting([about(check, f" answers {status}{one}") for one in phrases])


def _sent_as(check: Outcome) -> str:
    """How a request was sent that has to be refused: with its token, it may well be answered."""
    found = _SENT_AS.search(check.expected)
    return f" {found[0]}" if found else ""


def _no_response(check: Outcome) -> str:
    return about(check, f": {said(check)}") if check.expected == "a response" else ""


def _no_token(check: Outcome) -> str:
    if check.category is not Category.AUTH or not is_request(check):
        return ""
    for what in ("a token", "a cookie", "a value"):
        if check.expected.startswith(f"{what} "):
            return about(check, f" gives no {what[2:]} that can be used")
    return ""


def _field(check: Outcome) -> str:
    """A field with another value than it may have."""
    value, place = check.seen, _IN_FIELD.match(check.expected)
    if inner := _IN_FIELD.match(check.seen):
        value, place = inner[1], inner
    if not place or check.seen.startswith(("no ", "a ")):
        return ""
    absent = value.startswith("nothing")
    return f"{place[2]} is absent" if absent else f"{place[2]} is {value}"


def _interrupted(check: Outcome) -> str:
    if check.category is not Category.INTERRUPTED:
        return ""
    what = check.expected.removesuffix(" to finish")
    if check.seen == "it was interrupted" and what != check.expected:
        return f"{what} was interrupted"
    told = check.seen.removeprefix("a call of ").partition(" while ")[0]
    return f"{told} ended the run" if told.startswith("os.") else told


def _defect(check: Outcome) -> str:
    if check.category is not Category.INTERNAL:
        return ""
    what = check.expected.removesuffix(" to run")
    return f"{what} failed: {check.seen}"


def _own_test(check: Outcome) -> str:
    name = own_test_name(check)
    if check.expected == "the test to pass":
        came = check.seen.removeprefix("AssertionError: ").removeprefix("Failed: ")
        return f"{name} fails: {came}"
    if check.expected == "the test's own code to work":
        return f"{name} breaks: {check.seen}"
    if check.expected.startswith("a test that uses "):
        return f"{name} sends no request"
    if name and check.expected.startswith("assert "):
        return f"{name} fails: {check.seen}"
    return ""


def _not_verified(check: Outcome) -> str:
    if check.category is not Category.UNVERIFIED:
        return ""
    expected, seen = check.expected, check.seen
    if expected == "every required check to be run":
        return f"{check.name} is required and was not run"
    if expected == "every test of this run to be run":
        return f"{own_test_name(check)} was not run"
    if expected.startswith("at least one check"):
        return f"no check sent a request to the target{_in_parentheses(seen, but='none')}"
    if found := re.match(r"at least (\S+ %) of the (\d+) operations", expected):
        exercised = seen.partition(",")[0]
        return f"{exercised} of {found[2]} operations were exercised, and not {found[1]}"
    if found := re.match(r"a check of the API ('[^']*')", expected):
        is_left_out = seen == "a call that leaves it out"
        return f"the API {found[1]} is {'left out' if is_left_out else 'not checked by this run'}"
    if found := re.match(r"a test below (.*) that this run runs", expected):
        return f"no test below {found[1]} ran"
    return ""


def _in_parentheses(text: str, *, but: str) -> str:
    return "" if text == but else f" ({text})"


def _not_collected(check: Outcome) -> str:
    what = check.expected.removesuffix(" to be collected")
    return f"{what} can't be collected: {check.seen}" if what != check.expected else ""


def _drift(check: Outcome) -> str:
    found = re.match(r"responses of (.*?) (?:with|and) ", check.expected)
    return f"{found[1]}: {check.seen}" if found else ""


def _mistake(check: Outcome) -> str:
    """A mistake in the call or in a file."""
    where, seen = check.where, check.seen
    if check.category is not Category.USAGE or is_request(check):
        return ""
    wanted = without_remark(check.expected)
    if where.startswith("apismoke") and wanted == "a run against a target":
        return f"{seen} was given" if seen == "no target" else seen
    if wanted.startswith(("a key of", "a key ")):
        told = f"{_file_of(where)} has a key that does not exist"
        return fitting((f"{told}: {seen}", told))
    if seen in ("an empty string", "an empty text"):
        return f"{where} is empty"
    if seen == "none":
        return f"{where}: {wanted} is missing"
    if seen == "both":
        return f"{where}: both are given, {wanted}"
    if seen.startswith(("'", '"')) and " " not in seen[1:-1] and _A_KEY.match(wanted):
        return _within(f"{where}: {seen} is not {wanted}", f"{where}: {seen}")
    return _within(f"{where}: {seen}, expected {wanted}", f"{where}: {seen}")


def _within(long: str, short: str) -> str:
    return long if len(long) <= _MOST_CHARS else short


def _file_of(where: str) -> str:
    return where.partition("#")[0].partition(",")[0].partition(":")[0] or "the configuration"


def _otherwise(check: Outcome) -> str:
    whole = about(check, f": expected {check.expected}, got {said(check)}")
    return whole if len(whole) <= FEW_CHARS + 20 else about(check, f": {said(check)}")


#: The first that knows the form of a failure tells it.
_ROWS: tuple[Callable[[Outcome], str], ...] = (
    _left_changed,
    _as_given,
    _own_test,
    _interrupted,
    _defect,
    _version,
    _unready,
    _broken_contract,
    _hung,
    _too_slow,
    _status,
    _no_response,
    _no_token,
    _not_verified,
    _not_collected,
    _drift,
    _field,
    _mistake,
    _otherwise,
)

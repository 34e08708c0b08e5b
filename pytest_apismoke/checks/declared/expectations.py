"""Compares the status and headers of a response with those that a check declares. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_apismoke.checks.declared.model import NOTHING, DeclaredCheck, HeaderWanted
from pytest_apismoke.errors import Category, fail
from pytest_apismoke.http.response import Response
from pytest_apismoke.schemas.patterns import compile_pattern
from pytest_apismoke.verdict.subjects import place_in_short

#: The statuses of success for an operation; a redirect counts, because it is not followed.
SUCCESS = tuple(range(200, 400))
_REFUSED = (401, 403)


def judge_refusal(response: Response, statuses: Sequence[int]) -> str:
    """The verified sentence for a response that refuses a request without a token.

    Args:
        response: to that request.
        statuses: those of a refusal, as the profile has them.

    Raises:
        SmokeError: `auth` for a 2xx status, `fetch` for any other than these.

    """
    wanted = f"{' or '.join(map(str, statuses))} without a token"
    if 200 <= response.status < 300:
        raise fail(
            Category.AUTH,
            expected=wanted,
            seen=f"{response.status}: it is served to anyone",
            where=response.where,
            hint="the route is not protected: put the authentication back in front of it, or"
            " remove refused_without_auth if the route is public",
        )
    if response.status not in statuses:
        raise response.not_as_expected(wanted, category=Category.FETCH)
    return f"it is refused without a token, with {response.status}"


def judge_head(check: DeclaredCheck, response: Response) -> None:
    """Checks that the status and the headers are as declared.

    Raises:
        SmokeError: `fetch` for the status, `save` for that of an update, `invalid` for a header.

    """
    _judge_status(check, response)
    wrong = [found for wanted in check.expect.headers if (found := _wrong(wanted, response))]
    if wrong:
        names = [one.name for one in check.expect.headers]
        absent = [name for name in names if name.lower() not in response.headers]
        told = f"{place_in_short(response.where)} answers without the header {', '.join(absent)}"
        raise fail(
            Category.INVALID,
            expected=", and ".join(expected for expected, _ in wrong),
            seen=", and ".join(seen for _, seen in wrong),
            where=response.where,
            hint="look at the response with the curl line, or correct the check",
            in_short=(told,) if len(absent) == len(wrong) else (),
        )


def _judge_status(check: DeclaredCheck, response: Response) -> None:
    statuses = check.expect.statuses
    if response.status in statuses if statuses else 200 <= response.status < 300:
        return
    category = Category.SAVE if _changes_something(check) else Category.FETCH
    wanted = "a 2xx or 3xx status" if statuses == SUCCESS else " or ".join(map(str, statuses))
    hint = response.log_hint
    if response.redirects_to:
        hint = (
            f"redirects are not followed: declare status = {response.status}, or the path that it"
            " leads to"
        )
    elif response.status in _REFUSED and check.auth:
        hint = "the token is refused here: look at what this account may do"
    elif response.status in _REFUSED:
        hint = "no token was sent: the check has auth = false, or the OpenAPI document no security"
    raise response.not_as_expected(wanted or "a 2xx status", category=category, hint=hint)


def _changes_something(check: DeclaredCheck) -> bool:
    return not check.is_safe and check.changes != NOTHING


def _wrong(wanted: HeaderWanted, response: Response) -> tuple[str, str] | None:
    """The expected and the seen part of a message about a header; None if the header is right."""
    value = response.headers.get(wanted.name.lower())
    if value is not None and _fits(wanted, value):
        return None
    if wanted.equals is not None:
        how = f"the header {wanted.name}: {wanted.equals}"
    else:
        how = f"the header {wanted.name}"
        how += f" to match {wanted.pattern!r}" if wanted.pattern is not None else ""
    shown = response.redacted_headers.get(wanted.name.lower(), value or "")
    return how, "no such header" if value is None else repr(shown)


def _fits(wanted: HeaderWanted, value: str) -> bool:
    if wanted.pattern is not None:
        return compile_pattern(wanted.pattern).search(value)
    if wanted.equals is None or value.strip() == wanted.equals:
        return True
    # A declared media type without parameters matches one with parameters.
    is_type = wanted.name.lower() == "content-type" and ";" not in wanted.equals
    return is_type and value.split(";")[0].strip().lower() == wanted.equals.lower()

"""The suites of the gate: the built-in ones, a module each, and that of a further resource."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pytest_apismoke.checks.model import Check, CheckContext
from pytest_apismoke.checks.suites.base import Suite


def suite_checks(context: CheckContext) -> tuple[Check, ...]:
    """The checks of the suites of the enabled APIs, in order."""
    apis = context.settings.apis
    enabled = list(_enabled(apis))
    resources = [one for one in context.settings.profile.resources if one.name in apis]
    names = [*(kind.api for kind in enabled), *(one.name for one in resources)]
    suites: list[Suite] = [kind(context, first=names[0]) for kind in enabled]
    if resources:
        from pytest_apismoke.checks.suites.resource import ResourceSuite

        suites += [ResourceSuite(context, one, first=names[0]) for one in resources]
    return tuple(check for suite in suites for check in suite.checks())


def _enabled(apis: Collection[str]) -> Iterator[type[Suite]]:
    """The built-in suites of a run, in order; those of others are not even imported."""
    if "settings" in apis:
        from pytest_apismoke.checks.suites.settings import SettingsSuite

        yield SettingsSuite
    if "calendar" in apis:
        from pytest_apismoke.checks.suites.calendar import CalendarSuite

        yield CalendarSuite
    if "twilio" in apis:
        from pytest_apismoke.checks.suites.twilio import TwilioSuite

        yield TwilioSuite

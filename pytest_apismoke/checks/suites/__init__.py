"""The suites of the gate: the built-in ones, a module each, and that of a further resource."""

from __future__ import annotations

from pytest_apismoke.checks.model import Check, CheckContext
from pytest_apismoke.checks.suites.base import Suite
from pytest_apismoke.checks.suites.calendar import CalendarSuite
from pytest_apismoke.checks.suites.resource import ResourceSuite
from pytest_apismoke.checks.suites.settings import SettingsSuite
from pytest_apismoke.checks.suites.twilio import TwilioSuite

_SUITES: tuple[type[Suite], ...] = (SettingsSuite, CalendarSuite, TwilioSuite)


def suite_checks(context: CheckContext) -> tuple[Check, ...]:
    """The checks of the suites of the enabled APIs, in order."""
    apis = context.settings.apis
    enabled = [kind for kind in _SUITES if kind.api in apis]
    resources = [one for one in context.settings.profile.resources if one.name in apis]
    names = [*(kind.api for kind in enabled), *(one.name for one in resources)]
    suites: list[Suite] = [kind(context, first=names[0]) for kind in enabled]
    suites += [ResourceSuite(context, one, first=names[0]) for one in resources]
    return tuple(check for suite in suites for check in suite.checks())

"""The built-in suites, one module per API."""

from __future__ import annotations

from pytest_apismoke.checks.model import Check, CheckContext
from pytest_apismoke.checks.suites.base import Suite
from pytest_apismoke.checks.suites.calendar import CalendarSuite
from pytest_apismoke.checks.suites.settings import SettingsSuite
from pytest_apismoke.checks.suites.twilio import TwilioSuite

_SUITES: tuple[type[Suite], ...] = (SettingsSuite, CalendarSuite, TwilioSuite)


def suite_checks(context: CheckContext) -> tuple[Check, ...]:
    """The checks of the built-in suites of the enabled APIs, in order."""
    enabled = [kind for kind in _SUITES if kind.api in context.settings.apis]
    suites = [kind(context, first=enabled[0].api) for kind in enabled]
    return tuple(check for suite in suites for check in suite.checks())

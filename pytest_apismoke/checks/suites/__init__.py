"""The built-in suites, one module an API."""

from __future__ import annotations

from pytest_apismoke.checks.suites import calendar, settings, twilio

SUITES = (settings.SUITE, calendar.SUITE, twilio.SUITE)

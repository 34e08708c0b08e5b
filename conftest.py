"""Settings for every run of pytest in this checkout; needs nothing but pytest itself."""

from __future__ import annotations

import importlib.metadata
import importlib.util


def pytest_report_header() -> str:
    """Says which copy of the package is being tested: an installed one, or this checkout."""
    spec = importlib.util.find_spec("pytest_apismoke")
    place = spec.origin if spec else "nowhere"
    return f"under test: pytest-apismoke {importlib.metadata.version('pytest-apismoke')}, {place}"

"""The types of the fixtures, for annotations in users' tests.

Import it below `if TYPE_CHECKING:`; it loads what a run without a target does not need.
"""

from __future__ import annotations

from collections.abc import Callable

from pytest_apismoke.errors import SmokeError
from pytest_apismoke.hooks.user_client import SmokeClient
from pytest_apismoke.hooks.user_contracts import SmokeContract
from pytest_apismoke.http.target_session import TargetSession

#: The fixture `smoke_login`.
SmokeLogin = Callable[[str], SmokeClient]

__all__ = ["SmokeClient", "SmokeContract", "SmokeError", "SmokeLogin", "TargetSession"]

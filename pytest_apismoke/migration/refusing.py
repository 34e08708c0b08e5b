"""Requests that are no check whatever their author wants, and what must not be written. Pure."""

from __future__ import annotations

import re
from typing import Any

from pytest_apismoke.http.request import SAFE_METHODS
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.migration.model import Foreign
from pytest_apismoke.redaction import is_sensitive

LOGIN = "a run logs in once, as [login] of apismoke.toml says, and sends its token"
_SESSION = late_pattern(r"log-?_?o(ut|ff)|sign-?_?o(ut|ff)|revoke", re.IGNORECASE)
_LOG_IN = late_pattern(r"log-?_?in|sign-?_?in|/auth(/|$)|authenticate|token|session", re.IGNORECASE)
_METHODS = (*SAFE_METHODS, "POST", "PUT", "PATCH", "DELETE")


class NotCarriedError(Exception):
    """Why a request is no check."""


def refuse(request: Foreign, method: str, path: str) -> None:
    """Raises for what is no check, whatever its author wants."""
    if method not in _METHODS:
        raise NotCarriedError(f"no check has the method {method}")
    if _is_login(request, path):
        raise NotCarriedError(LOGIN)
    if _SESSION.search(path):
        raise NotCarriedError("it ends the session that all other checks need")


def _is_login(request: Foreign, path: str) -> bool:
    saves = any(is_sensitive(name) for name, _ in request.saved)
    sends = without_secrets(request.json) != request.json
    is_named = _LOG_IN.search(path) is not None
    return request.method.upper() == "POST" and (saves or (is_named and (sends or saves)))


def without_secrets(value: Any) -> Any:
    """A JSON value in which secrets are replaced, by the names of their keys."""
    if isinstance(value, list):
        return [without_secrets(one) for one in value]
    if isinstance(value, dict):
        return {
            key: "REPLACED" if is_sensitive(key) and one else without_secrets(one)
            for key, one in value.items()
        }
    return value

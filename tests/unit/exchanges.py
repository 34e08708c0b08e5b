"""Exchanges as tests need them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_apismoke.evidence import Exchange
from pytest_apismoke.unshown import Told


def retold(exchange: Exchange, **texts: Any) -> Exchange:
    """The same exchange with other texts."""
    names = ("url", "request_id", "excerpt", "error", "curl")
    before: dict[str, Any] = {name: getattr(exchange, name) for name in names}
    return replace(exchange, evidence=Told(**{**before, **texts}))

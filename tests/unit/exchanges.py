"""Exchanges as tests need them."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from pytest_apismoke.evidence import Exchange
from pytest_apismoke.unshown import Told


def retold(exchange: Exchange, **texts: Any) -> Exchange:
    """The same exchange with other texts."""
    before: dict[str, Any] = {one.name: getattr(exchange, one.name) for one in fields(Told)}
    return replace(exchange, evidence=Told(**{**before, **texts}))

"""What a run was told of contracts: which API description, how much of it, and what of drift."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from pytest_apismoke.configuration.sources import Resolver, nearest
from pytest_apismoke.errors import misconfigured


class Drift(str, Enum):
    """What becomes of what an answer holds beside its contract."""

    OFF = "off"
    NOTE = "note"
    STRICT = "strict"

    def __str__(self) -> str:
        return self.value


class OperationChecks(str, Enum):
    """In which runs each safe operation of the API description is a check."""

    OFF = "off"
    SMOKE = "smoke"
    FULL = "full"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractSettings:
    """What a run was told of contracts.

    `openapi` is the description to hold answers against, as it was given: a file, or a path of the
    target that begins with a slash. `floor_percent` is how many of its operations a run has to
    exercise.
    """

    openapi: str | None = None
    checks: OperationChecks = OperationChecks.OFF
    floor_percent: float = 0.0
    drift: Drift = Drift.NOTE

    def gives_checks(self, *, smoke: bool) -> bool:
        """Whether operations are checks of a run of this mode."""
        in_every_run = self.checks is OperationChecks.SMOKE
        return in_every_run or (self.checks is OperationChecks.FULL and not smoke)


def contract_settings(pick: Resolver) -> ContractSettings:
    """Decides them.

    Raises:
        SmokeError: (`usage`) for the first mistake found.

    """
    openapi = pick.text("openapi", option="--smoke-openapi", ini="apismoke_openapi")
    if openapi == "":
        raise misconfigured(
            expected="an OpenAPI description: a file, or a path of the target (/openapi.json)",
            seen="an empty text",
            where=pick.sources["openapi"],
            hint="name it, or leave the option out; if it comes from a variable, that is not set",
        )
    checks = _one_of(OperationChecks, pick, "openapi_checks", OperationChecks.OFF)
    floor_percent = _percent(pick)
    if openapi is None and (floor_percent or checks is not OperationChecks.OFF):
        name = "openapi_floor" if floor_percent else "openapi_checks"
        raise misconfigured(
            expected="an OpenAPI description, whose operations are asked for",
            seen="none",
            where=pick.sources[name],
            hint="name it with --smoke-openapi=SOURCE",
        )
    return ContractSettings(
        openapi=openapi,
        checks=checks,
        floor_percent=floor_percent,
        drift=_one_of(Drift, pick, "drift", Drift.NOTE),
    )


_Choice = TypeVar("_Choice", Drift, OperationChecks)


def _one_of(kind: type[_Choice], pick: Resolver, name: str, default: _Choice) -> _Choice:
    option = f"--smoke-{name.replace('_', '-')}"
    text = pick.text(name, option=option, ini=f"apismoke_{name}")
    if text is None:
        return default
    known = [choice.value for choice in kind]
    if text not in known:
        raise misconfigured(
            expected=f"one of {', '.join(known)}",
            seen=repr(text),
            where=pick.sources[name],
            hint=nearest(text, known),
        )
    return kind(text)


def _percent(pick: Resolver) -> float:
    text = pick.text("openapi_floor", option="--smoke-openapi-floor", ini="apismoke_openapi_floor")
    if text is None:
        return 0.0
    try:
        value = float(text.removesuffix("%"))
    except ValueError:
        value = -1.0
    if 0 <= value <= 100:
        return value
    raise misconfigured(
        expected="a number of percent from 0 to 100",
        seen=repr(text),
        where=pick.sources["openapi_floor"],
        hint="give a number, for instance 80",
    )

"""Settings of contracts: which OpenAPI document, how much of it, and what to do about drift."""

from __future__ import annotations

from pytest_apismoke.configuration import setting_table
from pytest_apismoke.configuration.sources import Resolver
from pytest_apismoke.errors import misconfigured
from pytest_apismoke.modes import Drift, OperationChecks
from pytest_apismoke.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractSettings:
    """The settings of contracts.

    `openapi` is the OpenAPI document that responses are validated against, as it was given: a
    file, or a path of the target that begins with a slash. `floor_percent` is the share of its
    operations that a run has to exercise.
    """

    openapi: str | None = None
    checks: OperationChecks = "off"
    floor_percent: float = 0.0
    drift: Drift = "note"

    def gives_checks(self, *, smoke: bool) -> bool:
        """Whether operations are checks of a run of this mode."""
        in_every_run = self.checks == "smoke"
        return in_every_run or (self.checks == "full" and not smoke)


def contract_settings(resolver: Resolver) -> ContractSettings:
    """Resolves the settings of contracts.

    Raises:
        SmokeError: (`usage`) for the first mistake found.

    """
    settings = ContractSettings(
        openapi=resolver.value(setting_table.OPENAPI),
        checks=resolver.value(setting_table.OPENAPI_CHECKS),
        floor_percent=resolver.value(setting_table.OPENAPI_FLOOR),
        drift=resolver.value(setting_table.DRIFT),
    )
    has_checks = settings.checks != "off"
    if settings.openapi is None and (settings.floor_percent or has_checks):
        needs = (
            setting_table.OPENAPI_FLOOR if settings.floor_percent else setting_table.OPENAPI_CHECKS
        )
        raise misconfigured(
            expected="an OpenAPI document, for its operations",
            seen="none",
            where=resolver.where(needs),
            hint="name it with --smoke-openapi=SOURCE",
        )
    return settings

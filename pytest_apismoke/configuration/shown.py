"""The settings of a run as they may be shown: each value with where it came from. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pytest_apismoke.configuration import setting_table as table
from pytest_apismoke.configuration.setting import Setting
from pytest_apismoke.configuration.setting_kinds import DURATION, TIME_LIMIT
from pytest_apismoke.configuration.settings import Settings
from pytest_apismoke.configuration.sources import RawSettings, Resolver

#: Stands for a credential, whatever it is.
_SECRET = "[redacted]"  # noqa: S105  # what is shown instead of one


#: The directory of a journal that no later run needs.
_ENDS = "temporary, ends with the run"


def settings_shown(raw: RawSettings, settings: Settings) -> Iterator[tuple[str, str, str]]:
    """The name, the value and the source of each setting, in the order of the table.

    Args:
        raw: the values as they were given.
        settings: what was made of them.

    """
    resolver, sources = Resolver(raw), dict(settings.sources)
    # Those whose defaults depend on others.
    decided: dict[str, object] = {
        table.SMOKE.name: settings.mode,
        table.TARGET_URL.name: settings.target_url,
        table.BUDGET.name: settings.budget_s,
        table.FRESH_READS.name: settings.fresh_reads,
        table.APIS.name: settings.apis,
        table.PROFILE.name: settings.profile.name,
        table.STATE_DIR.name: _ENDS if settings.embedded else settings.journal_dir,
    }
    for setting in table.SETTINGS:
        value = decided.get(setting.name) or _value(resolver, setting)
        yield setting.name, _in_words(setting, value), str(sources.pop(setting.name, ""))
    for name, source in sources.items():
        yield name, _SECRET, str(source)


def _value(resolver: Resolver, setting: Setting[Any]) -> object:
    return resolver.values(setting) if setting.is_list else resolver.value(setting)


def _in_words(setting: Setting[Any], value: object) -> str:
    if setting.kind.is_secret and value:
        return _SECRET
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g} s" if setting.kind in (DURATION, TIME_LIMIT) else f"{value:g}"
    return "none" if value in (None, "") else str(value)

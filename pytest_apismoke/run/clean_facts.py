"""Removes secrets from the facts about a run that were not known when their texts were made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_apismoke.hooks.scrubbing import cleaned, collect
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.reports.facts import RunFacts

#: What the target or the files of the run may have put words into. The rest is the gate's own, or
#: the call's: the command that restores a target has to stay one.
_OF_OTHERS = (
    *("target_version", "notes", "not_looked_at", "known", "contract"),
    *("exchanges", "settings", "writes"),
)


def cleaned_facts(facts: RunFacts, redactor: Redactor) -> RunFacts:
    """The facts without secrets; the same ones where there is none in them."""
    values: dict[str, Any] = {name: getattr(facts, name) for name in _OF_OTHERS}
    texts: list[str] = []
    collect(values.values(), texts)
    if redactor.is_free(*texts):
        return facts
    clean: dict[str, Any] = {name: cleaned(one, redactor.text) for name, one in values.items()}
    return replace(facts, **clean)

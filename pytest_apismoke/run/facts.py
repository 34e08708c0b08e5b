"""What a run tells beside its verdict: the notes at its start, and the facts for the reports."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from pytest_apismoke import __version__
from pytest_apismoke.checks.declared.folder import FOLDER, Contracts
from pytest_apismoke.checks.declared.model import changed_documents
from pytest_apismoke.configuration import reading
from pytest_apismoke.configuration.journal_dir import repair_command
from pytest_apismoke.configuration.profiles import DEFAULT_PROFILE, OPENAPI
from pytest_apismoke.configuration.settings import Settings
from pytest_apismoke.configuration.target_url import is_in_the_clear
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.hooks.scrubbing import cleaned, collect
from pytest_apismoke.hooks.user_tests import THREAD_METHOD_NOTE, asks_for_thread_method
from pytest_apismoke.known.entries import KnownUse
from pytest_apismoke.openapi import conformance
from pytest_apismoke.openapi.conformance import ContractUse
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.run.own_exchanges import own_exchanges
from pytest_apismoke.run.preparation import Preparation
from pytest_apismoke.run.writes import writes_of
from pytest_apismoke.verdict.outcome import Outcome, SkipReason

_MAXFAIL_NOTE = "-x and --maxfail are ignored: the exit code needs the result of every API"
_IN_THE_CLEAR = (
    "warning: plain HTTP to another machine: anyone in between can read the password, the token"
    " and every response, and change them; give an https URL"
)
_NO_OPERATION_CHECKS = (
    "--smoke-openapi-checks adds no checks to this run: the API 'openapi' was not chosen"
)
#: What the target or the files of the run may have put words into. The rest is the gate's own, or
#: the call's: the command that restores a target has to stay one.
_OF_OTHERS = (
    *("target_version", "notes", "not_looked_at", "known", "contract"),
    *("exchanges", "settings", "writes"),
)


def opening_notes(config: pytest.Config, preparation: Preparation) -> list[str]:
    """The notes on a run that is about to begin."""
    assert preparation.preflight is not None, "only a run that was prepared begins"
    settings = preparation.preflight.settings
    notes = []
    if config.getoption("maxfail"):
        notes.append(_MAXFAIL_NOTE)
    notes += reading.clash_notes(config)
    if asks_for_thread_method(config):
        notes.append(THREAD_METHOD_NOTE)
    if is_in_the_clear(settings.target_url):
        notes.append(_IN_THE_CLEAR)
    if settings.profile != DEFAULT_PROFILE:
        notes.append(f"the target is described by {settings.profile.origin}")
    ready = preparation.preflight.ready
    if ready and ready.note:
        notes.append(ready.note)
    notes += settings.credentials.notes
    checks = settings.contracts.gives_checks(smoke=settings.mode == "smoke")
    if checks and OPENAPI not in settings.apis:
        notes.append(_NO_OPERATION_CHECKS)
    if ignored_files := _ignored_files(preparation, settings):
        notes.append(ignored_files)
    return notes


def _ignored_files(preparation: Preparation, settings: Settings) -> str:
    """A note on the files in `contracts/` that this run does not use; empty without any."""
    loaded = preparation.preflight.loaded_spec if preparation.preflight else None
    source = Path(settings.contracts.openapi or "")
    files = loaded.files if loaded else ()
    read = (source.name, *files) if source.parent.name == FOLDER else ()
    if preparation.stored:
        from pytest_apismoke.openapi.stored_copy import NAME

        read = (*read, NAME)
    return preparation.contracts.files.note(besides=read)


def facts_of(
    preparation: Preparation,
    *,
    notes: Iterable[str],
    use: ContractUse,
    outcomes: Sequence[Outcome],
    known: KnownUse,
    left_out: Iterable[str] = (),
    polls_at_end: Sequence[Exchange] = (),
    started_at: datetime,
    duration_s: float,
    unsettled: Sequence[str] = (),
    folders: Sequence[Path] = (),
) -> RunFacts:
    """The facts about a run, however far it came.

    Args:
        preparation: of the run.
        notes: so far.
        use: the coverage of an OpenAPI document.
        outcomes: of the checks so far.
        known: what the run has seen of the known violations.
        left_out: the APIs and tests that this run has left out, in words.
        polls_at_end: the requests for the version at the end of the run.
        started_at: when it began, in UTC.
        duration_s: how long it took so far, in seconds.
        unsettled: the URLs of documents of which an update may still arrive.
        folders: what the paths of files in messages may be relative to.

    """
    settings, embedded = preparation.settings, preparation.embedded
    ready = preparation.preflight.ready if preparation.preflight else None
    strict = settings is not None and settings.contracts.drift == "strict"
    told = [*notes, *conformance.notes(use, strict=strict)]
    if use.comparison and settings and settings.contracts.drift != "off":
        told += use.comparison.notes(strict=strict)
    if embedded and embedded.counted:
        told.append(
            f"the embedded backend counted {embedded.counted['requests']} requests,"
            f" {embedded.counted['logins']} of them logins"
        )
    return RunFacts(
        mode=settings.mode if settings else preparation.mode,
        target_url=(settings.target_url if settings else "") or preparation.target_url,
        target_version=ready.version if ready else None,
        started_at=started_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        duration_s=duration_s,
        ready_after_s=ready.after_s if ready else 0.0,
        notes=tuple(told),
        repair=_repair(settings) if settings and any(one.dirty for one in outcomes) else "",
        not_looked_at=(
            *map(str, use.not_looked_at),
            *(use.comparison.not_looked_at() if use.comparison else ()),
            *preparation.not_looked_at,
            *dict.fromkeys(
                f"{one.name} ({one.detail})"
                for one in outcomes
                if one.skip_reason is SkipReason.NOTHING_THERE
            ),
            *(_left_out(settings) if settings else ()),
            *left_out,
        ),
        known=known,
        contract=use,
        run_id=preparation.preflight.run_id if preparation.preflight else "",
        trace=preparation.preflight.trace if preparation.preflight else None,
        expected_version=settings.target_version if settings else None,
        exchanges=own_exchanges(preparation.preflight, outcomes, polls_at_end),
        settings=tuple(preparation.settings_shown()),
        writes=writes_of(
            outcomes,
            _documents(preparation, settings) if settings else (),
            unsettled,
            base_path=urlsplit(settings.target_url).path.rstrip("/") if settings else "",
            login_path=settings.profile.login.path if settings else "",
        ),
        environment=_environment(),
        contract_lines=_contract_lines(preparation.contracts, outcomes, folders),
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


def _documents(preparation: Preparation, settings: Settings) -> tuple[re.Pattern[str], ...]:
    """The paths of the documents that the gate restores: the profile's, and those of checks."""
    profile = settings.profile
    own = (profile.document.path, *(one.path for one in profile.resources))
    of_checks = changed_documents(preparation.contracts.checks, profile.document.update_method)
    return (*(re.compile(re.escape(path)) for path in own), *(one.paths for one in of_checks))


def _contract_lines(
    contracts: Contracts, outcomes: Sequence[Outcome], folders: Sequence[Path]
) -> Mapping[str, int]:
    if not any(outcome.violations for outcome in outcomes):
        return {}
    from pytest_apismoke.run.contract_lines import lines_of_contracts

    return lines_of_contracts(outcomes, contracts, folders)


def _environment() -> tuple[tuple[str, str], ...]:
    return (
        ("pytest-apismoke", __version__),
        ("python", platform.python_version()),
        ("pytest", pytest.__version__),
        ("platform", f"{sys.platform} {platform.machine()}"),
    )


def _left_out(settings: Settings) -> Iterator[str]:
    """The APIs that this run does not check, as one phrase, if there are any."""
    if settings.left_out_apis:
        which = "API" if len(settings.left_out_apis) == 1 else "APIs"
        why = f"left out by {settings.source('apis')}"
        yield f"the {which} {', '.join(settings.left_out_apis)} ({why})"


def _repair(settings: Settings) -> str:
    # The embedded backend takes its changes with it.
    if settings.embedded:
        return ""
    return repair_command(settings.target_url, settings.journal_dir, profile=settings.profile.name)

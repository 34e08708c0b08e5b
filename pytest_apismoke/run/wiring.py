"""Connects the parts of an active run in one pytest process."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_apismoke.checks.declared.folder import Contracts, load
from pytest_apismoke.configuration import options, reading
from pytest_apismoke.hooks.fixtures import ELSEWHERE_KEY
from pytest_apismoke.hooks.items import Collection
from pytest_apismoke.hooks.other_plugins import XDIST, is_loaded
from pytest_apismoke.hooks.scrubbing import ComparisonScrubber, LogScrubber, SentScrubber
from pytest_apismoke.hooks.session import SmokeSession
from pytest_apismoke.hooks.terminal import Terminal, make_brief
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.token import RunTokenSource
from pytest_apismoke.preflight.result import PreflightResult
from pytest_apismoke.redaction import Redactor


def session_of(
    preflight: PreflightResult,
    redactor: Redactor,
    contracts: Contracts,
    *,
    token_source: RunTokenSource | None = None,
    client: Client | None = None,
) -> SmokeSession:
    """The session of a process; `client` is that of the preflight, if it was run in this one."""
    return SmokeSession(preflight, redactor, contracts, token_source=token_source, client=client)


def session_of_worker(handed_over: bytes, tokens: Any) -> SmokeSession:
    """The session of a worker, from the pickled preflight of its controller.

    `tokens` is the channel on which it requests another token.
    """
    import pickle

    from pytest_apismoke.http.token_broker import RemoteBroker

    preflight, files = pickle.loads(handed_over)  # noqa: S301  # from our own parent
    # From the files as the controller read them: a later change has no effect.
    contracts = load(files)
    preflight = preflight.of_this_process()
    return session_of(preflight, Redactor(), contracts, token_source=RemoteBroker(tokens))


def connect(config: pytest.Config, session: SmokeSession) -> SmokeSession:
    """Registers the hooks of an active run; returns the session."""
    is_elsewhere = config.stash.get(ELSEWHERE_KEY, False)
    users = _adapt_config(config, session, is_elsewhere=is_elsewhere)
    plugins = config.pluginmanager
    plugins.register(session, "apismoke_session")
    settings = session.preflight.settings
    collection = Collection(
        session.checks, settings, rootdir=config.rootpath, is_elsewhere=is_elsewhere
    )
    plugins.register(collection, "apismoke_collection")
    if not options.is_worker(config):
        terminal = Terminal(session, is_brief=make_brief(config))
        plugins.register(terminal, "apismoke_terminal")
    plugins.register(LogScrubber(session.redactor), "apismoke_log_scrubber")
    plugins.register(ComparisonScrubber(session.redactor), "apismoke_comparison_scrubber")
    plugins.register(SentScrubber(session.redactor), "apismoke_sent_scrubber")
    if not is_loaded(config, XDIST):
        return session
    if options.is_worker(config):
        from pytest_apismoke.hooks.worker import Worker

        plugins.register(Worker(config, session), "apismoke_worker")
        return session
    from pytest_apismoke.hooks import distribution

    if session.preflight.stopped_by:
        distribution.switch_off(config)
    else:
        session.notes += distribution.choose_workers(config, has_users_tests=bool(users))
        plugins.register(distribution.Distribution(session), "apismoke_distribution")
    return session


def _adapt_config(
    config: pytest.Config, session: SmokeSession, *, is_elsewhere: bool
) -> tuple[str, ...]:
    """Adapts pytest's configuration, alike in the controller and in the workers.

    Only the paths of this run are collected, so that a broken unit test elsewhere can't break the
    gate: those of the declared checks, those of the ini option, and those on the command line,
    which add tests and take no check away. Neither a first failure nor a file that can't be
    collected ends the run: the lowest category is known only after every API was checked.

    Returns the paths that may have tests of users.
    """
    # The checks are run on the machine of the controller, which has their files. The first one is
    # enough: `Collection` adds the others.
    files = () if is_elsewhere else session.checks.plan.files[:1]
    declared, own = session.preflight.settings.paths, config.rootpath
    # A worker is given all of them as typed.
    users = (*(str(own / path) for path in declared), *reading.paths_of_command_line(config))
    config.args = list(dict.fromkeys([*(str(own / path) for path in files), *users]))
    config.option.maxfail = 0
    config.option.continue_on_collection_errors = True
    return users

"""Looks at the version again at the end of a run: in what was carried, and by polls of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from pytest_apismoke.errors import SmokeError
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.http.login import Auth
from pytest_apismoke.preflight.clients import asking_with_token, client_for_readiness
from pytest_apismoke.preflight.readiness import confirm_version
from pytest_apismoke.preflight.result import PreflightResult
from pytest_apismoke.preflight.unready import NotReadyError, another_carried
from pytest_apismoke.redaction import Redactor


def refuse_other_version(
    preflight: PreflightResult,
    exchanges: Iterable[Exchange],
    redactor: Redactor,
    *,
    polled: Callable[[Sequence[Exchange]], object],
) -> None:
    """Makes sure that the expected version has answered all along, and still does.

    Args:
        preflight: of the run; it has become ready.
        exchanges: of the checks and of users' tests.
        redactor: knows the secrets of this run.
        polled: takes the polls that were sent.

    Raises:
        NotReadyError: `version` when another version answers, or has answered, or none does;
            `unready` when an instance is not well any more.

    """
    settings = preflight.settings
    version, readiness = settings.target_version, settings.profile.readiness
    if not version:
        return
    of_preflight = (*preflight.login.exchanges, *preflight.fetch.exchanges)
    # A step of the preflight is reported by a check too.
    sent = dict.fromkeys([*of_preflight, *exchanges])
    if carried := another_carried(sent, readiness, version):
        raise carried
    if readiness.version_needs_login and preflight.login.failure:
        # Told already: nobody can see the version.
        return
    # Within the rest of the budget.
    left_s = max(0.0, preflight.ends_at - time.monotonic())
    client = client_for_readiness(
        settings, redactor, wait_s=left_s, retries=True, trace=preflight.trace
    )
    ask = None
    if readiness.version_needs_login:
        login, credentials = settings.profile.login, settings.credentials
        auth = Auth(client, login, credentials, token=preflight.token)
        ask = asking_with_token(client, settings, auth)
    was_mixed = preflight.ready is not None and preflight.ready.is_mixed
    try:
        confirm_version(client, readiness, version, ask=ask, was_mixed=was_mixed)
    except NotReadyError:
        raise
    except SmokeError as error:
        raise NotReadyError(
            error.failure, next(iter(client.recorder.exchanges[-1:]), None)
        ) from None
    finally:
        polled(client.recorder.exchanges)
        client.close()

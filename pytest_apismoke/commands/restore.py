"""`apismoke restore`: restores by hand what a dead run left changed, as the next run would do."""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pytest_apismoke.configuration import journal_dir
from pytest_apismoke.configuration.rootdir import configuration_files, declared_apis
from pytest_apismoke.configuration.settings import Settings, resolve
from pytest_apismoke.configuration.sources import RawSettings
from pytest_apismoke.documents import describe
from pytest_apismoke.errors import SmokeError, misconfigured
from pytest_apismoke.http.target import Target
from pytest_apismoke.preflight.clients import logged_in
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.safewrite.entry import Entry
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.probe import Found
from pytest_apismoke.safewrite.reading import Look, Reader
from pytest_apismoke.safewrite.recovery import Recovery, account_of, clear_residue
from pytest_apismoke.safewrite.turns import Sightings, Turns

_DONE, _LEFT, _COULD_NOT_TRY = 0, 4, 5
_EXIT_CODES = (
    "exit codes: 0 nothing is left to restore; 4 something is still changed;"
    " 5 could not be tried (unreachable, login refused, a mistake in the call)"
)


def main(arguments: Sequence[str], *, environ: Mapping[str, str] = os.environ) -> int:
    """Run the command and return its exit code.

    Args:
        arguments: the arguments behind `apismoke restore`.
        environ: the environment variables with the credentials, as for a run.

    """
    options = _parser().parse_args(arguments)
    url = environ.get("APISMOKE_TARGET_URL") if options.target_url is None else options.target_url
    target_url = url and url.strip().rstrip("/")
    redactor = Redactor()
    try:
        folder = (
            Path(options.state_dir).absolute()
            if options.state_dir
            else journal_dir.from_environment(environ)
        )
        journal = Journal(folder, redactor)
        entries = [
            entry
            for entry in journal.entries(target_url)
            if not options.runs or entry.run_id in options.runs
        ]
        if options.list:
            return _list(journal, entries)
        if options.accept:
            return _accept(journal, entries, options.runs)
        if not entries and target_url is None:
            print(f"{folder} holds nothing to put back")
            return _DONE
        settings = _settings(_one_target(target_url, entries), options.target_profile, environ)
        return _restore(journal, settings, options)
    except SmokeError as error:
        print(redactor.text(f"apismoke: {error}"), file=sys.stderr)
        return _LEFT if error.dirty else _COULD_NOT_TRY


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="apismoke restore",
        description="Restore what a run left changed that was killed, or could not restore it."
        " Credentials come from the environment, as for a run.",
        epilog=_EXIT_CODES,
    )
    parser.add_argument("runs", metavar="RUN", nargs="*", help="only the changes of these runs")
    parser.add_argument(
        "--list", action="store_true", help="list the entries of the journal, and end"
    )
    parser.add_argument(
        "--target-url",
        metavar="URL",
        help="only changes at this target (or APISMOKE_TARGET_URL)",
    )
    parser.add_argument(
        "--target-profile",
        metavar="NAME",
        help="the profile of the configuration in this directory (or APISMOKE_TARGET_PROFILE)",
    )
    parser.add_argument("--state-dir", metavar="DIR", help="the journal (or APISMOKE_STATE_DIR)")
    parser.add_argument(
        "--force", action="store_true", help="restore also fields that were edited since"
    )
    parser.add_argument(
        "--accept",
        action="store_true",
        help="accept what these runs left as it is: delete their entries; sends nothing",
    )
    return parser


def _list(journal: Journal, entries: Sequence[Entry]) -> int:
    for entry in entries:
        with journal.claimed(entry) as is_dead:
            state = "left behind" if is_dead else "under way"
        print(f"{entry.run_id}  {state}  {entry.started_at}  {entry.host}  {entry.place}")
        for name in dict.fromkeys(name for body in entry.written for name in body):
            print(f"          {name!r} was {describe(entry.original.get(name))}")
    print(f"{len(entries)} in {journal.folder}")
    return _DONE


def _accept(journal: Journal, entries: Sequence[Entry], runs: Sequence[str]) -> int:
    if not runs:
        raise misconfigured(
            expected="the runs whose changes to accept",
            seen="none",
            where="apismoke restore --accept",
            hint="name them; 'apismoke restore --list' shows them",
        )
    unknown = [run for run in runs if run not in {entry.run_id for entry in entries}]
    if unknown:
        raise misconfigured(
            expected="runs that the journal knows",
            seen=", ".join(unknown),
            where=f"apismoke restore --accept, {journal.folder}",
            hint="'apismoke restore --list' shows them; nothing was accepted",
        )
    code = _DONE
    for entry in entries:
        with journal.claimed(entry) as is_dead:
            if is_dead:
                journal.forget(entry)
            else:
                code = _LEFT
        print(f"{'accepted' if is_dead else 'under way'}: {entry.run_id}  {entry.place}")
    return code


def _one_target(given: str | None, entries: Sequence[Entry]) -> str:
    """The target to log in to: the one that was named, or else the only one in the journal."""
    targets = list(dict.fromkeys(entry.target for entry in entries))
    if given is not None or len(targets) == 1:
        return given if given is not None else targets[0]
    raise misconfigured(
        expected="one target to restore",
        seen=f"{len(targets)} in the journal: {', '.join(targets)}" if targets else "none",
        where="apismoke restore",
        hint="name it with --target-url=URL; 'apismoke restore --list' shows the journal",
    )


def _settings(target_url: str, profile: str | None, environ: Mapping[str, str]) -> Settings:
    raw = RawSettings(
        options={"--target-url": target_url, "--target-profile": profile},
        environ=environ,
        ini={},
        directory=Path.cwd(),
        configuration=configuration_files(Path.cwd()),
    )
    settings = resolve(raw, declared=declared_apis(Path.cwd()))
    if not settings.embedded:
        return settings
    raise misconfigured(
        expected="a target that outlives its run",
        seen="the embedded backend",
        where="--target-url",
        hint="there is nothing to put back: it ends with its run, and its data go with it",
    )


def _restore(journal: Journal, settings: Settings, options: argparse.Namespace) -> int:
    redactor = journal.redactor
    with logged_in(settings, redactor) as target:
        document = settings.profile.document
        if document.expect:
            target.check_account(target.fetch_document())
        reader = Reader(
            target, document, reads=settings.fresh_reads, wait_s=settings.readback_wait_s
        )
        account = ""
        # Without a settings document, declared checks may have changed another document.
        with contextlib.suppress(SmokeError):
            account = account_of(reader.look().document, document.id_field)
        recovered = Recovery(target, journal, reader=reader, account=account).run(
            runs=options.runs, force=options.force
        )
        is_clean = not recovered.failure and account
        residue = _clear_residue(target, journal, reader, account) if is_clean else ()
        notes = [*recovered.notes, *residue]
    for note in notes:
        print(redactor.text(note))
    if recovered.failure:
        raise SmokeError(recovered.failure, dirty=True)
    if recovered.left:
        return _LEFT
    print(f"nothing is left to put back at {settings.target_url}")
    return _DONE


def _clear_residue(target: Target, journal: Journal, reader: Reader, account: str) -> Sequence[str]:
    """Restores a document with a probe that this machine's journal does not know."""
    run_id, probes = secrets.token_hex(4), target.profile.document.probe

    def clear(found: Found, look: Look) -> str:
        return clear_residue(
            target, journal, reader, found, look, run_id=run_id, account=account, probes=probes
        )

    turns = Turns(
        reader,
        Sightings(journal.folder),
        probes=probes,
        run_id=run_id,
        changing=(),
        clear=clear,
    )
    turns.await_free_field()
    return turns.notes

"""`apismoke restore`: restores by hand what a dead run left changed, as the next run would do.

Long because listing, accepting and restoring share their entries, and their way to the target.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from pytest_apismoke.checks.declared.folder import FOLDER, load, read_folder
from pytest_apismoke.checks.declared.model import changed_documents
from pytest_apismoke.ci_commands import without_commands
from pytest_apismoke.configuration import journal_dir
from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.configuration.rootdir import configuration_files, declared_apis
from pytest_apismoke.configuration.settings import Settings, resolve
from pytest_apismoke.configuration.sources import RawSettings
from pytest_apismoke.documents import ABSENT, describe
from pytest_apismoke.errors import SmokeError, misconfigured, presentable
from pytest_apismoke.http.target import Target
from pytest_apismoke.preflight.account_id import account_of_login
from pytest_apismoke.preflight.clients import logged_in
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.safewrite.entry import Entry
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.obeyed import account_of
from pytest_apismoke.safewrite.probe import Found
from pytest_apismoke.safewrite.reading import Look, Reader
from pytest_apismoke.safewrite.recovery import Recovery
from pytest_apismoke.safewrite.residue import clear_residue
from pytest_apismoke.safewrite.sightings import Sightings
from pytest_apismoke.safewrite.turns import Turns

_DONE, _LEFT, _COULD_NOT_TRY = 0, 4, 5
_EXIT_CODES = (
    "exit codes: 0 nothing is left to restore; 4 something is still changed, or not settled yet;"
    " 5 could not be tried (unreachable, login refused, a mistake in the call)"
)


def main(arguments: Sequence[str], *, environ: Mapping[str, str] = os.environ) -> int:
    """Run the command and return its exit code.

    Args:
        arguments: the arguments behind `apismoke restore`.
        environ: the environment variables with the credentials, as for a run.

    """
    options, redactor = command_line().parse_args(arguments), Redactor()
    return _tried(redactor, lambda: _carry_out(options, environ, redactor))


def _carry_out(options: argparse.Namespace, environ: Mapping[str, str], redactor: Redactor) -> int:
    targets = _targets(options, environ)
    folder = (
        Path(options.state_dir).absolute()
        if options.state_dir
        else journal_dir.from_environment(environ)
    )
    journal = Journal(folder, redactor)
    entries = {
        target: [
            entry
            for entry in journal.entries(target)
            if not options.runs or entry.run_id in options.runs
        ]
        for target in targets
    }

    def of_target(target: str | None) -> int:
        if options.list:
            return _list(journal, entries[target], target, options, environ)
        if not entries[target] and target is None:
            print(f"{folder} holds nothing to put back")
            return _DONE
        settings = _settings(_one_target(target, entries[target]), options.target_profile, environ)
        return _restore(journal, settings, options)

    if options.accept:
        everything = [entry for of_one in entries.values() for entry in of_one]
        return _accept(journal, everything, options.runs)
    codes = [_tried(redactor, partial(of_target, target)) for target in targets]
    return _LEFT if _LEFT in codes else max(codes)


def _targets(options: argparse.Namespace, environ: Mapping[str, str]) -> tuple[str | None, ...]:
    """The targets that were given, as for a run; None for any that the journal knows."""
    given, in_environment = options.target_url, environ.get("APISMOKE_TARGET_URL")
    if given is None and in_environment is not None:
        given = in_environment.split(",")
    return (None,) if given is None else tuple(dict.fromkeys(u.strip().rstrip("/") for u in given))


def _tried(redactor: Redactor, action: Callable[[], int]) -> int:
    try:
        return action()
    except SmokeError as error:
        print(without_commands(redactor.text(f"apismoke: {error}")), file=sys.stderr)
        return _LEFT if error.dirty else _COULD_NOT_TRY


def command_line() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="apismoke restore",
        description="Restore what a run left changed that was killed, or could not restore it."
        " Credentials come from the environment, as for a run.",
        epilog=_EXIT_CODES,
    )
    parser.add_argument("runs", metavar="RUN", nargs="*", help="only the changes of these runs")
    parser.add_argument(
        "--list",
        action="store_true",
        help="list the entries of the journal, and end; with a target, look there at what differs",
    )
    parser.add_argument(
        "--target-url",
        metavar="URL",
        action="append",
        help="only changes at this target (repeatable; or APISMOKE_TARGET_URL)",
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


def _list(
    journal: Journal,
    entries: Sequence[Entry],
    target_url: str | None,
    options: argparse.Namespace,
    environ: Mapping[str, str],
) -> int:
    """Lists the entries; what differs now only for a target that the caller has named.

    No credential is sent to a target that only the journal names.
    """
    problem: SmokeError | None = None
    seen: dict[str, Sequence[str]] = {}
    if target_url is not None and entries:
        try:
            settings = _settings(target_url, options.target_profile, environ)
            seen = _seen(journal, settings, entries, named=bool(options.runs))
        except SmokeError as error:
            problem = error
    for entry in entries:
        with journal.claimed(entry) as is_dead:
            state = "left behind" if is_dead else "under way"
        print(f"{entry.run_id}  {state}  {entry.started_at}  {entry.host}  {entry.place}")
        for line in seen.get(entry.name, _known_offline(entry)):
            print(without_commands(journal.redactor.text(f"          {line}")))
    print(f"{len(entries)} in {journal.folder}")
    if problem:
        raise problem
    if target_url is None and entries:
        print("--list --target-url=URL looks at that target and shows every value that differs now")
    return _DONE


def _known_offline(entry: Entry) -> Sequence[str]:
    names = dict.fromkeys(name for body in entry.written for name in body)
    lines = [f"{name!r} was {describe(entry.original.get(name, ABSENT))}" for name in names]
    if entry.differing:
        lines.append(f"when the run ended, {', '.join(entry.differing)} differed")
    return [*lines, *_others_of(entry)]


def _others_of(entry: Entry) -> Sequence[str]:
    """The other items of the list that the run reached; a look at the document shows none."""
    return [f"it reached the item with {presentable(name, 200)} too" for name in entry.others]


def _seen(
    journal: Journal, settings: Settings, entries: Sequence[Entry], *, named: bool
) -> dict[str, Sequence[str]]:
    """What differs from the original of each entry now, by the entry's name; only reads."""
    found: dict[str, Sequence[str]] = {}
    with _connected(journal, settings) as connected:
        for entry in entries:
            # A path that only the journal names may be anything, and is not even read.
            lines = [connected.recovery.refusal(entry, named=named)]
            if not lines[0]:
                try:
                    lines = [str(one) for one in connected.recovery.differences(entry)]
                except SmokeError as error:
                    lines = [f"could not be looked at: {error.failure.seen}"]
            lines = lines or ["nothing differs from the original"]
            found[entry.name] = [*lines, *_others_of(entry)]
    return found


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Connected:
    """A target after the login, and what is known about the account there."""

    target: Target
    reader: Reader
    account: str
    recovery: Recovery


@contextmanager
def _connected(journal: Journal, settings: Settings) -> Iterator[_Connected]:
    with logged_in(settings, journal.redactor) as target:
        document = settings.profile.document
        if document.expect:
            target.check_account(target.fetch_document())
        reader = Reader(
            target, document, reads=settings.fresh_reads, wait_s=settings.readback_wait_s
        )
        account = ""
        if not settings.profile.has_settings:
            account = account_of_login(settings.credentials.username)
        else:
            # Without a settings document, declared checks may have changed another document.
            with contextlib.suppress(SmokeError):
                account = account_of(reader.look().document, document.id_field)
        # A file with mistakes declares nothing: its documents have to be named then.
        checks = load(read_folder(Path.cwd() / FOLDER)).checks
        recovery = Recovery(
            target,
            journal,
            reader=reader,
            account=account,
            documents=changed_documents(checks, document.update_method),
        )
        yield _Connected(target=target, reader=reader, account=account, recovery=recovery)


def _restore(journal: Journal, settings: Settings, options: argparse.Namespace) -> int:
    with _connected(journal, settings) as connected:
        recovered = connected.recovery.run(
            runs=options.runs, force=options.force, keeps_edited=True
        )
        is_clean = not recovered.failure and connected.account
        notes = [*recovered.notes]
        for document in settings.profile.written if is_clean else ():
            notes += _clear_residue(journal, connected, document)
    for note in notes:
        print(without_commands(journal.redactor.text(note)))
    if recovered.failure:
        raise SmokeError(recovered.failure, dirty=True)
    if recovered.left:
        return _LEFT
    print(f"nothing is left to put back at {settings.target_url}")
    return _DONE


def _clear_residue(journal: Journal, connected: _Connected, document: Document) -> Sequence[str]:
    """Restores a document with a probe that this machine's journal does not know."""
    target, account = connected.target.of_document(document), connected.account
    reader, run_id, probes = connected.reader.of(document), secrets.token_hex(4), document.probe

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

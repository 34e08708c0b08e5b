"""`apismoke openapi`: stores a copy of a target's OpenAPI document, and tells what has changed."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pytest_apismoke.checks.declared.model import FOLDER
from pytest_apismoke.commands.asking_target import learn, reachable
from pytest_apismoke.configuration.rootdir import configuration_files, declared_apis
from pytest_apismoke.configuration.settings import resolve
from pytest_apismoke.configuration.sources import RawSettings
from pytest_apismoke.errors import Failure, SmokeError, interrupted, misconfigured
from pytest_apismoke.openapi.change import Change
from pytest_apismoke.openapi.loader import require_extra
from pytest_apismoke.openapi.spec_source import LoadedSpec, StoredCopy, from_file
from pytest_apismoke.openapi.stored_copy import (
    DEFAULT_SOURCE,
    NAME,
    changes_since,
    read_copy,
    source_of,
    text_of_copy,
)
from pytest_apismoke.preflight.clients import logged_in
from pytest_apismoke.preflight.result import Step
from pytest_apismoke.preflight.spec_fetch import FetchedSpec, fetch_spec
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.system import atomic_file

_DONE, _BREAKS, _COULD_NOT = 0, 1, 5
_WHERE = "apismoke openapi"
_EXIT_CODES = {
    "save": "exit codes: 0 the copy is stored; 5 it is not, and an older one is as it was",
    "diff": "exit codes: 0 nothing has changed, or nothing that breaks; 1 something that breaks:"
    " a response may be more than before or lacks what it had, a request may be refused that was"
    " accepted; 5 the documents could not be compared",
}


def main(arguments: Sequence[str], *, environ: Mapping[str, str] = os.environ) -> int:
    """Runs the command; returns its exit code.

    Args:
        arguments: the command line behind `apismoke openapi`.
        environ: the environment, with the credentials of a run.

    """
    try:
        asked = command_line().parse_args(arguments)
    except SystemExit as ended:
        return _COULD_NOT if ended.code else _DONE
    redactor = Redactor()
    try:
        require_extra(f"{_WHERE} {asked.action}")
        return (_save if asked.action == "save" else _diff)(asked, environ, redactor)
    except SmokeError as error:
        return _could_not(error.failure, redactor)
    except KeyboardInterrupt:
        return _could_not(interrupted("the command", where=_WHERE), redactor)


def _could_not(failure: Failure, redactor: Redactor) -> int:
    print(redactor.text(f"apismoke: {failure}"), file=sys.stderr)
    return _COULD_NOT


def command_line() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog=_WHERE,
        description="Store a copy of a target's OpenAPI document, and tell what has changed since."
        " Credentials come from the environment, as for a run.",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="save|diff")
    save = actions.add_parser(
        "save",
        help="fetch the document and store a copy of it",
        description="Fetch the target's OpenAPI document and store a copy of it, for the version"
        f" control, in {FOLDER}/{NAME}. A run with the same --smoke-openapi=PATH then holds"
        " responses against the copy, and tells what the target's document says otherwise.",
        epilog=_EXIT_CODES["save"],
    )
    save.add_argument(
        "--force", action="store_true", help="replace a file that is not a copy stored before"
    )
    diff = actions.add_parser(
        "diff",
        help="tell what has changed",
        description="Tell what the target's OpenAPI document says otherwise than the stored copy;"
        " or with two files, the second than the first, without a target.",
        epilog=_EXIT_CODES["diff"],
    )
    diff.add_argument("files", metavar="FILE", nargs="*", help="two OpenAPI documents to compare")
    for one in (save, diff):
        one.add_argument(
            "--target-url",
            metavar="URL",
            help="base URL (or APISMOKE_TARGET_URL); 'demo' for the embedded backend",
        )
        one.add_argument(
            "--target-profile",
            metavar="NAME",
            help="the profile of the configuration in this directory (or APISMOKE_TARGET_PROFILE)",
        )
        one.add_argument(
            "--smoke-openapi",
            metavar="PATH",
            help="the path of the document at the target (default: that of the stored copy, else"
            f" {DEFAULT_SOURCE})",
        )
        one.add_argument("--no-auth", action="store_true", help="neither log in nor send a token")
    return parser


# -- save ----------------------------------------------------------------------------------------


def _save(asked: argparse.Namespace, environ: Mapping[str, str], redactor: Redactor) -> int:
    place = f"{FOLDER}/{NAME}"
    older = _older(place, is_replaced=True)
    if older is None and Path(place).exists() and not (asked.force or _is_broken_copy(place)):
        raise misconfigured(
            expected=f"no {place}, or a copy that was stored before",
            seen="another file",
            where=place,
            hint="rename it; or replace it with --force",
        )
    with _fetched(asked, older, environ, redactor) as (fetched, path):
        served = _document(fetched)
        text = text_of_copy(served, source=path, how=fetched.how, redactor=redactor)
    _write(Path(place), text)
    number = f"{served.operations} operation{'' if served.operations == 1 else 's'}"
    print(redactor.text(f"wrote {place}: {served.label}, {fetched.how}, {number}"))
    if older is not None:
        _show(changes_since(older.loaded_spec, served), redactor, nothing="nothing has changed")
    option = "" if source_of(path) == path else " (its query is not stored)"
    print(
        f"commit it: a run with --smoke-openapi={source_of(path)}{option} holds responses"
        " against it"
    )
    return _DONE


def _older(place: str, *, is_replaced: bool = False) -> StoredCopy | None:
    """The copy that is there; one that can't be read is no obstacle to what replaces it."""
    try:
        return read_copy(Path.cwd(), place)
    except SmokeError:
        if not is_replaced:
            raise
        return None


def _is_broken_copy(place: str) -> bool:
    try:
        read_copy(Path.cwd(), place)
    except SmokeError:
        return True
    return False


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(exist_ok=True)
        atomic_file.write(path, text, mode=0o644)
    except OSError as error:
        raise misconfigured(
            expected="a folder to write to",
            seen=error.strerror or str(error),
            where=str(path),
            hint="correct its permissions, or make room",
        ) from None


# -- diff ----------------------------------------------------------------------------------------


def _diff(asked: argparse.Namespace, environ: Mapping[str, str], redactor: Redactor) -> int:
    if asked.files:
        found = changes_since(*_two_files(asked.files))
        return _show(found, redactor, nothing="nothing has changed")
    stored = _older(f"{FOLDER}/{NAME}")
    if stored is None:
        raise misconfigured(
            expected=f"a stored copy, {FOLDER}/{NAME}",
            seen="none",
            where=f"{_WHERE} diff",
            hint="store one with 'apismoke openapi save', or name two files to compare",
        )
    with _fetched(asked, stored, environ, redactor) as (fetched, path):
        served = _document(fetched)
    if stored.source != source_of(path):
        raise misconfigured(
            expected=f"the document that {FOLDER}/{NAME} is a copy of, {stored.source}",
            seen=source_of(path),
            where="--smoke-openapi",
            hint="leave the option out",
        )
    if fetched.how != stored.how:
        print(f"note: the copy was {stored.how}, and this document {fetched.how}")
    nothing = f"{served.label} says what {FOLDER}/{NAME} does"
    return _show(changes_since(stored.loaded_spec, served), redactor, nothing=nothing)


def _two_files(names: Sequence[str]) -> tuple[LoadedSpec, LoadedSpec]:
    if len(names) != 2:
        raise misconfigured(
            expected="two files, or none for the stored copy and the target",
            seen=str(len(names)),
            where=f"{_WHERE} diff",
            hint="name the earlier document, then the later one",
        )
    before, after = (_file(name) for name in names)
    return before, after


def _file(name: str) -> LoadedSpec:
    try:
        return from_file(name, Path.cwd())
    except SmokeError as error:
        # A run names its document with an option.
        where = error.failure.where.replace("--smoke-openapi", f"{_WHERE} diff")
        raise SmokeError(replace(error.failure, where=where)) from None


def _show(changes: Sequence[Change], redactor: Redactor, *, nothing: str) -> int:
    breaking = sum(one.is_breaking for one in changes)
    for one in changes:
        print(redactor.text(f"{'breaks' if one.is_breaking else 'changed'}  {one}"))
    if not changes:
        print(redactor.text(nothing))
    else:
        print(f"{breaking} of {len(changes)} changes break{'s' if breaking == 1 else ''}")
    return _BREAKS if breaking else _DONE


# -- the target ----------------------------------------------------------------------------------


@contextmanager
def _fetched(
    asked: argparse.Namespace,
    known: StoredCopy | None,
    environ: Mapping[str, str],
    redactor: Redactor,
) -> Iterator[tuple[FetchedSpec, str]]:
    """The document of the target, and its path there."""
    path = asked.smoke_openapi or (known.source if known else DEFAULT_SOURCE)
    if not path.startswith("/"):
        raise misconfigured(
            expected="a path of the target, such as /openapi.json",
            seen=repr(path),
            where="--smoke-openapi",
            hint="a file is its own copy: give it to a run as it is",
        )
    given = RawSettings(
        options={"--target-url": asked.target_url, "--target-profile": asked.target_profile},
        environ=environ,
        ini={},
        directory=Path.cwd(),
        configuration=configuration_files(Path.cwd()),
    )
    settings = resolve(given, declared=declared_apis(Path.cwd()), anonymous=asked.no_auth)
    with reachable(settings, faults=settings.demo_faults) as reached:
        learn(reached, environ, redactor)
        if asked.no_auth:
            login = replace(reached.profile.login, enabled=False)
            reached = replace(reached, profile=replace(reached.profile, login=login))
        with logged_in(reached, redactor) as target:
            yield fetch_spec(target, path, login=Step()), path


def _document(fetched: FetchedSpec) -> LoadedSpec:
    if fetched.step.failure:
        raise SmokeError(fetched.step.failure)
    assert fetched.loaded_spec is not None, "a fetch ends with a document or with a failure"
    return fetched.loaded_spec

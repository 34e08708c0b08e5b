"""`apismoke check`: finds mistakes in the files that a run reads, without a target."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from pytest_apismoke.checks.declared.folder import FOLDER, ContractFiles, load, read_folder
from pytest_apismoke.configuration.loading import Configuration, read
from pytest_apismoke.configuration.profiles import OPENAPI
from pytest_apismoke.configuration.rootdir import (
    FILE,
    SHARED_FILE,
    configuration_files,
    declared_apis,
)
from pytest_apismoke.configuration.toml_loader import parse_toml
from pytest_apismoke.configuration.variables import Variables
from pytest_apismoke.documents import ABSENT, lookup
from pytest_apismoke.errors import Failure, SmokeError, misconfigured
from pytest_apismoke.known.names import without_check, without_operation
from pytest_apismoke.openapi.operation_choice import OperationChoice
from pytest_apismoke.openapi.spec_source import LoadedSpec, from_file, spec_of
from pytest_apismoke.openapi.stored_copy import NAME, read_copy
from pytest_apismoke.records import dataclass
from pytest_apismoke.schemas.examples import broken_examples
from pytest_apismoke.schemas.not_looked_at import not_looked_at
from pytest_apismoke.system import atomic_file
from pytest_apismoke.verdict.exit_codes import API_CODES

SCHEMA, CONFIGURATION_SCHEMA = ".checks.schema.json", ".apismoke.schema.json"
_COPY = f"{FOLDER}/{NAME}"
_RIGHT, _MISTAKES = 0, 5
_EXIT_CODES = "exit codes: 0 nothing to correct; 5 mistakes in the files, or a usage error"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A file or folder that was checked, with a count of its content, its mistakes and notes."""

    summary: str
    mistakes: tuple[Failure, ...]
    notes: tuple[str, ...] = ()


def main(arguments: Sequence[str], *, environ: Mapping[str, str] = os.environ) -> int:
    """Runs the command; returns its exit code.

    Args:
        arguments: the command line behind `apismoke check`.
        environ: the environment, to which the configuration may refer.

    """
    try:
        asked = command_line().parse_args(arguments)
    except SystemExit as ended:
        return _MISTAKES if ended.code else _RIGHT
    directory = Path(asked.directory)
    try:
        _must_be_there(directory)
        if asked.write_schema:
            _write_schemas(directory)
        found = read_folder(directory / FOLDER)
        besides = [Path(asked.openapi).name] if asked.openapi else []
        passed_over = found.note(besides=[*besides, *_copies(directory)])
        return _report(_parts(directory, found, asked.openapi, environ, passed_over), passed_over)
    except SmokeError as error:
        print(f"apismoke: {error}", file=sys.stderr)
        return _MISTAKES


def command_line() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="apismoke check",
        description="Find mistakes in the files that a run reads: the schemas and the declared"
        f" checks in {FOLDER}/, and the configuration. Sends nothing.",
        epilog=_EXIT_CODES,
    )
    parser.add_argument(
        "directory", metavar="DIR", nargs="?", default=".", help="the rootdir (default: here)"
    )
    parser.add_argument("--openapi", metavar="FILE", help="an OpenAPI document to check as well")
    parser.add_argument(
        "--write-schema",
        action="store_true",
        help=f"write {FOLDER}/{SCHEMA} and {CONFIGURATION_SCHEMA}, with which editors complete"
        f" declared checks and {FILE}",
    )
    return parser


def _must_be_there(directory: Path) -> None:
    if not directory.is_dir():
        raise misconfigured(
            expected="a directory",
            seen=repr(str(directory)),
            where="apismoke check DIR",
            hint=f"name the directory that contains {FOLDER}/",
        )


def _write_schemas(directory: Path) -> None:
    """Writes the schemas for editors, and tells the line that names each."""
    for path, package, name, line_in in (
        (Path(FOLDER, SCHEMA), "checks.declared", "checks.schema.json", f"each {FOLDER}/*.toml"),
        (Path(CONFIGURATION_SCHEMA), "configuration", "configuration.schema.json", FILE),
    ):
        text = files(f"pytest_apismoke.{package}").joinpath(name).read_text("utf-8")
        _write(directory / path, text)
        print(f"{directory / path} written; first line of {line_in}: #:schema {path.name}")


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(exist_ok=True)
        atomic_file.write(path, text, mode=0o644)
    except OSError as error:
        raise misconfigured(
            expected="a writable folder",
            seen=error.strerror or str(error),
            where=str(path.parent),
            hint="correct its permissions",
        ) from None


def _parts(
    directory: Path,
    found: ContractFiles,
    openapi: str | None,
    environ: Mapping[str, str],
    passed_over: str,
) -> list[_Part]:
    """Everything that there is to check."""
    checks = (
        _contracts(found),
        _configuration(directory, environ),
        _stored_copy(directory, openapi),
        _spec(openapi, directory, environ),
    )
    parts = [part for check in checks for part in _checked(check)]
    if not parts:
        raise misconfigured(
            expected=f"{FOLDER}/, {FILE} or [tool.apismoke] in {SHARED_FILE}",
            seen=f"none of them; {passed_over}" if passed_over else "none of them",
            where=str(directory.absolute()),
            hint="name the directory that contains them, or an OpenAPI document with --openapi",
        )
    return parts


def _checked(parts: Iterator[_Part]) -> list[_Part]:
    """The parts; a file that can't be read has one mistake."""
    try:
        return list(parts)
    except SmokeError as error:
        return [_Part(summary="", mistakes=(error.failure,))]


def _contracts(found: ContractFiles) -> Iterator[_Part]:
    if not found.texts and not found.mistakes:
        return
    contracts = load(found)
    mistakes = contracts.mistakes
    if not mistakes:
        inside = (check.expect.schema for check in contracts.checks)
        named = [name for name in inside if name in contracts.schemas.documents]
        names = dict.fromkeys([*contracts.user_schema_names, *named])
        mistakes = broken_examples(contracts.schemas, names)
    in_vain = () if contracts.mistakes else not_looked_at(contracts.schemas)
    checks, schemas = len(contracts.checks), len(contracts.user_schema_names)
    counted = f"{_number(checks, 'check')}, {_number(schemas, 'schema')}"
    if known := contracts.known.entries:
        counted += f", {_number(len(known), 'known violation')}"
    declared = [check.node_id for check in contracts.checks]
    renamed = () if contracts.mistakes else without_check(known, declared)
    notes = (*(f"not looked at: {one}" for one in in_vain), *renamed)
    yield _Part(summary=f"{FOLDER}/: {counted}", mistakes=mistakes, notes=notes)


def _configuration(directory: Path, environ: Mapping[str, str]) -> Iterator[_Part]:
    texts = configuration_files(directory)
    configuration = _read_configuration(directory)
    found = [*configuration.mistakes]
    for name in configuration.layers:
        found += configuration.profile(name, "", _variables(environ))[1]
    # Profiles inherit mistakes too.
    mistakes = tuple(dict.fromkeys(found))
    notes = tuple(
        f"not set here: the environment variable {name}, for {'; '.join(places)}"
        for name, places in configuration.variables().items()
        if not environ.get(name)
    )
    if mistakes or FILE in texts:
        yield _Part(summary=FILE, mistakes=mistakes, notes=notes)
    elif _is_shared(texts.get(SHARED_FILE, "")):
        yield _Part(summary=SHARED_FILE, mistakes=(), notes=notes)


def _read_configuration(directory: Path) -> Configuration:
    apis = (*API_CODES, *declared_apis(directory), OPENAPI)
    return read(configuration_files(directory), apis=apis)


def _variables(environ: Mapping[str, str]) -> Variables:
    # A variable that is set here can be checked; the others are for the run's environment.
    return Variables(values=environ, may_be_unset=True)


def _is_shared(text: str) -> bool:
    """Whether a file that other tools share has a configuration of the gate."""
    table = parse_toml(text, SHARED_FILE) if "apismoke" in text else {}
    return lookup(table, "/tool/apismoke") is not ABSENT


def _spec(source: str | None, directory: Path, environ: Mapping[str, str]) -> Iterator[_Part]:
    if source is None:
        return
    try:
        loaded_spec = from_file(source, Path.cwd())
    except SmokeError as error:
        # The option of a run has another name.
        where = error.failure.where.replace("--smoke-openapi", "--openapi")
        raise SmokeError(replace(error.failure, where=where)) from None
    # The target's URL makes no difference to the mistakes.
    spec = spec_of(loaded_spec, "http://localhost")
    assert spec is not None
    mistakes = spec.all_mistakes()
    # The operations of a broken document can't be counted.
    count = 0 if mistakes else len(spec.operations())
    notes = () if mistakes else _entries_without_a_use(loaded_spec, directory, environ)
    if not mistakes:
        known = load(read_folder(directory / FOLDER)).known.entries
        operations = [one.name for one in spec.operations()]
        notes = (*notes, *without_operation(known, operations, contract=spec.title))
    summary = f"{source}: {_number(count, 'operation')}"
    yield _Part(summary=summary, mistakes=mistakes, notes=notes)


def _copies(directory: Path) -> tuple[str, ...]:
    """The name of the stored copy of an OpenAPI document, if there is one."""
    try:
        is_there = read_copy(directory, _COPY) is not None
    except SmokeError:
        is_there = True
    return (NAME,) if is_there else ()


def _stored_copy(directory: Path, openapi: str | None) -> Iterator[_Part]:
    """The copy of the target's document: what a run could not read; the rest is the target's."""
    if openapi is not None and Path(openapi).resolve() == (directory / _COPY).resolve():
        # It is checked as a whole.
        return
    stored = read_copy(directory, _COPY)
    if stored is not None:
        count = stored.loaded_spec.operations
        yield _Part(summary=f"{_COPY}: {_number(count, 'operation')}", mistakes=())


def _entries_without_a_use(
    loaded_spec: LoadedSpec, directory: Path, environ: Mapping[str, str]
) -> tuple[str, ...]:
    """What `[openapi]` of each profile names that the document does not have, each once."""
    configuration = _read_configuration(directory)
    found: list[str] = []
    for name in configuration.layers if not configuration.mistakes else ():
        profile, mistakes = configuration.profile(name, "", _variables(environ))
        spec = spec_of(loaded_spec, "http://localhost", OperationChoice.of(profile))
        if spec is not None and not mistakes:
            found += spec.entries_without_a_use()
    return tuple(dict.fromkeys(found))


def _report(parts: Sequence[_Part], passed_over: str) -> int:
    notes = [note for part in parts for note in part.notes]
    for note in filter(None, (passed_over, *notes)):
        print(f"{note}\n")
    mistakes = [mistake for part in parts for mistake in part.mistakes]
    for mistake in mistakes:
        print(f"{mistake}\n")
    if not mistakes:
        print(f"{'; '.join(part.summary for part in parts)}: nothing to correct")
        return _RIGHT
    places = {re.split(r"#|, ", mistake.where)[0] for mistake in mistakes}
    print(f"{_number(len(mistakes), 'mistake')} in {_number(len(places), 'file')}")
    return _MISTAKES


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"

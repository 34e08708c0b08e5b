"""`apismoke import`: declared checks from the requests of another tool."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytest_apismoke.checks.declared.check_file import parse
from pytest_apismoke.checks.declared.model import FOLDER, SUFFIX
from pytest_apismoke.ci_commands import without_commands
from pytest_apismoke.configuration.keys import API_NAME
from pytest_apismoke.configuration.profiles import RESERVED
from pytest_apismoke.errors import SmokeError, misconfigured
from pytest_apismoke.infer import new_files
from pytest_apismoke.migration.carrying import Carrying, carry
from pytest_apismoke.migration.check_text import checks_toml
from pytest_apismoke.migration.model import Left, Source
from pytest_apismoke.redaction import Redactor

_WRITTEN, _COULD_NOT = 0, 5
_COMMAND = "apismoke import"
_EXIT_CODES = (
    "exit codes: 0 the file is written, whatever was left out; 5 it is not (nothing to carry over,"
    " a file that can't be read or is there already, a usage error)"
)
_READS = "a Postman collection (JSON), a Tavern file (.tavern.yaml), .hurl, or curl lines (.sh)"


def main(arguments: Sequence[str]) -> int:
    """Runs the command; returns its exit code.

    Args:
        arguments: the command line behind `apismoke import`.

    """
    try:
        asked = command_line().parse_args(arguments)
    except SystemExit as ended:
        return _COULD_NOT if ended.code else _WRITTEN
    redactor = Redactor()
    try:
        lines = list(_import(asked, redactor))
    except SmokeError as error:
        print(redactor.text(f"apismoke: {error.failure}\nnothing was written"), file=sys.stderr)
        return _COULD_NOT
    print(without_commands(redactor.text("\n".join(lines))))
    return _WRITTEN


def command_line() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog=_COMMAND,
        description=f"Write declared checks from {_READS}. Requests that change nothing become"
        " checks; those that write are comments in the file. What can't be carried over is listed"
        " with its reason. Nothing is sent, and no secret is written.",
        epilog=_EXIT_CODES,
    )
    parser.add_argument("file", metavar="FILE", help=_READS)
    parser.add_argument(
        "--environment", metavar="FILE", help="the values of a collection's variables (Postman)"
    )
    parser.add_argument(
        "--variable",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="the value of a variable (repeatable)",
    )
    parser.add_argument("--api", metavar="NAME", help="the API's name (default: after the file)")
    parser.add_argument(
        "--force", action="store_true", help="replace an existing file; nothing in it is kept"
    )
    parser.add_argument(
        "--out", metavar="DIR", default=FOLDER, help=f"where to write (default {FOLDER})"
    )
    return parser


def _import(asked: argparse.Namespace, redactor: Redactor) -> Iterator[str]:
    source = _source(Path(asked.file), asked)
    carrying = carry(source, redactor)
    name = asked.api or _api(Path(asked.file), source)
    path = Path(asked.out) / f"{name}{SUFFIX}"
    if not carrying.live:
        print(redactor.text("\n".join(_of(carrying.left))), file=sys.stderr)
        raise _nothing(carrying, asked.file)
    text = checks_toml(carrying.checks, source.tool)
    _verify(text, path)
    new_files.check_new([path], force=asked.force, command=_COMMAND)
    new_files.check_secrets({path: text}, redactor)
    texts = {path: text}
    schema = path.parent / new_files.CHECKS_SCHEMA
    if not schema.exists():
        texts[schema] = new_files.checks_schema()
    new_files.write(texts)
    yield from _told(carrying, source, path)


def _nothing(carrying: Carrying, file: str) -> SmokeError:
    """The refusal of a file without a request that becomes a check."""
    writes = len(carrying.checks)
    why = f"{writes} of which write" if writes else "none of them"
    return misconfigured(
        expected="at least one request that only reads, with a value for each of its variables",
        seen=f"{_counted(carrying.requests, 'request')}, {why}",
        where=file,
        hint="give values with --environment=FILE or --variable=NAME=VALUE; the reasons are above",
    )


def _verify(text: str, path: Path) -> None:
    """Raises if the file that would be written is none that `apismoke check` accepts."""
    mistakes = parse(text, path.name).mistakes
    if mistakes:
        raise SmokeError(mistakes[0])


def _told(carrying: Carrying, source: Source, path: Path) -> Iterator[str]:
    waiting = len(carrying.checks) - carrying.live
    yield f"{path}: {carrying.live} of {_counted(carrying.requests, 'request')} carried over"
    if waiting:
        yield f"  {_counted(waiting, 'request')} that may write: comments in the file, not sent"
    if carrying.left:
        yield "not carried over:"
        yield from (f"  {line}" for line in _of(carrying.left))
    notes = [*source.notes, *_after_writes(carrying)]
    if notes:
        yield "to do by hand:"
        yield from (f"  {note}" for note in notes)
    target = carrying.target or "URL"
    known = target if "{{" not in target else "URL"
    yield "next:"
    yield "  apismoke check"
    yield f"  pytest --smoke --target-url={known} --smoke-api={path.stem}"


def _after_writes(carrying: Carrying) -> Iterator[str]:
    writes = [bool(one.reason) for one in carrying.checks]
    if True in writes and False in writes[writes.index(True) :]:
        yield "checks behind a write that is not sent may look for what it made: delete those"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _of(left: Sequence[Left]) -> Iterator[str]:
    """The lines about what was left, those that are the same once."""
    counts: dict[str, int] = {}
    for one in left:
        line = f"{one.place}: {one.what}: {one.why}"
        counts[line] = counts.get(line, 0) + 1
    for line, count in counts.items():
        yield line if count == 1 else f"{line} ({count} times)"


def _api(path: Path, source: Source) -> str:
    """The name of the API: after the title, else after the file."""
    stem = re.sub(r"\.(postman_collection|tavern|collection)$", "", path.stem)
    for text in (source.title, re.sub(r"^test_", "", stem)):
        name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-0123456789")[:40].strip("-")
        if name:
            return f"my-{name}" if name in RESERVED else name
    return "imported"


def _source(path: Path, asked: argparse.Namespace) -> Source:
    if asked.api and not API_NAME.fits(asked.api):
        raise misconfigured(
            expected="lowercase letters, digits, '-' and '_'",
            seen=repr(asked.api),
            where="--api",
            hint="write, for instance, --api=orders",
        )
    given = dict(_variables(asked.variable))
    text = _read(path, "FILE")
    source = _by_format(path, text, asked)
    return replace(source, variables={**source.variables, **given})


def _by_format(path: Path, text: str, asked: argparse.Namespace) -> Source:
    if path.suffix in (".yaml", ".yml"):
        from pytest_apismoke.migration.tavern import read as read_tavern

        return read_tavern(text, path)
    if path.suffix == ".hurl":
        from pytest_apismoke.migration.hurl import read as read_hurl

        return read_hurl(text, file=path.name)
    if path.suffix in (".sh", ".bash") or text.startswith("#!"):
        from pytest_apismoke.migration.shell import read as read_shell

        return read_shell(text, file=path.name)
    from pytest_apismoke.migration import postman

    document = _json(text, asked.file)
    if not postman.is_collection(document):
        raise misconfigured(
            expected=_READS,
            seen="none of them",
            where=asked.file,
            hint="export the collection from Postman in the format 2.1",
        )
    environment = None
    if asked.environment:
        environment = _json(_read(Path(asked.environment), "--environment"), asked.environment)
    return postman.read(document, environment, file=path.name)


def _variables(given: Sequence[str]) -> Iterator[tuple[str, str]]:
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise misconfigured(
                expected="NAME=VALUE",
                seen=repr(name),
                where="--variable",
                hint="write, for instance, --variable=baseUrl=https://api.example.com",
            )
        yield name, value


def _read(path: Path, where: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise misconfigured(
            expected="a text file that can be read",
            seen=getattr(error, "strerror", "") or type(error).__name__,
            where=f"{where} {path}",
            hint="correct the path, or its permissions",
        ) from None


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise misconfigured(
            expected=_READS,
            seen="a file that is not JSON",
            where=where,
            hint="name the file by its format: .json, .tavern.yaml, .hurl or .sh",
        ) from None

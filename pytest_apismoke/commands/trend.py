"""`apismoke trend`: what the JSON reports of earlier runs show together."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from pytest_apismoke.ci_commands import without_commands
from pytest_apismoke.commands.trend_files import Found, found_in
from pytest_apismoke.errors import SmokeError, misconfigured
from pytest_apismoke.history.choosing import against, grouped, without_twins
from pytest_apismoke.history.trend import Trend, trend_of
from pytest_apismoke.system import output, output_file
from pytest_apismoke.verdict.exit_codes import Judgement

_SHOWN, _MISTAKES = 0, 5
_EXIT_CODES = "exit codes: 0 the trend is shown; 5 no report can be read, or a mistake in the call"
_NAMED = 5


def main(arguments: Sequence[str], *, width: int | None = None) -> int:
    """Runs the command; returns its exit code.

    Args:
        arguments: the command line behind `apismoke trend`.
        width: of the output in columns; by default that of the terminal.

    """
    try:
        asked = command_line().parse_args(arguments)
    except SystemExit as ended:
        return _MISTAKES if ended.code else _SHOWN
    try:
        if asked.html:
            _refuse_stdout(Path(asked.html))
        found = found_in(asked.reports)
        trends = _trends(found, asked)
        if asked.html:
            _write_page(Path(asked.html), trends)
    except SmokeError as error:
        print(f"apismoke: {error}", file=sys.stderr)
        return _MISTAKES
    _tell_left_out(found)
    output.write(_text(trends, found, asked, width or shutil.get_terminal_size().columns))
    return _SHOWN


def _text(trends: Sequence[Trend], found: Found, asked: argparse.Namespace, width: int) -> str:
    from pytest_apismoke.reports.trend import document, terminal

    if asked.json:
        return document.text_of(trends, dict(found.left_out))
    return "".join(f"{line}\n" for line in terminal.render(trends, width=width))


def _trends(found: Found, asked: argparse.Namespace) -> tuple[Trend, ...]:
    where = "apismoke trend " + " ".join(asked.reports)
    if not found.runs:
        raise misconfigured(
            expected="at least one JSON report of a run against a target",
            seen=_in_words(found),
            where=where,
            hint="let each run write one with --smoke-report=PATH, to a file of its own, and give"
            " the files or their folder",
        )
    runs = against(without_twins(found.runs), asked.target)
    if not runs:
        seen = ", ".join(dict.fromkeys(run.target for run in found.runs))
        raise misconfigured(
            expected=f"a report of a run against {' or '.join(asked.target)}",
            seen=f"reports of runs against {seen}",
            where=where,
            hint="give one of these with --target",
        )
    trends = map(trend_of, grouped(runs, last=asked.last))
    # What is not well comes first.
    return tuple(sorted(trends, key=lambda one: one.latest.verdict is Judgement.PASS))


def _in_words(found: Found) -> str:
    if not found.left_out:
        return "no JSON file"
    told = "; ".join(f"{source}: {reason}" for source, reason in found.left_out[:_NAMED])
    more = len(found.left_out) - _NAMED
    return told + (f"; and {more} more" if more > 0 else "")


def _tell_left_out(found: Found) -> None:
    for source, reason in found.left_out[:_NAMED]:
        print(without_commands(f"apismoke: left out: {source}: {reason}"), file=sys.stderr)
    if len(found.left_out) > _NAMED:
        more = len(found.left_out) - _NAMED
        print(f"apismoke: left out: {more} more files that are no reports", file=sys.stderr)


def _refuse_stdout(path: Path) -> None:
    """The trend itself is there."""
    if output_file.is_stdout(path):
        raise misconfigured(
            expected="a file for the page",
            seen="standard output, where the trend is shown",
            where=f"--html={path}",
            hint="give the path of a file",
        )


def _write_page(path: Path, trends: Sequence[Trend]) -> None:
    try:
        from pytest_apismoke.reports.trend import page
    except ModuleNotFoundError as error:
        if error.name != "jinja2":
            raise
        raise misconfigured(
            expected="the library Jinja2, which writes pages",
            seen="it is not installed",
            where=f"--html={path}",
            hint="pip install 'pytest-apismoke[html]'",
        ) from None
    try:
        output_file.write(path, page.render(trends), mode=0o644)
    except OSError as error:
        raise misconfigured(
            expected="to write the page",
            seen=error.strerror or str(error),
            where=f"--html={path}",
            hint="give the path of a file whose folder can be written to",
        ) from None


def _number(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("expected a number from 1 on")
    return number


def command_line() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="apismoke trend",
        description="Show what the JSON reports of earlier runs (--smoke-report) say together, for"
        " each target and mode: verdicts, latency by stage, what became slower with the last"
        " deploy, and which checks are flaky. Sends nothing.",
        epilog=_EXIT_CODES,
    )
    parser.add_argument(
        "reports",
        metavar="REPORT",
        nargs="+",
        help="a file, a folder with JSON files in it or below, or a quoted pattern such as"
        " 'reports/**/*.json'",
    )
    parser.add_argument(
        "--last", metavar="N", type=_number, help="only the latest N runs of each target and mode"
    )
    parser.add_argument(
        "--target",
        metavar="URL",
        action="append",
        default=[],
        help="only runs against this target (repeatable)",
    )
    parser.add_argument("--json", action="store_true", help="print the trend as JSON")
    parser.add_argument(
        "--html", metavar="PATH", help="also write a page with charts (needs the extra 'html')"
    )
    return parser

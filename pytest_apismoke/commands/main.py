"""The `apismoke` console command: pytest with the same arguments, and an exit code of the tables.

It exists for what a plugin can't do. Where pytest rejects a call before plugins configure (an
unknown option, a conftest that does not import), pytest ends with its own 4, and this command with
the table's "could not verify"; and whatever else ends the process that runs pytest, this command
ends with 0 only where a verdict said so. The first argument may also name a subcommand: `check`,
`comment`, `demo`, `import`, `infer`, `init`, `issue`, `known`, `openapi`, `restore`, `schema`,
`show` or `trend`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_apismoke.commands import gate
from pytest_apismoke.commands import help as help_
from pytest_apismoke.commands.help import HELP
from pytest_apismoke.system import output, signals

if TYPE_CHECKING:
    from pytest_apismoke.configuration.sources import RawSettings
    from pytest_apismoke.modes import ExitCodes
    from pytest_apismoke.reports.report import Report
    from pytest_apismoke.run.audience import Audience
    from pytest_apismoke.verdict.judgement import Verdict


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Args:
        arguments: the arguments behind the command's name; by default those of `sys.argv`.

    """
    output.secure()
    call = list(sys.argv[1:] if arguments is None else arguments)
    if reason := gate.without_directory():
        return _without_verdict(call, reason)
    if call and call[0] in COMMANDS:
        return COMMANDS[call[0]](call[1:])
    if told := help_.answer(call):
        print(told, end="")
        return 0
    if meant := help_.misspelt_command(call, COMMANDS):
        return _without_verdict(call, _no_such_command(call[0], meant))
    return gate.run(call, without_verdict=lambda reason: _without_verdict(call, reason))


def _no_such_command(word: str, meant: str) -> gate.NoVerdict:
    return gate.NoVerdict(
        expected="a command, a path that exists, or an option",
        seen=repr(word),
        where=f"apismoke {word}",
        hint=f"did you mean 'apismoke {meant}'? 'apismoke --help' lists the commands",
    )


def _known(call: Sequence[str]) -> int:
    from pytest_apismoke.commands import child, known

    def run_here(call: Sequence[str], recorder: object) -> int:
        # In this process: what the run has met is an object.
        end = child.carried_out(call, recorder)
        return gate.exit_code(end, call, lambda reason: _without_verdict(call, reason))

    return known.main(call, run=run_here)


def _without_verdict(call: Sequence[str], reason: gate.NoVerdict) -> int:
    """Report a run without a verdict, and return its exit code."""
    from pytest_apismoke.errors import Category, Failure
    from pytest_apismoke.run import audience
    from pytest_apismoke.verdict.judgement import judge, outcome_of_run

    failure = Failure(
        category=Category.INTERRUPTED if reason.is_killed else Category.USAGE,
        expected=reason.expected,
        seen=reason.seen,
        where=reason.where or f"apismoke {' '.join(call)}".rstrip(),
        hint=reason.hint,
    )
    # The call itself may have the URL of a service, with its token.
    told = audience.of_refused(_telling(call))
    verdict = judge([outcome_of_run(told.redactor, failure)], plan=(), table=_table(call))
    report = _report(call, verdict)
    _show(report)
    if reason.has_no_target:
        print(f"\n{HELP}", file=sys.stderr)
    _leave_reports(call, report, told)
    if not reason.has_no_target:
        told.notify(lambda: report, journal=None, in_short=True)
    return verdict.exit_code


def _report(call: Sequence[str], verdict: Verdict) -> Report:
    from pytest_apismoke.reports.facts import RunFacts
    from pytest_apismoke.reports.report import Report

    facts = RunFacts(
        mode="smoke" if "--smoke" in call else "full",
        target_url="",
        target_version=None,
        started_at=datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        duration_s=0.0,
    )
    return Report(verdict=verdict, facts=facts)


def _show(report: Report) -> None:
    """Write the verdict beside what pytest said, which went to standard error."""
    from pytest_apismoke.reports import terminal
    from pytest_apismoke.run.showing import is_ascii_only

    columns = shutil.get_terminal_size().columns
    for line in terminal.render(report, width=columns, ascii_only=is_ascii_only(sys.stderr)):
        print(line.text, file=sys.stderr)


def _leave_reports(call: Sequence[str], report: Report, told: Audience) -> None:
    """Write the reports that were asked for; older ones left there would pass for this run's."""
    from pytest_apismoke.configuration.report_paths import has_library
    from pytest_apismoke.configuration.setting_table import OUTPUTS
    from pytest_apismoke.reports import junit_file, writing

    given = {one.name: _option(call, one.option) for one in OUTPUTS if has_library(one)}
    paths = {name: Path(text) for name, text in given.items() if text}
    failures = [writing.write(name, path, report) for name, path in paths.items()]
    if junit := _option(call, "--junitxml") or _option(call, "--junit-xml"):
        failures.append(junit_file.write(junit_file.path_of(junit, Path()), report))
    for failure in filter(None, failures):
        print(f"apismoke: {failure}", file=sys.stderr)
    for note in told.announce(lambda: report, Path()):
        print(f"apismoke: {note}", file=sys.stderr)
    writing.show(paths, report)


def _telling(call: Sequence[str]) -> RawSettings:
    """Whom to tell, as far as the arguments can be parsed without pytest."""
    from pytest_apismoke.configuration.setting_table import GITHUB, NOTIFY, NOTIFY_WHEN
    from pytest_apismoke.configuration.sources import RawSettings

    added = os.environ.get("PYTEST_ADDOPTS", "").split()
    given = [*added, *call]
    one = {each.option: _option(given, each.option) or None for each in (GITHUB, NOTIFY_WHEN)}
    urls = [
        argument.partition("=")[2] if "=" in argument else "".join(given[index + 1 : index + 2])
        for index, argument in enumerate(given)
        if argument == NOTIFY.option or argument.startswith(f"{NOTIFY.option}=")
    ]
    options = {**one, NOTIFY.option: urls or None}
    return RawSettings(options=options, environ=os.environ, ini={}, directory=Path())


def _table(call: Sequence[str]) -> ExitCodes:
    """The table of exit codes in the arguments, as far as they can be parsed without pytest."""
    from pytest_apismoke.modes import EXIT_CODE_TABLES

    text = _option([*os.environ.get("PYTEST_ADDOPTS", "").split(), *call], "--smoke-exit-codes")
    return next((table for table in EXIT_CODE_TABLES if table == text), "category")


def _option(arguments: Sequence[str], name: str) -> str:
    """The last value of an option, as far as it can be parsed without pytest."""
    value = ""
    for index, argument in enumerate(arguments):
        if argument == name:
            value = "".join(arguments[index + 1 : index + 2])
        elif argument.startswith(f"{name}="):
            value = argument.partition("=")[2]
    return value


def _demo(call: Sequence[str]) -> int:
    """Run the embedded backend in the foreground until it is interrupted."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest_apismoke.demo", *call], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with signals.handled(process.terminate):
        for line in process.stdout:
            print(_in_words(line.rstrip("\n")), flush=True)
        return process.wait()


def _in_words(line: str) -> str:
    """Turn a JSON line of the backend into words; return any other line unchanged."""
    try:
        event = json.loads(line)
    except ValueError:
        return line
    if "url" in event:
        url, password = event["url"], event.get("password", "$APISMOKE_DEMO_PASSWORD")
        return (
            f"The embedded backend listens at {url}; end it with Ctrl-C.\n"
            f"In another terminal:\n  curl {url}/health\n"
            f"  APISMOKE_USERNAME={event['username']} APISMOKE_PASSWORD={password}"
            f" pytest --smoke --target-url={url}"
        )
    if "requests" in event:
        return f"It counted {event['requests']} requests, {event['logins']} of them logins."
    return line


def _imported(name: str) -> Callable[[Sequence[str]], int]:
    """A subcommand by the name of its module, which is imported only where it is called."""

    def command(call: Sequence[str]) -> int:
        module = import_module(f"pytest_apismoke.commands.{name}")
        code: int = module.main(call)
        return code

    return command


#: The subcommands.
COMMANDS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "demo": _demo,
    "import": _imported("import_requests"),
    "known": _known,
    **{
        name: _imported(name)
        for name in (
            *("check", "comment", "infer", "init", "issue", "openapi", "restore"),
            *("schema", "show", "trend"),
        )
    },
}

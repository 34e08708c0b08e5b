"""The `apismoke` console command: pytest with the same arguments, and an exit code of the tables.

It exists for the one thing that a plugin can't do. Where pytest rejects a call before plugins
configure (an unknown option, a conftest that does not import), pytest ends with its own 4, and this
command with the table's "could not verify". The first argument may also name a subcommand: `check`,
`demo`, `infer`, `init`, `restore` or `show`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from pytest_apismoke.commands import check as check_command
from pytest_apismoke.commands import infer as infer_command
from pytest_apismoke.commands import init as init_command
from pytest_apismoke.commands import restore as restore_command
from pytest_apismoke.commands import show as show_command
from pytest_apismoke.configuration import options, reading
from pytest_apismoke.configuration.modes import Mode
from pytest_apismoke.errors import Category, Failure
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.reports import json_report
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.system import output, signals
from pytest_apismoke.verdict.exit_codes import ExitCodes
from pytest_apismoke.verdict.judgement import Verdict, judge, outcome_of_run

_USAGE = """\
usage: apismoke [pytest options] --target-url=URL [--smoke] [...]
       apismoke init [--force] URL
       apismoke restore [--list] [--target-url=URL] [RUN...]
       apismoke infer [--target-url=URL] [--api=NAME] [--no-auth] PATH...
       apismoke check [--openapi=FILE] [--write-schema] [DIR]
       apismoke show [--profile=NAME] [DIR]
       apismoke demo [--port N] [--fault NAME]... [--version TEXT] [--list-faults]

The first form is pytest with the same arguments, and its exit code is always one of the published
table. 'apismoke init' looks at a target and writes a first configuration, 'apismoke infer' a first
contract from the responses of PATHs. 'apismoke check' looks for mistakes in contracts/ and in the
configuration without a target, and 'apismoke show' prints the profile that a run would use.
'apismoke restore' restores what a killed run left changed. 'apismoke --help' lists the options of a
run, 'apismoke COMMAND --help' those of a command.
"""
#: The module of the plugin.
_PLUGIN = "pytest_apismoke.plugin"
_NO_TARGET = 1
_BROKEN_OFF = -1
_INFORMATION = ("help", "version", "markers", "showfixtures", "show_fixtures_per_test")


class VerdictObserver:
    """A pytest plugin that notes whether there was a verdict, or only a call for information."""

    def __init__(self) -> None:
        self.judged = False
        self.asked_for_information = False
        self.clash: Failure | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> int | None:
        """End a call for neither a target nor information before anything runs."""
        known = vars(config.option)
        self.asked_for_information = any(known.get(name) for name in _INFORMATION)
        if self.asked_for_information or options.is_active(config):
            return None
        self.clash = reading.clash(config)
        return _NO_TARGET

    @pytest.hookimpl(optionalhook=True)
    def pytest_apismoke_verdict(self, verdict: Any) -> None:
        """Note that the exit code is the plugin's own."""
        self.judged = True


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Args:
        arguments: the arguments behind the command's name; by default those of `sys.argv`.

    """
    output.secure()
    call = list(sys.argv[1:] if arguments is None else arguments)
    if failure := _without_directory():
        return _without_verdict(call, _BROKEN_OFF, failure)
    if call and call[0] in _COMMANDS:
        return _COMMANDS[call[0]](call[1:])
    observer = VerdictObserver()
    try:
        code = int(pytest.main(_with_plugin(call), plugins=[observer]))
    except BaseException as error:
        # A conftest that ends the process, say: whatever its code was, it is no verdict.
        print(f"apismoke: {type(error).__name__}: {error}", file=sys.stderr)
        return _without_verdict(call, _BROKEN_OFF)
    if observer.judged:
        return code
    if code == 0 and (observer.asked_for_information or {"--version", "-V"} & set(call)):
        return 0
    return _without_verdict(call, code, observer.clash)


def _with_plugin(call: Sequence[str]) -> list[str]:
    """The arguments with those that this command adds, which must not be turned into others."""
    # pytest would warn that it can't rewrite the assertions of a package that is running already,
    # and the last -W wins.
    added = ["-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning"]
    given = {*call, *os.environ.get("PYTEST_ADDOPTS", "").split()}
    if os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD") or "--disable-plugin-autoload" in given:
        # By the name that workers of pytest-xdist can import it by, too.
        added += ["-p", _PLUGIN]
    end = call.index("--") if "--" in call else len(call)
    return [*call[:end], *added, *call[end:]]


def _without_directory() -> Failure | None:
    """The failure of a call whose working directory is gone: neither pytest nor we can begin."""
    try:
        Path.cwd()
    except OSError as error:
        return Failure(
            category=Category.USAGE,
            expected="a working directory",
            seen=error.strerror or str(error),
            where="this process",
            hint="change to a directory that exists; the one that it was started in is gone",
        )
    return None


def _without_verdict(call: Sequence[str], code: int, known: Failure | None = None) -> int:
    """Tells why there is no verdict; returns the exit code.

    Args:
        call: the arguments.
        code: pytest's, or one of ours.
        known: the failure, where it is not what `code` says.

    """
    seen, hint = "pytest rejected the call before the gate began", "read pytest's message above"
    if code == _NO_TARGET:
        seen, hint = "no target", "give --target-url=URL"
    failure = known or Failure(
        category=Category.USAGE,
        expected="a run against a target",
        seen=seen,
        where=f"apismoke {' '.join(call)}",
        hint=hint,
    )
    print(f"apismoke: {failure}", file=sys.stderr)
    if code == _NO_TARGET and not known:
        print(f"\n{_USAGE}", file=sys.stderr)
    verdict = judge([outcome_of_run(Redactor(), failure)], plan=(), table=_table(call))
    _leave_report(call, verdict)
    return verdict.exit_code


def _leave_report(call: Sequence[str], verdict: Verdict) -> None:
    """Write the report that was asked for; an older one left there would pass for this run's."""
    path = _option(call, "--smoke-report")
    if not path:
        return
    facts = RunFacts(
        mode=str(Mode.SMOKE if "--smoke" in call else Mode.FULL),
        target_url="",
        target_version=None,
        started_at=datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        duration_s=0.0,
    )
    try:
        json_report.write(Path(path).absolute(), json_report.document(verdict, facts))
    except OSError as error:
        print(f"apismoke: the report could not be written: {error}", file=sys.stderr)


def _table(call: Sequence[str]) -> ExitCodes:
    """The table of exit codes in the arguments, as far as they can be parsed without pytest."""
    text = _option([*os.environ.get("PYTEST_ADDOPTS", "").split(), *call], "--smoke-exit-codes")
    return ExitCodes(text) if text in {table.value for table in ExitCodes} else ExitCodes.CATEGORY


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


#: The subcommands.
_COMMANDS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "check": check_command.main,
    "demo": _demo,
    "infer": infer_command.main,
    "init": init_command.main,
    "restore": restore_command.main,
    "show": show_command.main,
}

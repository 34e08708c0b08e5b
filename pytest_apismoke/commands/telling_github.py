"""What `apismoke issue` and `apismoke comment` share: their options, the report, how they end."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pytest_apismoke.ci_commands import without_commands
from pytest_apismoke.errors import Failure, SmokeError, interrupted, misconfigured
from pytest_apismoke.github.api import GitHubApi, GitHubError
from pytest_apismoke.github.reported import ReportedRun, runs_of
from pytest_apismoke.github.surroundings import (
    Access,
    Place,
    PullRequest,
    access,
    place,
    pull_request,
    require_token,
)
from pytest_apismoke.redaction import Redactor

DONE, COULD_NOT, REFUSED = 0, 5, 6
EXIT_CODES = (
    "exit codes: 0 done, whatever the verdict; 5 the call or the report can't be used, nothing was"
    " sent; 6 GitHub refused, or was not reached"
)
#: The largest report that is read, in bytes.
_LARGEST_BYTES = 200 * 1024 * 1024
_STDIN = "-"
_WAIT_S = 180.0

#: What a command does with the verdicts; `tell` takes a line about what was done.
Work = Callable[[argparse.Namespace, Sequence[ReportedRun], "Tools"], None]


class Tools:
    """What the work of a command needs.

    Attributes:
        api: of the repository.
        has_token: false only where nothing is to be changed.
        tell: prints what was done.

    """

    def __init__(self, api: GitHubApi, *, has_token: bool, tell: Callable[[str], None]) -> None:
        self.api = api
        self.has_token = has_token
        self.tell = tell


def pull_request_of(environ: Mapping[str, str]) -> PullRequest:
    """The pull request that the pipeline runs for, from its variables and its event."""
    try:
        raw = Path(environ.get("GITHUB_EVENT_PATH", "")).read_bytes()
        event = json.loads(raw)
    except (OSError, ValueError, RecursionError):
        # It adds to what the variables say.
        event = None
    return pull_request(environ, event)


def place_of(asked: argparse.Namespace, environ: Mapping[str, str], pull: PullRequest) -> Place:
    """The run of the pipeline that is told of."""
    return place(environ, pull, log_url=asked.run_url, branch=asked.branch, commit=asked.commit)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds what both commands take."""
    parser.add_argument(
        "report", metavar="REPORT", help="the JSON report of a run; '-' for standard input"
    )
    parser.add_argument(
        "--repo", metavar="OWNER/NAME", default="", help="the repository (or GITHUB_REPOSITORY)"
    )
    parser.add_argument(
        "--name",
        metavar="NAME",
        default="",
        help="what the target is known by, where its URL changes with each run",
    )
    parser.add_argument("--run-url", metavar="URL", default="", help="the log of the pipeline")
    parser.add_argument(
        "--branch", metavar="NAME", default="", help="the branch (or GITHUB_REF_NAME)"
    )
    parser.add_argument("--commit", metavar="SHA", default="", help="the commit (or GITHUB_SHA)")
    parser.add_argument(
        "--api-url",
        metavar="URL",
        default="",
        help="the base of GitHub's API (or GITHUB_API_URL; default: https://api.github.com)",
    )
    parser.add_argument(
        "--wait",
        metavar="SECONDS",
        type=_seconds,
        default=_WAIT_S,
        help="the longest to wait for GitHub's limits, altogether (default: %(default).0f)",
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="print what would be done, and change nothing; without a token, as if there were"
        " nothing at GitHub yet",
    )


def carried_out(
    parser: argparse.ArgumentParser,
    arguments: Sequence[str],
    environ: Mapping[str, str],
    *,
    permission: str,
    work: Work,
) -> int:
    """Parses the call, reads the report, does the work; returns the exit code.

    Args:
        parser: of the command.
        arguments: the command line behind its name.
        environ: the environment.
        permission: what the token of a workflow needs.
        work: what the command does.

    """
    try:
        asked = parser.parse_args(arguments)
    except SystemExit as ended:
        return COULD_NOT if ended.code else DONE
    redactor = Redactor()
    for name in ("GITHUB_TOKEN", "GH_TOKEN"):
        redactor.learn(environ.get(name, "").strip(), name)
    where = parser.prog

    def tell(line: str) -> None:
        # What a target said is a part of it, and a pipeline reads along.
        print(without_commands(redactor.text(line)), flush=True)

    try:
        reached = access(environ, where=where, repository=asked.repo, api_url=asked.api_url)
        runs = _runs(asked.report, redactor, name=asked.name, where=where)
        if not asked.dry_run:
            require_token(reached, where=where, permission=permission)
        work(asked, _with_a_target(runs, tell), _tools(reached, asked, tell))
    except SmokeError as error:
        return _ended(error.failure, redactor, COULD_NOT)
    except GitHubError as error:
        return _ended(error.failure, redactor, REFUSED)
    except KeyboardInterrupt:
        return _ended(interrupted("the command", where=where), redactor, REFUSED)
    return DONE


def _tools(reached: Access, asked: argparse.Namespace, tell: Callable[[str], None]) -> Tools:
    api = GitHubApi(reached, patience_s=asked.wait, tell=tell)
    return Tools(api, has_token=bool(reached.token), tell=tell)


def _ended(failure: Failure, redactor: Redactor, code: int) -> int:
    print(without_commands(redactor.text(f"apismoke: {failure}")), file=sys.stderr)
    return code


def _with_a_target(
    runs: Iterable[ReportedRun], tell: Callable[[str], None]
) -> Sequence[ReportedRun]:
    """The verdicts on a target: a call that was refused before it had one is about none."""
    told = []
    for run in runs:
        if run.target:
            told.append(run)
        else:
            tell(f"no target is told of: the run was {run.verdict.value} before it had one")
    return told


# -- the report ----------------------------------------------------------------------------------


def _runs(report: str, redactor: Redactor, *, name: str, where: str) -> tuple[ReportedRun, ...]:
    label = "standard input" if report == _STDIN else report
    runs = runs_of(_document(report, label, redactor), label=label)
    if name and len(runs) > 1:
        raise misconfigured(
            expected="a report on one target beside --name",
            seen=f"one on {len(runs)}",
            where=where,
            hint="leave --name out: each target is known by its URL",
        )
    return runs


def _document(report: str, label: str, redactor: Redactor) -> Any:
    try:
        if report == _STDIN:
            raw = sys.stdin.buffer.read(_LARGEST_BYTES + 1)
        else:
            with Path(report).open("rb") as file:
                raw = file.read(_LARGEST_BYTES + 1)
    except OSError as error:
        raise misconfigured(
            expected="a JSON report of apismoke",
            seen=error.strerror or str(error),
            where=label,
            hint="give the path of --smoke-report; in a workflow, with 'if: ${{ !cancelled() }}',"
            " so that the step follows a run that failed",
        ) from None
    try:
        # The run that wrote it may not have known the token.
        return redactor.known_values(json.loads(raw))
    except (ValueError, RecursionError):
        raise misconfigured(
            expected="a JSON report of apismoke",
            seen="no JSON" if raw.strip() else "nothing",
            where=label,
            hint="write one with --smoke-report=PATH, and give this command the same path",
        ) from None


def _seconds(text: str) -> float:
    return float(whole_number(text, what="seconds", most=86_400))


def whole_number(text: str, *, what: str, most: int) -> int:
    """The number that a text is.

    Raises:
        ArgumentTypeError: where it is none, or a larger one.

    """
    if text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= most:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected {what} from 0 to {most}, seen {text!r}")

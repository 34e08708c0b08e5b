"""`apismoke issue`: opens, updates and closes one GitHub issue for each target."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone

from pytest_apismoke.commands.telling_github import (
    EXIT_CODES,
    Tools,
    add_options,
    carried_out,
    place_of,
    pull_request_of,
    whole_number,
)
from pytest_apismoke.github.issue_keeper import IssueKeeper, Wishes
from pytest_apismoke.github.issues import LABEL, Issues
from pytest_apismoke.github.reported import ReportedRun

_REOPEN_DAYS = 7


def main(arguments: Sequence[str], *, environ: Mapping[str, str] = os.environ) -> int:
    """Runs the command; returns its exit code.

    Args:
        arguments: the command line behind `apismoke issue`.
        environ: the environment, with the token and the variables of GitHub Actions.

    """

    def work(asked: argparse.Namespace, runs: Sequence[ReportedRun], tools: Tools) -> None:
        now = datetime.now(timezone.utc)
        issues = Issues(tools.api, labels=asked.label, now=now, tell=tools.tell)
        keeper = IssueKeeper(
            issues,
            place_of(asked, environ, pull_request_of(environ)),
            Wishes(
                title=asked.title,
                name=asked.name,
                reopened_within=timedelta(days=asked.reopen_days),
            ),
            now=now,
            tell=tools.tell,
        )
        for run in runs:
            if asked.dry_run:
                keeper.show(run, is_known=tools.has_token)
            else:
                keeper.keep(run)

    return carried_out(command_line(), arguments, environ, permission="issues", work=work)


def command_line() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="apismoke issue",
        description="Open, update or close one GitHub issue for each target, from a JSON report: a"
        " target that is broken or was left changed has one until a run that looked at all of it is"
        " green. The token comes from GITHUB_TOKEN or GH_TOKEN.",
        epilog=EXIT_CODES,
    )
    add_options(parser)
    parser.add_argument(
        "--label",
        metavar="LABEL",
        action="append",
        default=[],
        help=f"a label of a new issue, beside '{LABEL}'; may be repeated",
    )
    parser.add_argument("--title", metavar="TEXT", default="", help="in place of the reason")
    parser.add_argument(
        "--reopen-days",
        metavar="DAYS",
        type=_days,
        default=_REOPEN_DAYS,
        help="for how long a closed issue is opened again rather than a new one (default:"
        " %(default)s)",
    )
    return parser


def _days(text: str) -> int:
    return whole_number(text, what="days", most=36_500)

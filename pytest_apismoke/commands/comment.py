"""`apismoke comment`: keeps one comment for each target on a pull request."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence

from pytest_apismoke.commands.telling_github import (
    EXIT_CODES,
    Tools,
    add_options,
    carried_out,
    place_of,
    pull_request_of,
)
from pytest_apismoke.errors import misconfigured
from pytest_apismoke.github.comment_keeper import CommentKeeper
from pytest_apismoke.github.reported import ReportedRun
from pytest_apismoke.github.surroundings import PullRequest


def main(arguments: Sequence[str], *, environ: Mapping[str, str] = os.environ) -> int:
    """Runs the command; returns its exit code.

    Args:
        arguments: the command line behind `apismoke comment`.
        environ: the environment, with the token and the variables of GitHub Actions.

    """

    def work(asked: argparse.Namespace, runs: Sequence[ReportedRun], tools: Tools) -> None:
        pull = pull_request_of(environ)
        keeper = CommentKeeper(
            tools.api,
            place_of(asked, environ, pull),
            pull=_number(asked.pull, pull),
            tell=tools.tell,
        )
        for run in runs:
            keeper.keep(run, name=asked.name, is_dry=asked.dry_run, is_known=tools.has_token)

    return carried_out(command_line(), arguments, environ, permission="pull-requests", work=work)


def command_line() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="apismoke comment",
        description="Write a comment on a pull request, from a JSON report: one for each target,"
        " which each run writes anew. The token comes from GITHUB_TOKEN or GH_TOKEN.",
        epilog=EXIT_CODES,
    )
    add_options(parser)
    parser.add_argument(
        "--pull",
        metavar="N",
        type=int,
        default=None,
        help="the number of the pull request (default: that of the workflow's event)",
    )
    return parser


def _number(given: int | None, pull: PullRequest) -> int:
    number = pull.number if given is None else given
    if number is None or number < 1:
        raise misconfigured(
            expected="the number of a pull request",
            seen="none" if number is None else str(number),
            where="apismoke comment",
            hint="give it with --pull=N, or run the workflow on: pull_request",
        )
    return number

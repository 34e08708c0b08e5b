"""Rehearses deployments on this machine: good ones, broken ones, and two versions at once.

usage: python scripts/rehearsal.py [--all | --fault NAME ...] [--verbose]

Needs the package with its extra `demo`, and a POSIX shell; no Docker and no network. Version 1 of
the embedded backend is deployed behind a proxy, and version 2 of it with one fault after the other;
`deploy.sh` deploys, gates and rolls back. Ends with 0 if every step was as expected, else with 1.
"""

from __future__ import annotations

import argparse
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rehearsing.expectations import CHOSEN, Seen, category_code, what_differs
from rehearsing.stage import Ended, Stage
from rehearsing.versions import Fault, NotStartedError, Version, all_faults

OLD, NEW = "1.0.0", "2.0.0"
#: Requests to the old version after which the roll-out goes on; the gate has seen it by then.
SEEN_OLD = 8
BOTH = f"{OLD} and {NEW}"
_QUICK = {
    "unready": ("--target-wait=1",),
    "version": ("--target-wait=1",),
    "budget": ("--smoke-budget=3",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A row of the table, and what was not as expected."""

    name: str
    gate: str
    deploy_code: str
    answers: str
    differs: str
    output: str


class Rehearsal:
    """The steps, on a stage.

    Args:
        stage: where to deploy.
        account: the account of each version.

    """

    def __init__(self, stage: Stage, account: dict[str, str]) -> None:
        self._stage, self._account = stage, account
        self._old = Version(OLD, (), account)

    def close(self) -> None:
        """Ends the old version."""
        self._old.close()

    def steps(self, faults: Sequence[Fault]) -> Iterator[Step]:
        """All steps, one after the other."""
        yield self._first()
        for fault in faults:
            yield from self._broken(fault)
        with self._version() as new:
            yield self._two_at_once(new)
            yield self._roll_out(new)

    @contextmanager
    def _version(self, *faults: str) -> Iterator[Version]:
        # What the gate noted of an earlier new version is nothing to this one.
        self._stage.forget("-".join(("new", *faults)))
        with closing(Version(NEW, faults, self._account)) as new:
            yield new

    def _first(self) -> Step:
        ended = self._stage.deploy(
            deploy=self._stage.switch_command(self._old.url),
            rollback="false",
            options=(),
            gate_options=("--smoke", f"--target-version={OLD}"),
        )
        return self._step(f"deploy {OLD}", ended, verdict="pass", code=0, answers=OLD)

    def _broken(self, fault: Fault) -> Iterator[Step]:
        with self._version(fault.name) as new:
            ended = self._deploy(
                self._stage.switch_command(new.url),
                *(("--smoke",) if fault.mode == "smoke" else ()),
                *_QUICK.get(fault.category or "", ()),
            )
            seen = Seen(
                deploy_code=ended.code,
                verdict=str(ended.report.get("verdict", "none")),
                categories=tuple(ended.report.get("categories", ())),
                answers=self._answering(),
            )
            yield Step(
                name=f"deploy {NEW} with {fault.name}",
                gate=f"{seen.verdict} ({category_code(seen.categories)})",
                deploy_code=str(seen.deploy_code),
                answers=seen.answers,
                differs=what_differs(fault, seen, old=OLD, new=NEW),
                output=ended.output,
            )
            if ended.code != 1:
                # Held, or deployed: somebody goes back by hand, and the gate has to pass again.
                self._stage.switch(self._old.url)
                # Each version has a store of its own here: a change of it goes with it.
                self._stage.forget(f"back-from-{fault.name}")
                again = self._stage.gate(f"--target-version={OLD}")
                yield self._step("  back by hand", again, verdict="pass", code=0, answers=OLD)

    def _answering(self) -> str:
        """The versions that answer: what the proxy does, since a fault may hide the version."""
        old = self._old.url
        return " and ".join(OLD if url == old else NEW for url in self._stage.active())

    def _two_at_once(self, new: Version) -> Step:
        both = self._stage.switch_command(self._old.url, new.url)
        ended = self._deploy(both, "--smoke", "--target-wait=2")
        told = "" if all(one in ended.output for one in (OLD, NEW)) else "the versions are not told"
        step = self._step(f"{BOTH} at once", ended, verdict="inconclusive", code=2, answers=BOTH)
        return replace(step, differs=step.differs or told)

    def _roll_out(self, new: Version) -> Step:
        self._stage.forget("roll-out")
        self._stage.switch(self._old.url)
        goes_on = self._stage.proxy.when_carried(
            self._old.url, SEEN_OLD, lambda: self._stage.switch(new.url)
        )
        both = self._stage.switch_command(self._old.url, new.url)
        ended = self._deploy(both, "--smoke", "--target-wait=60")
        goes_on.join(timeout=0)
        name = f"both, then {NEW}: the gate waits"
        return self._step(name, ended, verdict="pass", code=0, answers=NEW)

    def _deploy(self, command: str, *gate_options: str) -> Ended:
        return self._stage.deploy(
            deploy=command,
            rollback=self._stage.switch_command(self._old.url),
            options=(f"--rollback-version={OLD}",),
            gate_options=(f"--target-version={NEW}", *gate_options),
        )

    def _step(self, name: str, ended: Ended, *, verdict: str, code: int, answers: str) -> Step:
        got = str(ended.report.get("verdict", "none"))
        seen, wanted = (got, ended.code, self._answering()), (verdict, code, answers)
        differs = "" if seen == wanted else f"expected {wanted}"
        return Step(
            name=name,
            gate=f"{got} ({category_code(tuple(ended.report.get('categories', ())))})",
            deploy_code=str(ended.code) if "deploy.sh" in ended.output else "",
            answers=self._answering(),
            differs=differs,
            output=ended.output,
        )


def table(steps: Sequence[Step]) -> str:
    """The steps as a table, with what was not as expected."""
    rows = [("step", "gate (category)", "deploy.sh", "answers", "as expected")]
    rows += [
        (one.name, one.gate, one.deploy_code, one.answers, one.differs or "yes") for one in steps
    ]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def main(arguments: Sequence[str]) -> int:
    """Rehearse, print the table, and return the exit code."""
    parser = argparse.ArgumentParser(description="Rehearses deployments on this machine.")
    parser.add_argument("--fault", action="append", metavar="NAME", help="only these (repeatable)")
    parser.add_argument("--all", action="store_true", help="all faults; takes some minutes")
    parser.add_argument(
        "--gate", metavar="PATH", help="the command apismoke (default: of this Python)"
    )
    parser.add_argument("--verbose", action="store_true", help="show the output of each step")
    options = parser.parse_args(arguments)
    known = {fault.name: fault for fault in all_faults()}
    names = options.fault or (list(known) if options.all else list(CHOSEN))
    if unknown := [name for name in names if name not in known]:
        parser.error(f"no fault is called {unknown[0]!r}: apismoke demo --list-faults has them")
    faults = [known[name] for name in names if known[name].mode != "deep"]
    gate = options.gate or "apismoke"
    beside = None if options.gate else shutil.which(gate, path=Path(sys.executable).parent)
    command = beside or shutil.which(gate)
    if command is None:
        parser.error(
            f"expected the command apismoke, got none at {gate!r}: install the package with its "
            "extra 'demo', or give the command's path with --gate"
        )
    account = {"APISMOKE_DEMO_USERNAME": "rehearsal@example.com"}
    account["APISMOKE_DEMO_PASSWORD"] = secrets.token_urlsafe()
    done: list[Step] = []
    with tempfile.TemporaryDirectory() as folder:
        of_gate = {
            "APISMOKE_USERNAME": account["APISMOKE_DEMO_USERNAME"],
            "APISMOKE_PASSWORD": account["APISMOKE_DEMO_PASSWORD"],
        }
        stage = Stage(Path(folder), gate=str(Path(command).absolute()), account=of_gate)
        stage.forget("first")
        try:
            with closing(stage), closing(Rehearsal(stage, account)) as rehearsal:
                for step in rehearsal.steps(faults):
                    done.append(step)
                    print(f"{step.name}: {step.differs or 'as expected'}", flush=True)
                    if step.differs or options.verbose:
                        print(step.output, flush=True)
        except NotStartedError:
            parser.error("the embedded backend did not start: it says above why, and what to do")
    print(f"\n{table(done)}")
    if left_out := [name for name in names if known[name].mode == "deep"]:
        print(f"left out, because they need a profile of their own: {', '.join(left_out)}")
    return 1 if any(step.differs for step in done) else 0


def _ended_by_a_signal(*_: object) -> None:
    """Ends as an exception would, so that everything that was started is ended too."""
    sys.exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _ended_by_a_signal)
    sys.exit(main(sys.argv[1:]))

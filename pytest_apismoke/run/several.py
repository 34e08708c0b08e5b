"""A run against several targets: one process for each, side by side, and one verdict on all.

Each target has a gate of its own, which a target that hangs or a test that crashes can't take the
others along with. Gates whose targets are one service take turns, as any gates do.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from pathlib import Path

import pytest

from pytest_apismoke.configuration import options
from pytest_apismoke.configuration.targets import checked_targets
from pytest_apismoke.errors import Failure, SmokeError, interrupted
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.reports import junit, several, writing
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.report import Judged, Report
from pytest_apismoke.run import showing, temporary
from pytest_apismoke.run.junit_of import junit_path
from pytest_apismoke.run.part import Part
from pytest_apismoke.run.preparation import Preparation, show_traceback
from pytest_apismoke.run.recording import Recorded, recorder_of
from pytest_apismoke.system import output, output_file, signals
from pytest_apismoke.verdict import run_failures
from pytest_apismoke.verdict.judgement import Verdict, judge, outcome_of_run
from pytest_apismoke.verdict.merging import merged

#: The most gates at once; each is a process with its own connections.
_MOST = 8


class SeveralTargets:
    """One run, in the process that was called.

    Args:
        config: pytest's configuration.
        targets: as they were given.

    """

    def __init__(self, config: pytest.Config, targets: Sequence[str]) -> None:
        self._config = config
        self._targets = targets
        self._redactor = Redactor()
        self._recorder = recorder_of(config)
        self._records = self._recorder is not None
        self._preparation = Preparation(
            config, self._redactor, target=targets[0], records_known=self._records
        )
        self._started = time.monotonic()
        self._started_at = datetime.now(timezone.utc)
        self._processes: list[subprocess.Popen[bytes]] = []
        self._parts: Sequence[Part] = ()
        self._is_ending = False
        self._code: int | None = None

    def around(self) -> Generator[None, object, int]:
        """Wraps pytest's main function, where another plugin may have been quicker."""
        try:
            yield
        except KeyboardInterrupt:
            raise
        except BaseException:
            # Also sys.exit and pytest.exit, whose code would pass for the verdict.
            show_traceback(self._redactor)
        return self._code if self._code is not None else self.run()

    def run(self) -> int:
        """Runs all gates, shows and reports the verdict, and returns the exit code."""
        with signals.handled(self._end_all):
            try:
                self._decide()
                with temporary.directory("apismoke-targets-", where="this run") as folder:
                    self._code = self._conclude(tuple(self._carried_out(Path(folder))))
            except SmokeError as error:
                self._code = self._conclude((self._failed(error.failure),))
            except Exception as error:
                show_traceback(self._redactor)
                self._code = self._conclude((self._failed(run_failures.defect_of(error)),))
            return self._code

    def _carried_out(self, folder: Path) -> Iterator[Judged]:
        """The verdicts on the targets in their order, each shown as soon as it is there."""
        parts = [
            Part.in_folder(
                folder / str(number),
                target,
                records_known=self._records,
                masks_to=self._preparation.audience.masks_to,
            )
            for number, target in enumerate(self._targets)
        ]
        output.write(f"apismoke: {len(parts)} targets side by side\n")
        self._parts = parts
        with ThreadPoolExecutor(max_workers=_MOST) as pool:
            for part, ended in [(part, pool.submit(self._run, part)) for part in parts]:
                code = ended.result()
                written = self._redactor.text(part.written)
                output.write(f"\n{several.heading(part.target)}\n{written}")
                yield from self._judged(part, code)

    def _decide(self) -> None:
        """Finds what is wrong with the call itself: told once, not by each gate.

        Raises:
            SmokeError: for that.

        """
        self._preparation.decide()
        self._preparation.learn_secrets()
        self._targets = checked_targets(self._targets, options.where_targets(self._config))
        if self._preparation.refused:
            raise SmokeError(self._preparation.refused)

    # -- the processes

    def _run(self, part: Part) -> int | None:
        """Runs one gate to its end; returns its exit code, None if it was not started."""
        given = self._config.invocation_params
        colour = ["--color=yes"] if sys.stdout.isatty() else []
        command = [*_pytest(), "-o", f"cache_dir={part.cache}", *colour]
        if self._is_ending:
            return None
        with part.output.open("wb") as written:
            process = subprocess.Popen(
                [*command, *map(str, given.args)],
                cwd=given.dir,
                env=part.environment(os.environ),
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches this process alone, which passes it on once.
                start_new_session=True,
                pass_fds=() if part.masks_to is None else (part.masks_to,),
            )
        self._processes.append(process)
        if self._is_ending:
            # The signal came while it was started.
            process.send_signal(signal.SIGTERM)
        return process.wait()

    def _end_all(self) -> None:
        """Ends every gate, each of which restores first."""
        self._is_ending = True
        for process in tuple(self._processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)

    def _judged(self, part: Part, code: int | None) -> Iterator[Judged]:
        """The verdict that a gate has left, and what is wrong with how its process ended."""
        judged = part.judged()
        if self._is_ending:
            failure = interrupted("the run", where=part.target)
        elif judged:
            verdict = judged.verdict.ends_with
            failure = run_failures.ended_otherwise(part.target, code, verdict)
        else:
            failure = run_failures.without_verdict(part.target, code)
        if judged is None:
            yield self._failed(failure, target=part.target)
            return
        yield judged
        if code != judged.verdict.ends_with:
            yield self._failed(failure)

    # -- the verdict

    def _failed(self, failure: Failure, *, target: str = "") -> Judged:
        """The verdict on a run that has left none; without a target, on the call as a whole."""
        outcome = outcome_of_run(self._redactor, failure)
        verdict = judge([outcome], plan=(), table=self._preparation.table)
        is_rehearsal = self._preparation.is_rehearsal and all(self._targets)
        return Judged(
            target=target,
            verdict=replace(verdict, is_rehearsal=is_rehearsal),
            facts=self._facts(target or ", ".join(self._targets)),
        )

    def _conclude(self, judged: tuple[Judged, ...]) -> int:
        try:
            self._config.hook.pytest_apismoke_verdict(verdict=self._merged(judged))
        except BaseException as error:
            # Also sys.exit and pytest.exit, whose code would pass for the verdict.
            judged = (*judged, self._failed(run_failures.defect_of(error)))
        facts = several.facts_of(judged, self._facts(", ".join(self._targets)))
        if self._recorder and not self._preparation.refused:
            entries = self._preparation.contracts.known.entries
            self._recorder.recorded = Recorded(
                rootdir=self._config.rootpath, entries=entries, use=facts.known
            )
        try:
            self._write_junit(judged)
        except OSError as error:
            path = Path(str(error.filename or "--junitxml"))
            failure = run_failures.not_written(path, error, option="--junitxml")
            judged = (*judged, self._failed(failure))
        # The last of them has the exit code of a run that could not write another.
        for name, path in self._preparation.reports.items():
            if refused := writing.write(name, path, self._report(facts, judged)):
                judged = (*judged, self._failed(refused))
        audience = self._preparation.audience
        told = audience.announce(partial(self._report, facts, judged), self._config.rootpath)
        facts = replace(facts, notes=(*facts.notes, *told))
        verdict = self._merged(judged)
        if self._recorder:
            facts = replace(facts, known=replace(facts.known, gone=()))
        try:
            self._show(self._report(facts, judged))
        except OSError:
            output.discard()
        writing.show(self._preparation.reports, self._report(facts, judged))
        with suppress(BaseException):
            # What a conftest does with it is too late for the verdict.
            self._config.hook.pytest_apismoke_exit(exit_code=verdict.ends_with)
        settings = self._preparation.settings
        audience.notify(
            partial(self._report, facts, judged),
            journal=settings.lasting_journal if settings else None,
            in_short=self._is_ending,
        )
        return verdict.ends_with

    def _show(self, report: Report) -> None:
        verbosity = showing.verbosity_of(self._config)
        showing.show(
            self._config,
            lambda width, ascii_only: several.render(
                report, width=width, ascii_only=ascii_only, verbosity=verbosity
            ),
        )

    def _facts(self, target: str) -> RunFacts:
        return RunFacts(
            mode=self._preparation.mode,
            target_url=target,
            target_version=None,
            started_at=self._started_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            duration_s=time.monotonic() - self._started,
        )

    def _write_junit(self, judged: Sequence[Judged]) -> None:
        """Writes one file of those of the targets.

        Raises:
            OSError: when it can't be written.

        """
        path = junit_path(self._config)
        if path is None:
            return
        written = {part.target: text for part in self._parts if (text := part.junit_text)}
        others = [one for one in judged if one.target not in written]
        text = junit.merged(written.items(), others, ascii_only=not output_file.is_plain(path))
        output_file.write(path, text, mode=0o644)

    def _report(self, facts: RunFacts, judged: Sequence[Judged]) -> Report:
        return Report(verdict=self._merged(judged), facts=facts, targets=tuple(judged))

    def _merged(self, judged: Sequence[Judged]) -> Verdict:
        return merged(
            [one.verdict for one in judged],
            table=self._preparation.table,
            api_codes={name: code for one in judged for name, code in one.api_codes.items()},
        )


def _pytest() -> list[str]:
    """The command that runs pytest as this process runs it.

    `-m` and `-c` put the working directory first on the path, where a module of the user's may
    have the name of one of the standard library.
    """
    own = sys.orig_argv[: -len(sys.argv)]
    if own[-1:] in (["-m"], ["-c"]):
        return [sys.executable, "-m", "pytest"]
    return [sys.executable, str(Path(pytest.__file__).with_name("__main__.py"))]

"""`apismoke known write`: records the violations of contracts that a run meets as known ones.

It runs the gate with the options of pytest, so that what is recorded is what that run would fail
on. The run takes every violation for a known one and goes on: it meets what comes behind the first
one too, and its verdict is the one that the next run will have.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from pytest_apismoke.configuration.rootdir import DECLARED_IN, KNOWN
from pytest_apismoke.errors import misconfigured
from pytest_apismoke.known.entries import Entry, counted
from pytest_apismoke.known.file import render
from pytest_apismoke.known.place import COMMAND, LABEL
from pytest_apismoke.run.recording import Recorded, RecordsKnown
from pytest_apismoke.system import atomic_file

_COULD_NOT_VERIFY = 5
USAGE = f"""\
usage: {COMMAND} --target-url=URL [options of pytest]

Run the gate and record the violations of contracts that it meets in {LABEL}, by operation or check,
place and keyword. Later runs fail on new ones only. Entries that no longer break are removed; those
that the run did not look at, and every 'reason' and 'until', are kept. Failures of another kind are
never recorded: the exit code is that of the run without the violations that are known now.
"""

#: Runs the gate with the arguments of pytest and a plugin object; returns its exit code.
Run = Callable[[Sequence[str], RecordsKnown], int]


def main(arguments: Sequence[str], *, run: Run) -> int:
    """Runs the command; returns its exit code.

    Args:
        arguments: the command line behind `apismoke known`.
        run: the gate.

    """
    if {"-h", "--help"} & set(arguments):
        print(USAGE, end="")
        return 0
    if arguments[:1] != ["write"]:
        seen = repr(arguments[0]) if arguments else "nothing"
        error = misconfigured(
            expected="'write'", seen=seen, where="apismoke known", hint=f"type {COMMAND} --help"
        )
        print(f"apismoke: {error}", file=sys.stderr)
        return _COULD_NOT_VERIFY
    recorder = RecordsKnown()
    code = run(arguments[1:], recorder)
    if recorder.recorded is None:
        print("\napismoke: the run ended before it could meet any violation: nothing is recorded")
        return code or _COULD_NOT_VERIFY
    try:
        told = _write(recorder.recorded)
    except OSError as error:
        failure = misconfigured(
            expected="to write the known violations",
            seen=error.strerror or str(error),
            where=LABEL,
            hint="correct the permissions of the file and its folder",
        )
        print(f"\napismoke: {failure}", file=sys.stderr)
        return _COULD_NOT_VERIFY
    print(f"\n{told}")
    if code:
        print("The failures above are no violations that can be known, and are not recorded.")
    return code


def _write(recorded: Recorded) -> str:
    """Writes the list anew; returns what has become of it, in words."""
    path = recorded.rootdir / DECLARED_IN / KNOWN
    entries = recorded.use.rewritten(recorded.entries)
    if not entries and not path.exists():
        return "No contract was broken in a way that can be known: nothing is recorded."
    _write_if_changed(path, render(entries))
    return _in_words(recorded, entries)


def _write_if_changed(path: Path, text: str) -> None:
    if path.exists() and path.read_text("utf-8-sig") == text:
        return
    path.parent.mkdir(exist_ok=True)
    atomic_file.write(path, text, mode=0o644)


def _in_words(recorded: Recorded, entries: Sequence[Entry]) -> str:
    use, before = recorded.use, {entry.key for entry in recorded.entries}
    unseen = before - {entry.key for entry in (*use.met, *use.gone)}
    changes = [
        *([f"{len(use.new)} added"] if use.new else ()),
        *([f"{len(use.gone)} removed"] if use.gone else ()),
        *([f"{len(unseen)} kept that this run did not look at"] if unseen else ()),
    ]
    return f"{LABEL}: {counted(len(entries))} ({', '.join(changes) or 'nothing changed'})"

"""Runs a module and writes what its CPU time went into; a script for any interpreter.

    python sampler.py FOLDER MODULE ARGUMENTS...

A timer that counts the CPU time of the process interrupts the main thread, whose CPU time since the
last look goes to the stack that it is in; a busy machine changes little. Where it waits, the
interruption was another thread's, and its time goes to the next stack. Other threads can be looked
at only where they wait, so all that they take is one sum. Each line of the file is a stack, the
outermost first, and its milliseconds.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import time
from collections import defaultdict
from pathlib import Path
from types import FrameType

#: Less than the system's own tick, which then decides.
_INTERVAL_S = 0.001
#: Stands for a stack.
OTHER_THREADS = "other threads"
_WAITING_FILES = ("/threading.py", "/queue.py", "/selectors.py")


class Sampler:
    """Counts CPU time by stack."""

    def __init__(self) -> None:
        self._taken_s: defaultdict[tuple[tuple[str, str], ...], float] = defaultdict(float)
        self._seen_s = 0.0

    def start(self) -> None:
        """Begin; only the main thread may."""
        signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, _INTERVAL_S, _INTERVAL_S)

    def stop(self) -> None:
        """End it."""
        signal.setitimer(signal.ITIMER_PROF, 0)

    def lines(self) -> list[str]:
        """The stacks and their milliseconds."""
        roots = sorted((f"{Path(root)}/" for root in sys.path if root), key=len, reverse=True)
        others_s = max(0.0, time.process_time() - time.thread_time())
        return [
            f"{OTHER_THREADS} {others_s * 1000:.3f}",
            *(
                ";".join(f"{function} ({_short(file, roots)})" for file, function in stack)
                + f" {seconds * 1000:.3f}"
                for stack, seconds in self._taken_s.items()
            ),
        ]

    def _look(self, number: int, frame: FrameType | None) -> None:
        del number
        if frame is not None and not _is_waiting(frame):
            seconds = time.thread_time()
            self._taken_s[_stack(frame)] += seconds - self._seen_s
            self._seen_s = seconds


def _is_waiting(frame: FrameType) -> bool:
    """Whether its function is one that waits for another thread, by its name."""
    code = frame.f_code
    return code.co_filename.endswith(_WAITING_FILES) or "wait" in code.co_name


def _stack(frame: FrameType | None) -> tuple[tuple[str, str], ...]:
    frames: list[tuple[str, str]] = []
    while frame is not None:
        code = frame.f_code
        # Qualified names are there from Python 3.11 on.
        frames.append((code.co_filename, getattr(code, "co_qualname", code.co_name)))
        frame = frame.f_back
    return tuple(reversed(frames))


def _short(file: str, roots: list[str]) -> str:
    return next((file.removeprefix(root) for root in roots if file.startswith(root)), file)


def main(folder: str, module: str, *arguments: str) -> None:
    """Run the module as a script, and write the file however it ends."""
    sys.argv = [module, *arguments]
    # The folder of this file is not one that the module's own run would import from.
    sys.path[0] = ""
    sampler = Sampler()
    sampler.start()
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        sampler.stop()
        text = "".join(f"{line}\n" for line in sampler.lines())
        Path(folder, f"{os.getpid()}.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""A plugin for runs under test: kills them at a step of their write, or lists the steps.

The environment says what it does. `KILL_AT` names a step, such as `after PUT 2`: the second time
that an update was answered; then the whole process group is killed. Where `KILL_ONCE` names a
file, only the one process is killed, and only the first that comes there. `STEPS_TO` names a file
to which every step is appended, a line each.

Its time passes only while it pauses. A machine that is busy elsewhere would otherwise add looks at
the document, or take away pauses, and a step would not be reached.

A step is before and after each thing that a write does: each file operation of the journal, each
lock, each request, each pause, from `ProbeWrite.begin` to the end of `ProbeWrite.restore`. So are
those of a recovery, which comes before the write where a journal has something to take back.
"""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import stat
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any


def pytest_load_initial_conftests() -> None:
    """Wraps what a write is made of, before the gate begins: it begins with a recovery."""
    from filelock import BaseFileLock

    from pytest_apismoke.http.budget import Budget
    from pytest_apismoke.http.client import Client
    from pytest_apismoke.safewrite.recovery import Recovery
    from pytest_apismoke.safewrite.writing import ProbeWrite

    steps = _Steps()
    _wrap(ProbeWrite, "begin", steps.opening)
    _wrap(ProbeWrite, "restore", steps.closing)
    _wrap(Recovery, "run", steps.recovering)
    _wrap(tempfile, "mkstemp", steps.around(_always("make")))
    _wrap(os, "fsync", steps.around(_synced))
    _wrap(Path, "replace", steps.around(_always("rename")))
    _wrap(Path, "unlink", steps.around(lambda path, **_: f"unlink {path.suffix}"))
    _wrap(BaseFileLock, "acquire", steps.around(_always("lock")))
    _wrap(BaseFileLock, "release", steps.around(_unlocked))
    _wrap(Client, "send", steps.around(_request))
    _wrap(Budget, "pause", steps.around(_always("pause")))


def pytest_configure() -> None:
    """Sets the clock of the checks; what comes before them hands over a moment of the real one."""
    from pytest_apismoke.http.budget import Budget

    _wrap(Budget, "__init__", _with(_Time()))


class _Time:
    """Stands still but for the pauses."""

    def __init__(self) -> None:
        self._now_s = 0.0

    def __call__(self) -> float:
        return self._now_s

    def sleep(self, seconds: float) -> None:
        self._now_s += seconds
        time.sleep(seconds)


def _with(clock: _Time) -> Callable[..., None]:
    def counting(inner: Callable[..., None], *args: Any, **kwargs: Any) -> None:
        inner(*args, **{**kwargs, "clock": clock, "sleep": clock.sleep})

    return counting


class _Steps:
    """Counts the steps of this process's writes."""

    def __init__(self) -> None:
        self._under_way = False
        self._passed: Counter[str] = Counter()
        self._kill_at = os.environ.get("KILL_AT", "")
        self._list = os.environ.get("STEPS_TO", "")

    def opening(self, inner: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Steps count from here on."""
        self._under_way = True
        return inner(*args, **kwargs)

    def closing(self, inner: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Steps count up to here."""
        try:
            return inner(*args, **kwargs)
        finally:
            self._under_way = False

    def recovering(self, inner: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Steps count inside, in a write or before it."""
        was_under_way, self._under_way = self._under_way, True
        try:
            return inner(*args, **kwargs)
        finally:
            self._under_way = was_under_way

    def around(self, name: Callable[..., str]) -> Callable[..., Any]:
        """A step before and a step after."""

        def stepping(inner: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            what = name(*args, **kwargs) if self._under_way else ""
            self._pass("before", what)
            result = inner(*args, **kwargs)
            self._pass("after", what)
            return result

        return stepping

    def _pass(self, when: str, what: str) -> None:
        if not (what and self._under_way):
            return
        self._passed[f"{when} {what}"] += 1
        step = f"{when} {what} {self._passed[f'{when} {what}']}"
        if self._list:
            # Not through a Path: what this writes is no step.
            with open(self._list, "a", encoding="utf-8") as file:  # noqa: PTH123
                file.write(f"{step}\n")
        if step == self._kill_at:
            _kill(os.environ.get("KILL_ONCE"))


def _kill(once: str | None) -> None:
    if once is None:
        os.killpg(os.getpgrp(), signal.SIGKILL)
    else:
        with contextlib.suppress(FileExistsError):
            os.close(os.open(once, os.O_CREAT | os.O_EXCL))
            os.kill(os.getpid(), signal.SIGKILL)


def _always(name: str) -> Callable[..., str]:
    return lambda *args, **kwargs: name


def _unlocked(lock: Any, **how: bool) -> str:
    return "unlock" if lock.is_locked else ""


def _synced(handle: int) -> str:
    return "sync folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "sync file"


def _request(client: object, request: Any, **how: bool) -> str:
    return f"{request.method} {str(request.path).rpartition('/')[2]}"


def _wrap(owner: Any, name: str, wrapper: Callable[..., Any]) -> None:
    inner = getattr(owner, name)

    @functools.wraps(inner)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return wrapper(inner, *args, **kwargs)

    setattr(owner, name, wrapped)

"""Workers of pytest-xdist on other machines: which they are, and what they can't do. Pure.

The journal, which the next run restores the target from, lies on the machine of the controller. A
worker elsewhere would leave the trace of a crash on a disk that no later run reads. So the checks
of the gate, and every test that preserves a document, stay on this machine; others go anywhere.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Sequence
from pathlib import Path

from pytest_apismoke.configuration.settings import Settings
from pytest_apismoke.errors import Category, Failure, SmokeError, misconfigured

_TX = "--tx"
#: A worker on this machine.
HERE = "popen"


def specs_of(option: Namespace) -> tuple[str, ...]:
    """The workers that pytest-xdist is about to start, one text each; none in a serial run."""
    processes = getattr(option, "numprocesses", None)
    if getattr(option, "collectonly", False) or processes is not None:
        # -n takes the place of --tx, and starts workers on this machine only.
        return ()
    is_spread = getattr(option, "dist", "no") != "no" or getattr(option, "distload", False)
    return each(getattr(option, "tx", None) or ()) if is_spread else ()


def each(specs: Iterable[str]) -> tuple[str, ...]:
    """One text for each worker: `2*popen` is two of them."""
    found: list[str] = []
    for spec in specs:
        times, star, rest = spec.partition("*")
        found += [rest] * int(times) if star and times.isdecimal() else [spec]
    return tuple(found)


def is_elsewhere(spec: str) -> bool:
    """Whether a worker may run on another machine, by execnet's text for it."""
    keys = {part.partition("=")[0] for part in spec.split("//")}
    # With `via` it is started by another worker, wherever that one is.
    return HERE not in keys or "via" in keys


def with_one_here(specs: Sequence[str]) -> tuple[str, ...]:
    """The same workers, and one on this machine if there is none."""
    return tuple(specs) if not all(map(is_elsewhere, specs)) else (HERE, *specs)


def refuse(option: Namespace, settings: Settings) -> None:
    """Refuses what workers elsewhere can't take part in, before any request.

    Args:
        option: pytest's options.
        settings: of the run.

    Raises:
        SmokeError: (`usage`)

    """
    elsewhere = [spec for spec in specs_of(option) if is_elsewhere(spec)]
    if not elsewhere:
        return
    if settings.embedded:
        raise misconfigured(
            expected="a target that every worker can reach",
            seen="the embedded backend, which listens on this machine's loopback only, and a worker"
            f" elsewhere ({elsewhere[0]})",
            where=_TX,
            hint="give the URL of a deployed target, or run with -n instead of --tx",
        )
    given = (settings.tls.ca_bundle, settings.tls.certificate)
    if file := next(filter(None, given), ""):
        raise misconfigured(
            expected="a target whose TLS needs no file of this machine",
            seen=f"{Path(file).name}, and a worker elsewhere ({elsewhere[0]}): the gate sends no"
            " key and no certificate to another machine",
            where=_TX,
            hint="run with -n instead of --tx; authorities alone may be installed on each machine"
            " (REQUESTS_CA_BUNDLE there names their file)",
        )


def notes(specs: Sequence[str]) -> tuple[str, ...]:
    """What a run with workers elsewhere tells: who runs the checks, and what is not encrypted."""
    elsewhere = [spec for spec in specs if is_elsewhere(spec)]
    if not elsewhere:
        return ()
    found = ["the checks and tests with smoke_preserve stay on this machine"]
    if len(elsewhere) == len(specs):
        found.append("one worker on this machine was added to those of --tx, for the checks")
    if plain := [spec for spec in elsewhere if spec.startswith("socket=")]:
        found.append(
            f"{plain[0]} is not encrypted, and the token goes over it: use a tunnel, or ssh="
        )
    return tuple(found)


# -- failures while it runs -----------------------------------------------------------------------


def not_started(spec: str, error: str, version: str) -> Failure:
    """A worker ended before it could collect anything."""
    return Failure(
        category=Category.USAGE,
        expected=f"the worker {spec} to start",
        seen=_last_line(error),
        where=_TX,
        hint=f"it needs pytest-apismoke {version}, and the plugins and tests of this machine",
    )


def not_reached(error: str, specs: Iterable[str]) -> Failure:
    """xdist could not start all workers.

    Args:
        error: in its words.
        specs: those that may run on other machines.

    """
    return Failure(
        category=Category.USAGE,
        expected="all workers to start",
        seen=error or "one that could not be reached",
        where=f"{_TX} {', '.join(specs)}",
        hint="correct the address, or leave it out; paths of tests are given to another machine in"
        " full, below a --rsyncdir, or not at all: with chdir= it finds those of apismoke_paths",
    )


def _last_line(error: str) -> str:
    """The line of a traceback that says what was wrong."""
    lines = [line.strip() for line in error.splitlines() if line.strip()]
    told = [line for line in lines if "rror: " in line]
    return told[-1].partition("rror: ")[2] if told else (lines or ["it ended"])[-1]


def not_reachable(spec: str, target_url: str) -> Failure:
    """A worker is on another machine, where the target's URL names another one."""
    return Failure(
        category=Category.USAGE,
        expected="a target that every worker can reach",
        seen=f"{target_url}, which is another machine's own for the worker {spec}",
        where=_TX,
        hint="give a URL that means the same on every machine, or run with -n instead of --tx",
    )


def none_here(specs: Sequence[str]) -> Failure:
    """No worker runs where the journal is."""
    return Failure(
        category=Category.USAGE,
        expected="a worker on this machine, for the checks",
        seen=", ".join(specs) or "none",
        where=_TX,
        hint="add --tx popen: what restores the target after a crash is kept on this machine",
    )


def other_version(here: str, controller: str) -> SmokeError:
    """A worker has another version of the gate than its controller."""
    return misconfigured(
        expected=f"pytest-apismoke {controller}, as on the controller's machine",
        seen=here,
        where="the worker's environment",
        hint=f"install pytest-apismoke=={controller} there",
    )


def needs_the_journal(test: str) -> SmokeError:
    """A test asked for `smoke_preserve` while it ran, on a worker elsewhere."""
    return misconfigured(
        expected="a test that changes a document to run on the machine of the gate, which could"
        " restore it after a crash",
        seen="a worker on another machine",
        where=test,
        hint="name smoke_preserve among the arguments of the test: then it stays on that machine",
    )

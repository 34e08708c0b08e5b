"""The cases that have a golden file: which target a run has, and what it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from harness import catalogue


class Server(Protocol):
    """A target inside the test's own process."""

    url: str

    def stop(self) -> None:
        """Closes it."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One run.

    Args:
        folder: of its golden file.
        name: of its golden file, without the exit code.
        arguments: of the command line; `--target-url` is added where there is a server.
        environ: environment variables.
        files: what the working directory holds, by name.
        server: starts the target; None where the arguments name it.
        workers: how many workers of pytest-xdist: all these runs have the one golden file. It is
            written by the first of them.
        by_hand: which of them are not in CI.
        in_sample: whether it is in the sample; see `gate.sampling`.
        only_outcomes: whether its golden file holds no more than that, because the requests depend
            on how fast the run is.

    """

    folder: str
    name: str
    arguments: tuple[str, ...]
    environ: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    server: Callable[[], Server] | None = None
    workers: tuple[int, ...] = (0,)
    by_hand: tuple[int, ...] = ()
    in_sample: bool = False
    only_outcomes: bool = False

    def __str__(self) -> str:
        return f"{self.folder}/{self.name}"


# -- the faults of the embedded backend ----------------------------------------------------------

#: What a run is given to notice the fault, or to be quick.
_FOR_FAULT = {
    "never-ready": ("--target-wait=0.1",),
    "health-dead-database": ("--target-wait=0.1",),
    "html-everywhere": ("--target-wait=0.1",),
    "rolling": ("--target-version=1.0.0", "--target-wait=0.6"),
    "rollback-later": ("--target-version=1.0.0",),
    "slow-answers": ("--smoke-budget=3",),
}
#: The lagging store needs the default time to be read back.
_PATIENT = ("write-lags",)
_QUICK = ("-oapismoke_readback_wait=0.2",)
#: The token lives for 2 seconds: a slow run renews it, a quick one has no need to.
_DEPENDS_ON_SPEED = ("token-short-lived",)
#: With workers the controller logs in again: no check sent that request, and none shows it.
_DIFFERS_WITH_WORKERS = ("token-expires-early",)
_IN_SAMPLE = ("oauth-500", "restore-refused")


def _of_faults() -> list[Case]:
    faults = [{"name": "healthy", "mode": "smoke"}, *catalogue()]
    return [
        case
        for number, fault in enumerate(faults)
        for mode in ("smoke", "full")
        for case in _of_fault(
            str(fault["name"]),
            mode,
            is_distributed_in_ci=number % 4 == (0 if mode == "smoke" else 2),
        )
    ]


def _of_fault(name: str, mode: str, *, is_distributed_in_ci: bool) -> list[Case]:
    case = Case(
        folder=f"faults/{mode}",
        name=name,
        arguments=(
            "--target-url=demo",
            *(("--smoke",) if mode == "smoke" else ()),
            *(() if name in _PATIENT else _QUICK),
            *_FOR_FAULT.get(name, ()),
        ),
        environ={} if name == "healthy" else {"APISMOKE_DEMO_FAULTS": name},
        workers=(0, 2),
        by_hand=() if is_distributed_in_ci else (2,),
        in_sample=name in _IN_SAMPLE,
        only_outcomes=name in _DEPENDS_ON_SPEED,
    )
    if name not in _DIFFERS_WITH_WORKERS:
        return [case]
    return [replace(case, workers=(0,)), replace(case, name=f"{name}-n2", workers=(2,))]


CASES = tuple(_of_faults())

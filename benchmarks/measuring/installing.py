"""Installs what is compared: each tool into an environment of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from measuring import peers, subjects
from measuring.environments import Environment, Missing, install, needed, of_npm, of_python
from measuring.figures import Pythons
from measuring.subjects import Subject

#: The rows beside the file by hand.
ROWS = ("gate", "curl", "tavern", "schemathesis", "newman")
_SHOWN = ("pytest", "requests", "urllib3", "jsonschema")
_HURL = (
    "hurl: its package on npm downloads the program from elsewhere when it is installed; it"
    " validates no JSON Schema"
)
_PEERS: Mapping[str, Callable[[Environment], Subject]] = {
    "tavern": lambda found: peers.tavern(found.python),
    "schemathesis": lambda found: peers.schemathesis(found.python),
    "newman": lambda found: peers.newman(found.program("newman")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be installed, from which checkout, and where.

    Args:
        rows: some of `ROWS`.
        has_full: whether the gate is wanted with the extra `full` too.
        checkout: where the gate comes from.
        environments: the folder of the environments.

    """

    rows: Sequence[str]
    has_full: bool
    checkout: Path
    environments: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """The interpreters of the figures, the rows, their versions, and what did not install."""

    pythons: Pythons
    subjects: Sequence[Subject]
    versions: Sequence[str]
    notes: Sequence[str]


def install_all(wanted: Wanted) -> Installed:
    """Install it; the gate anew, and what is there already stays."""
    place, checkout = wanted.environments, wanted.checkout
    gate = needed(of_python(place / "gate", str(checkout), shown=_SHOWN, of=checkout))
    install(gate, checkout)
    by_hand = needed(of_python(place / "by-hand", *_SHOWN, shown=_SHOWN))
    full = None
    if wanted.has_full:
        full = needed(of_python(place / "full", f"{checkout}[full]", shown=_SHOWN, of=checkout))
        install(full, checkout)
    makers: dict[str, Callable[[], Environment | Missing]] = {
        # It imports a module that pytest 9 does not have.
        "tavern": lambda: of_python(
            place / "tavern", "tavern", "pytest<9", shown=("tavern", "pytest")
        ),
        "schemathesis": lambda: of_python(
            place / "schemathesis", "schemathesis", shown=("schemathesis",)
        ),
        "newman": lambda: of_npm(place / "newman", "newman"),
    }
    made = [makers[name]() for name in wanted.rows if name in makers]
    there = {found.name: found for found in made if isinstance(found, Environment)}
    missing = [found for found in made if isinstance(found, Missing)]
    compared = [subjects.by_hand(by_hand.python)]
    compared += [subjects.curl()] if "curl" in wanted.rows else []
    compared += [make(there[name]) for name, make in _PEERS.items() if name in there]
    compared += [subjects.gate(gate.python)] if "gate" in wanted.rows else []
    return Installed(
        pythons=Pythons(
            gate=gate.python, by_hand=by_hand.python, full=full.python if full else None
        ),
        subjects=compared,
        versions=[f"{one.name}: {one.versions}" for one in (gate, by_hand, *there.values())],
        notes=[_HURL, *(f"{one.name}: {one.reason}" for one in missing)],
    )

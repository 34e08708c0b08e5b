"""What is asked of the target: the same for everything that is compared."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from measuring import api

#: How many fresh reads the gate makes in a round, where several instances may answer.
READS_OF_A_ROUND = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Health and login, and then the built-in suites, or that many orders with their schema.

    With `has_tags` the settings have a strong entity tag, which tells of others that write.
    """

    name: str
    title: str
    orders: int = 0
    has_tags: bool = False

    @property
    def is_built_in(self) -> bool:
        """Whether it is the built-in suites, with a URL and credentials alone."""
        return self.orders == 0

    def paths(self) -> tuple[str, ...]:
        """The paths of the orders."""
        return api.paths_of_orders(self.orders)


GATE = Workload(name="gate", title="gate")
TAGGED = Workload(name="tagged", title="gate, strong entity tags", has_tags=True)
DECLARED = Workload(name="declared", title="gate, 5 declared checks", orders=5)
ORDERS = Workload(name="orders", title="login + 200 GETs with schema", orders=200)
MANY = Workload(name="many", title="2,000 checks", orders=2000)
ALL = (GATE, TAGGED, DECLARED, ORDERS, MANY)


def many(orders: int) -> Workload:
    """The workload of that many orders."""
    return Workload(name=f"orders-{orders}", title=f"{orders:,} checks", orders=orders)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a subject runs: an empty folder of its own, and the URL of the target."""

    folder: Path
    url: str

    def write(self, name: str, text: str) -> None:
        """Write a file into the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

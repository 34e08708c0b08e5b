"""Prints the table of backends as Markdown.

python tests/shapes
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from shapes.shape import Shape
from shapes.table import SHAPES


def main() -> None:
    print("| backend | given to the run | healthy | broken | code |")
    print("|---|---|---|---|---|")
    for shape in SHAPES:
        print(row(shape))


def row(shape: Shape) -> str:
    """A row of the table: a cell can't hold more than one line, nor a bare bar."""
    given = "<br>".join(f"`{line}`".replace("|", "\\|") for line in lines(shape))
    end = f"{shape.broken.code} {shape.broken.category}"
    return f"| {shape.name} | {given} | 0 | {shape.broken.fault.value} | {end} |"


def lines(shape: Shape) -> Iterator[str]:
    """What a run is given beside the URL, and the name and password where there is a login."""
    yield from filter(None, shape.lines.splitlines())
    if shape.has_token:
        yield "APISMOKE_TOKEN=..."
    for name, value in shape.environ.items():
        yield f"{name}={value}"
    if shape.arguments:
        yield " ".join(shape.arguments)


if __name__ == "__main__":
    main()

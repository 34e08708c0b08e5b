"""Prints the table of backends as Markdown.

python tests/shapes
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from shapes.shape import Shape
from shapes.table import SHAPES


def main() -> None:
    print("| backend | profile | healthy | broken: what is wrong | code |")
    print("|---|---|---|---|---|")
    for shape in SHAPES:
        print(row(shape))


def row(shape: Shape) -> str:
    """A row of the table; a cell can't hold more than one line, nor a bare bar."""
    lines = [line for line in shape.lines.splitlines() if line]
    profile = "<br>".join(f"`{line}`".replace("|", "\\|") for line in lines) or "nothing"
    end = f"{shape.broken.code} {shape.broken.category}"
    return f"| {shape.name} | {profile} | 0 | {shape.broken.fault.value} | {end} |"


if __name__ == "__main__":
    main()

"""Rewrites what is made from the code in docs/reference/, and names the pages that have changed.

    python scripts/reference.py

Read the difference before you commit it: it is what users will read.
"""

from __future__ import annotations

from pathlib import Path

from documenting.reference.page import rewritten
from documenting.reference.pages import PAGES

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"


def main() -> None:
    """Rewrites the pages."""
    for name, blocks in PAGES.items():
        path = FOLDER / name
        before = path.read_text("utf-8")
        after = rewritten(before, blocks())
        if after != before:
            path.write_text(after, encoding="utf-8")
            print(f"docs/reference/{name}")


if __name__ == "__main__":
    main()

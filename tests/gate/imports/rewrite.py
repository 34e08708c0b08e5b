"""Rewrites the lists of modules that runs import, from runs of the code as it is.

    python tests/gate/imports/rewrite.py

Read the difference before you commit it: each new line is paid for in every run.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from gate.test_imports import LISTS, gate_imports, inert_imports
from harness import Backend, Gate


def main() -> int:
    backend = Backend()
    try:
        with tempfile.TemporaryDirectory() as folder:
            write("inert", inert_imports(Gate(Path(folder))))
        with tempfile.TemporaryDirectory() as folder:
            write("gate", gate_imports(Gate(Path(folder)), backend))
    finally:
        backend.stop()
    return 0


def write(name: str, told: dict[str, Any]) -> None:
    lines = "".join(f"{module}\n" for module in told["own"])
    (LISTS / f"{name}.txt").write_text(lines, "utf-8")


if __name__ == "__main__":
    raise SystemExit(main())

"""How many operations of API descriptions can be asked for without an invented value; a table.

    python benchmarks/operations.py api.github.com.json openapi.yaml ...

For each: its operations, those with a value for every parameter in the description itself, and
those that the first items of its lists add to them ('apismoke infer --openapi').
"""

from __future__ import annotations

import sys
from pathlib import Path

from pytest_apismoke.discovery.chain_files import left_out
from pytest_apismoke.openapi.loader import read
from pytest_apismoke.openapi.spec import Spec


def main(paths: list[str]) -> None:
    print(f"{'operations':>10}  {'alone':>6}  {'lists':>6}  description")
    for path in map(Path, paths):
        spec = Spec(read(path.read_text(encoding="utf-8-sig"), path.name), label=path.name)
        chains = spec.chains()
        alone, with_lists = len(spec.checks()), len(chains.chained)
        print(f"{len(spec.operations()):>10}  {alone:>6}  {with_lists:>6}  {path.name}")
        for line in left_out(chains.others):
            print(f"{'':>28}{line}")


if __name__ == "__main__":
    main(sys.argv[1:])

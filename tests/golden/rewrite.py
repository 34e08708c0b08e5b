"""Rewrites golden files from runs of the code as it is, and shows the difference to Git's index.

    python tests/golden/rewrite.py [-k PATTERN] [-j JOBS]

Files of cases that are gone are deleted. Read the difference before you commit it: it is what users
will see.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from golden.cases import CASES, Case
from golden.running import FILES, golden_file, run


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("-k", default="", metavar="PATTERN", help="a regex for names of cases")
    parser.add_argument("-j", type=int, default=3, metavar="JOBS", help="runs at the same time")
    asked = parser.parse_args()
    chosen = [case for case in CASES if re.search(asked.k, str(case))]
    with ThreadPoolExecutor(asked.j) as pool:
        written = set(pool.map(rewrite, chosen))
    if not asked.k:
        for file in set(FILES.rglob("*.txt")) - written:
            file.unlink()
    print(f"{len(written)} golden files written")
    for command in (["add", "--intent-to-add"], ["diff", "--stat"], ["diff"]):
        subprocess.run(["git", "--no-pager", *command, "--", "."], cwd=FILES, check=True)
    return 0


def rewrite(case: Case) -> Path:
    """Writes the golden file of a case anew."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "empty"
        folder.mkdir()
        name, content = run(case, folder, case.workers[0])
    old, new = golden_file(case), FILES / name
    if old is not None:
        old.unlink()
    new.parent.mkdir(parents=True, exist_ok=True)
    new.write_text(content, encoding="utf-8")
    return new


if __name__ == "__main__":
    sys.exit(main())

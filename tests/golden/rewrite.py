"""Rewrites golden files with the code as it is, and shows the difference to Git's index.

    python tests/golden/rewrite.py [-k PATTERN] [-j JOBS]

`-k rendered/` chooses those of the formats alone, which need no run.

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

from golden import rendered
from golden.cases import CASES, Case
from golden.running import FILES, golden_file, run
from verdicts import SCENES


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
    of_formats = rewrite_rendered(asked.k)
    print(f"{len(written)} golden files of runs and {of_formats} of formats written")
    for command in (["add", "--intent-to-add"], ["diff", "--stat"], ["diff"]):
        subprocess.run(["git", "--no-pager", *command, "--", "."], cwd=FILES.parent, check=True)
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


def rewrite_rendered(pattern: str) -> int:
    """Writes what the formats make of the shared verdicts anew; returns the number of files."""
    pairs = [
        (name, scene)
        for name in rendered.RENDERERS
        for scene in SCENES
        if re.search(pattern, f"rendered/{name}/{scene}")
    ]
    for name, scene in pairs:
        file = rendered.golden_file(name, scene)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(rendered.golden_text(name, scene).encode("utf-8"))
    if not pattern:
        expected = {rendered.golden_file(name, scene) for name, scene in pairs}
        for file in set(rendered.FILES.rglob("*.txt")) - expected:
            file.unlink()
    return len(pairs)


if __name__ == "__main__":
    sys.exit(main())

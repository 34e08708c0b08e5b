"""Builds the documentation's site, and checks that every link of it leads somewhere.

usage: python scripts/site.py [--owner NAME]

Needs the dependency group `docs` (`pip install --group docs`) and no network. Ends with 1 if the
navigation is not complete, Zensical warns of something, or a link leads to nothing.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from subprocess import PIPE, STDOUT

from documenting.site.built import Built
from documenting.site.configuration import NAME, OWNER, ROOT, mistakes_of, pages_below, site_of
from documenting.site.sources import DOCS, staged

OUTPUT = ROOT / "site"


def main(argv: Sequence[str] | None = None) -> int:
    """Builds the site; 1 if something is wrong with it."""
    parser = argparse.ArgumentParser(description="Builds the site of the documentation.")
    parser.add_argument("--owner", default=OWNER, help="the owner of this copy of the repository")
    owner: str = parser.parse_args(argv).owner
    text = (ROOT / NAME).read_text("utf-8").replace(OWNER, owner)
    site = site_of(text)
    mistakes = list(mistakes_of(site, pages_below(ROOT / DOCS)))
    with tempfile.TemporaryDirectory() as folder:
        config = staged(text, Path(folder))
        command = [sys.executable, "-m", "zensical", "build", "--strict", "--config-file"]
        built = subprocess.run([*command, str(config)], cwd=folder, stdout=PIPE, stderr=STDOUT)
        print(_plain(built.stdout.decode("utf-8")))
        if built.returncode:
            mistakes.append(f"zensical ended with {built.returncode}: see above, and correct docs/")
        else:
            shutil.rmtree(OUTPUT, ignore_errors=True)
            shutil.move(Path(folder, "site"), OUTPUT)
            mistakes += Built(OUTPUT, site, ROOT).mistakes()
    for mistake in mistakes:
        print(mistake)
    if mistakes:
        print(f"{len(mistakes)} mistakes in the site")
        return 1
    print(
        f"{len(site.pages)} pages; to look at them: python -m http.server --bind 127.0.0.1 -d site"
    )
    return 0


def _plain(output: str) -> str:
    """What Zensical said, without its colours, which it also writes where there is no terminal."""
    return re.sub(r"\x1b\[[0-9;]*m", "", output).partition("Traceback")[0].strip()


if __name__ == "__main__":
    sys.exit(main())

"""Takes the pictures of the documentation anew, from real runs against the embedded backend.

    python docs/pictures/take.py

It needs a Chromium, the extras `demo` and `html`, and Pillow, which makes the files small.
"""

from __future__ import annotations

import html
import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "tests"))

from chromium import Browser, View, chromium
from PIL import Image

#: A picture has that many colours; more can't be told apart here.
_COLOURS = 160
#: A test of one's own, for the page and the terminal to name.
_OWN_TEST = """\
import pytest


@pytest.mark.smoke
def test_the_health_page_names_its_version(smoke_client):
    assert smoke_client.get("/health").json()["version"]
"""
_TERMINAL = """\
<!DOCTYPE html><meta charset="utf-8"><style>
html { background: #14181e; } body { margin: 0; padding: 14px 18px; width: max-content; }
pre { margin: 0; color: #d6dbe1; font: 14px/1.45 "DejaVu Sans Mono", monospace; }
.c1 { font-weight: 700; } .c2 { color: #8b95a1; } .c31 { color: #ff7b80; } .c32 { color: #63d394; }
.c33 { color: #f1b860; } .c35 { color: #d79bff; } .c36 { color: #6fc7dd; }
.c7 { background: #d6dbe1; color: #14181e; }
</style><pre>"""
_SEQUENCE = re.compile(r"\x1b\[([\d;]*)m")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of the gate, and what it left."""

    page: Path
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture: of a page as it is looked at, down to a height in pixels."""

    name: str
    page: Path
    view: View
    height: int


def main() -> int:
    """Takes all pictures."""
    program = chromium()
    if program is None:
        print("expected a Chromium, found none on the PATH; install the package chromium")
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        failing = run(folder, "fail", faults="me-wrong-type,slow-start")
        passing = run(folder, "pass", faults="save-drops-connection,slow-start")
        terminal = folder / "terminal.html"
        terminal.write_text(_TERMINAL + "".join(coloured(failing.output)), encoding="utf-8")
        browser = Browser(program)
        for picture in (
            Picture(name="fail-light", page=failing.page, view=View(), height=1160),
            Picture(name="fail-dark", page=failing.page, view=View(is_dark=True), height=1160),
            Picture(name="fail-phone", page=failing.page, view=View(width=390), height=1500),
            Picture(name="pass-light", page=passing.page, view=View(), height=1160),
            Picture(name="terminal", page=terminal, view=View(width=720, height=400), height=2000),
        ):
            with browser.page(picture.page, picture.view) as page:
                saved(picture.name, page.screenshot(height=picture.height))
        browser.close()
    return 0


def run(folder: Path, name: str, *, faults: str) -> Run:
    """Runs the gate at 80 columns against a backend with faults, in a folder of its own."""
    place = folder / name
    place.mkdir()
    (place / "test_health.py").write_text(_OWN_TEST, encoding="utf-8")
    page = place / "apismoke.html"
    ended = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("apismoke")), "--target-url=demo"),
            *("--smoke", "--color=yes", f"--smoke-html={page}", "test_health.py"),
        ],
        cwd=place,
        env={**os.environ, "APISMOKE_DEMO_FAULTS": faults, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
    )
    return Run(page=page, output=ended.stdout + ended.stderr)


def coloured(output: str) -> Iterator[str]:
    """The output of a terminal as HTML, with a class for each of its colours."""
    codes: set[str] = set()
    last = 0
    for found in (*_SEQUENCE.finditer(output), None):
        text = html.escape(output[last : found.start() if found else None])
        names = " ".join(f"c{code}" for code in sorted(codes))
        yield f'<span class="{names}">{text}</span>' if names else text
        if found:
            last = found.end()
            for code in found[1].split(";"):
                codes = codes | {code} if code.strip("0") else set()


def saved(name: str, picture: bytes) -> None:
    """Writes a picture with few colours."""
    file = HERE / f"{name}.png"
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(_COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    print(f"{file.name}: {image.width} x {image.height}, {file.stat().st_size} bytes")


if __name__ == "__main__":
    sys.exit(main())

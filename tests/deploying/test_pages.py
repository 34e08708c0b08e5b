"""The pages about deployments: their scripts are run, and their other files are validated."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from deploying.deployment import SCRIPTS, URL
from documentation.pages import blocks_of, every_block, text_of, texts
from documentation.ways import is_example
from harness import clean_environment

PAGES = ("docs/how-to/deploy-scripts.md", "docs/how-to/blue-green-and-canary.md")
#: The gate of an example: it leaves its arguments, and ends with the next code.
GATE = """\
[ "$1" != --help ] || exit 0
echo "apismoke $*" >>events
code=$(head -n 1 codes); tail -n +2 codes >rest; mv rest codes; exit "$code"
"""


def example(name: str) -> str:
    """The script of this name."""
    (found,) = (
        block.text
        for page in PAGES
        for block in blocks_of(page)
        if is_example(block) and block.first_line == f"# example: {name}"
    )
    return found


class Examples:
    """A folder in which examples run, with programs that only leave a line."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bin = folder, folder / "bin"
        self.bin.mkdir()
        self.program("apismoke", GATE)
        for name in ("systemctl", "docker", "nginx", "./switch.sh", "./canary.sh"):
            self.program(name, f'echo "{name}${{TAG:+ $TAG}} $*" >>events')
        (self.bin / "deploy.sh").symlink_to(SCRIPTS / "deploy.sh")

    def program(self, name: str, text: str) -> None:
        """Puts a program on the PATH, or into the folder."""
        path = (self.folder if name.startswith("./") else self.bin) / name
        path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
        path.chmod(0o755)

    def run(
        self, text: str, *, codes: tuple[int, ...], arguments: tuple[str, ...] = ()
    ) -> tuple[int, list[str]]:
        """The exit code of a script, and what it ran."""
        (self.folder / "codes").write_text("".join(f"{code}\n" for code in codes))
        ended = subprocess.run(
            ["sh", "-c", text, "example", *arguments],
            cwd=self.folder,
            env=clean_environment(**self.environ()),
            capture_output=True,
            text=True,
            check=False,
        )
        events = self.folder / "events"
        return ended.returncode, events.read_text().splitlines() if events.exists() else []

    def environ(self) -> Mapping[str, str]:
        """The variables that the examples use."""
        path = f"{self.bin}:{clean_environment()['PATH']}"
        return {"PATH": path, "TMPDIR": str(self.folder), "URL": URL, "NEW": "2.0", "OLD": "1.9"}


@pytest.fixture
def examples(tmp_path: Path) -> Examples:
    return Examples(tmp_path)


@pytest.mark.parametrize(("codes", "code", "points_to"), [((0,), 0, "2.0"), ((1, 0), 1, "1.9")])
def test_a_link_points_to_the_release_that_passes(
    examples: Examples, codes: tuple[int, ...], code: int, points_to: str
) -> None:
    for release in ("1.9", "2.0"):
        (examples.folder / "releases" / release).mkdir(parents=True)
    current = examples.folder / "current"
    current.symlink_to("releases/1.9")
    text = example("releases").replace("/srv/shop", str(examples.folder))
    ended, _ = examples.run(text.replace("/run/lock", str(examples.folder)), codes=codes)
    assert (ended, str(current.readlink())) == (code, f"releases/{points_to}")


@pytest.mark.parametrize(
    ("codes", "code", "tag", "ran"),
    [
        ((0,), 0, "2.0", ["2.0"]),
        ((1, 0), 1, "1.9", ["2.0", "1.9"]),
        # Held: the new version stays, and its tag with it.
        ((2,), 2, "2.0", ["2.0"]),
    ],
)
def test_compose_runs_the_tag_that_passes(
    examples: Examples, codes: tuple[int, ...], code: int, tag: str, ran: list[str]
) -> None:
    (examples.folder / "deployed-tag").write_text("1.9\n")
    ended, events = examples.run(example("compose"), codes=codes)
    assert (ended, (examples.folder / "deployed-tag").read_text()) == (code, f"{tag}\n")
    ups = [event for event in events if event.startswith("docker")]
    assert ups == [f"docker {one} compose up --detach --wait" for one in ran]


@pytest.mark.parametrize(
    ("codes", "code", "switched"),
    [((3,), 3, []), ((0, 0), 0, ["green"]), ((0, 1, 0), 1, ["green", "blue"])],
)
def test_green_is_gated_before_and_after_the_switch(
    examples: Examples, codes: tuple[int, ...], code: int, switched: list[str]
) -> None:
    ended, events = examples.run(example("blue-green"), codes=codes)
    assert ended == code
    assert [event for event in events if "switch" in event] == [
        f"./switch.sh {colour}" for colour in switched
    ]
    assert "http://127.0.0.1:8002" in events[0]


@pytest.mark.parametrize(
    ("codes", "code", "shares"),
    [((0, 0), 0, ["5", "100"]), ((1, 0), 1, ["5", "0"]), ((0, 1, 0), 1, ["5", "100", "0"])],
)
def test_a_canary_grows_or_goes(
    examples: Examples, codes: tuple[int, ...], code: int, shares: list[str]
) -> None:
    ended, events = examples.run(example("canary"), codes=codes)
    assert ended == code
    assert [event for event in events if "canary.sh" in event] == [
        f"./canary.sh {share}" for share in shares
    ]


@pytest.mark.parametrize(
    ("colour", "code", "events", "written"),
    [
        ("blue", 0, ["nginx -s reload"], "upstream shop { server 127.0.0.1:8001; }\n"),
        ("green", 0, ["nginx -s reload"], "upstream shop { server 127.0.0.1:8002; }\n"),
        ("red", 64, [], None),
    ],
)
def test_a_switch_is_a_file(
    examples: Examples, colour: str, code: int, events: list[str], written: str | None
) -> None:
    assert examples.run(example("switch"), codes=(), arguments=(colour,)) == (code, events)
    path = examples.folder / "shop-upstream.conf"
    assert (path.read_text() if path.exists() else None) == written


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """But for the command, which is nowhere here."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    (text,) = texts(PAGES[0], "ini")
    unit = tmp_path / "shop-deploy@2.0.service"
    unit.write_text(text.replace("/usr/local/bin/shop-deploy", "/bin/true"))
    ended = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert [line for line in ended.stderr.splitlines() if "shop-deploy" in line] == []


def test_nginx_takes_its_files(tmp_path: Path) -> None:
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed")
    found = [block.text for block in every_block() if block.language == "nginx"]
    for number, text in enumerate(found):
        conf = tmp_path / f"{number}.conf"
        conf.write_text(
            f"pid {tmp_path}/pid; error_log stderr; events {{}}\n"
            f"http {{ access_log off; {_places(tmp_path)}\n{text}\n}}\n"
        )
        ended = subprocess.run(
            ["nginx", "-t", "-p", str(tmp_path), "-c", str(conf)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr


def _places(folder: Path) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)


def test_every_script_is_on_the_page_and_linted() -> None:
    names = {path.name for path in SCRIPTS.glob("*.sh")}
    assert set(re.findall(r"\(\.\./\.\./scripts/([\w-]+\.sh)\)", text_of(PAGES[0]))) == names
    tox = (SCRIPTS.parent / "tox.ini").read_text("utf-8")
    assert set(re.findall(r"scripts/([\w-]+\.sh)", tox)) == names


def test_every_example_is_run_here() -> None:
    named = {
        block.first_line.removeprefix("# example: ") for block in every_block() if is_example(block)
    }
    assert named == {"releases", "compose", "blue-green", "canary", "switch"}

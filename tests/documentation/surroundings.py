"""A folder in which commands of the documentation run, with programs that stand in for others."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from documentation.pages import ROOT, blocks_of, is_walk, text_of
from documentation.programs import Programs, put
from documentation.world import VERSION, description
from harness import PASSWORD, USERNAME, WITHOUT, clean_environment

#: What a reader has in the place of names and passwords of the pages.
_FILLED_IN: Mapping[str, str] = {
    r"smoke@example\.com": USERNAME,
    r"(?<=PASSWORD=)\.\.\.": f"'{PASSWORD}'",
}
#: Where absolute paths of the pages begin; they lie in the folder.
_ABSOLUTE = re.compile(r"(?<![\w.])/(?=(?:etc|opt|srv|var|run)/)")
_TEST = """\
import pytest

@pytest.mark.smoke
def test_orders_are_listed(smoke_client):
    assert smoke_client.get("/api/orders").json()["items"]
"""
_DOCUMENT = json.dumps(description())
#: Files that a reader has, by their names.
_FILES: Mapping[str, str] = {
    "run/secrets/smoke-password": PASSWORD,
    "etc/apismoke.password": PASSWORD,
    # An OpenAPI document in each form in which a page names one; JSON is YAML too.
    **dict.fromkeys(("openapi.yaml", "openapi.json", "old.yaml", "new.yaml"), _DOCUMENT),
    "tests/smoke/test_shop.py": _TEST,
    # As 'helm create' makes one.
    "YOUR-CHART/values.yaml": "",
    "YOUR-CHART/templates/tests/test-connection.yaml": "",
}
#: The port that a page chooses, and a backend that it leaves in front.
_PORT = re.compile(r"--port[ =](\d+)")
_IN_FRONT = re.compile(
    r"^((?:\w+=\S+ )*apismoke demo --port(?:(?! & ).)*?(?<!&))( +#.*)?$", re.MULTILINE
)
#: The scripts that users write themselves.
_OWN_SCRIPTS = re.compile(r"(?<![\w.])\./([\w-]+(?:\.sh)?)(?=[\s'\"]|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A finished script: its exit code and what it wrote."""

    code: int
    out: str
    err: str


class Surroundings:
    """A folder like that of a reader, a clone with scripts, and what the reader has written.

    Args:
        folder: empty.
        url: of the target; that of every example in the pages.
        is_real: whether `apismoke` and `pytest` are run; else they only note their calls.

    """

    def __init__(self, folder: Path, *, url: str, is_real: bool) -> None:
        self.folder, self._url = folder / "pytest-apismoke", url
        self.programs = Programs(folder, is_real=is_real)
        self._steps, self._count, self._is_real = folder / "steps", 0, is_real
        for path in (self.folder, self._steps):
            path.mkdir()
        self._groups: list[int] = []
        self._ports: dict[str, str] = {}
        for name, text in _FILES.items():
            self.write(name, text)
        self._lay_out_the_checkout()

    def _lay_out_the_checkout(self) -> None:
        (self.folder / "scripts").symlink_to(ROOT / "scripts")
        shutil.copytree(ROOT / "deploy", self.folder / "deploy")
        # These ask programs that are not there; tests/platforms/test_scripts.py runs them.
        for script in (self.folder / "deploy").rglob("*.sh"):
            self.programs.record(script, script.relative_to(self.folder).as_posix())

    def write(self, name: str, text: str) -> None:
        """Lays out a file; one with an absolute name lies in the folder all the same."""
        path = self.folder / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def lay_out(self, page: str) -> None:
        """Lays out the files that a page shows, and finds free ports for those that it names."""
        for port in _PORT.findall(text_of(page)):
            self._ports.setdefault(port, str(_free_port()))
        for block in blocks_of(page):
            if name := block.said("file"):
                self.write(name, self._filled_in(block.text))

    def text_of(self, name: str) -> str:
        """The text of a file."""
        return (self.folder / name).read_text("utf-8")

    def run(self, *scripts: str, limit_s: float = 240) -> list[Ran]:
        """Runs scripts in one shell, one after the other, as a reader would.

        Their output goes to files: what a script has put into the background would keep a pipe
        open. A script that ends the shell is the last one.
        """
        lines, places = [], []
        for script in map(self._filled_in, scripts):
            self._put_own_scripts(script)
            place = self._steps / str(self._count)
            place.with_suffix(".sh").write_text(script, "utf-8")
            errors = "&1" if self._is_real else f"{place}.err"
            lines += [
                f"export STEP={self._count}",
                f". {place}.sh >{place}.out 2>{errors}",
                f"echo $? >{place}.code",
            ]
            places.append(place)
            self._count += 1
        process = subprocess.Popen(
            ["sh", "-u", "-c", "\n".join(lines), "page"],
            cwd=self.folder,
            env=self._environment("".join(scripts)),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._groups.append(process.pid)
        code = process.wait(limit_s)
        return [
            Ran(
                code=int(_text(place.with_suffix(".code")) or code),
                out=_text(place.with_suffix(".out")),
                err=_text(place.with_suffix(".err")),
            )
            for place in places
        ]

    def close(self) -> None:
        """Ends whatever the scripts have left running."""
        for group in self._groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)

    def _put_own_scripts(self, script: str) -> None:
        for found in _OWN_SCRIPTS.finditer(script):
            is_ours = f"scripts/{found[1]}" in script
            if not is_ours and not (self.folder / found[1]).exists():
                put(self.folder / found[1], "#!/bin/sh\n")

    def _filled_in(self, script: str) -> str:
        for port, free in self._ports.items():
            at = r"(--port[ =]|127\.0\.0\.1:|localhost:)"
            script = re.sub(rf"{at}{port}\b", rf"\g<1>{free}", script)
        # As if in a terminal of its own.
        script = _IN_FRONT.sub(r"\1 &\2", script)
        for pattern, instead in _FILLED_IN.items():
            script = re.sub(pattern, instead.replace("\\", r"\\"), script)
        script = _ABSOLUTE.sub(f"{self.folder}/".replace("\\", r"\\"), script)
        return re.sub(r"https://[\w.-]*\bexample\.com", self._url, script)

    def _environment(self, script: str) -> dict[str, str]:
        is_given = "APISMOKE_PASSWORD_FILE" in script or "apismoke.env" in script
        credentials = {} if is_given else {"APISMOKE_PASSWORD": PASSWORD}
        plugins = " ".join(f"-pno:{name}" for name in WITHOUT)
        return clean_environment(
            **credentials,
            PATH=str(self.programs.folder),
            BIN=str(self.programs.folder),
            # The lock of deploy.sh lies there: the tests beside this one have their own.
            TMPDIR=str(self._steps),
            URL=self._url,
            TARGET_URL=self._url,
            APISMOKE_USERNAME=USERNAME,
            APISMOKE_STATE_DIR=str(self.folder / "state"),
            PYTEST_ADDOPTS=f"{plugins} -o apismoke_persistence_delay=0.05",
            EDITOR="vi",
            GIT_SHA=VERSION,
            NEW=VERSION,
            OLD="1.9",
            PREVIEW_URL=self._url,
            VERCEL_AUTOMATION_BYPASS_SECRET="canary-of-the-page",
            STAGING_URL=self._url,
            READER_PASSWORD=PASSWORD,
            STAGE="staging",
            VERSION=VERSION,
            CALLBACK_URL="https://api.github.com",
        )


def run(page: str, scripts: Iterable[str], surroundings: Surroundings) -> list[Ran]:
    """Runs the scripts of a page: each in a shell of its own, but for one that is a walk."""
    if is_walk(page):
        return surroundings.run(*scripts)
    return [ran for script in scripts for ran in surroundings.run(script)]


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _text(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""

"""A Chromium without a window, driven through its DevTools protocol over two pipes.

It needs nothing but a Chromium of this machine: no driver, no port, no library.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"),
    *("--disable-background-networking", "--disable-dev-shm-usage", "--remote-debugging-pipe"),
)
#: Chromium reads from the descriptor 3 and writes to 4: this moves ours there, and becomes it.
_MOVING = """
import fcntl, os, sys
# Copies that are out of the way first.
reading, writing = (fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3])
os.dup2(reading, 3)
os.dup2(writing, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


def chromium() -> str | None:
    """The Chromium of this machine, if it has one."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How a page is looked at."""

    width: int = 1280
    height: int = 800
    is_dark: bool = False
    has_script: bool = True
    scale: float = 1.0


class Browser:
    """One process of Chromium; each page is opened in a tab of its own."""

    def __init__(self, program: str) -> None:
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        theirs, self._to = os.pipe()
        self._from, back = os.pipe()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-c", _MOVING, str(theirs), str(back)),
                *(program, *_OPTIONS, f"--user-data-dir={self._folder.name}", "about:blank"),
            ],
            pass_fds=(theirs, back),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs)
        os.close(back)
        self._buffer = b""
        self._number = 0
        self.events: list[dict[str, Any]] = []

    def command(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """Sends a command and returns its result; events that come meanwhile are kept."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            said = self._next()
            if said.get("id") == self._number:
                assert "error" not in said, (method, said["error"])
                result: dict[str, Any] = said["result"]
                return result
            self.events.append(said)

    def wait_for(self, method: str) -> None:
        """Waits for an event, unless it has come already."""
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self._next())

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            read = os.read(self._from, 1 << 16)
            assert read, "Chromium has ended"
            self._buffer += read
        said, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(said)
        return message

    def close(self) -> None:
        """Ends the process."""
        self.command("Browser.close")
        os.close(self._to)
        os.close(self._from)
        self._process.wait()
        self._folder.cleanup()

    @contextmanager
    def page(self, file: Path, view: View | None = None) -> Iterator[Page]:
        """A file, opened and loaded."""
        view = view or View()
        tab = self.command("Target.createTarget", url="about:blank")["targetId"]
        session = self.command("Target.attachToTarget", targetId=tab, flatten=True)["sessionId"]
        self.events.clear()
        page = Page(self, session)
        for method, params in (
            ("Page.enable", {}),
            ("Runtime.enable", {}),
            ("Log.enable", {}),
            ("Emulation.setScriptExecutionDisabled", {"value": not view.has_script}),
        ):
            page.command(method, **params)
        page.look(is_dark=view.is_dark)
        page.resize(view.width, view.height, scale=view.scale)
        page.command("Page.navigate", url=file.resolve().as_uri())
        self.wait_for("Page.loadEventFired")
        try:
            yield page
        finally:
            self.command("Target.closeTarget", targetId=tab)


class Page:
    """A page that is open."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session

    def command(self, method: str, **params: Any) -> dict[str, Any]:
        """Sends a command to this tab."""
        return self._browser.command(method, self._session, **params)

    def resize(self, width: int, height: int, *, scale: float = 1.0) -> None:
        """Makes the window as large, in pixels of CSS."""
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=False,
        )

    def look(self, *, is_dark: bool) -> None:
        """Looks at it on a system that prefers light or dark, and no motion."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        motion = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.command("Emulation.setEmulatedMedia", features=[scheme, motion])

    def value_of(self, expression: str) -> Any:
        """The value of an expression in the page; a promise is waited for.

        The tools of a debugger may do it where the page itself has no script.
        """
        said = self.command(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in said, said["exceptionDetails"]
        return said["result"].get("value")

    def told(self) -> list[str]:
        """What the browser has said of the page: errors, warnings and violations of its policy."""
        self.value_of("1")
        return [text for event in self._browser.events for text in _told(event)]

    def screenshot(self, *, height: int | None = None) -> bytes:
        """A picture of the whole page, or of its beginning, as PNG."""
        size = self.command("Page.getLayoutMetrics")["cssContentSize"]
        clip = {
            "x": 0,
            "y": 0,
            "scale": 1,
            "width": size["width"],
            "height": min(size["height"], height or size["height"]),
        }
        said = self.command(
            "Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip
        )
        return base64.b64decode(said["data"])

    def pdf(self) -> bytes:
        """The page as it is printed."""
        return base64.b64decode(self.command("Page.printToPDF", printBackground=True)["data"])


def _told(event: Mapping[str, Any]) -> Iterator[str]:
    method, params = event.get("method"), event.get("params", {})
    if method == "Log.entryAdded":
        yield params["entry"]["text"]
    elif method == "Runtime.exceptionThrown":
        yield params["exceptionDetails"]["text"]
    elif method == "Runtime.consoleAPICalled":
        yield str(params["args"])

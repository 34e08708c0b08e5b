"""What each format makes of the shared verdicts, as the text of a golden file.

Every format of `reports/formats.py` is here by itself. What else shows a verdict, and is no file
of its own, stands in `_OTHERS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from hashlib import sha256
from pathlib import Path

from verdicts import Scene

from pytest_apismoke import __version__
from pytest_apismoke.configuration.setting_table import HTML
from pytest_apismoke.reports import junit, several, terminal
from pytest_apismoke.reports.formats import FORMATS, render
from pytest_apismoke.reports.report import Report

FILES = Path(__file__).parent / "rendered"
_LOOKS = re.compile(r"(<(style|script)>).*?(</\2>)", re.DOTALL)
_HASH = re.compile(r"sha256-[\w+/]{43}=")
#: Longer texts are shown by their beginning and their end.
_MOST_LINES, _BEGINNING, _END = 400, 250, 50


def _on_terminal(report: Report) -> str:
    of = several.render(report, width=80) if report.targets else terminal.render(report)
    return "".join(f"{line.text}\n" for line in of)


#: How a verdict is shown otherwise, by names.
_OTHERS: Mapping[str, Callable[[Report], str]] = {"junit": junit.render, "terminal": _on_terminal}

#: Everything that renders a verdict, by names.
RENDERERS: Mapping[str, Callable[[Report], str]] = {
    **{name: partial(render, name) for name in FORMATS},
    **_OTHERS,
}


def golden_file(name: str, scene: Scene) -> Path:
    """The file of a verdict in a format."""
    return FILES / name / f"{scene}.txt"


def golden_text(name: str, scene: Scene) -> str:
    """What the file has to hold."""
    # As a file is written.
    whole = RENDERERS[name](scene.report).encode("utf-8", "backslashreplace").decode("utf-8")
    # The next release changes nothing else.
    whole = whole.replace(__version__, "<version>")
    if name == HTML.name:
        # Its style and its script are the same in every page.
        whole = _LOOKS.sub(r"\1…\3", _HASH.sub("<hash>", whole))
    # Some control characters would end a line for Python alone.
    lines = whole.split("\n")
    if len(lines) <= _MOST_LINES:
        return whole
    left_out = len(lines) - _BEGINNING - _END
    digest = sha256(whole.encode()).hexdigest()[:16]
    middle = f"[{left_out} lines are left out here; SHA-256 of the whole: {digest}]"
    return "\n".join([*lines[:_BEGINNING], middle, *lines[-_END:]])

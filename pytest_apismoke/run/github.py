"""What a run writes to GitHub Actions: masks, annotations and the job summary. The one door.

Everything else that the gate shows is kept from being a command to a runner (`ci_commands`).
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from pytest_apismoke.configuration.telling import IN_ACTIONS, Telling
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.reports.report import Report
from pytest_apismoke.system import output

_SUMMARY = "GITHUB_STEP_SUMMARY"
_WORKSPACE = "GITHUB_WORKSPACE"


class GitHub:
    """The runner of GitHub Actions, or one that works as it does.

    Args:
        environ: the variables of this process.
        masks: whether it is told secrets: only where nobody else reads that.
        masks_to: the descriptor for that, which other processes may write to as well; None for
            that of standard output.

    """

    def __init__(
        self, environ: Mapping[str, str], *, masks: bool, masks_to: int | None = None
    ) -> None:
        self._environ = environ
        self._stdout = masks_to
        self._may_be_in_a_line = masks_to is not None
        if masks and masks_to is None:
            # pytest captures what is written to descriptor 1 while a test runs.
            with contextlib.suppress(OSError):
                self._stdout = os.dup(1)

    @property
    def masks_to(self) -> int | None:
        """The descriptor that takes secrets; None where they may not be written."""
        return self._stdout

    def mask_secrets_of(self, redactor: Redactor) -> None:
        """From now on has each secret masked as soon as it is known."""
        if self._stdout is not None:
            redactor.tell_secrets(self._mask)

    def begin_tests(self) -> None:
        """From now on somebody may have written a part of a line, such as pytest its dots."""
        self._may_be_in_a_line = True

    def close(self) -> None:
        """Masks nothing any more."""
        handle, self._stdout = self._stdout, None
        if handle is not None:
            os.close(handle)

    def _mask(self, secret: str) -> None:
        from pytest_apismoke.redaction.masks import masks_of
        from pytest_apismoke.reports.workflow_commands import command

        lines = [f"{command('add-mask', mask)}\n" for mask in masks_of(secret)]
        if self._stdout is None or not lines:
            return
        # Behind anything else in its line a command is none, and would show the secret.
        before = "\n" if self._may_be_in_a_line else ""
        with contextlib.suppress(OSError, ValueError):
            if not self._may_be_in_a_line:
                sys.stdout.flush()
            left = memoryview((before + "".join(lines)).encode(errors="replace"))
            while left:
                left = left[os.write(self._stdout, left) :]

    def annotate(self, report: Report, rootdir: Path) -> None:
        """Writes the annotations to standard output.

        Args:
            report: what to tell.
            rootdir: pytest's, which files in messages are relative to.

        """
        from pytest_apismoke.reports.annotations import annotations_of
        from pytest_apismoke.reports.workflow_commands import shown

        prefix = _below(self._environ.get(_WORKSPACE), rootdir)
        lines = []
        for one in annotations_of(report, _is_file(rootdir)):
            file = (prefix / one.file).as_posix() if one.file and prefix is not None else ""
            line = one.line if file else ""
            properties = {"title": one.title, "file": file, "line": line}
            lines.append(f"{shown(one.level, one.text, properties)}\n")
        if lines:
            output.write("\n" + "".join(lines))

    def summarize(self, report: Report) -> str:
        """Adds the report to the job summary; returns a note where that was not possible."""
        path = self._environ.get(_SUMMARY)
        if not path:
            return ""
        from pytest_apismoke.reports.formats import render
        from pytest_apismoke.reports.step_summary import fitted

        try:
            text = render("markdown", report)
            with Path(path).open("ab") as file:
                written = file.seek(0, os.SEEK_END)
                # A heading begins a line, behind whatever another command of the step has written.
                added = fitted(f"\n\n{text}" if written else text, written)
                file.write(added.encode("utf-8", "backslashreplace"))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            return f"the job summary was not written: {reason} ({_SUMMARY})"
        if not added:
            return f"the job summary was not written: the step has filled it ({_SUMMARY})"
        return ""


def github_of(telling: Telling, environ: Mapping[str, str]) -> GitHub:
    """The runner that a run writes to."""
    from pytest_apismoke.system.step_output import is_read_by_runner

    masks = is_read_by_runner("=".join(IN_ACTIONS)) or (telling.is_forced and not _is_file_like(1))
    return GitHub(environ, masks=masks)


def _is_file_like(descriptor: int) -> bool:
    import stat

    try:
        return stat.S_ISREG(os.fstat(descriptor).st_mode)
    except OSError:
        return True


def _below(workspace: str | None, rootdir: Path) -> Path | None:
    """The rootdir relative to the repository; None where it is not in it."""
    if not workspace:
        return Path()
    try:
        return rootdir.resolve().relative_to(Path(workspace).resolve())
    except (ValueError, OSError):
        return None


def _is_file(rootdir: Path) -> Callable[[str], bool]:
    def is_file(name: str) -> bool:
        path = Path(name)
        try:
            return not path.is_absolute() and ".." not in path.parts and (rootdir / path).is_file()
        except (OSError, ValueError):
            return False

    return is_file

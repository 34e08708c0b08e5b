"""Directories for temporary files, which not every machine has room for."""

from __future__ import annotations

import tempfile

from pytest_apismoke.errors import misconfigured


def directory(prefix: str, *, where: str) -> tempfile.TemporaryDirectory[str]:
    """A new directory, which is deleted at the latest when the process ends.

    Args:
        prefix: the beginning of its name.
        where: what it is for, as messages name it.

    Raises:
        SmokeError: (`usage`) where none can be made.

    """
    try:
        return tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True)
    except OSError as error:
        raise misconfigured(
            expected="a directory for temporary files",
            seen=error.strerror or str(error),
            where=where,
            hint="let TMPDIR name a directory that can be written",
        ) from None

"""What an active run needs of the process that it is started in, before pytest captures output."""

from __future__ import annotations

import tempfile
from argparse import Namespace

from pytest_apismoke.system import output


def secure(options: Namespace) -> None:
    """Makes up for streams that are closed, and for a machine without room for temporary files.

    Args:
        options: pytest's, as far as they are parsed before any conftest is imported.

    """
    output.secure()
    try:
        tempfile.gettempdir()
    except OSError:
        # By default pytest captures output in such files.
        if options.capture == "fd":
            options.capture = "sys"

"""The process: ``python -m pytest_apismoke.demo``."""

import os
import sys
from collections.abc import Sequence

from .faults import all_faults
from .options import MODULE, Options, StartError, parse_options, read_credentials
from .stopping import Stop, say


def main(arguments: Sequence[str]) -> int:
    """Run the backend until it is told to stop, and return the process's exit code."""
    try:
        options = parse_options(arguments)
        if options.list_faults:
            return _list_faults(as_json=options.as_json)
        return _serve(options)
    except StartError as error:
        print(error, file=sys.stderr)
        return 2


def _list_faults(*, as_json: bool) -> int:
    faults = all_faults()
    if as_json:
        say([fault.as_json() for fault in faults])
        return 0
    width = max(len(fault.name) for fault in faults)
    for fault in faults:
        category = fault.category or "healthy"
        say(f"{fault.name:{width}}  {category:8}  {fault.mode:5}  {fault.summary}")
    return 0


def _serve(options: Options) -> int:
    # First of all, so that a signal that comes early still ends in order.
    stop = Stop()
    stop.on_signals()
    if options.until_eof:
        stop.on_end_of_stdin()
    try:
        # Imported here: listing the faults works without what only serving needs.
        from .server import serve
    except ImportError as error:
        name = error.name or "a library"
        if name.startswith("pytest_apismoke"):
            raise
        raise StartError(
            f"expected starlette, uvicorn, jwt and bcrypt to be installed, seen none of {name}",
            where=f"python -m {MODULE}, run by {sys.executable}",
            hint="pip install 'pytest-apismoke[demo]'",
        ) from None
    serve(options, read_credentials(os.environ), stop)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The command ``python -m pytest_apismoke.demo``: serve, or list the faults."""

import os
import sys
from collections.abc import Sequence

from .faults import all_faults
from .options import MODULE, Options, StartError, parse_options, read_credentials
from .stopping import Stop, print_line


def main(arguments: Sequence[str]) -> int:
    """Run the backend until it is asked to stop; return the exit code: 0, or 2 for a bad start."""
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
        print_line([fault.as_json() for fault in faults])
        return 0
    width = max(len(fault.name) for fault in faults)
    for fault in faults:
        category = fault.category or "healthy"
        print_line(f"{fault.name:{width}}  {category:8}  {fault.mode:5}  {fault.summary}")
    return 0


def _serve(options: Options) -> int:
    # First, so that an early signal still stops the process in order.
    stop = Stop()
    stop.on_signals()
    if options.until_eof:
        stop.on_end_of_stdin()
    try:
        # Imported here, because listing the faults needs none of these libraries.
        from .server import serve
    except ImportError as error:
        library = (error.name or "").partition(".")[0]
        if library == "pytest_apismoke":
            raise
        raise StartError(
            "expected starlette, uvicorn, jwt and bcrypt to be installed, "
            f"seen an installation without {library or 'one of them'}",
            where=f"python -m {MODULE}, run by {sys.executable}",
            hint="pip install 'pytest-apismoke[demo]'",
        ) from None
    serve(options, read_credentials(os.environ), stop)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`apismoke schema`: prints a published JSON Schema, of the release that is installed."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from importlib.resources import files

_SHOWN, _MISTAKES = 0, 5
_EXIT_CODES = "exit codes: 0 the schema is printed; 5 a mistake in the call"
#: The package and the file of each schema.
_SCHEMAS: Mapping[str, tuple[str, str]] = {
    "report": ("pytest_apismoke.reports", "report.schema.json"),
    "configuration": ("pytest_apismoke.configuration", "configuration.schema.json"),
    "checks": ("pytest_apismoke.checks.declared", "checks.schema.json"),
}


def main(arguments: Sequence[str]) -> int:
    """Runs the command; returns its exit code.

    Args:
        arguments: the command line behind `apismoke schema`.

    """
    try:
        asked = command_line().parse_args(arguments)
    except SystemExit as ended:
        return _MISTAKES if ended.code else _SHOWN
    package, name = _SCHEMAS[asked.name]
    print(files(package).joinpath(name).read_text("utf-8"), end="")
    return _SHOWN


def command_line() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="apismoke schema",
        description="Print a JSON Schema: of the JSON report of a run, of apismoke.toml, or of the"
        " files in contracts/ that declare checks.",
        epilog=_EXIT_CODES,
    )
    parser.add_argument("name", choices=sorted(_SCHEMAS), help="what it describes")
    return parser

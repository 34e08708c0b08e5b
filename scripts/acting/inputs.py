"""The inputs of the action, and the arguments of the gate that they come to.

They arrive as one JSON object in the environment, never as text of a script: GitHub would put them
into the script before a shell reads it, and what a pull request or a response wrote would be run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

#: Options without a value: the input is true or false.
SWITCHES = ("smoke", "smoke-read-only", "smoke-rehearse")
#: Options that may be repeated: one value a line.
REPEATED = ("target-url", "smoke-api")
#: Options with one value. The input has the option's name.
SINGLE = (
    "target-wait",
    "target-version",
    "target-profile",
    "smoke-exit-codes",
    "smoke-budget",
    "smoke-fresh-reads",
    "smoke-repeat",
    "smoke-concurrency",
    "smoke-rate",
    "smoke-openapi",
    "smoke-openapi-checks",
    "smoke-openapi-floor",
    "smoke-drift",
    "smoke-github",
    "smoke-notify-when",
)
#: Options with the path of a report.
REPORTS = (
    "smoke-report",
    "smoke-html",
    "smoke-ctrf",
    "smoke-har",
    "smoke-markdown",
    "smoke-sarif",
    "smoke-codequality",
    "smoke-prometheus",
    "junitxml",
)
#: Reports that are always written, and their names where no path is given.
ALWAYS = {"smoke-report": "report.json", "smoke-html": "report.html", "junitxml": "junit.xml"}
#: Options that are no input. A notification's URL holds a token: it comes from the environment.
NOT_INPUTS = ("smoke-notify",)

_YES = ("true", "1", "yes", "on")
_NO = ("false", "0", "no", "off", "")


class InputError(Exception):
    """An input that can't be used: expected and got, where, what to do."""


def read_inputs(environ: Mapping[str, str]) -> dict[str, str]:
    """The inputs by name, from the variable INPUTS.

    Raises:
        InputError: if it is not a JSON object of strings.
    """
    try:
        inputs = json.loads(environ.get("INPUTS", "{}"))
    except ValueError as error:
        raise InputError(
            f"expected a JSON object in the variable INPUTS, got {error}; action.yml sets it"
        ) from None
    if not isinstance(inputs, dict):
        raise InputError("expected a JSON object in the variable INPUTS; action.yml sets it")
    return {str(name): _text(value) for name, value in inputs.items()}


def is_on(inputs: Mapping[str, str], name: str) -> bool:
    """Whether a switch is on.

    Raises:
        InputError: if its value is neither a yes nor a no.
    """
    word = inputs.get(name, "").strip().lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise InputError(
        f"expected true or false, got {inputs[name]!r}, in the input '{name}'; give one of the two"
    )


def lines_of(inputs: Mapping[str, str], name: str) -> list[str]:
    """The lines of an input that hold something, without the blanks around them."""
    return [line.strip() for line in inputs.get(name, "").splitlines() if line.strip()]


def report_paths(inputs: Mapping[str, str], folder: str) -> dict[str, str]:
    """The path of each report that is written, by its option.

    Raises:
        InputError: for standard output, from which no output of the action can be read, and for
            several lines.
    """
    paths = {}
    for name in REPORTS:
        path = inputs.get(name, "").strip()
        if path == "-":
            raise InputError(
                f"expected the path of a file, got '-', in the input '{name}'; "
                "name a file: the log shows the verdict anyway"
            )
        if len(path.splitlines()) > 1:
            raise InputError(
                f"expected one path, got several lines, in the input '{name}'; give one line"
            )
        if not path and name in ALWAYS:
            path = f"{folder}/{ALWAYS[name]}"
        if path:
            paths[name] = path
    return paths


def gate_arguments(inputs: Mapping[str, str], paths: Mapping[str, str]) -> list[str]:
    """The arguments of the gate, each input one argument with its value behind an equals sign.

    So a value is never an option, whatever it begins with. The URL is given even if it is empty:
    the gate refuses that, and a variable that is missing never turns into a green run.
    """
    arguments = [f"--{name}" for name in SWITCHES if is_on(inputs, name)]
    for name in REPEATED:
        arguments += [f"--{name}={line}" for line in lines_of(inputs, name)]
    if not lines_of(inputs, "target-url"):
        arguments.append("--target-url=")
    for name in SINGLE:
        value = inputs.get(name, "").strip()
        if value:
            arguments.append(f"--{name}={value}")
    arguments += [f"--{name}={path}" for name, path in paths.items()]
    return arguments + lines_of(inputs, "arguments")


def _text(value: object) -> str:
    """As GitHub writes a value: a boolean in lower case."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)

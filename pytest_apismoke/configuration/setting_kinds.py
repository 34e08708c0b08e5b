"""The kinds of values that settings take. Loaded in every pytest run, so it imports no library."""

from __future__ import annotations

import math

from pytest_apismoke.configuration.kinds import FALSE, TRUE, Kind


def _not_empty(words: str, advice: str) -> Kind[str]:
    """A string; an empty one often is a variable of a CI system that is not set."""
    hint = f"{advice}; if it comes from a variable, that variable is not set"
    return Kind(words=words, of=str, pattern=".+", hint=hint)


TEXT = Kind(words="a string", of=str)
DURATION = Kind(
    words="a number of seconds not below 0",
    of=float,
    hint="give a number, for instance {default:g}",
)
TIME_LIMIT = Kind(
    words="a number of seconds above 0",
    of=float,
    least=math.ulp(0.0),
    hint="give a number, for instance {default:g}",
)
NUMBER_OF_READS = Kind(
    words="a whole number from 1 to 32",
    of=int,
    least=1,
    most=32,
    hint="give a number, for instance {default}",
)
NUMBER_OF_REPEATS = Kind(
    words="a whole number from 1 to 100",
    of=int,
    least=1,
    most=100,
    hint="give a number, for instance 10",
)
NUMBER_AT_ONCE = Kind(
    words="a whole number from 1 to 100",
    of=int,
    least=1,
    most=100,
    hint="give a number, for instance {default}; 1 sends them one after the other",
)
REQUESTS_PER_SECOND = Kind(
    words="a number of requests a second, from 0.1 to 10000",
    of=float,
    least=0.1,
    most=10_000,
    hint="give a number, for instance 10",
)
PERCENT = Kind(
    words="a number of percent from 0 to 100",
    of=float,
    most=100,
    suffix="%",
    hint="give a number, for instance 80",
)
YES_OR_NO = Kind(
    words=f"{', '.join(TRUE)} or {', '.join(FALSE)}",
    of=bool,
    hint="correct the value or remove the setting",
)
PEM_FILE = _not_empty("the path of a PEM file", "name the file, or leave it out")
VERSION = _not_empty(
    "the version of the target",
    "give the version, tag or commit just deployed, or leave the option out",
)
OPENAPI_SOURCE = _not_empty(
    "an OpenAPI document: a file, or a path of the target (/openapi.json)",
    "name it, or leave the option out",
)
NOTIFY_URL = Kind(
    words="the URL of a service that Apprise knows",
    of=str,
    pattern=".+",
    hint="give it, for instance slack://..., or leave the option out; if it comes from a variable,"
    " that variable is not set",
    # It holds the service's token.
    is_secret=True,
)

"""What a contract may claim from what was seen, for `infer` and `init` alike. Pure.

A sample shows how a value looked, not how it will look: a price was whole by chance, a note was a
date once. So a claim needs evidence, a name that says it or many different values; and a claim that
is a guess says so in the schema, where its author reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pytest_apismoke.infer.naming import snake
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.schemas.formats import (
    is_date,
    is_date_time,
    is_e164,
    is_email,
    is_uri,
    is_uuid,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NULL_SO_FAR = "null so far: what else it may be is not known yet"
#: Short, so that a property with one stays on one line of the file.
GUESSED_WHOLE = "A guess: whole by its name."
GUESSED_FORMAT = "A guess: all had it so far."

#: From how many different strings on a format of all of them is claimed; a page of a list has as
#: many, two requests for one record have not.
ENOUGH_VALUES = 10
#: The validated formats that a string does not have by chance.
_FORMATS: Mapping[str, Callable[[str], bool]] = {
    "date-time": is_date_time,
    "date": is_date,
    "uuid": is_uuid,
    "email": is_email,
    "e164": is_e164,
    # A word before a colon may be the scheme of a URI.
    "uri": lambda string: "://" in string and is_uri(string),
}
#: Names of what is counted or numbered. Not `total`, `size`, `limit`, `version` or `quantity`:
#: those may be amounts.
_COUNTED = late_pattern(
    r"(.*_)?(id|ids|count|counts|page|pages|page_size|offset|tokens|bytes|attempts|retries|year"
    r"|port|status_code)|(num|number_of|no_of)_.+"
)
#: Words of a name whose value is computed from counts, and so has a fraction.
_COMPUTED = late_pattern(r"(^|_)(avg|average|mean|median|ratio|percent|percentage)(_|$)|_per_")


def number(name: str, *, is_whole: bool) -> dict[str, Any]:
    """The schema of numbers: `integer` only for what the name says is counted.

    Args:
        name: of the property that has the number, or a list or a map of numbers.
        is_whole: whether every number was whole.

    """
    words = snake(name)
    is_counted = _COUNTED.fullmatch(words) is not None and _COMPUTED.search(words) is None
    if is_whole and is_counted:
        return {"type": "integer", "$comment": GUESSED_WHOLE}
    return {"type": "number"}


class Strings:
    """The strings at one place, and the format that they give reason to claim."""

    def __init__(self) -> None:
        self._formats = list(_FORMATS)
        self._different: set[str] = set()

    def add(self, string: str) -> None:
        """Takes one more string into account."""
        self._formats = [name for name in self._formats if _FORMATS[name](string)]
        # Nothing is kept of strings that no longer matter.
        if self._formats and len(self._different) < ENOUGH_VALUES:
            self._different.add(string)

    def schema(self) -> dict[str, Any]:
        """The schema of the strings, with a format where enough different ones have it."""
        if not self._formats or len(self._different) < ENOUGH_VALUES:
            return {"type": "string"}
        return {"type": "string", "format": self._formats[0], "$comment": GUESSED_FORMAT}

"""Shows a contract at the place where a value breaks it: a line for each of its keywords."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pytest_apismoke.errors import presentable
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.short_values import label_of, line_of

#: The first character of the line with the keyword that is broken, and of the others.
BROKEN, OTHER = "!", " "
_MOST = 10
_LONGEST_LINE = 100
#: Keywords that say nothing a value can break.
_WORDS = frozenset(
    {"$comment", "$id", "$schema", "default", "deprecated", "description", "example", "examples"}
    | {"externalDocs", "title"}
)


def contract_lines(schema: Any, keyword: str, redactor: Redactor) -> tuple[str, ...]:
    """The keywords of a schema object, each on a line; nothing for a schema that is true or false.

    Args:
        schema: holds the keyword.
        keyword: the broken one, whose line begins with an exclamation mark.
        redactor: removes secrets from the lines.

    """
    if not isinstance(schema, dict):
        return ()
    names = [name for name in schema if name == keyword or name not in _WORDS]
    return tuple(
        f"{BROKEN if name == keyword else OTHER} "
        + _shown(name, schema[name], redactor, is_whole=name == keyword)
        for name in _around(names, keyword)
    )


def _around(names: Sequence[str], keyword: str) -> Sequence[str]:
    """The first names, the broken one among them."""
    first = list(names[:_MOST])
    return first if keyword in first or keyword not in names else [*first[:-1], keyword]


def _shown(name: str, value: Any, redactor: Redactor, *, is_whole: bool) -> str:
    if is_whole and isinstance(value, list) and not any(isinstance(v, (dict, list)) for v in value):
        line = f"{label_of(name)}{json.dumps(redactor.json(value), ensure_ascii=False)}"
    else:
        line = line_of(name, value, redactor)
    return presentable(redactor.text(line), _LONGEST_LINE)

"""What jsonschema found, for a person to read: the most telling first, what is alike as one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from jsonschema.exceptions import SchemaError, ValidationError

from pytest_apismoke.documents import describe, lookup, step
from pytest_apismoke.errors import Violation
from pytest_apismoke.redaction import Redactor, is_sensitive

#: An answer that is wrong in more places than this is wrong enough.
_AT_MOST = 1000
_LONGEST_VALUE = 160
#: How many names are listed.
_FEW = 5
#: What tells most, first: another shape altogether, then a wrong value, then what is too much,
#: which often only follows from the others.
_SHAPE = frozenset({"type", "required", "oneOf", "anyOf", "discriminator", "dependentRequired"})
_TOO_MUCH = frozenset({"additionalProperties", "unevaluatedProperties", "unevaluatedItems"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One place where a value breaks its schema, before it is made presentable.

    `path` leads to the place in the value. `missing` are the members that are not there, `surplus`
    those that should not be. `others` lists the places where the same is wrong.
    """

    path: tuple[str | int, ...]
    keyword: str
    expected: str
    actual: str
    schema_location: str = ""
    missing: tuple[str, ...] = ()
    surplus: tuple[str, ...] = ()
    others: tuple[tuple[str | int, ...], ...] = ()

    @property
    def pointer(self) -> str:
        """The path as a JSON Pointer."""
        return pointer_of(self.path)

    def violation(self, redactor: Redactor) -> Violation:
        """The finding without secrets."""
        # It may quote a text that quotes a secret by its name.
        came = "a value that is not shown" if is_hidden(self.path) else redactor.prose(self.actual)
        if self.others:
            came += f"; likewise at {len(self.others)} more, such as {shown(self.others[0])}"
        return Violation(
            pointer=redactor.text(shown(self.path)),
            expected=redactor.text(self.expected),
            actual=redactor.text(came),
            schema_location=redactor.text(self.schema_location),
        )


#: The message of an error of a type beside which `nullable` stands, and says nothing.
NULLABLE_IS_GONE = "nullable is gone since OpenAPI 3.1, where null is one of several types"

TOO_DEEP = Finding(
    path=(),
    keyword="",
    expected="a value that its schema can be held against",
    actual="one that is nested too deeply",
)
TOO_LARGE = replace(
    TOO_DEEP, expected="a number that can be compared", actual="one that is too large"
)


def is_of_a_pattern(error: OverflowError) -> bool:
    """Whether it was a pattern that asked for too much, and not a number that is too large."""
    return "repetition" in str(error)


#: Says where in a contract the schema object stands that a value broke.
Says = Callable[[Any], str]


def pointer_of(path: Iterable[str | int]) -> str:
    """A path as a JSON Pointer (RFC 6901)."""
    return "".join(f"/{step(name)}" for name in path)


def is_hidden(path: Iterable[str | int]) -> bool:
    """Whether a sensitive name stands anywhere on a path."""
    return any(isinstance(name, str) and is_sensitive(name) for name in path)


def shown(path: Sequence[str | int]) -> str:
    """A path as a JSON Pointer that may be shown: below a sensitive name, names may be secrets."""
    depth = next((n for n, name in enumerate(path, start=1) if is_hidden([name])), len(path))
    return pointer_of(path[:depth]) + "/*" * len(path[depth:])


def places(documents: Mapping[str, Any]) -> Says:
    """Finds schema objects in documents, by identity: jsonschema passes on the very objects.

    The documents are walked once, when the first place is asked for; they must not change.

    Args:
        documents: parsed schemas by the label that a message shows, such as a path.

    """
    known: dict[int, _Place] = {}

    def says(schema: Any) -> str:
        if not known:
            for label, document in documents.items():
                _learn(known, label, document)
        names: list[str] = []
        place = known.get(id(schema))
        if place is None:
            return ""
        while place.parent is not None:
            names.append(place.name)
            place = known[place.parent]
        return place_in(place.name, pointer_of(reversed(names)))

    return says


def place_in(label: str, pointer: str) -> str:
    """A place in a document; one that stands inside another document has a pointer there already.

    Args:
        label: how a message names the document.
        pointer: a JSON Pointer into it.

    """
    return f"{label}{pointer}" if "#/" in label else f"{label}#{pointer}"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an object stands: its name inside of its parent; for a document its label."""

    name: str
    parent: int | None


def _learn(known: dict[int, _Place], label: str, document: Any) -> None:
    known.setdefault(id(document), _Place(label, None))
    todo: list[Any] = [document]
    while todo:
        value = todo.pop()
        members: Iterable[tuple[object, Any]] = ()
        if isinstance(value, dict):
            members = value.items()
        elif isinstance(value, list):
            members = enumerate(value)
        for name, member in members:
            if isinstance(member, (dict, list)) and id(member) not in known:
                known[id(member)] = _Place(str(name), id(value))
                todo.append(member)


def findings(errors: Iterable[ValidationError | SchemaError], says: Says) -> tuple[Finding, ...]:
    """What jsonschema found: the most telling first, then in document order; alike as one.

    Args:
        errors: as `iter_errors` yields them.
        says: finds the place of a schema object, see `places`.

    """
    found = [one for error in islice(errors, _AT_MOST) for one in _findings(error, says, "")]
    found.sort(key=lambda one: (_rank(one), [(isinstance(n, str), n) for n in one.path]))
    groups: dict[tuple[object, ...], Finding] = {}
    for one in dict.fromkeys(found):
        general = tuple("*" if isinstance(name, int) else name for name in one.path)
        alike = (general, one.keyword, one.expected, one.schema_location, one.missing)
        first = groups.get(alike)
        if first is None:
            groups[alike] = one
        elif first.path != one.path:
            groups[alike] = replace(first, others=(*first.others, one.path))
    return tuple(groups.values())


def _rank(finding: Finding) -> int:
    if finding.keyword in _SHAPE:
        return 0
    return 2 if finding.keyword in _TOO_MUCH else 1


def _findings(error: ValidationError | SchemaError, says: Says, branch: str) -> list[Finding]:
    if error.validator in ("anyOf", "oneOf") and error.context:
        schemas = _value(error)
        index, closest = _closest(error.context, schemas)
        title = schemas[index].get("title") if isinstance(schemas[index], dict) else None
        name = f" {title!r}" if isinstance(title, str) else ""
        how = f"branch {index + 1}{name} of {error.validator}, the closest"
        return [f for child in closest for f in _findings(child, says, how)]
    wants = _wants(error)
    place = says(error.schema)
    keyword = str(error.validator)
    return [
        Finding(
            path=tuple(error.absolute_path),
            keyword=keyword,
            expected=f"{wants} ({branch})" if branch else wants,
            actual=_came(error),
            schema_location=f"{place}/{keyword}" if place and error.validator else place,
            missing=_missing(error),
            surplus=_surplus(error),
        )
    ]


def _closest(
    context: Sequence[ValidationError], schemas: Sequence[Any]
) -> tuple[int, list[ValidationError]]:
    """The branch that came closest: by its shape, then by its constants, then by fewest errors."""
    branches: dict[int, list[ValidationError]] = {}
    for error in context:
        # What a branch that is just false refuses is told without the branch.
        index = int(error.schema_path[0]) if error.schema_path else schemas.index(False)
        branches.setdefault(index, []).append(error)

    def distance(index: int) -> tuple[bool, int, int, int]:
        errors = branches[index]
        wrong_shape = schemas[index] is False or any(
            e.validator == "type" and not e.path for e in errors
        )
        constants = sum(e.validator in ("const", "enum") and len(e.path) <= 1 for e in errors)
        return wrong_shape, constants, len(errors), index

    best = min(branches, key=distance)
    return best, branches[best]


def _value(error: ValidationError | SchemaError) -> Any:
    """The keyword's value; the library types it as possibly unset, which no found error is."""
    return error.validator_value


def _wants(error: ValidationError | SchemaError) -> str:
    keyword, value = str(error.validator), _value(error)
    if error.schema is False:
        return "nothing here"
    if _discriminator(error):
        return f"a known value of its discriminator {_discriminator(error)!r}"
    if keyword == "type":
        names = value if isinstance(value, list) else [value]
        nullable = isinstance(error.schema, dict) and error.schema.get("nullable") is True
        if error.message == NULLABLE_IS_GONE:
            return f"type {' or '.join(map(str, names))}; {NULLABLE_IS_GONE}"
        return f"type {' or '.join(map(str, [*names, *(['null'] if nullable else [])]))}"
    if missing := _missing(error):
        named = ", ".join(map(repr, missing[:_FEW]))
        rest = len(missing) - _FEW
        named += f" and {rest} more" if rest > 0 else ""
        return f"the member{'s' if len(missing) > 1 else ''} {named}"
    if keyword in _TOO_MUCH and value is False:
        return "no other members" if keyword != "unevaluatedItems" else "no other items"
    if keyword == "oneOf":
        return "exactly one branch of oneOf to fit"
    if keyword == "not":
        return f"anything but {_short(value)}"
    if keyword == "writeOnly":
        return "that it is never sent (writeOnly)"
    return f"{keyword} {_short(value)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def _came(error: ValidationError | SchemaError) -> str:
    instance: Any = error.instance
    if missing := _missing(error):
        return f"an object without {'it' if len(missing) == 1 else 'them'}"
    if surplus := _surplus(error):
        return f"{', '.join(map(repr, surplus[:_FEW]))} besides"
    if name := _discriminator(error):
        return describe(lookup(instance, f"/{step(name)}"))
    if error.validator == "oneOf":
        return f"{describe(instance)}, which fits several"
    return describe(instance)


def _discriminator(error: ValidationError | SchemaError) -> str:
    if error.validator not in ("anyOf", "oneOf", "allOf") or not isinstance(error.schema, dict):
        return ""
    name = lookup(error.schema, "/discriminator/propertyName")
    return name if isinstance(name, str) else ""


def _missing(error: ValidationError | SchemaError) -> tuple[str, ...]:
    instance, value = error.instance, _value(error)
    if error.validator != "required" or not isinstance(instance, dict):
        return ()
    return tuple(name for name in value if name not in instance)


def _surplus(error: ValidationError | SchemaError) -> tuple[str, ...]:
    instance = error.instance
    if error.validator not in _TOO_MUCH or not isinstance(instance, dict):
        return ()
    schema = error.schema if isinstance(error.schema, dict) else {}
    known = schema.get("properties", {})
    if error.validator == "additionalProperties" and "patternProperties" not in schema:
        return tuple(name for name in instance if name not in known)
    # Which ones they are only the library knows, and says in a sentence that quotes the value.
    return tuple(name for name in instance if name not in known and repr(name) in error.message)

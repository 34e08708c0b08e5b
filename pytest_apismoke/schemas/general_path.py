"""The place of an error in any response, rather than in the one that it was found in. Pure.

The index of an item says nothing about the next response, and neither does a name that the schema
does not list, such as the id of an order as a key. The path of an error through its schema tells
which steps those are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jsonschema.exceptions import SchemaError, ValidationError

from pytest_apismoke.documents import step
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import is_sensitive

#: A path with None for any index, and for any name that the schema does not list.
GeneralPath = tuple[str | None, ...]
#: The step of a general pointer for anything, and how a name is written that looks like it.
ANYTHING, _STAR = "*", "~2"
#: Keywords whose schema holds for properties that are not named one by one.
_OF_ANY_NAME = frozenset({"additionalProperties", "unevaluatedProperties", "patternProperties"})
#: Keywords of which the next step through the schema is a name, and no keyword.
_BEFORE_A_NAME = frozenset({"properties", "patternProperties", "dependentSchemas", "dependencies"})
_DESCENDING = frozenset({"properties", *_OF_ANY_NAME})


_Error = ValidationError | SchemaError


@dataclass(frozen=True, slots=True)
class Place:
    """The path of an error in one value, and in any."""

    path: tuple[str | int, ...] = ()
    general: GeneralPath = ()

    @classmethod
    def of(cls, error: _Error) -> Place:
        """The place of an error below all that it stands below."""
        path = tuple(error.absolute_path)
        return cls(path, general_path(path, error.absolute_schema_path))

    def below(self, error: _Error) -> Place:
        """The place of an error that stands below this place."""
        path = tuple(error.relative_path)
        general = general_path(path, error.relative_schema_path)
        return Place((*self.path, *path), (*self.general, *general))


def general_path(path: Iterable[str | int], schema_path: Iterable[str | int]) -> GeneralPath:
    """The path of a value through any response, by the path of its schema."""
    found = list[str | None]()
    keywords = iter(_keywords(schema_path))
    for name in path:
        if isinstance(name, int):
            found.append(None)
            continue
        # Through items and the like there is no name; the next of these keywords leads to it.
        keyword = next((one for one in keywords if one in _DESCENDING), "properties")
        found.append(None if keyword in _OF_ANY_NAME else name)
    return tuple(found)


def _keywords(steps: Iterable[str | int]) -> Iterator[str]:
    """The keywords along a path through a schema, without the names that follow some of them."""
    is_name = False
    for one in steps:
        if not is_name and isinstance(one, str):
            yield one
        is_name = not is_name and one in _BEFORE_A_NAME


def general_pointer(path: GeneralPath) -> str:
    """A path as a JSON Pointer with `*` for anything; names below a sensitive one are secrets."""
    steps, is_secret = list[str](), False
    for name in path:
        steps.append(ANYTHING if name is None or is_secret else written(name))
        is_secret = is_secret or (name is not None and is_sensitive(name))
    return "".join(f"/{one}" for one in steps)


def written(name: str) -> str:
    """A name as a step of a general pointer; one that is itself `*` is written `~2`."""
    return _STAR if name == ANYTHING else step(name)


def names_of(pointer: str) -> GeneralPath:
    """The path that a general pointer stands for."""
    return tuple(_read(one) for one in pointer.split("/")[1:])


def _read(one: str) -> str | None:
    if one == ANYTHING:
        return None
    return ANYTHING if one == _STAR else one.replace("~1", "/").replace("~0", "~")

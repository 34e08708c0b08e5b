"""Which property of the first item of a list a path parameter means, by name and type. Pure.

A name that means a wrong property is worse than none: wherever two properties could be meant, or
none for certain, nothing is bound.
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_apismoke.documents import step
from pytest_apismoke.openapi.declared_values import Declared, declared_by
from pytest_apismoke.openapi.path_names import same_thing
from pytest_apismoke.records import dataclass
from pytest_apismoke.words import words

#: The last words of names of what identifies something.
_KINDS = frozenset(
    {
        *("id", "sid", "uuid", "guid", "uid", "gid", "iid", "key", "slug", "name", "number"),
        *("code", "login", "sha", "hash", "handle"),
    }
)
#: What tells people apart, whatever an API calls it.
_LOGINS = (("username",), ("login",), ("user", "name"))
#: What identifies something that is asked for by a text; a name only where it has none of these.
_HANDLES = ("slug", "login", "username", "key", "code", "handle")
#: Objects beside the content of an item, which have its name.
_METADATA = ("metadata",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A path parameter: its name, what its schema declares, and the segment in front of it."""

    name: str
    value: Declared
    collection: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A property that a parameter means: the JSON Pointer inside the item.

    `is_required` tells whether each item has it; `by_its_own_name` whether it has the name of the
    parameter.
    """

    pointer: str
    is_required: bool
    by_its_own_name: bool = False


def bound(parameter: Parameter, item: Declared) -> Bound | None:
    """The property of an item that a parameter means; None where none is meant for certain."""
    for candidates in (
        _of_its_own_name(parameter, item),
        _of_its_kind(parameter, item),
        _of_its_login(parameter, item),
        _of_what_it_is(parameter, item),
    ):
        found = [one for one in candidates if one is not None]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def bound_inside(parameter: Parameter, item: Declared) -> Bound | None:
    """As `bound`, for what identifies an object inside the item: `owner` by `/owner/login`."""
    for name, nodes in item.properties.items():
        inner = declared_by(*nodes)
        if words(name) == words(parameter.name) and inner.is_object:
            found = _identity(Parameter(name="", value=parameter.value, collection=""), inner)
            if found is not None:
                return _below(name, found, is_required=name in item.required)
    return None


def _of_its_own_name(parameter: Parameter, item: Declared) -> Iterator[Bound | None]:
    wanted = words(parameter.name)
    own = [name for name in item.properties if words(name) == wanted]
    if own and same_thing(wanted, words(parameter.collection)):
        # Its name may be that of another one, such as the account above an account.
        yield _property(parameter, item, "id")
    for name in own:
        yield _property(parameter, item, name, by_its_own_name=True)
    for name in _METADATA if not own and wanted in (("id",), ("uid",), ("name",)) else ():
        inner = declared_by(*item.properties.get(name, ()))
        if inner.is_object:
            found = _property(parameter, inner, wanted[0], by_its_own_name=True)
            yield _below(name, found, is_required=name in item.required)


def _of_its_kind(parameter: Parameter, item: Declared) -> Iterator[Bound | None]:
    """`id` for `order_id` of `/orders/{order_id}`, and `order_id` for its `{id}`."""
    *entity, kind = words(parameter.name) or ("",)
    if kind not in _KINDS:
        return
    if entity and _is_item(tuple(entity), parameter, item):
        yield from (_property(parameter, item, n) for n in item.properties if words(n) == (kind,))
    elif not entity:
        for name in item.properties:
            *whose, own = words(name) or ("",)
            if own == kind and whose and _is_item(tuple(whose), parameter, item, exactly=True):
                yield _property(parameter, item, name)


def _of_its_login(parameter: Parameter, item: Declared) -> Iterator[Bound | None]:
    if words(parameter.name) in _LOGINS:
        yield from (_property(parameter, item, n) for n in item.properties if words(n) in _LOGINS)


def _of_what_it_is(parameter: Parameter, item: Declared) -> Iterator[Bound | None]:
    """What identifies an item: for `customer` of `/customers/{customer}`, `owner` of an owner."""
    if _is_item(words(parameter.name), parameter, item):
        yield _identity(parameter, item)


def _identity(parameter: Parameter, item: Declared) -> Bound | None:
    """What an item is asked for by: its `id`, or its name where the id is of another type."""
    # What may be null identifies nothing.
    texts = {
        name
        for name in (*_HANDLES, "id", "name")
        if (value := declared_by(*item.properties.get(name, ()))).scalar == "string"
        and not value.is_nullable
    }
    if "string" not in parameter.value.types:
        return _property(parameter, item, "id")
    if "id" in texts:
        # A tag with the id 9f3a and the name v1.0 may be asked for by either.
        return _property(parameter, item, "id") if texts == {"id"} else None
    handles = texts - {"name"}
    if texts:
        return _property(parameter, item, *(handles or texts)) if len(handles) < 2 else None
    for name in _METADATA:
        inner = declared_by(*item.properties.get(name, ()))
        if inner.is_object and "name" in inner.properties:
            found = _property(parameter, inner, "name")
            return _below(name, found, is_required=name in item.required)
    return None


def _is_item(
    entity: tuple[str, ...], parameter: Parameter, item: Declared, *, exactly: bool = False
) -> bool:
    """Whether a word names what a list has: that of its path, or that of its component."""
    of_path = words(parameter.collection)
    if exactly:
        return same_thing(entity, of_path) and len(entity) >= len(of_path)
    return same_thing(entity, of_path) or same_thing(entity, words(item.name))


def _property(
    parameter: Parameter, item: Declared, name: str, *, by_its_own_name: bool = False
) -> Bound | None:
    """A property, if each of its values can be one of the parameter."""
    if name not in item.properties:
        return None
    value = declared_by(*item.properties[name])
    if not fits(value, parameter.value):
        return None
    return Bound(
        pointer=f"/{step(name)}",
        is_required=name in item.required and not value.is_nullable,
        by_its_own_name=by_its_own_name,
    )


def fits(value: Declared, wanted: Declared) -> bool:
    """Whether each value of one kind can be given where another one is wanted."""
    if not value.scalar:
        return False
    if wanted.enum is not None and not (
        value.enum is not None and all(one in wanted.enum for one in value.enum)
    ):
        return False
    strings = "string" in wanted.types
    if value.scalar == "string" and not strings:
        return False
    if strings and wanted.formats and value.formats and value.scalar == "string":
        return bool(wanted.formats & value.formats)
    # A number is as good as its text where a string is wanted.
    return strings or bool(wanted.types & {"integer", "number"})


def _below(name: str, found: Bound | None, *, is_required: bool) -> Bound | None:
    if found is None:
        return None
    return Bound(
        pointer=f"/{step(name)}{found.pointer}",
        is_required=found.is_required and is_required,
        by_its_own_name=found.by_its_own_name,
    )

"""The private names of jsonschema and referencing that the gate relies on, all of them.

A validator takes its resolver, and keyword functions read it, under a private name; and `evolve`,
which jsonschema calls for each subschema, picks the library's own class for a nested `$schema`.
jsonschema has no public way to do either. It makes a validator for each subschema and each value;
`held_validators` keeps them. A test runs on the oldest and newest supported version.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar, cast

from jsonschema import FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from referencing import Resource
from referencing.jsonschema import DRAFT202012

from pytest_apismoke.schemas.held_validators import in_use, scalar_of

_Fact = TypeVar("_Fact")


class Resolved(Protocol):
    """What a reference leads to; referencing has no public name for its type."""

    @property
    def contents(self) -> Any:
        """The value there."""

    @property
    def resolver(self) -> SchemaResolver:
        """The resolver for the references there."""


class SchemaResolver(Protocol):
    """Follows the references of one place in a document, as referencing's `Resolver` does."""

    def lookup(self, ref: str) -> Resolved:
        """The place that a reference leads to.

        Raises:
            referencing.exceptions.Unresolvable: when it leads to nothing.

        """

    def in_subresource(self, subresource: Resource[Any]) -> SchemaResolver:
        """The resolver inside of a schema that may have an `$id` of its own."""


def new_validator(
    kind: type[Validator], schema: Any, resolver: SchemaResolver, formats: FormatChecker
) -> Validator:
    """A validator of a schema that stands somewhere inside of a document.

    Args:
        kind: the validator's class.
        schema: a JSON Schema.
        resolver: the resolver for the schema's references.
        formats: the formats to check.

    """
    made: Validator = cast("Any", kind)(schema, _resolver=resolver, format_checker=formats)
    return made


def resolver_of(validator: Validator) -> SchemaResolver:
    """The resolver for the references of a validator's schema."""
    resolver: SchemaResolver = cast("Any", validator)._resolver
    return resolver


def once(
    find: Callable[..., _Fact], schema: Any, resolver: SchemaResolver, *more: Hashable
) -> _Fact:
    """What follows from a schema alone, found once where validators are kept.

    Args:
        find: finds it; given the same arguments.
        schema: the schema.
        resolver: the resolver for its references.
        more: what else it depends on.

    """
    held = in_use()
    if held is None:
        return find(schema, resolver, *more)
    around = cast("Any", resolver)
    key = (find, id(schema), around._base_uri, id(around._previous), *more)
    known = held.facts.get(key)
    if known is None:
        # With the schema, of which the identity is in the key.
        known = held.facts[key] = find(schema, resolver, *more), schema
        held.resolvers.append(resolver)
    found: _Fact = known[0]
    return found


def lookup(resolver: SchemaResolver, ref: str) -> Resolved:
    """The place that a reference leads to.

    Raises:
        referencing.exceptions.Unresolvable: when it leads to nothing.
        LookupError, TypeError, ValueError: when its JSON Pointer does not fit the value there.

    """
    held = in_use()
    if held is None:
        return resolver.lookup(ref)
    around = cast("Any", resolver)
    key = (ref, around._base_uri, id(around._previous))
    found = held.resolved.get(key)
    if found is None:
        found = held.resolved[key] = resolver.lookup(ref)
        held.resolvers.append(resolver)
    return found


def at_reference(validator: Validator, ref: str) -> tuple[Validator, Hashable]:
    """The validator for the schema that a reference of a validator's schema leads to.

    And what is equal for validators of one schema that come to the same results.

    Raises:
        referencing.exceptions.Unresolvable: when it leads to nothing.

    """
    held, around = in_use(), cast("Any", validator)._resolver
    if held is None:
        return _followed(validator, ref)
    key = (type(validator), ref, around._base_uri, id(around._previous))
    found = held.at_references.get(key)
    if found is None:
        target, identity = _followed(validator, ref)
        # The same one, however it was reached: there would be one for each level of a value.
        found = held.inside.setdefault(identity, target), identity
        held.at_references[key] = found
    return found


def _followed(validator: Validator, ref: str) -> tuple[Validator, Hashable]:
    found = lookup(resolver_of(validator), ref)
    made: Any = cast("Any", validator).evolve(schema=found.contents, _resolver=found.resolver)
    resolver = made._resolver
    # The documents that references have led through, the outermost first, decide where a
    # `$dynamicRef` leads.
    scope = tuple(dict.fromkeys(reversed(list(resolver._previous))))
    return made, (type(made), id(made.schema), resolver._base_uri, scope)


@contextmanager
def panics_as_recursion_errors() -> Iterator[None]:
    """Raises a RecursionError where referencing's Rust library panics because of one.

    Before Python 3.12, recursion may end while that library compares two keys. Its exception has no
    public name, and is no `Exception`.
    """
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException" or "RecursionError" not in str(error):
            raise
        raise RecursionError("in a library") from None


def replace_evolve(
    kind: type[Validator],
    replacements: Mapping[type[Validator], type[Validator]],
    before_each: Callable[[], object],
) -> None:
    """Makes a validator class keep to classes of our own, and call a function for each subschema.

    Args:
        kind: a class made by `jsonschema.validators.extend` that nothing else uses yet; changed.
        replacements: the classes to take in place of the library's, by the latter. Read when a
            subschema is applied, so that they may be added later.
        before_each: called each time that a subschema is about to be applied; may raise.

    """
    changed = cast("Any", kind)
    fields = [(field.name, field.alias) for field in changed.__attrs_attrs__ if field.init]

    def evolve(self: Any, **changes: Any) -> Any:
        before_each()
        held = in_use()
        if held is None or not changes.keys() <= {"schema", "_resolver"}:
            return made(self, changes)
        around = changes.get("_resolver", self._resolver)
        schema = changes.get("schema", self.schema)
        key = (type(self), id(schema), around._base_uri, id(around._previous))
        found = held.inside.get(key)
        if found is None:
            found = held.inside[key] = made(self, changes)
        return found

    def made(self: Any, changes: dict[str, Any]) -> Any:
        schema = changes.setdefault("schema", self.schema)
        found = type(self)
        if not isinstance(schema, dict) or "$schema" in schema:
            found = validator_for(schema, default=found)
            found = replacements.get(found, found)
        for name, alias in fields:
            if alias not in changes:
                changes[alias] = getattr(self, name)
        return found(**changes)

    changed.evolve = evolve
    _ask_for_no_ids(changed, before_each)


def _ask_for_no_ids(changed: Any, before_each: Callable[[], object]) -> None:
    """Applies a schema without an `$id` with the resolver around it; jsonschema asks each time.

    And no schema twice to one number or string that it has found valid.
    """
    plain = changed.descend

    def descend(
        self: Any,
        instance: Any,
        schema: Any,
        path: str | int | None = None,
        schema_path: str | int | None = None,
        resolver: Any = None,
    ) -> Iterator[ValidationError]:
        if resolver is not None or not isinstance(schema, dict) or "$id" in schema:
            yield from plain(self, instance, schema, path, schema_path, resolver)
            return
        held = in_use()
        if held is None:
            yield from _at(path, schema_path, self.evolve(schema=schema).iter_errors(instance))
            return
        inner = held.below(self, schema, before_each)
        scalar = scalar_of(inner, instance)
        if held.knows(scalar):
            return
        is_valid = True
        for error in _at(path, schema_path, inner.iter_errors(instance)):
            is_valid = False
            yield error
        if is_valid:
            held.keep(scalar)

    changed.descend = descend


def _at(
    path: str | int | None, schema_path: str | int | None, errors: Iterable[ValidationError]
) -> Iterator[ValidationError]:
    """The errors of a subschema, with the step to it and to its value."""
    for error in errors:
        if path is not None:
            error.path.appendleft(path)
        if schema_path is not None:
            error.schema_path.appendleft(schema_path)
        yield error


def enter_ids(kind: type[Validator]) -> None:
    """Makes references inside a schema with an `$id` relative to it, in any dialect.

    jsonschema does so only in its own dialects.

    Args:
        kind: a class that `replace_evolve` has changed.

    """
    changed = cast("Any", kind)
    plain = changed.evolve

    def evolve(self: Any, **changes: Any) -> Any:
        schema = changes.get("schema")
        if isinstance(schema, dict) and isinstance(schema.get("$id"), str):
            around = changes.get("_resolver", self._resolver)
            # The resolver of a reference to such a schema is inside it already.
            if around._base_uri == self._resolver._base_uri:
                changes["_resolver"] = around.in_subresource(DRAFT202012.create_resource(schema))
        return plain(self, **changes)

    changed.evolve = evolve

"""What a discriminator says about an object: the branch or the schema that is meant. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pytest_apismoke.records import dataclass
from pytest_apismoke.schemas.jsonschema_internals import once
from pytest_apismoke.schemas.ref_cycles import followed


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a discriminator says about a value.

    Attributes:
        index: the branch that is meant, by the name of its schema or by the values that it allows;
            None where no branch is.
        ref: a reference to the schema that is meant; empty where the value names none.
        is_settled: whether the discriminator names a schema, or can't name one because a branch
            is written in place.
        is_unknown: whether the value is none that the discriminator or a branch lists.
        is_absent: whether there is no value.

    """

    index: int | None
    ref: str
    is_settled: bool
    is_unknown: bool
    is_absent: bool


def choice_of(
    resolver: Any,
    branches: Sequence[Any],
    discriminator: Mapping[str, Any],
    instance: Mapping[str, Any],
) -> Choice:
    """What the discriminator beside some branches says about an object."""
    name = discriminator["propertyName"]
    value = instance.get(name)
    mapping = mapping_of(discriminator)
    ref = ref_named(resolver, mapping, value)
    default = discriminator.get("defaultMapping")
    if not ref and isinstance(default, str):
        # Since 3.2: the schema for values without one of their own.
        ref = _ref(resolver, default)
    index = _branch_of(resolver, branches, ref) if ref else None
    has_names = all(isinstance(branch, dict) and "$ref" in branch for branch in branches)
    listed = [once(_listed, branch, resolver, name) for branch in branches]
    if not ref and name in instance:
        index = next((i for i, values in enumerate(listed) if value in (values or ())), None)
    is_listed = bool(mapping) or any(values is not None for values in listed)
    return Choice(
        index=index,
        ref=ref,
        is_settled=bool(ref) or not has_names,
        is_unknown=index is None
        and has_names
        and (not isinstance(value, str) or is_listed or bool(ref))
        and not (isinstance(value, str) and value in mapping and ref),
        is_absent=name not in instance,
    )


def mapping_of(discriminator: Mapping[str, Any]) -> Mapping[str, Any]:
    """The mapping of a discriminator; empty where it has none."""
    mapping = discriminator.get("mapping")
    return mapping if isinstance(mapping, dict) else {}


def ref_named(resolver: Any, mapping: Mapping[str, Any], value: Any) -> str:
    """A reference to the schema that a discriminator's value names; empty where it names none."""
    if not isinstance(value, str):
        return ""
    mapped = mapping.get(value)
    if mapped is not None:
        return _ref(resolver, mapped)
    return _ref(resolver, value, may_be_reference=False)


def _ref(resolver: Any, name: Any, *, may_be_reference: bool = True) -> str:
    """The reference that a name or a reference means; empty where it leads to nothing."""
    for ref in (f"#/components/schemas/{name}", name if may_be_reference else None):
        if target_of(resolver, ref) is not None:
            return str(ref)
    return ""


def _branch_of(resolver: Any, branches: Sequence[Any], ref: str) -> int | None:
    wanted = target_of(resolver, ref)
    for index, branch in enumerate(branches):
        if isinstance(branch, dict) and target_of(resolver, branch.get("$ref")) is wanted:
            return index
    return None


def target_of(resolver: Any, ref: Any) -> Any:
    """The schema that a reference leads to; None where there is none."""
    leads = followed(ref, resolver) if isinstance(ref, str) else None
    return leads[0] if leads is not None else None


def _listed(branch: Any, resolver: Any, name: str) -> list[Any] | None:
    """The values that a branch lists for a property, in itself or in a part of its `allOf`."""
    todo, seen = [(branch, resolver)], set[int]()
    while todo:
        schema, scope = todo.pop(0)
        if not isinstance(schema, dict) or id(schema) in seen:
            continue
        seen.add(id(schema))
        properties = schema.get("properties")
        one = properties.get(name) if isinstance(properties, dict) else None
        if isinstance(one, dict) and isinstance(one.get("$ref"), str):
            one = target_of(scope, one["$ref"])
        if isinstance(one, dict) and "const" in one:
            return [one["const"]]
        if isinstance(one, dict) and isinstance(one.get("enum"), list):
            return list(one["enum"])
        if isinstance(ref := schema.get("$ref"), str):
            leads = followed(ref, scope)
            todo += [leads] if leads is not None else []
        parts = schema.get("allOf")
        todo += [(part, scope) for part in parts] if isinstance(parts, list) else []
    return None

"""Reports the references of a spec that lead nowhere, or back to themselves. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from referencing import Registry

from pytest_apismoke.documents import describe
from pytest_apismoke.errors import Failure, misconfigured
from pytest_apismoke.openapi.refs import Reference, SpecObject, references
from pytest_apismoke.schemas.held_validators import HeldValidators, holding
from pytest_apismoke.schemas.ref_cycles import cyclic, followed


def broken_references(
    objects_of_document: Iterable[SpecObject], label: str, version: str, registry: Registry[Any]
) -> Iterator[Failure]:
    """A failure for every reference that cannot be resolved, or leads back to itself.

    Args:
        objects_of_document: those of the spec, or of a file that belongs to it, see `linking`.
        label: names the document in messages.
        version: the first two numbers of the spec's version.
        registry: the documents that references may lead to.

    """
    resolvers: dict[str, Any] = {}
    found = []
    for one in references(objects_of_document, version):
        if one.base not in resolvers:
            resolvers[one.base] = registry.resolver(base_uri=one.base)
        found.append((one, resolvers[one.base]))
    # Thousands of references lead to some hundred targets: each is followed once.
    with holding(HeldValidators()):
        in_cycles = cyclic((reference.parent, resolver) for reference, resolver in found)
        leads = [followed(reference.ref, resolver) for reference, resolver in found]
    for (reference, _), target in zip(found, leads, strict=True):
        is_fine = target is not None and isinstance(target[0], (dict, bool))
        if not is_fine or id(reference.parent) in in_cycles:
            yield _broken(reference, target, label)


def _broken(reference: Reference, target: tuple[Any, Any] | None, label: str) -> Failure:
    """The failure for a reference, given what it leads to."""
    where = f"{label}#{reference.pointer}/{reference.keyword}"
    if target is None:
        return unresolvable_ref(reference.ref, where, reference.keyword)
    if not isinstance(target[0], (dict, bool)):
        # An empty file, for example: a reference never leads to a string, an array or null.
        return misconfigured(
            expected=f"a {reference.keyword} to an object",
            seen=f"{reference.ref!r}, which leads to {describe(target[0])}",
            where=where,
            hint="correct it, or add its target",
        ).failure
    return misconfigured(
        expected=f"a {reference.keyword} that can be resolved",
        seen=f"{reference.ref!r}, which leads back to itself",
        where=where,
        hint="let the cycle pass through a property or an item, or remove the reference",
    ).failure


def unresolvable_ref(ref: str, where: str, keyword: str = "$ref") -> Failure:
    """The failure for a reference that cannot be resolved."""
    # Also //host/file and urn:a:b, which are not files either.
    if re.match(r"//|[A-Za-z][A-Za-z0-9+.-]*:", ref):
        return misconfigured(
            expected=f"a {keyword} to something inside the spec",
            seen=f"{ref!r}, which would have to be fetched",
            where=where,
            hint="move its target into components, or into a file beside the spec; nothing is ever"
            " fetched",
        ).failure
    return misconfigured(
        expected=f"a {keyword} that can be resolved",
        seen=repr(ref),
        where=where,
        hint="correct it, or add its target; other files are read only for a spec that is a file"
        " itself, from its folder and below",
    ).failure

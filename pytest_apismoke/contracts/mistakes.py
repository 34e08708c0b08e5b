"""What is wrong with schemas themselves: told file by file, each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urldefrag

from jsonschema.exceptions import SchemaError
from referencing import Registry

from pytest_apismoke.configuration.given import nearest
from pytest_apismoke.contracts import cycles
from pytest_apismoke.contracts.dialects import DIALECTS, dialect_of, resource_of
from pytest_apismoke.contracts.misspelt import misspelt
from pytest_apismoke.contracts.uris import place_of, taken
from pytest_apismoke.contracts.violations import TOO_DEEP, Finding, findings, place_in, places
from pytest_apismoke.errors import Failure, SmokeError, misconfigured

SUFFIX = ".schema.json"


def of(
    documents: Mapping[str, Any],
    labels: Mapping[str, str],
    names: Sequence[str],
    registry: Registry[Any],
) -> tuple[Failure, ...]:
    """Everything that is wrong with schemas.

    Args:
        documents: parsed schemas by their paths.
        labels: how messages name them, by the same paths.
        names: by which checks call them.
        registry: what their references may lead to.

    """
    return _Looking(documents=documents, labels=labels, names=names, registry=registry).mistakes()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looking:
    documents: Mapping[str, Any]
    labels: Mapping[str, str]
    names: Sequence[str]
    registry: Registry[Any]

    def mistakes(self) -> tuple[Failure, ...]:
        wrong = {path: invalid(document) for path, document in self.documents.items()}
        valid = {path: one for path, one in self.documents.items() if wrong[path] is None}
        each = (one for path, found in wrong.items() for one in self._mistakes(path, found))
        return (*self._of_one_id(valid), *each)

    def _of_one_id(self, valid: Mapping[str, Any]) -> Iterator[Failure]:
        """Of two schemas with one `$id` only one would ever be found."""
        says = places({self.labels[path]: document for path, document in valid.items()})

        def whole_or_part(path: str, schema: Any) -> str:
            return self.labels[path] if schema is valid[path] else says(schema)

        for one in taken({path: resource_of(document) for path, document in valid.items()}):
            whose = whole_or_part(one.other_path, one.other) if one.other_path else "JSON Schema"
            yield misconfigured(
                expected="an $id that no other schema has",
                seen=f"{one.schema['$id']!r}, which is that of {whose} too",
                where=place_in(whole_or_part(one.path, one.schema), "/$id"),
                hint="give each schema an $id of its own, or none",
            ).failure

    def _mistakes(self, path: str, found: Finding | None) -> Iterator[Failure]:
        document, label = self.documents[path], self.labels[path]
        declared = document.get("$schema") if isinstance(document, dict) else None
        if declared is not None and str(declared).rstrip("#") not in DIALECTS:
            yield misconfigured(
                expected="JSON Schema 2020-12 or draft-07",
                seen=f"{declared!r}",
                where=place_in(label, "/$schema"),
                hint=f"write {DIALECTS[0]!r}, or take $schema away",
            ).failure
            return
        if found is None:
            yield from self._misspelt(path)
            yield from self._broken_references(path)
            return
        yield misconfigured(
            expected=f"a valid JSON Schema: {found.wants} at {found.pointer or '/'}",
            seen=found.came,
            where=place_in(label, found.pointer),
            hint="correct the schema; 'apismoke check' looks at all of them without a target",
        ).failure

    def _misspelt(self, path: str) -> Iterator[Failure]:
        root = self.documents[path]
        resource, says = resource_of(root), places({self.labels[path]: root})
        for schema, _ in cycles.subschemas(resource, self.registry.resolver()):
            for found in misspelt(schema):
                yield misconfigured(
                    expected=f"a {found.kind} of JSON Schema",
                    seen=f"{found.word!r}, which is passed over",
                    where=f"{says(schema)}/{found.at}",
                    hint=f"did you mean {found.meant!r}? A word of your own begins with x-",
                ).failure

    def _broken_references(self, path: str) -> Iterator[Failure]:
        label, root = self.labels[path], self.documents[path]
        resolver = self.registry.resolver(base_uri=place_of(path))
        says = places({label: root})
        for problem in cycles.problems(resource_of(root), resolver):
            where = says(problem.schema) or label
            if problem.is_cycle:
                yield misconfigured(
                    expected="a $ref that leads to something",
                    seen=f"{problem.ref!r}, which leads back to itself",
                    where=f"{where}/$ref",
                    hint="let it pass through a member or an item on its way, or take it away",
                ).failure
            else:
                yield unresolvable(problem.ref, f"{where}/$ref", self.names).failure


def invalid(document: Any) -> Finding | None:
    """The most telling place where a document breaks its metaschema; None where it does not."""
    try:
        dialect_of(document).check_schema(document)
    except SchemaError as error:
        return findings([error], places({}))[0]
    except RecursionError:
        return TOO_DEEP
    except OverflowError:
        return _ENDLESS
    return None


_ENDLESS = replace(
    TOO_DEEP, wants="patterns that can be followed", came="one that repeats something too often"
)


def unresolvable(ref: str, where: str, names: Sequence[str]) -> SmokeError:
    """The error of a reference that leads to nothing."""
    file, fragment = urldefrag(ref)
    name = file.rpartition("/")[2]
    known = [f"{one}{SUFFIX}" for one in names]
    hint = f"correct the JSON Pointer behind #, {fragment!r}" if fragment else ""
    if file and name not in known:
        hint = f"{nearest(name, known)}; " if known else ""
        hint += "a $ref names a file of contracts/ or the $id of one; nothing is ever fetched"
    return misconfigured(
        expected="a $ref to something that is there",
        seen=repr(ref),
        where=where,
        hint=hint or "correct it",
    )

"""What is wrong with schemas themselves: told file by file, each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urldefrag

from jsonschema.exceptions import SchemaError
from referencing import Registry

from pytest_apismoke.configuration.sources import nearest
from pytest_apismoke.errors import Failure, SmokeError, misconfigured
from pytest_apismoke.schemas import ref_cycles
from pytest_apismoke.schemas.dialects import DIALECTS, dialect_of, resource_of
from pytest_apismoke.schemas.findings import TOO_DEEP, Finding, findings, place_in, places
from pytest_apismoke.schemas.keyword_typos import misspelt
from pytest_apismoke.schemas.schema_uris import place_of, taken

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
            expected=f"a valid JSON Schema: {found.expected} at {found.pointer or '/'}",
            seen=found.actual,
            where=place_in(label, found.pointer),
            hint="correct the schema; 'apismoke check' looks at all of them without a target",
        ).failure

    def _misspelt(self, path: str) -> Iterator[Failure]:
        root = self.documents[path]
        resource, says = resource_of(root), places({self.labels[path]: root})
        for schema, _ in ref_cycles.subschemas(resource, self.registry.resolver()):
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
        for problem in ref_cycles.problems(resource_of(root), resolver):
            where = says(problem.schema) or label
            if problem.is_cycle:
                yield misconfigured(
                    expected=f"a {problem.keyword} that leads to something",
                    seen=f"{problem.ref!r}, which leads back to itself",
                    where=f"{where}/{problem.keyword}",
                    hint="let it pass through a member or an item on its way, or take it away",
                ).failure
            else:
                place = f"{where}/{problem.keyword}"
                yield unresolvable(problem.ref, place, self.names, problem.keyword).failure


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
    TOO_DEEP,
    expected="patterns that can be followed",
    actual="one that repeats something too often",
)


def unresolvable(ref: str, where: str, names: Sequence[str], keyword: str = "$ref") -> SmokeError:
    """The error of a reference, the value of a keyword, that leads to nothing."""
    return misconfigured(
        expected=f"a {keyword} to something that is there",
        seen=repr(ref),
        where=where,
        hint=_where_it_may_lead(ref, [f"{one}{SUFFIX}" for one in names]),
    )


def _where_it_may_lead(ref: str, known: Sequence[str]) -> str:
    file, fragment = urldefrag(ref)
    name = file.rpartition("/")[2]
    if file.startswith(("http:", "https:")):
        return (
            "nothing is ever fetched: put a copy of that schema into contracts/, with this URL as"
            " its $id or its file's name in the $ref"
        )
    if not file or name in known:
        return f"correct the JSON Pointer behind #, {fragment!r}" if fragment else "correct it"
    if name.endswith(".json") and not name.endswith(SUFFIX):
        better = f"{name.removesuffix('.json')}{SUFFIX}"
        if better in known:
            return f"did you mean {better!r}?"
        return f"the name of a schema's file ends in {SUFFIX}: call it {better!r}, there and here"
    close = f"{nearest(name, known)}; " if known else ""
    return f"{close}a $ref names a file of contracts/ or the $id of one; nothing is ever fetched"

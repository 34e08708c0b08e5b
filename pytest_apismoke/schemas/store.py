"""Schemas by name: the built-in ones, and a user's files that add to them or replace them.

Reading them needs no library; `Validation` is imported for the first value.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pytest_apismoke.configuration.sources import nearest
from pytest_apismoke.documents import lookup
from pytest_apismoke.errors import Failure, misconfigured
from pytest_apismoke.known.entries import NOTHING, Excused
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas import shipped
from pytest_apismoke.schemas.broken import Broken as Broken
from pytest_apismoke.schemas.broken import in_words as in_words
from pytest_apismoke.schemas.schema_places import place_in
from pytest_apismoke.schemas.schema_uris import SUFFIX as SUFFIX
from pytest_apismoke.schemas.schema_uris import fragment

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

    from pytest_apismoke.schemas.drift import Drift
    from pytest_apismoke.schemas.findings import Finding
    from pytest_apismoke.schemas.validation import Validation


class Schemas:
    """Schemas that may refer to each other, and what values are by them.

    Args:
        documents: parsed schemas by their file's path inside `contracts/`, or by an absolute URI.
        labels: how a message names a document where that is not `contracts/` and its path.

    """

    def __init__(
        self, documents: Mapping[str, Any], *, labels: Mapping[str, str] | None = None
    ) -> None:
        self.documents = dict(documents)
        self._labels = labels or {}

    @cached_property
    def _validation(self) -> Validation:
        from pytest_apismoke.schemas.validation import Validation

        return Validation(self)

    @property
    def names(self) -> tuple[str, ...]:
        """The names by which checks call the schemas, without those written inside of a check."""
        return tuple(sorted(p.removesuffix(SUFFIX) for p in self.documents if p.endswith(SUFFIX)))

    @property
    def of_users(self) -> frozenset[str]:
        """The paths of those that are not the plugin's own, which its tests vouch for."""
        own = shipped.documents()
        return frozenset(path for path, one in self.documents.items() if one is not own.get(path))

    def label(self, path: str) -> str:
        """How a message names a document."""
        return self._labels.get(path, f"contracts/{path}")

    def where(self, name: str) -> str:
        """How a message names the place of a schema.

        Raises:
            SmokeError: (`usage`) when there is no such schema.

        """
        return place_in(self.label(self.path(name)), fragment(name)).removesuffix("#")

    def with_documents(self, documents: Mapping[str, Any], labels: Mapping[str, str]) -> Schemas:
        """These schemas and others, which replace those of the same paths."""
        return Schemas({**self.documents, **documents}, labels={**self._labels, **labels})

    def schema(self, name: str) -> Any:
        """The schema as it is written in its file; `ABSENT` where its pointer leads to nothing.

        Raises:
            SmokeError: (`usage`) when there is no such document.

        """
        return lookup(self.documents[self.path(name)], fragment(name))

    def path(self, name: str) -> str:
        """The path of the document that a schema is in.

        Raises:
            SmokeError: (`usage`) when there is no such document.

        """
        stem = name.partition("#")[0]
        for path in (f"{stem}{SUFFIX}", stem):
            if path in self.documents:
                return path
        raise misconfigured(
            expected="the name of a schema in contracts/",
            seen=repr(stem),
            where="contracts/",
            hint=self._meant(stem),
        )

    def _meant(self, stem: str) -> str:
        """A hint for a name that no schema has."""
        # The user's own come first.
        known = sorted(self.names, key=lambda name: f"{name}{SUFFIX}" in shipped.documents())
        name = stem.removeprefix("contracts/").removesuffix(SUFFIX).removesuffix(".json")
        if name != stem and name in self.names:
            return f"did you mean {name!r}?"
        for one in known:
            if one.rpartition("/")[2] == name:
                return f"did you mean {one!r}? A folder below contracts/ is part of the name"
        return nearest(name, known)

    def mistakes(self) -> tuple[Failure, ...]:
        """Every mistake in the schemas themselves, file by file."""
        return self._validation.mistakes() if self.of_users else ()

    # -- values ---------------------------------------------------------------------------------

    def check(
        self, value: Any, name: str, redactor: Redactor, *, excused: Excused = NOTHING
    ) -> Broken:
        """Validates a value against a schema.

        Args:
            value: a JSON value.
            name: the name of the schema; behind `#` a JSON Pointer to a subschema.
            redactor: removes secrets from the violations.
            excused: the known violations.

        Raises:
            SmokeError: (`usage`) when there is no such schema, or it is not valid itself.
            ValidationTimeoutError: when a time limit is reached.

        """
        return self._validation.check(value, name, redactor, excused=excused)

    def findings(self, value: Any, name: str) -> tuple[Finding, ...]:
        """The same as `check`, with secrets and without a diff."""
        return self._validation.findings(value, name)

    def drift(self, value: Any, name: str) -> Drift:
        """The drift between a valid value and its schema.

        Raises:
            SmokeError: (`usage`) when there is no such schema.

        """
        return self._validation.drift(value, name)

    def validator(self, name: str) -> Validator:
        """The validator of a schema.

        Raises:
            SmokeError: (`usage`) when there is no such schema.

        """
        return self._validation.validator(name)


def built_in() -> Schemas:
    """The schemas of the built-in suites."""
    return Schemas(shipped.documents())

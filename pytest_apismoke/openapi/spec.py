"""`Spec`: a loaded OpenAPI document, its operations, and the validation of responses.

Long because it is the one face of a document: what it does is in the modules that it calls.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from functools import cached_property
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from referencing.exceptions import Unresolvable

from pytest_apismoke.configuration.sources import nearest
from pytest_apismoke.documents import lookup
from pytest_apismoke.errors import (
    LONGEST_PHRASE,
    Failure,
    SmokeError,
    misconfigured,
    presentable,
)
from pytest_apismoke.evidence import ConformanceResult
from pytest_apismoke.known.entries import Known
from pytest_apismoke.openapi.broken_references import broken_references, unresolvable_ref
from pytest_apismoke.openapi.chains import ChainBuilder, Chains
from pytest_apismoke.openapi.example_requests import (
    NotCheckable,
    OperationCheck,
    parameter_names,
    request_for,
)
from pytest_apismoke.openapi.excusing import excusing
from pytest_apismoke.openapi.loader import BASE, uri_of, version_of
from pytest_apismoke.openapi.operation_choice import OperationChoice
from pytest_apismoke.openapi.operation_validator import (
    OperationValidator,
    ReceivedResponse,
    ResponseFindings,
)
from pytest_apismoke.openapi.operations import (
    LoadedOperation,
    Operation,
    Routes,
    loaded_operations,
)
from pytest_apismoke.openapi.ref_registry import RefRegistry
from pytest_apismoke.openapi.refs import base_of
from pytest_apismoke.openapi.schema_validators import SchemaValidators
from pytest_apismoke.openapi.spec_contradictions import (
    ambiguous,
    besides,
    contradictions,
    no_statuses,
    shared_ids,
)
from pytest_apismoke.openapi.spec_examples import ExampleValidators, broken_examples
from pytest_apismoke.openapi.spec_lint import mistakes, unreadable_patterns
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.schema_places import places

#: Errors raised for a malformed spec by code that expects a valid one.
_STUMBLES = (LookupError, TypeError, AttributeError, ValueError, AssertionError, RecursionError)


class Spec:
    """A loaded OpenAPI document.

    The hosts of its servers are ignored: requests go to the target.

    Args:
        document: as `loader.read` returns it.
        label: its name in messages, such as `openapi.yaml` or a URL.
        target_url: the target's base URL; its path may or may not be that of a server.
        files: the other files that its references lead to, by path relative to its folder.
        choice: what the profile says about its operations.
        known: the violations that are known.

    """

    def __init__(
        self,
        document: Mapping[str, Any],
        *,
        label: str,
        target_url: str = "",
        files: Mapping[str, Any] | None = None,
        choice: OperationChoice | None = None,
        known: Known | None = None,
    ) -> None:
        self._choice = choice or OperationChoice()
        self._known = known or Known()
        self.document = document
        self.label = label
        self.files = dict(files or {})
        self._target_url = target_url
        self._version = version_of(document)
        # By URI: the label, and the document.
        folder, own = posixpath.dirname(label), uri_of(label)
        self._documents: dict[str, tuple[str, Any]] = {own: (label, document)}
        for path, one in self.files.items():
            self._documents[BASE + quote(path)] = (posixpath.join(folder, path), one)
        base = base_of(document, own, self._version)
        # A $ref may percent-encode the name of a file or not, and may be relative to a $self.
        aliases = {BASE + path: one for path, one in self.files.items()}
        for path, one in self.files.items() if base != own else ():
            aliases |= {urljoin(base, name): one for name in (path, quote(path))}
        self._ref_registry = RefRegistry(
            {uri: one for uri, (_, one) in self._documents.items()},
            {uri: known for uri, (known, _) in self._documents.items()},
            self._version,
            aliases=aliases,
        )
        self._registry = self._ref_registry.registry()
        self._says = places(self._by_label())
        resolver = self._registry.resolver(base_uri=base)
        self._loaded = tuple(loaded_operations(document, resolver))

    def against(
        self, target_url: str, choice: OperationChoice | None = None, known: Known | None = None
    ) -> Spec:
        """The same document for another target, or with other choices; see the class.

        What was found in the document itself is found once for both.
        """
        # Made here, so that both use it.
        assert self._validator
        other = copy(self)
        other._target_url = target_url
        other._choice = choice or OperationChoice()
        other._known = known or Known()
        for depends_on_them in ("_routes", "_requests"):
            other.__dict__.pop(depends_on_them, None)
        return other

    @property
    def title(self) -> str:
        """The name that it gives its API; empty without one."""
        title = lookup(self.document, "/info/title")
        return presentable(title, LONGEST_PHRASE) if isinstance(title, str) else ""

    def _by_label(self) -> dict[str, Any]:
        return dict(self._documents.values())

    @cached_property
    def _validator(self) -> OperationValidator:
        inside = self._ref_registry.resolver_inside
        return OperationValidator(
            SchemaValidators(self._version, self.document, self._says, inside)
        )

    @cached_property
    def _ambiguous(self) -> Mapping[str, Failure]:
        return ambiguous(self.operations(), self.label)

    @cached_property
    def _routes(self) -> Routes:
        return Routes(self._loaded, self._target_url)

    # -- operations -----------------------------------------------------------------------------

    def operations(self) -> tuple[Operation, ...]:
        """Every operation, in the order of the document."""
        return tuple(one.operation for one in self._loaded)

    @property
    def loaded(self) -> tuple[LoadedOperation, ...]:
        """Every operation with its object, for comparison with another document."""
        return self._loaded

    @property
    def version(self) -> str:
        """The first two numbers of its version, such as `3.1`."""
        return self._version

    def resolver_inside(self, schema: Any, resolver: Any) -> Any:
        """The resolver for the references inside a schema, given that of the object around it."""
        return self._ref_registry.resolver_inside(schema, resolver)

    def server_paths(self) -> tuple[str, ...]:
        """The paths of the servers of all operations; an empty string for a server without one."""
        paths = (path for one in self.operations() for path in one.prefixes)
        return tuple(dict.fromkeys(paths))

    def find(self, method: str, path: str) -> Operation | None:
        """The operation that a request matches, or None.

        Args:
            method: of the request.
            path: relative to the target's URL.

        """
        found = self._routes.find(method, path)
        return found.operation if found else None

    def checks(self) -> tuple[OperationCheck, ...]:
        """A request for every safe operation whose required parameters have values in the spec.

        Safe are GET, HEAD and OPTIONS; a value is that of the profile, an example, a default, a
        `const` or the only value of an `enum`. Operations that end a session are left out.
        """
        return tuple(one for one in self._requests if isinstance(one, OperationCheck))

    def not_checkable(self) -> tuple[NotCheckable, ...]:
        """The other operations, each with the reason why there is no request."""
        return tuple(one for one in self._requests if isinstance(one, NotCheckable))

    @cached_property
    def _requests(self) -> tuple[OperationCheck | NotCheckable, ...]:
        target_path = urlsplit(self._target_url).path
        return tuple(
            request_for(one, self.document, target_path, self._choice) for one in self._loaded
        )

    def chains(self, *, deprecated: bool = False) -> Chains:
        """The operations that can be asked for with the values of lists, and the others.

        Args:
            deprecated: whether deprecated operations are asked for too.

        Raises:
            SmokeError: (`usage`) when the spec itself is wrong.

        """
        target_path = urlsplit(self._target_url).path
        try:
            return ChainBuilder(
                self._loaded, self.document, target_path, self._choice, deprecated=deprecated
            ).build()
        except _STUMBLES:
            for mistake in self.mistakes():
                raise SmokeError(mistake) from None
            raise

    def entries_without_a_use(self) -> tuple[str, ...]:
        """A note on each entry of the profile that means no operation or parameter."""
        pairs = [(one.operation, name) for one in self._loaded for name in parameter_names(one)]
        return tuple(self._choice.without_a_use(self.operations(), pairs))

    # -- responses ------------------------------------------------------------------------------

    def validate(
        self,
        method: str,
        path: str,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        redactor: Redactor,
    ) -> ConformanceResult | None:
        """Validates a response against its operation; None where no operation matches the request.

        Args:
            method: of the request.
            path: of the request, relative to the target's URL.
            status: of the response.
            headers: of the response, with names in lower case.
            body: of the response, without its content coding.
            redactor: removes secrets from the result.

        Raises:
            SmokeError: (`usage`) when the spec itself is wrong.

        """
        found = self._routes.find(method, path)
        if found is None:
            return None
        response = ReceivedResponse(
            method=method.upper(), status=status, headers=headers, body=body
        )
        return self._result(found, response, redactor)

    def validate_operation(
        self, name: str, status: int, headers: Mapping[str, str], body: bytes, redactor: Redactor
    ) -> ConformanceResult:
        """As `validate`, against the operation of an id or a name such as `GET /orders/{id}`.

        Raises:
            SmokeError: (`usage`) when there is no such operation, or the spec is wrong.

        """
        found = self._named(name)
        response = ReceivedResponse(
            method=found.operation.method, status=status, headers=headers, body=body
        )
        return self._result(found, response, redactor)

    def _named(self, name: str) -> LoadedOperation:
        if mistake := shared_ids(self.operations(), self.label).get(name):
            raise SmokeError(mistake)
        known: dict[str, LoadedOperation] = {}
        for one in self._loaded:
            known.setdefault(one.operation.name, one)
            known.setdefault(one.operation.operation_id or one.operation.name, one)
        method, _, path = name.partition(" ")
        found = known.get(name) or known.get(f"{method.upper()} {path.strip()}")
        if found is None:
            raise misconfigured(
                expected=f"the id or the name of an operation of {self.label}",
                seen=repr(name),
                where=self.label,
                hint=nearest(name, tuple(known)) if known else "it has no operations",
            )
        return found

    def _result(
        self, operation: LoadedOperation, response: ReceivedResponse, redactor: Redactor
    ) -> ConformanceResult:
        found, name = self._findings(operation, response), operation.operation.name
        mistake = self._ambiguous.get(name)
        if mistake and (found.general or found.body):
            # It may be the response of the other operation.
            raise SmokeError(mistake)
        result = ConformanceResult(
            operation=name,
            undeclared=_presentable(found.undeclared, redactor),
            unseen=_presentable(found.unseen, redactor),
            not_looked_at=found.not_looked_at,
            doubts=_presentable((one.doubt(redactor) for one in found.doubts), redactor),
        )
        excused = self._known.of(name, contract=self.title, status=response.status)
        return excusing(result, found, response, excused, contract=self.title, redactor=redactor)

    def _findings(self, operation: LoadedOperation, response: ReceivedResponse) -> ResponseFindings:
        try:
            return self._validator.validate(operation, response)
        except Unresolvable as error:
            raise SmokeError(self._nowhere(error.ref, operation.operation)) from None
        except re.error as error:
            for failure in self._patterns():
                if repr(error.pattern) == failure.seen:
                    raise SmokeError(failure) from None
            raise
        except _STUMBLES:
            # Report the mistake in the spec. Where it has none, the defect is in the gate.
            for mistake in self.mistakes():
                raise SmokeError(mistake) from None
            raise

    def _patterns(self) -> Iterator[Failure]:
        for label, document in self._by_label().items():
            yield from unreadable_patterns(document, label)

    def _nowhere(self, ref: str, operation: Operation) -> Failure:
        """The failure for a `$ref`, of which the resolver may report only a part."""
        known = self.broken_references()
        for failure in (*(one for one in known if ref in one.seen), *known):
            return failure
        return unresolvable_ref(ref, f"{self.label}, {operation.name}")

    # -- lint -----------------------------------------------------------------------------------

    def broken_references(self) -> tuple[Failure, ...]:
        """A failure for every `$ref` that cannot be resolved; fast enough for every run."""
        return (
            *self._ref_registry.duplicates,
            *(
                failure
                for uri, (label, _) in self._documents.items()
                for failure in broken_references(
                    self._ref_registry.linking[uri], label, self._version, self._registry
                )
            ),
        )

    def mistakes(self) -> tuple[Failure, ...]:
        """A failure for everything that is wrong with the spec itself; may take seconds."""
        return (*self.broken_references(), *mistakes(self.document, self.label, self._version))

    def all_mistakes(self) -> tuple[Failure, ...]:
        """The same, and everything in which the spec contradicts itself."""
        statuses = [
            failure
            for uri, (label, document) in self._documents.items()
            for failure in no_statuses(document, label, uri, self._version)
        ]
        inside = self._ref_registry.resolver_inside
        examples = ExampleValidators(self._version, self.document, self._says, inside)
        return (
            *besides(self.mistakes(), statuses),
            *statuses,
            *shared_ids(self.operations(), self.label).values(),
            *contradictions(self._loaded, self.label),
            *broken_examples(self._documents, self._registry, examples),
        )


def _presentable(texts: Iterable[str], redactor: Redactor) -> tuple[str, ...]:
    return tuple(presentable(redactor.text(text), LONGEST_PHRASE) for text in texts)

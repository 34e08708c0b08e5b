"""Loads the spec of a run from a file or from the target."""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_apismoke.errors import Category, SmokeError, misconfigured
from pytest_apismoke.http.response import Response
from pytest_apismoke.records import dataclass

if TYPE_CHECKING:
    from pytest_apismoke.configuration.settings import Settings
    from pytest_apismoke.known.entries import Known
    from pytest_apismoke.openapi.operation_choice import OperationChoice
    from pytest_apismoke.openapi.spec import Spec

#: Far larger than any spec written by hand.
_LARGEST_BYTES = 50 * 1024 * 1024
_WHERE = "--smoke-openapi"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSpec:
    """A parsed spec, which can be sent to every process of a run.

    `label` names it in messages; `files` are the other files that its `$ref`s lead to;
    `operations` is their number. `spec` is what this process has found in it, if anything.
    """

    document: Mapping[str, Any] = field(repr=False)
    label: str
    files: Mapping[str, Any] = field(default_factory=dict, repr=False)
    operations: int = field(default=0, repr=False, compare=False)
    spec: Spec | None = field(default=None, repr=False, compare=False)

    def __reduce__(self) -> tuple[Callable[..., LoadedSpec], tuple[object, ...]]:
        """Without the spec, which each process finds for itself."""
        return _received, (self.document, self.label, self.files, self.operations)


def _received(
    document: Mapping[str, Any], label: str, files: Mapping[str, Any], operations: int
) -> LoadedSpec:
    return LoadedSpec(document=document, label=label, files=files, operations=operations)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCopy:
    """A copy of a target's document that was read; `stored_copy` reads it.

    Attributes:
        loaded_spec: the document.
        source: the path of the target that it was fetched from, without a query.
        how: it was fetched: "fetched with the token".

    """

    loaded_spec: LoadedSpec
    source: str
    how: str

    def with_servers_of(self, served: LoadedSpec | None) -> LoadedSpec:
        """The copy with the servers of the document that the target serves; they vary by stage."""
        if served is None:
            return self.loaded_spec
        document = {k: v for k, v in self.loaded_spec.document.items() if k != "servers"}
        if "servers" in served.document:
            document["servers"] = served.document["servers"]
        return replace(self.loaded_spec, document=document)


def is_of_target(source: str) -> bool:
    """Whether a spec is fetched from the target: a path with a leading slash that is not a file."""
    return source.startswith("/") and not Path(source).is_file()


def from_file(source: str, directory: Path) -> LoadedSpec:
    """Reads a spec from a file, with the files below its folder that it references.

    Args:
        source: the path as the user gave it.
        directory: the folder that it is relative to.

    Raises:
        SmokeError: (`usage`) when it cannot be read, or is not a supported OpenAPI document.

    """
    from pytest_apismoke.openapi.loader import read_with_files

    path = directory / source
    if "://" in source:
        raise misconfigured(
            expected="an OpenAPI document: a file, or a path of the target (/openapi.json)",
            seen="a URL",
            where=_WHERE,
            hint="give the path below the base URL; a spec is fetched from the target only",
        )
    try:
        text = _text_of(path)
    except (OSError, UnicodeDecodeError) as error:
        raise misconfigured(
            expected="an OpenAPI document: a file, or a path of the target (/openapi.json)",
            seen=f"{source!r}: {getattr(error, 'strerror', None) or 'it is not UTF-8'}",
            where=_WHERE,
            hint=f"correct it (it is looked for in {directory})",
        ) from None

    def read_file(name: str) -> str:
        file = (path.parent / name).resolve()
        if not file.is_relative_to(path.parent.resolve()):
            raise FileNotFoundError(errno.ENOENT, "a link that leads out of the folder", name)
        return _text_of(file)

    document, files = read_with_files(text, source, read_file)
    return _with_references(LoadedSpec(document=document, label=source, files=files))


def _text_of(path: Path) -> str:
    """The text of a file; anything else, such as a pipe, might never end."""
    if not path.is_file():
        raise FileNotFoundError(errno.ENOENT, "No such file", str(path))
    if path.stat().st_size > _LARGEST_BYTES:
        raise OSError(errno.EFBIG, f"larger than {_LARGEST_BYTES // 1024**2} MB", str(path))
    return path.read_text(encoding="utf-8-sig")


def from_response(response: Response, *, how: str) -> LoadedSpec:
    """Reads the spec that a target serves.

    Args:
        response: of the target.
        how: it was fetched, for messages: "fetched with the token".

    Raises:
        SmokeError: `fetch` when it is not served, `invalid` when that is no document, `usage` for
            404 and for a mistake in the document, which tells nothing about the API.

    """
    from pytest_apismoke.openapi.loader import checked, parse

    if response.status == 404:
        # A mistyped path is more likely than a broken target.
        raise misconfigured(
            expected="an OpenAPI document: a file, or a path of the target (/openapi.json)",
            seen=f"no such file, and status 404 for {response.where}",
            where=_WHERE,
            hint="correct the path",
        )
    if response.status != 200:
        raise response.not_as_expected(
            f"200 with an OpenAPI document, {how}",
            category=Category.FETCH,
            hint="correct --smoke-openapi; if this account may not see the document, save it and"
            " name the file",
        )
    # The query may contain a secret.
    label = response.exchange.url.partition("?")[0]
    if "html" in response.content_type:
        raise response.not_as_expected(
            "an OpenAPI document",
            hint="name the document itself, such as /openapi.json, not a page that displays it",
        )
    try:
        parsed = parse(response.body.decode("utf-8-sig"), label)
    except UnicodeDecodeError:
        raise response.not_as_expected("an OpenAPI document in UTF-8") from None
    except SmokeError as error:
        raise error.as_category(Category.INVALID) from None
    return _with_references(LoadedSpec(document=checked(parsed, label), label=label))


def _with_references(loaded_spec: LoadedSpec) -> LoadedSpec:
    """The spec, if its references can be resolved, and the number of its operations.

    Raises:
        SmokeError: (`usage`) for the first one; `apismoke check` reports them all.

    """
    spec = spec_of(loaded_spec, "")
    assert spec is not None, "it was loaded"
    for mistake in spec.broken_references():
        raise SmokeError(mistake)
    return replace(loaded_spec, operations=len(spec.operations()), spec=spec)


def spec_of(
    loaded_spec: LoadedSpec | None,
    target_url: str,
    choice: OperationChoice | None = None,
    known: Known | None = None,
) -> Spec | None:
    """The spec of a run, if it has one.

    Args:
        loaded_spec: as it was read.
        target_url: of the target.
        choice: what the profile says about its operations.
        known: the violations that are known.

    """
    if loaded_spec is None:
        return None
    # Not where the document was replaced since.
    if loaded_spec.spec and loaded_spec.spec.document is loaded_spec.document:
        return loaded_spec.spec.against(target_url, choice, known)
    # An extra: the libraries need not be installed for a run without a spec.
    from pytest_apismoke.openapi.spec import Spec

    return Spec(
        loaded_spec.document,
        label=loaded_spec.label,
        target_url=target_url,
        files=loaded_spec.files,
        choice=choice,
        known=known,
    )


def spec_of_run(
    loaded_spec: LoadedSpec | None, settings: Settings, known: Known | None = None
) -> Spec | None:
    """The spec of a run with these settings and these known violations, if it has one."""
    if loaded_spec is None:
        return None
    from pytest_apismoke.openapi.operation_choice import OperationChoice

    choice = OperationChoice.of(settings.profile)
    return spec_of(loaded_spec, settings.target_url, choice, known)

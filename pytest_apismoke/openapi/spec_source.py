"""Where a run's API description comes from: a file, or the target itself."""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_apismoke.errors import Category, SmokeError, Violation, defect, misconfigured
from pytest_apismoke.evidence import ConformanceResult
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.client import Client, ResponseValidator
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.openapi.loader import read, read_with_files
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.validation_timeout import limit_validation

if TYPE_CHECKING:
    from pytest_apismoke.openapi.spec import Description

#: No API description that anybody wrote is larger.
_LARGEST_BYTES = 50 * 1024 * 1024
_WHERE = "--smoke-openapi"
_Compared = TypeVar("_Compared")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSpec:
    """An API description as it was read, to be handed to every process of a run.

    `label` is how messages name it, `files` what its `$ref`s lead to beside it.
    """

    document: Mapping[str, Any] = field(repr=False)
    label: str
    files: Mapping[str, Any] = field(default_factory=dict, repr=False)


def is_of_target(source: str) -> bool:
    """Whether a description is to be fetched: a path that begins with a slash and is no file."""
    return source.startswith("/") and not Path(source).is_file()


def from_file(source: str, directory: Path) -> LoadedSpec:
    """Reads a description, and the files below its folder that it refers to.

    Args:
        source: the path as it was given.
        directory: what it is relative to.

    Raises:
        SmokeError: (`usage`) when there is none, or none that can be held against.

    """
    path = directory / source
    if "://" in source:
        raise misconfigured(
            expected="an OpenAPI description: a file, or a path of the target (/openapi.json)",
            seen="a URL",
            where=_WHERE,
            hint="give the path below the base URL; only the target itself is asked",
        )
    try:
        text = _text_of(path)
    except (OSError, UnicodeDecodeError) as error:
        raise misconfigured(
            expected="an OpenAPI description: a file, or a path of the target (/openapi.json)",
            seen=f"{source!r}: {getattr(error, 'strerror', None) or 'it is not UTF-8'}",
            where=_WHERE,
            hint=f"correct it (it is looked for in {directory})",
        ) from None

    def beside(name: str) -> str:
        file = (path.parent / name).resolve()
        if not file.is_relative_to(path.parent.resolve()):
            raise FileNotFoundError(errno.ENOENT, "a link that leads out of the folder", name)
        return _text_of(file)

    document, files = read_with_files(text, source, beside)
    loaded_spec = LoadedSpec(document=document, label=source, files=files)
    _check_references(loaded_spec)
    return loaded_spec


def _text_of(path: Path) -> str:
    """The text of a file; a pipe of that name would never end."""
    if not path.is_file():
        raise FileNotFoundError(errno.ENOENT, "No such file", str(path))
    if path.stat().st_size > _LARGEST_BYTES:
        raise OSError(errno.EFBIG, f"larger than {_LARGEST_BYTES // 1024**2} MB", str(path))
    return path.read_text(encoding="utf-8-sig")


def from_target(client: Client, path: str) -> LoadedSpec:
    """Fetches a description from the target, without the run's token.

    Raises:
        SmokeError: `fetch` when it is not served, `invalid` when it is none.

    """
    response = client.send(Request(method="GET", path=path))
    if response.status == 404:
        # More likely a path that was mistyped than a target that is broken.
        raise misconfigured(
            expected="an OpenAPI description: a file, or a path of the target (/openapi.json)",
            seen=f"no such file here, and the target answers 404 to {response.where}",
            where=_WHERE,
            hint="correct the path",
        )
    if response.status != 200:
        raise response.not_as_expected(
            "200 with an OpenAPI description, asked for without a token",
            category=Category.FETCH,
            hint="correct --smoke-openapi; where it is served to nobody or to few, save it and name"
            " the file",
        )
    # A query may hold what nobody is to see.
    label = response.exchange.url.partition("?")[0]
    if "html" in response.content_type:
        raise response.not_as_expected(
            "an OpenAPI description",
            hint="name the description itself, such as /openapi.json, not the page that shows it",
        )
    try:
        document = read(response.body.decode("utf-8-sig"), label)
        loaded_spec = LoadedSpec(document=document, label=label)
        _check_references(loaded_spec)
    except UnicodeDecodeError:
        raise response.not_as_expected("an OpenAPI description in UTF-8") from None
    except SmokeError as error:
        raise error.as_category(Category.INVALID) from None
    return loaded_spec


def _check_references(loaded_spec: LoadedSpec) -> None:
    """Refuses a description with references that lead nowhere.

    Raises:
        SmokeError: (`usage`) for the first one; `apismoke check` tells all of them.

    """
    description = spec_of(loaded_spec, "")
    for mistake in description.broken_references() if description else ():
        raise SmokeError(mistake)


def spec_of(loaded_spec: LoadedSpec | None, target_url: str) -> Description | None:
    """What answers can be held against, where there is a description."""
    if loaded_spec is None:
        return None
    # An extra: what reads descriptions need not be installed where there is none.
    from pytest_apismoke.openapi.spec import Description

    return Description(
        loaded_spec.document,
        label=loaded_spec.label,
        target_url=target_url,
        files=loaded_spec.files,
    )


def compared(label: str, budget: Budget, compare: Callable[[], _Compared]) -> _Compared:
    """What comparing an answer with the description of a label comes to.

    Raises:
        SmokeError: `usage` when the description is wrong, `budget` when there is no time left, and
            `internal` when comparing stumbles, which is a defect and says nothing of the target.

    """
    try:
        with limit_validation(label, budget):
            return compare()
    except SmokeError:
        raise
    except Exception as error:
        # Not its text, which may quote the answer.
        at = extract_tb(error.__traceback__)[-1]
        seen = f"{type(error).__name__} in {Path(at.filename).name}, line {at.lineno}"
        what = f"the comparison of the answer with {label}"
        raise SmokeError(defect(what, seen=seen, where=label)) from None


def response_validator(
    description: Description | None, redactor: Redactor, budget: Budget
) -> ResponseValidator | None:
    """What compares answers with a description, where there is one.

    Raises nothing but `budget`, when comparing takes longer than there is time.
    """
    if description is None:
        return None

    def hold(request: Request, response: Response) -> ConformanceResult | None:
        def compare() -> ConformanceResult | None:
            return description.hold(
                request.method,
                request.path,
                response.status,
                response.headers,
                response.body,
                redactor,
            )

        try:
            held = compared(description.label, budget, compare)
            return _without_values(held) if held and request.answers_secret else held
        except SmokeError as error:
            if error.failure.category is Category.BUDGET:
                raise
            # In the middle of a write, say: it is told like any other violation, and ends nothing.
            failure = error.failure
            violation = Violation(
                pointer="", wants=failure.expected, came=failure.seen, says=failure.where
            )
            return ConformanceResult(
                operation=f"{request.method} {request.path}",
                violations=(violation,),
                is_defect=failure.category is Category.USAGE,
                was_compared=failure.category is not Category.INTERNAL,
            )

    return hold


def _without_values(held: ConformanceResult) -> ConformanceResult:
    """What is left of a comparison where the answer holds a secret that nobody knows yet."""
    violations = (replace(one, came="something that is not shown") for one in held.violations)
    return replace(held, violations=tuple(violations), difference=())

"""The copy of a target's OpenAPI document that a team keeps beside its contracts.

It is the document as the target served it, with its keys sorted, so that a review shows what has
changed and nothing else. A member of its own tells of what it is a copy: a run does not take
another document for it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytest_apismoke.documents import step
from pytest_apismoke.errors import SmokeError, misconfigured
from pytest_apismoke.openapi.change import Change
from pytest_apismoke.openapi.loader import uri_of, version_of
from pytest_apismoke.openapi.refs import objects
from pytest_apismoke.openapi.spec_source import LoadedSpec, StoredCopy, from_file, spec_of
from pytest_apismoke.redaction import Redactor

#: The name of the file in the folder of contracts.
NAME = "openapi.json"
#: The member of the copy that tells what it is a copy of.
MARK = "x-apismoke-copy"
SAVE = "apismoke openapi save"
#: The document that is stored where none is named.
DEFAULT_SOURCE = "/openapi.json"
#: Members of objects that have values of the API, and words: contracts do not depend on them.
_VALUES = ("example", "default")
_WORDS = ("description", "summary", "title")
#: How many lines are searched for secrets at once: the time for each grows with its square.
_LINES = 500


def source_of(path: str) -> str:
    """What a copy says it is one of: the path of a document, whose query may hold a secret."""
    return path.partition("?")[0]


def read_copy(folder: Path, path: str) -> StoredCopy | None:
    """The stored copy; None where the file is none, because somebody else put it there.

    Args:
        folder: the rootdir, or whatever contains the folder of contracts.
        path: of the file, relative to it.

    Raises:
        SmokeError: (`usage`) when it is one and cannot be read.

    """
    file = folder / path
    try:
        is_marked = file.is_file() and MARK.encode() in file.read_bytes()
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from None
    if not is_marked:
        return None
    try:
        loaded_spec = from_file(path, folder)
    except SmokeError as error:
        hint = f"{error.failure.hint}; or store it anew with '{SAVE}'"
        where = error.failure.where.replace("--smoke-openapi", path)
        raise SmokeError(replace(error.failure, where=where, hint=hint)) from None
    mark = loaded_spec.document.get(MARK)
    if not isinstance(mark, dict) or not isinstance(mark.get("of"), str):
        raise _unreadable(path, f"no {MARK} that says of what")
    return StoredCopy(loaded_spec=loaded_spec, source=mark["of"], how=str(mark.get("how")))


def _unreadable(path: str, seen: str) -> SmokeError:
    return misconfigured(
        expected=f"the copy of an OpenAPI document that '{SAVE}' stored",
        seen=seen,
        where=path,
        hint=f"store it anew with '{SAVE}', or remove it",
    )


def changes_since(before: LoadedSpec, after: LoadedSpec) -> tuple[Change, ...]:
    """What a document says otherwise than an earlier one."""
    # An extra: the libraries need not be installed for a run without a spec.
    from pytest_apismoke.openapi.changes import changes

    earlier, later = spec_of(before, ""), spec_of(after, "")
    assert earlier is not None, "it was loaded"
    assert later is not None, "it was loaded"
    return changes(earlier, later)


def text_of_copy(served: LoadedSpec, *, source: str, how: str, redactor: Redactor) -> str:
    """The content of the file that keeps a document.

    Args:
        served: the document.
        source: the path that it was fetched from.
        how: it was fetched.
        redactor: knows the secrets of this run.

    Raises:
        SmokeError: (`usage`) when a credential stands where the contract needs it.

    """
    document = _without_secrets(served, redactor)
    document[MARK] = {"of": source_of(source), "how": how}
    text = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False)
    if _has_secret(text, redactor):
        where = next((one for one in _secret_places(document, redactor)), "")
        raise misconfigured(
            expected="a document without a credential of this run",
            seen=f"one at #{where}" if where else "one",
            where=served.label,
            hint="remove it from the document; or use a password or a token that is not a word of"
            " the API",
        )
    return f"{text}\n"


def _without_secrets(served: LoadedSpec, redactor: Redactor) -> dict[str, Any]:
    """A copy of the document without secrets in examples, defaults and descriptions."""
    document: dict[str, Any] = copy.deepcopy(dict(served.document))
    for one in objects(document, uri_of(served.label), version_of(document)):
        for name, value in one.value.items():
            if name in _VALUES or name.startswith("x-"):
                one.value[name] = redactor.json(value)
            elif name == "examples":
                one.value[name] = _examples(value, redactor)
            elif name in _WORDS and isinstance(value, str):
                one.value[name] = redactor.text(value)
    return document


def _examples(value: Any, redactor: Redactor) -> Any:
    """Examples: those of a schema are values, those of a media type are objects with a value."""
    if not isinstance(value, dict):
        return redactor.json(value)
    return {
        name: {**one, "value": redactor.json(one["value"])}
        if isinstance(one, dict) and "value" in one
        else redactor.known_values(one)
        for name, one in value.items()
    }


def _has_secret(text: str, redactor: Redactor) -> bool:
    """Whether there is a secret in any line; some lines at a time, because documents are large."""
    lines = text.splitlines(keepends=True)
    chunks = ("".join(lines[at : at + _LINES]) for at in range(0, len(lines), _LINES))
    return any(redactor.text(chunk) != chunk for chunk in chunks)


def _secret_places(document: Any, redactor: Redactor) -> Iterator[str]:
    """The JSON Pointers of the strings that contain a secret, but for keys that are one."""
    todo: list[tuple[str, Any]] = [("", document)]
    while todo:
        pointer, value = todo.pop()
        if isinstance(value, dict):
            todo += [(f"{pointer}/{step(redactor.text(key))}", one) for key, one in value.items()]
        elif isinstance(value, list):
            todo += [(f"{pointer}/{index}", one) for index, one in enumerate(value)]
        elif isinstance(value, str) and redactor.text(value) != value:
            yield pointer

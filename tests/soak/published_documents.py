"""Holds the examples that publishers give for their own responses against their own documents.

    python tests/soak/published_documents.py DOCUMENT...

Each example of a JSON response, whatever its status, is validated as if it were that response. An
example that is red here is a false alarm of tomorrow, or a mistake of the publisher: the first one
of each document is told, for somebody to judge. Nothing of the documents is kept.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from referencing.exceptions import Unresolvable

from pytest_apismoke.errors import SmokeError
from pytest_apismoke.openapi.media_types import is_json
from pytest_apismoke.openapi.operations import LoadedOperation
from pytest_apismoke.openapi.refs import Node
from pytest_apismoke.openapi.spec import Spec
from pytest_apismoke.openapi.spec_source import from_file, spec_of
from pytest_apismoke.redaction import Redactor


class Example(NamedTuple):
    """A response that a document has as an example."""

    operation: str
    status: int
    media_type: str
    value: Any


def examples(operations: tuple[LoadedOperation, ...]) -> Iterator[Example]:
    """The examples of all JSON responses of some operations."""
    for one in operations:
        responses = one.definition.child("responses")
        for status in responses.names() if responses else ():
            response = responses.child(status) if responses else None
            content = response.child("content") if response else None
            for media_type in content.names() if content else ():
                declared = content.child(media_type) if content else None
                if declared is None or not is_json(media_type):
                    continue
                number = int(status.replace("X", "0")) if status[0].isdigit() else 500
                for value in _values(declared):
                    yield Example(one.operation.name, number, media_type, value)


def _values(declared: Node) -> Iterator[Any]:
    if "example" in declared.value:
        yield declared.value["example"]
    try:
        named = declared.child("examples")
    except Unresolvable:
        # The gate does not read files of examples.
        return
    for name in named.names() if named else ():
        example = named.child(name) if named else None
        if example and isinstance(example.value, dict) and "value" in example.value:
            yield example.value["value"]


def _judged(spec: Spec, one: Example) -> tuple[str, str]:
    """The word for an example (`right`, `doubt`, `red`, `error`), and what is said of it."""
    body, headers = json.dumps(one.value).encode(), {"content-type": one.media_type}
    try:
        held = spec.validate_operation(one.operation, one.status, headers, body, Redactor())
    except SmokeError as error:
        return "error", error.failure.message
    if held.violations:
        first = held.violations[0]
        where = f"{one.operation} {one.status} {first.pointer or '/'}"
        return "red", f"{where}: expected {first.expected}, got {first.actual}"
    return ("doubt", held.doubts[0]) if held.doubts else ("right", "")


def run(path: Path) -> Counter[str]:
    """Runs one document; prints its line."""
    started = time.monotonic()
    counts: Counter[str] = Counter()
    try:
        spec = spec_of(from_file(path.name, path.parent), "")
        assert spec is not None, "a file has been loaded"
    except SmokeError as error:
        print(f"{path.name}: not opened: {error.failure.message}")
        return Counter(refused=1)
    broken = len(spec.broken_references())
    told: list[str] = []
    try:
        for one in examples(spec._loaded):
            word, said = _judged(spec, one)
            counts[word] += 1
            counts["examples"] += 1
            if word == "red" and len(told) < 2:
                told.append(said)
    except Unresolvable as error:
        told.append(f"a reference that leads nowhere: {error.ref}")
    counts["documents"] = 1
    counts["operations"] = len(spec.operations())
    print(
        f"{path.name}: {len(spec.operations())} operations, {broken} broken references,"
        f" {counts['examples']} examples: {counts['red']} red, {counts['doubt']} doubtful,"
        f" {counts['error']} errors; {time.monotonic() - started:.0f} s"
    )
    for said in told:
        print(f"    {said}")
    return counts


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    total: Counter[str] = Counter()
    for name in sys.argv[1:]:
        total += run(Path(name))
    print(dict(total))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""What holding answers against an API description costs, by hand; prints a table.

    python benchmarks/contracts.py openapi.yaml other.json ...

For each description: reading it, listing its operations, the first answer held, and the peak of
memory; then, for a description of its own, answers of 1 KB, 7 KB and 1 MB, beside what jsonschema
alone takes with the same schema: medians, and the ratio of pairs that ran one after the other. An
answer of 7 KB may take twice as long as with jsonschema alone. Without arguments only the
descriptions of its own.
"""

from __future__ import annotations

import json
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from measuring.openapi_documents import synthetic
from measuring.pairs import median, paired, timed

from pytest_apismoke.openapi.loader import read
from pytest_apismoke.openapi.spec import Spec
from pytest_apismoke.redaction import Redactor

HEADERS = {"content-type": "application/json"}
LINE = {"sku": "A-17", "count": 2, "price": {"amount": 9.5, "currency": "EUR"}}
ORDER = {"id": 17, "note": None, "created": "2025-01-01T10:00:00Z", "lines": [LINE] * 12}
OWNER = {"name": "Ada", "email": "ada@shop.example"}
PETS = [
    {"id": n, "kind": kind, "note": None, own: True, "owner": OWNER}
    for n, (kind, own) in enumerate((("Cat", "purrs"), ("Dog", "barks"), ("Eel", "swims")))
]
TEXT = {"type": "string"}


def orders(version: str) -> dict[str, Any]:
    """The schemas of an order: references to flat objects."""
    price = _object({"amount": {"type": "number"}, "currency": TEXT}, "amount")
    line = _object(
        {"sku": TEXT, "count": {"type": "integer", "minimum": 1}, "price": _ref("Price")}, "sku"
    )
    order = {
        "id": {"type": "integer"},
        "note": _nullable(version),
        "created": {**TEXT, "format": "date-time"},
        "lines": {"type": "array", "items": _ref("Line")},
    }
    return {"Item": _object(order, "id", "lines"), "Line": line, "Price": price}


def pets(version: str) -> dict[str, Any]:
    """The schemas of a pet: one of several kinds, told apart by a discriminator."""
    base = {"id": {"type": "integer", "format": "int64"}, "kind": TEXT, "note": _nullable(version)}
    schemas: dict[str, Any] = {"Base": _object(base, "id", "kind")}
    for kind, own in (("Cat", "purrs"), ("Dog", "barks"), ("Eel", "swims")):
        properties = {
            "kind": {"enum": [kind]},
            own: {"type": "boolean"},
            "owner": _ref("Owner"),
        }
        schemas[kind] = {"allOf": [_ref("Base"), _object(properties, own)]}
    schemas["Owner"] = _object(
        {"name": {**TEXT, "minLength": 1}, "email": {**TEXT, "format": "email"}}
    )
    kinds = [_ref(kind) for kind in ("Cat", "Dog", "Eel")]
    schemas["Item"] = {"oneOf": kinds, "discriminator": {"propertyName": "kind"}}
    return schemas


def _nullable(version: str) -> dict[str, Any]:
    return {**TEXT, "nullable": True} if version < "3.1" else {"type": ["string", "null"]}


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _answer(schema: Any) -> dict[str, Any]:
    return {"description": "ok", "content": {"application/json": {"schema": schema}}}


def look_at(label: str, text: str) -> None:
    """Prints a line about one description."""
    redactor = Redactor()

    def begin(document: dict[str, Any]) -> tuple[Spec, int]:
        description = Spec(document, label=label, target_url="http://127.0.0.1")
        return description, len(description.operations())

    def hold(description: Spec) -> Any:
        for check in description.checks():
            return description.validate(check.method, check.path, 200, HEADERS, b"{}", redactor)
        return None

    reading_s, document = timed(lambda: read(text, label))
    begin_s, (description, count) = timed(lambda: begin(document))
    refs_s, broken = timed(description.broken_references)
    first_s, _ = timed(lambda: hold(description))
    again_s = median(lambda: hold(description), 0.5)
    tracemalloc.start()
    loaded, _ = begin(read(text, label))
    hold(loaded)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(
        f"{Path(label).name[-36:]:36} {len(text) / 1e6:6.2f} MB {count:5} operations"
        f"  read {reading_s:6.3f} s  list {begin_s:6.3f} s  references {refs_s:6.3f} s"
        f" ({len(broken)} broken)  first answer {first_s * 1e3:7.1f} ms"
        f"  next {again_s * 1e3:6.2f} ms  peak {peak / 1e6:6.0f} MB"
    )


def document(version: str, schemas: dict[str, Any]) -> dict[str, Any]:
    """A description of one operation, which answers with a list."""
    answer = _answer({"type": "array", "items": _ref("Item")})
    return {
        "openapi": version,
        "info": {"title": "a list", "version": "1"},
        "paths": {"/items": {"get": {"responses": {"200": answer}}}},
        "components": {"schemas": schemas},
    }


def compare(
    version: str, schemas_of: Callable[[str], dict[str, Any]], items: list[Any], target_bytes: int
) -> None:
    """Prints what an answer of a size costs, beside jsonschema alone with the same schema."""
    spec = Spec(document(version, schemas_of(version)), label="openapi.json")
    value = items * max(1, target_bytes // len(json.dumps(items)))
    body = json.dumps(value).encode()
    redactor = Redactor()
    schemas = {"schemas": schemas_of("3.1.0")}
    alone = Draft202012Validator({"type": "array", "items": _ref("Item"), "components": schemas})
    held_s, plain_s, ratio = paired(
        lambda: spec.validate("GET", "/items", 200, HEADERS, body, redactor),
        lambda: list(alone.iter_errors(json.loads(body))),
    )
    held = spec.validate("GET", "/items", 200, HEADERS, body, redactor)
    assert held is not None
    assert (held.violations, held.doubts) == ((), ()), held
    print(
        f"{version} {schemas_of.__name__:6} {len(body):9,} bytes  held {held_s * 1e3:9.2f} ms"
        f"  jsonschema alone {plain_s * 1e3:9.2f} ms  ratio {ratio:4.2f}"
    )


def main(paths: list[str]) -> None:
    """Everything, for the descriptions given and those of its own."""
    for path in paths:
        look_at(path, Path(path).read_text(encoding="utf-8"))
    look_at("synthetic.json", json.dumps(synthetic(1300)))
    for version in ("3.0.3", "3.1.0"):
        for target_bytes in (1_000, 7_000, 1_000_000):
            compare(version, orders, [ORDER], target_bytes)
            compare(version, pets, PETS, target_bytes)


if __name__ == "__main__":
    main(sys.argv[1:])

"""OpenAPI documents as large as one likes."""

from __future__ import annotations

import json
from typing import Any

from measuring import api

_MEMBER = {
    "type": "string",
    "description": "What it is, said in about as many words as people use.",
}
_SCHEMAS_OF_5_MB = 1350


def synthetic(
    schemas: int, version: str = "3.1.0", *, with_examples: bool = True
) -> dict[str, Any]:
    """A document with so many schemas of some 30 members; each has its own operation.

    Args:
        schemas: their number.
        version: of OpenAPI.
        with_examples: whether the operations can be asked for without an invented value.

    """
    example = {"example": "1"} if with_examples else {}
    return {
        "openapi": version,
        "info": {"title": "synthetic", "version": "1"},
        "paths": {f"/things{n}/{{id}}": _operation(f"Schema{n}", example) for n in range(schemas)},
        "components": {
            "schemas": {f"Schema{n}": _schema(f"Schema{(n + 1) % schemas}") for n in range(schemas)}
        },
    }


def large_document() -> str:
    """A document of 5 MB, as JSON; of its operations only the first order can be asked for."""
    large, orders = synthetic(_SCHEMAS_OF_5_MB, with_examples=False), api.openapi_document(1)
    large["paths"] |= orders["paths"]
    large["components"]["schemas"] |= orders["components"]["schemas"]
    return json.dumps(large)


def _operation(name: str, example: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
    return {
        "get": {
            "parameters": [
                {
                    "name": "id",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "string"},
                    **example,
                }
            ],
            "responses": {"200": {"description": "ok", "content": content}},
        }
    }


def _schema(following: str) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [f"member{m}" for m in range(5)],
        "properties": {
            **{f"member{m}": _MEMBER | {"maxLength": m + 1} for m in range(30)},
            "next": {"$ref": f"#/components/schemas/{following}"},
        },
    }

"""The keys of `[openapi]`: how a run asks for the operations of an OpenAPI document."""

from __future__ import annotations

from pytest_apismoke.configuration.keys import Scalar, list_key, table_key
from pytest_apismoke.configuration.kinds import Kind
from pytest_apismoke.records import dataclass

OPERATION = Kind(
    words="an operation: its operationId, its path, or its method and path",
    of=str,
    pattern=r"^([A-Za-z]+ )?[^\u0000-\u0020\u007f]+$",
    hint='write, for instance, leave_out = ["GET /reports/{id}", "exportEverything"]',
)
PARAMETER = Kind(
    words="the name of a parameter, or an operation, a space and that name",
    of=str,
    pattern=r"^[^\u0000-\u0020\u007f]+( [^\u0000-\u0020\u007f]+){0,2}$",
    hint='write, for instance, parameters = { order_id = "ord_1", "/users/{id} id" = 7 }',
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """How `--smoke-openapi-checks` asks for operations."""

    leave_out: tuple[str, ...] = list_key(
        OPERATION,
        (),
        "Operations that --smoke-openapi-checks does not ask for: each an operationId, a path as"
        " the document has it, or a method and a path.",
    )
    parameters: tuple[tuple[str, Scalar], ...] = table_key(
        PARAMETER,
        (),
        "Values of path parameters and of other required parameters, in the place of the examples"
        " of the document: by the name of the parameter, or for one operation by its operationId,"
        " its path or its method and path, a space and the name.",
    )

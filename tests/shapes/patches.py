"""The two standard formats of a patch, as far as the settings of the table need them."""

from __future__ import annotations

import copy

from shapes.asking import RefusedError, found_at
from shapes.parts import Json


def merged(before: Json, sent: Json) -> Json:
    """RFC 7396."""
    if not isinstance(sent, dict):
        return sent
    after = dict(before) if isinstance(before, dict) else {}
    for name, value in sent.items():
        if value is None:
            after.pop(name, None)
        else:
            after[name] = merged(after.get(name), value)
    return after


def patched(before: Json, operations: Json) -> Json:
    """RFC 6902: `test`, `add`, `replace` and `remove` of members of objects.

    Raises:
        RefusedError: for anything else.

    """
    if not isinstance(operations, list):
        raise RefusedError(422, "a list of operations is wanted")
    after = copy.deepcopy(before)
    for operation in operations:
        parent, _, name = operation["path"].rpartition("/")
        inside = found_at(parent, after)
        if operation["op"] not in ("test", "add", "replace", "remove"):
            raise RefusedError(422, f"unknown: {operation['op']}")
        if operation["op"] != "add" and name not in inside:
            raise RefusedError(422, f"nothing at {operation['path']}")
        if operation["op"] == "test":
            if inside[name] != operation["value"]:
                raise RefusedError(409, f"{operation['path']} has changed")
        elif operation["op"] == "remove":
            del inside[name]
        else:
            inside[name] = operation["value"]
    return after

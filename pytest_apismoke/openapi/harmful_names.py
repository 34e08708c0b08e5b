"""Operations with a safe method that a captured id of a real item had better not meet. Pure.

A GET changes nothing (RFC 9110, 9.2.1), but some APIs have a `GET /invitations/{id}/accept`.
"""

from __future__ import annotations

from pytest_apismoke.openapi.operations import LoadedOperation
from pytest_apismoke.openapi.path_names import last_literal
from pytest_apismoke.openapi.refs import resolve
from pytest_apismoke.words import words

#: Words at the beginning of a segment or an operationId that tell of a change, and of nothing else.
_CHANGES = frozenset(
    {
        *("accept", "activate", "add", "approve", "cancel", "clear", "confirm", "create"),
        *("deactivate", "decline", "delete", "destroy", "disable", "dismiss", "enable", "expire"),
        *("flush", "invalidate", "kill", "pause", "purge", "reboot", "refund", "regenerate"),
        *("reject", "remove", "resend", "reset", "restart", "resume", "retry", "send", "shutdown"),
        *("stop", "suspend", "terminate", "trigger", "unsubscribe", "update", "upload", "void"),
    }
)
_FILES = ("image/", "audio/", "video/", "font/")
_KINDS_OF_FILES = frozenset(
    {
        *("application/octet-stream", "application/pdf", "application/zip", "application/gzip"),
        *("application/x-tar", "application/x-gzip", "application/x-zip-compressed"),
    }
)


def reason_not_to_ask(loaded: LoadedOperation) -> str:
    """Why an operation is not asked for, as a clause; empty where nothing speaks against it."""
    operation = loaded.operation
    own_id = (operation.operation_id or "").replace(".", "/").rpartition("/")[2]
    firsts = (words(name)[:1] for name in (last_literal(operation.path), own_id))
    if any(set(first) & _CHANGES for first in firsts):
        return "its name says that it changes something"
    return "its response is a file" if _is_file(loaded) else ""


def _is_file(loaded: LoadedOperation) -> bool:
    responses = loaded.definition.value.get("responses")
    types: set[str] = set()
    for status, raw in (responses if isinstance(responses, dict) else {}).items():
        response, _ = resolve(raw, loaded.definition.resolver)
        content = response.get("content") if isinstance(response, dict) else None
        if str(status).startswith("2") and isinstance(content, dict):
            types.update(str(name).partition(";")[0].strip().lower() for name in content)
    return bool(types) and all(name in _KINDS_OF_FILES or name.startswith(_FILES) for name in types)

"""Bodies as values: which of a response's media types came, and what a body of it holds."""

from __future__ import annotations

import json
import re
from typing import Any

from jsonschema_path import SchemaPath
from openapi_core.templating.media_types.exceptions import MediaTypeNotFound
from openapi_core.templating.media_types.finders import MediaTypeFinder

#: Stands for a body that no schema can speak of.
NOTHING: Any = object()


def media_type(content_type: str) -> str:
    """The media type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def declared_for(content: SchemaPath, content_type: str) -> SchemaPath | None:
    """What a response declares for a content type, whose parameters count only where they tell."""
    wanted = re.sub(r"\s+", "", content_type).lower()
    names = {re.sub(r"\s+", "", name).lower(): name for name in content.str_keys()}
    bare = media_type(content_type)
    without = {media_type(name): name for name in content.str_keys()}
    for known, text in ((names, wanted), (names, bare), (without, bare)):
        if text in known:
            return content / known[text]
    try:
        found: SchemaPath = MediaTypeFinder(content).find(bare).media_type
    except MediaTypeNotFound:
        return None
    return found


def value_of(body: bytes, content_type: str) -> tuple[Any, str]:
    """What a body holds, as far as a schema can speak of it, and why it is not what it says."""
    kind = media_type(content_type)
    if kind == "text/plain":
        return body.decode("utf-8", errors="replace"), ""
    if not (kind.endswith(("/json", "+json"))):
        return NOTHING, ""
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_refuse), ""
    except json.JSONDecodeError as error:
        return None, f"something else: {error.msg} (character {error.pos + 1})"
    except UnicodeDecodeError as error:
        return None, f"something else: not UTF-8 at byte {error.start + 1}"
    except RecursionError:
        return None, "one that is nested too deeply"
    except ValueError as error:
        return None, f"something else: {error}"


def _refuse(name: str) -> None:
    raise ValueError(f"{name}, which is not JSON")

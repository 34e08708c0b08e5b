"""Media types: matches a response's content type with those declared, and decodes its body."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from math import isfinite
from typing import Any

from pytest_apismoke.late_pattern import late_pattern

#: The value of a body that no schema applies to.
NOTHING: Any = object()
#: Types of text whose schemas describe the decoded data, not the text.
_STRUCTURED_TEXT = frozenset({"text/xml", "text/event-stream"})
_WHOLE = late_pattern(r"[-+]?[0-9]{1,400}")
_NUMBER = late_pattern(r"[-+]?[0-9]{1,400}(\.[0-9]{1,400})?([eE][-+]?[0-9]{1,3})?")


def media_type(content_type: str) -> str:
    """The media type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def is_json(content_type: str) -> bool:
    """Whether a body of this type is JSON."""
    return media_type(content_type).endswith(("/json", "+json"))


def declared_type(declared: Iterable[str], content_type: str) -> str | None:
    """The declared media type that a content type matches; None where there is none.

    Parameters count only where they tell two declared types apart. Of several ranges the most
    specific one matches: `application/*` before `*/*`.
    """
    wanted = re.sub(r"\s+", "", content_type).lower()
    names = {re.sub(r"\s+", "", name).lower(): name for name in declared}
    bare = media_type(content_type)
    without = {media_type(name): name for name in names.values()}
    for known, text in ((names, wanted), (names, bare), (without, bare)):
        if text in known:
            return known[text]
    fitting = [name for name in without if fnmatchcase(bare, name)]
    if not fitting:
        return None
    return without[max(fitting, key=lambda name: len(name.replace("*", "")))]


def value_of(body: bytes, content_type: str) -> tuple[Any, str]:
    """The value of a body, or `NOTHING` where no schema applies; and why it cannot be decoded."""
    kind = media_type(content_type)
    if kind.startswith("text/") and kind not in _STRUCTURED_TEXT:
        return _decoded(body, content_type), ""
    if not is_json(kind):
        return NOTHING, ""
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_refuse), ""
    except json.JSONDecodeError as error:
        return None, f"invalid JSON: {error.msg} (character {error.pos + 1})"
    except UnicodeDecodeError as error:
        return None, f"invalid UTF-8 at byte {error.start + 1}"
    except RecursionError:
        return None, "JSON that is nested too deeply"
    except ValueError as error:
        return None, f"invalid JSON: {error}"


def _decoded(body: bytes, content_type: str) -> str:
    found = re.search(r";\s*charset\s*=\s*\"?([\w.:+-]+)", content_type, re.IGNORECASE)
    try:
        return body.decode(found[1] if found else "utf-8", errors="replace")
    except (LookupError, UnicodeError):
        # A charset that Python does not know, or a codec that is not for text.
        return body.decode("utf-8", errors="replace")


def readings(text: str) -> tuple[Any, ...]:
    """The JSON values that an unquoted string may mean, in order of preference; itself last."""
    if _WHOLE.fullmatch(text):
        return int(text), text
    if _NUMBER.fullmatch(text) and isfinite(number := float(text)):
        return number, text
    if text.lower() in ("true", "false"):
        return text.lower() == "true", text
    return (None, text) if text in ("", "null") else (text,)


def _refuse(name: str) -> None:
    raise ValueError(name)

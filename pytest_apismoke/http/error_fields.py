"""Which fields of a request an error body names, as missing or as not welcome. Pure.

There is one standard for error bodies (RFC 9457) and a dozen habits. What they have in common: the
name of a field stands beside the words about it, as a key before them, as a member next to them, or
inside the sentence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pytest_apismoke.http.response import Response
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.records import dataclass

_IS_MISSING = late_pattern(
    r"required|missing|is blank|(?:not|n['\u2019]t) be (?:blank|null|empty|undefined)"
    r"|received undefined|not[_ ]null|must (?:be )?(?:provide|present)",
    re.IGNORECASE,
)
_IS_UNWELCOME = late_pattern(
    r"unrecogni[sz]ed|unknown|unexpected|additional propert|additional(?:_|-)?properties"
    r"|extra[_ -](?:inputs?|fields?|forbidden|keys?)|not (?:permitted|allowed|write?able|editable)"
    r"|should not exist|unpermitted|read[-_ ]?only|immutable"
    r"|(?:can ?not|can't|may not|must not) be (?:changed|set|modified|updated|edited|sent)",
    re.IGNORECASE,
)
#: The members of an item that hold the name of a field, or the way to it.
_PLACES = (
    *(
        "loc",
        "path",
        "pointer",
        "field",
        "fields",
        "param",
        "property",
        "propertyName",
        "attribute",
    ),
    *("instancePath", "dataPath", "keys", "additionalProperty", "missingProperty"),
)
#: The members that hold the words about it.
_WORDS = (
    *("msg", "message", "code", "type", "keyword", "detail", "title", "defaultMessage", "reason"),
    *("description", "rule", "error"),
)
#: What some targets send back: their own request, which names every field of it.
_ECHOES = frozenset({"input", "body", "received", "value", "data", "instance", "ctx", "url"})
_NAME = late_pattern(r"[\w$.\[\]-]{1,64}")
_QUOTED = late_pattern(r"""["'`\u201c\u2018]([\w$.\[\]-]{1,64})["'`\u201d\u2019]""")
_AFTER_PROPERTY = late_pattern(r"\bproperty ([\w$.]{1,64}) (?:should|must|is|may|can)")
_AFTER_COLON = late_pattern(r":\s*([A-Za-z_$][\w$]{0,63})\s*\.?\s*\Z")
#: What a sentence lists that says that something is missing.
_LISTED = late_pattern(
    r"(?:\bmissing(?: or the value is empty)?|\b(?:missing|required?|requires)\b[\w\s]{0,40}?"
    r"\b(?:parameter|field|property|argument|attribute|value|key|properties)s?)"
    r"\s*:\s*([\w.,\s\[\]-]{1,200})",
    re.IGNORECASE,
)
_BEFORE_IS = late_pattern(
    r"\b([a-z]+(?:_[a-z]+)+|scope|tenant|realm|username|email|password)\s+(?:is|are)\s+"
    r"(?:required|missing)"
)
#: What stands at the beginning of a path to a field, and is none.
_NO_FIELDS = frozenset({"body", "", "query", "params", "request"})
#: The keys before a sentence that are about no field.
_NO_KEYS = frozenset(
    {*_WORDS, "errors", "non_field_errors", "statusMessage", "statusText", "status"}
)
#: The keys, in lower case, of objects whose keys are fields.
_CONTAINERS = frozenset(
    {"errors", "error", "detail", "details", "fielderrors", "validationerrors", "fields"}
)
#: The most of a body that is read: an error says no more than a page.
_MOST_CHARS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The fields that an error body names, in its order; `other` are those that are just wrong."""

    missing: tuple[str, ...] = ()
    unwelcome: tuple[str, ...] = ()
    other: tuple[str, ...] = ()


def named_fields(response: Response, known: Collection[str] = ()) -> Named:
    """The fields that an answer names as missing, as not welcome, and as wrong.

    Args:
        response: that refuses a request.
        known: names of fields that mean nothing else, which are found in any sentence.

    """
    text = response.body.decode("utf-8", "replace")[:_MOST_CHARS]
    if "html" in response.content_type:
        return Named()
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = text
    missing: dict[str, None] = {}
    unwelcome: dict[str, None] = {}
    other: dict[str, None] = {}
    for statement in _statements(body):
        names = statement.names or _in_sentence(statement, known)
        if _IS_MISSING.search(statement.words):
            missing.update(dict.fromkeys(names))
        elif _IS_UNWELCOME.search(statement.words):
            unwelcome.update(dict.fromkeys(names))
        elif not statement.is_typed:
            other.update(dict.fromkeys(statement.names))
    return Named(
        missing=_as_known(missing, known),
        unwelcome=_as_known([name for name in unwelcome if name not in missing], known),
        other=_as_known(other, known),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statement:
    """A sentence of an error body, the key before it, and the fields that it names for certain."""

    words: str
    key: str = ""
    names: tuple[str, ...] = ()
    #: Whether the key names a field wherever it is not known for one: it is that of a list of
    #: sentences, or stands among errors.
    is_field: bool = False
    #: Whether it says by its type what is wrong, so that no other words can mean a missing field.
    is_typed: bool = False


def _statements(body: Any) -> Iterator[_Statement]:
    #: The values with the keys before them, and whether such a key is one that names a field.
    todo: list[tuple[Any, str, bool]] = [(body, "", False)]
    while todo:
        one, key, is_field = todo.pop(0)
        if isinstance(one, str):
            yield _Statement(words=one, key=key, is_field=is_field)
        elif isinstance(one, list):
            todo += [(item, key, True) for item in one]
        elif isinstance(one, Mapping):
            names = tuple(_places(one))
            if names:
                words = (one[name] for name in _WORDS if isinstance(one.get(name), str))
                yield _Statement(words=" ".join(words), names=names, is_typed="loc" in one)
            told = {*_PLACES, *_WORDS} if names else set()
            todo += [
                (inner, str(name), is_field or key.lower() in _CONTAINERS)
                for name, inner in one.items()
                if name not in _ECHOES and (name not in told or _is_nested(inner))
            ]


def _is_nested(value: Any) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list) and any(isinstance(one, Mapping) for one in value)
    )


def _places(item: Mapping[str, Any]) -> Iterator[str]:
    """The fields that an item is about, by the members that are made for that."""
    if not any(isinstance(item.get(word), str) for word in _WORDS):
        return
    holders = [item, *(item[name] for name in ("params", "source") if name in item)]
    for holder in reversed(holders):
        if not isinstance(holder, Mapping):
            continue
        for member in _PLACES:
            found = holder.get(member)
            if member in ("keys", "fields") and isinstance(found, list):
                names = [str(one) for one in found]
            elif isinstance(found, list):
                names = [str(found[-1])] if found else []
            elif isinstance(found, str):
                # A page's own path is none of a field.
                is_path = member == "path" and found.startswith("/") and "status" in item
                names = [] if is_path else [re.split(r"[/.]", found)[-1]]
            else:
                continue
            names = [name for name in names if name not in _NO_FIELDS and _NAME.fullmatch(name)]
            if names:
                yield from names
                return


def _in_sentence(statement: _Statement, known: Collection[str]) -> list[str]:
    """The fields of a sentence: its key, those of the document in it, in quotes, or at its end."""
    words, key = statement.words, statement.key
    if _plain(key) in map(_plain, known):
        return [key]
    tokens = {_plain(token) for token in re.findall(r"[\w$]+", words)}
    found = [name for name in known if _plain(name) in tokens]
    found = found or [name for name in _QUOTED.findall(words) if name not in _NO_FIELDS]
    found = found or _AFTER_PROPERTY.findall(words) or _listed(words)
    found = found or list(_BEFORE_IS.findall(words))
    is_name = statement.is_field and key and key not in _NO_KEYS and _NAME.fullmatch(key)
    return found or ([key] if is_name else [])


def _listed(words: str) -> list[str]:
    """The fields after a colon, as OAuth2 servers say it (RFC 6749, 5.2)."""
    if not _IS_MISSING.search(words):
        return _AFTER_COLON.findall(words)
    listed = _LISTED.search(words)
    return re.split(r"\s*,\s*|\s+and\s+", listed[1].strip(". ")) if listed else []


def _as_known(names: Collection[str], known: Collection[str]) -> tuple[str, ...]:
    """The names as the document writes them: some targets name the members of their classes."""
    spelled = {_plain(name): name for name in known}
    return tuple(dict.fromkeys(spelled.get(_plain(name), name) for name in names))[:8]


def _plain(name: str) -> str:
    return re.sub(r"[_-]", "", name.rpartition(".")[2]).lower() or name

"""Drafts declared checks from paths and what they answered, and writes them down. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from pytest_apismoke.errors import misconfigured
from pytest_apismoke.infer import secret_parts
from pytest_apismoke.infer.naming import Names, named_after
from pytest_apismoke.infer.placeholders import Placeholders
from pytest_apismoke.redaction import Redactor, is_sensitive_parameter
from pytest_apismoke.schemas.dynamic_keys import looks_like_data

_HEADER = """\
#:schema .checks.schema.json
# A first contract, written by 'apismoke infer' from the answers that it saw: yours to correct.
# A member that the schemas require was in each of them, which does not say that it always is.
"""
_WHERE = "apismoke infer PATH"
_TAKE_IT_OUT = (
    "take it out: checks are stored in files; what needs it is asked in a test of your own, with"
    " smoke_client"
)
#: So many places of which nothing is known are named.
_PLACES_NAMED = 5
#: The visible characters of ASCII; all others are percent-encoded in a path.
_SAFE = "".join(map(chr, range(0x21, 0x7F)))
_VISIBLE = frozenset(_SAFE)
_LONGEST_LINE = 100
_INTEGER = re.compile(r"0|-?[1-9]\d{0,14}", re.ASCII)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A PATH taken apart: what is asked for with GET."""

    path: str
    query: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A check to declare; ids that an earlier one captures stand as `{name}` in path and query.

    `name` is also its schema's; `capture` pairs a name with a JSON Pointer into the answer.
    """

    name: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    capture: tuple[tuple[str, str], ...] = ()


def read_place(text: str, redactor: Redactor) -> Place:
    """Takes a PATH apart.

    Raises:
        SmokeError: (`usage`) when it is none, or would bring a secret into a file.

    """
    path, _, query_text = text.partition("?")
    query = tuple(parse_qsl(query_text, keep_blank_values=True))
    names = [name for name, _ in query]
    secret = next((name for name, value in query if is_sensitive_parameter(name, value)), None)

    def check(is_right: bool, expected: str, seen: str, hint: str) -> None:
        if not is_right:
            # Never with the query, which may hold a secret that nobody knows yet.
            where = (
                redactor.text(f"{_WHERE}, {secret_parts.shown(path)}")
                if path.startswith("/")
                else _WHERE
            )
            raise misconfigured(expected=expected, seen=redactor.text(seen), where=where, hint=hint)

    check(
        path.startswith("/") and not path.startswith("//"),
        "a path below the target's URL that begins with one slash, such as /api/orders",
        "something else",
        "give what stands behind --target-url, without the host",
    )
    part = secret_parts.named(path, query, secret_parts.is_secret)
    check(
        not part,
        "a path and a query without a secret",
        f"what looks like one in {part}",
        _TAKE_IT_OUT,
    )
    check(
        redactor.text(text) == text and redactor.text(unquote(text)) == unquote(text),
        "a path without a secret",
        "a credential in it, or what has the form of one",
        "take it out: checks are stored in files; the run's token is sent as a header anyway, and"
        " an id that an earlier answer holds is captured from there",
    )
    check(
        secret is None,
        "a query without a secret",
        f"the parameter {secret!r}",
        "take it out: checks are stored in files. What the API takes as a token in a header is"
        " given as APISMOKE_TOKEN; a path that is served without any, with --no-auth",
    )
    check(
        not set("{}") & set(path),
        "a path that can be asked for as it is",
        f"{path!r}, with a placeholder",
        "give the id of something that is there; where the answer of an earlier PATH holds it, a"
        " placeholder is written instead",
    )
    check(
        "#" not in text,
        "a path without a fragment",
        repr(path.partition("#")[0]) + ", and one",
        "leave it out; a '#' is written %23",
    )
    check(
        set(path) <= _VISIBLE and query_text.isprintable(),
        "a path and a query that are percent-encoded",
        repr(path),
        f"write {quote(path, safe=_SAFE)!r}",
    )
    check(
        not {".", ".."} & set(path.split("/")),
        "a path without '.' and '..'",
        repr(path),
        "give the path that it leads to",
    )
    check(
        len(set(names)) == len(names),
        "each parameter of the query once",
        ", ".join(map(repr, names)),
        "leave the others out: a declared check has each parameter once",
    )
    return Place(path=path, query=query)


def drafts(
    places: Sequence[Place],
    responses: Sequence[Sequence[Any]],
    schemas: Sequence[Mapping[str, Any]],
    *,
    taken: Collection[str] = (),
) -> tuple[Draft, ...]:
    """One check for each place, in the same order; an id that an earlier answer holds is captured.

    Args:
        places: what was asked for.
        answers: the JSON values that came of each, one or more.
        schemas: what was inferred from them.
        taken: names that no schema may have.

    Raises:
        SmokeError: (`usage`) when what would be written looks like a secret.

    """
    placeholders, names = Placeholders(), Names(taken)
    written: list[tuple[str, tuple[tuple[str, str], ...]]] = []
    for place, came, schema in zip(places, responses, schemas, strict=True):
        written.append((placeholders.in_path(place.path), placeholders.in_query(place.query)))
        placeholders.offer(place.path, came, schema)
    for path, query in written:
        # Only now: an id that looks so too may have been captured.
        if part := secret_parts.named(path, query, secret_parts.is_opaque):
            raise misconfigured(
                expected="a path and a query without a secret",
                seen=f"what looks like one in {part}",
                where=f"{_WHERE}, {secret_parts.shown(path)}",
                hint="where it is an id, put a PATH in front whose answer holds it, and it is"
                f" captured; else {_TAKE_IT_OUT}",
            )
    return tuple(
        Draft(
            name=names.unique(named_after(path)),
            path=path,
            query=query,
            capture=placeholders.of(number),
        )
        for number, (path, query) in enumerate(written)
    )


def notes(drafted: Sequence[Draft], unknown: Sequence[Sequence[str]]) -> Iterator[str]:
    """What somebody who corrects the drafts should know of them.

    Args:
        drafted: the checks.
        unknown: for each, the places of which its schema says nothing yet.

    """
    for draft, places in zip(drafted, unknown, strict=True):
        if places:
            rest = f" and {len(places) - _PLACES_NAMED} more" if places[_PLACES_NAMED:] else ""
            yield (
                f"note: {draft.path}: null or empty in every sample, so nothing is said yet of"
                f" {', '.join(places[:_PLACES_NAMED])}{rest}"
            )
        for segment in filter(looks_like_data, draft.path.split("/")):
            yield (
                f"note: {draft.path}: {segment} looks like an id, and is written as it is; put a"
                " PATH in front whose answer holds it, and it is captured"
            )


def schema_text(schema: Mapping[str, Any], draft: Draft) -> str:
    """The file of a schema that was inferred for a check."""
    # Not the path: the file of checks has it, and a person who corrects it corrects it there.
    title = f"What the check '{_check_name(draft)}' is answered"
    titled = {"$schema": schema["$schema"], "title": title, **schema}
    return _pretty(titled, "", fits=False) + "\n"


def _pretty(value: Any, indent: str, *, before: int = 0, fits: bool = True) -> str:
    """JSON as people write it: what fits into a line stands in one."""
    line = json.dumps(value, ensure_ascii=False)
    is_short = fits and len(indent) + before + len(line) < _LONGEST_LINE
    if is_short or not isinstance(value, (dict, list)):
        return line
    deeper = indent + "  "
    if isinstance(value, list):
        inner = [f"{deeper}{_pretty(item, deeper)}" for item in value]
        return "[\n" + ",\n".join(inner) + f"\n{indent}]"
    keys = [(f"{json.dumps(name, ensure_ascii=False)}: ", value[name]) for name in value]
    inner = [f"{deeper}{key}{_pretty(m, deeper, before=len(key))}" for key, m in keys]
    return "{\n" + ",\n".join(inner) + f"\n{indent}}}"


def checks_toml(drafted: Sequence[Draft], *, auth: bool) -> str:
    """The file that declares the checks.

    Args:
        drafted: the checks, in the order in which they are to be made.
        auth: whether the run's token is sent.

    """
    return "\n".join([_HEADER, *("\n".join(_check(draft, auth=auth)) for draft in drafted)])


def _check_name(draft: Draft) -> str:
    return draft.name.replace("-", " ")


def _check(draft: Draft, *, auth: bool) -> Iterator[str]:
    yield "[[check]]"
    yield f"name = {_text(_check_name(draft))}"
    yield f"path = {_text(draft.path)}"
    if draft.query:
        members = ", ".join(f"{_key(name)} = {_value(value)}" for name, value in draft.query)
        yield f"query = {{ {members} }}"
    if not auth:
        yield "auth = false"
    if draft.capture:
        members = ", ".join(f"{_key(name)} = {_text(place)}" for name, place in draft.capture)
        yield f"capture = {{ {members} }}"
    yield "[check.expect]"
    yield "status = 200"
    yield f"schema = {_text(draft.name)}"
    yield ""


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _text(name)


def _value(text: str) -> str:
    return text if _INTEGER.fullmatch(text) else _text(text)


def _text(text: str) -> str:
    """A basic string of TOML: one of JSON, but for one character that TOML has escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

"""Drafts declared checks from paths and their responses, and renders them as files. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from pytest_apismoke.configuration.toml_text import toml_key, toml_string, toml_value
from pytest_apismoke.errors import misconfigured
from pytest_apismoke.infer import secret_parts
from pytest_apismoke.infer.naming import Names, named_after
from pytest_apismoke.infer.placeholders import Placeholders
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import Redactor, is_sensitive_parameter
from pytest_apismoke.schemas.dynamic_keys import looks_like_data

_HEADER = """\
#:schema .checks.schema.json
# A first contract, written by 'apismoke infer' from sample responses: yours to correct.
# A property that the schemas require was in every sample, but may be optional all the same.
# Where the schemas guess, a $comment says so: keep what is right, delete the rest.
"""
_WHERE = "apismoke infer PATH"
_TAKE_IT_OUT = (
    "remove it, because checks are stored in files; for a request that needs it, write a test of"
    " your own with smoke_client"
)
#: The most places without a schema that a note names.
_PLACES_NAMED = 5
#: The visible characters of ASCII; a path has all others percent-encoded.
_SAFE = "".join(map(chr, range(0x21, 0x7F)))
_VISIBLE = frozenset(_SAFE)
_LONGEST_LINE = 100
_INTEGER = late_pattern(r"0|-?[1-9]\d{0,14}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A PATH on the command line, split into its path and its query."""

    path: str
    query: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A check to declare.

    Attributes:
        name: of the check and of its schema.
        path: with `{name}` for each id that an earlier check captures.
        query: pairs of a name and a value, with such placeholders.
        capture: pairs of a name and a JSON Pointer into the response.

    """

    name: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    capture: tuple[tuple[str, str], ...] = ()


def parse_endpoint(text: str, redactor: Redactor) -> Endpoint:
    """The endpoint of a PATH on the command line.

    Raises:
        SmokeError: (`usage`) when it is no path, or contains a secret, which would get into a file.

    """
    path, _, query_text = text.partition("?")
    query = tuple(parse_qsl(query_text, keep_blank_values=True))
    names = [name for name, _ in query]
    secret = next((name for name, value in query if is_sensitive_parameter(name, value)), None)

    def check(is_right: bool, expected: str, seen: str, hint: str) -> None:
        if not is_right:
            # Never with the query, which may contain a secret that is not known yet.
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
        "give the part behind --target-url, without the host",
    )
    part = secret_parts.named(path, query, secret_parts.is_secret)
    check(
        not part,
        "a path and a query without a secret",
        f"a likely secret in {part}",
        _TAKE_IT_OUT,
    )
    check(
        redactor.text(text) == text and redactor.text(unquote(text)) == unquote(text),
        "a path without a secret",
        "a credential, or a string that has the form of one",
        "remove it, because checks are stored in files; the run's token is sent in a header"
        " anyway, and an id in an earlier response is captured from there",
    )
    check(
        secret is None,
        "a query without a secret",
        f"the parameter {secret!r}",
        "remove it, because checks are stored in files. Give a token for a header as"
        " APISMOKE_TOKEN; for a path that needs no token, use --no-auth",
    )
    check(
        not set("{}") & set(path),
        "a path without placeholders",
        f"{path!r}, with a placeholder",
        "give an existing id; where the response of an earlier PATH contains it, the check gets a"
        " placeholder for it",
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
        "leave the others out; a declared check can have each parameter only once",
    )
    return Endpoint(path=path, query=query)


def drafts(
    endpoints: Sequence[Endpoint],
    responses: Sequence[Sequence[Any]],
    schemas: Sequence[Mapping[str, Any]],
    *,
    taken: Collection[str] = (),
) -> tuple[Draft, ...]:
    """One check for each endpoint, in order; ids that an earlier response contains are captured.

    Args:
        endpoints: the requested endpoints.
        responses: the JSON values of each, one or more.
        schemas: the schema inferred from each.
        taken: names that no schema may have.

    Raises:
        SmokeError: (`usage`) when a path or a query would still contain an opaque secret.

    """
    placeholders, names = Placeholders(), Names(taken)
    written: list[tuple[str, tuple[tuple[str, str], ...]]] = []
    for endpoint, samples, schema in zip(endpoints, responses, schemas, strict=True):
        written.append((placeholders.in_path(endpoint.path), placeholders.in_query(endpoint.query)))
        placeholders.offer(endpoint.path, samples, schema)
    for path, query in written:
        # Only now, because an id that looks like a secret may have been captured.
        if part := secret_parts.named(path, query, secret_parts.is_opaque):
            raise misconfigured(
                expected="a path and a query without a secret",
                seen=f"a likely secret in {part}",
                where=f"{_WHERE}, {secret_parts.shown(path)}",
                hint="if it is an id, put a PATH whose response contains it in front, and it is"
                f" captured; otherwise {_TAKE_IT_OUT}",
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
    """Notes for the author: places without a schema, and ids that are not captured.

    Args:
        drafted: the checks.
        unknown: for each, the places of which its schema says nothing yet.

    """
    for draft, places in zip(drafted, unknown, strict=True):
        if places:
            rest = f" and {len(places) - _PLACES_NAMED} more" if places[_PLACES_NAMED:] else ""
            yield (
                f"note: {draft.path}: null or empty in every sample, so the schema says nothing"
                f" yet about {', '.join(places[:_PLACES_NAMED])}{rest}"
            )
        for segment in filter(looks_like_data, draft.path.split("/")):
            yield (
                f"note: {draft.path}: {segment} looks like an id, and is written as it is; put a"
                " PATH whose response contains it in front, and it is captured"
            )


def title_of(draft: Draft) -> str:
    """The title of the schema of a check."""
    # Without the path, which its author corrects in the check file only.
    return f"The response to the check '{_check_name(draft)}'"


def schema_text(schema: Mapping[str, Any], title: str) -> str:
    """The content of a schema file."""
    titled = {"$schema": schema["$schema"], "title": title, **schema}
    return _pretty(titled, "", fits=False) + "\n"


def _pretty(value: Any, indent: str, *, before: int = 0, fits: bool = True) -> str:
    """JSON with each object and list on one line where it fits."""
    line = json.dumps(value, ensure_ascii=False)
    is_short = fits and len(indent) + before + len(line) < _LONGEST_LINE
    if is_short or not isinstance(value, (dict, list)):
        return line
    deeper = indent + "  "
    if isinstance(value, list):
        inner = [f"{deeper}{_pretty(item, deeper)}" for item in value]
        return "[\n" + ",\n".join(inner) + f"\n{indent}]"
    keys = [(f"{json.dumps(name, ensure_ascii=False)}: ", value[name]) for name in value]
    inner = [f"{deeper}{key}{_pretty(one, deeper, before=len(key))}" for key, one in keys]
    return "{\n" + ",\n".join(inner) + f"\n{indent}}}"


def checks_toml(drafted: Sequence[Draft], *, auth: bool) -> str:
    """The content of the check file.

    Args:
        drafted: the checks, in the order in which they run.
        auth: whether the checks send the run's token.

    """
    return "\n".join([_HEADER, *("\n".join(_check(draft, auth=auth)) for draft in drafted)])


def _check_name(draft: Draft) -> str:
    return draft.name.replace("-", " ")


def _check(draft: Draft, *, auth: bool) -> Iterator[str]:
    yield "[[check]]"
    yield f"name = {toml_string(_check_name(draft))}"
    yield f"path = {toml_string(draft.path)}"
    if draft.query:
        pairs = ", ".join(f"{toml_key(name)} = {_value(value)}" for name, value in draft.query)
        yield f"query = {{ {pairs} }}"
    if not auth:
        yield "auth = false"
    if draft.capture:
        yield f"capture = {toml_value(dict(draft.capture))}"
    yield "[check.expect]"
    yield "status = 200"
    yield f"schema = {toml_string(draft.name)}"
    yield ""


def _value(value: str) -> str:
    return value if _INTEGER.fullmatch(value) else toml_string(value)

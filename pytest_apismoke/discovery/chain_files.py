"""Writes the chains of a document as declared checks, and tells what they leave out. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from pytest_apismoke.configuration.toml_text import toml_key, toml_string, toml_value
from pytest_apismoke.openapi.chains import Chained, Chains
from pytest_apismoke.openapi.example_requests import NotCheckable

#: How many names of what is missing a line tells.
_NAMED = 5
#: The longest name of a check, in characters.
_LONGEST_NAME = 200


def chains_toml(chains: Chains, *, source: str) -> str:
    """The content of the check file.

    Args:
        chains: of the document.
        source: names the document, as a run gives it.

    """
    header = (
        "#:schema .checks.schema.json\n"
        f"# Written by 'apismoke infer --openapi' from {source}: yours to correct.\n"
        "# Each value in a path comes from the first item of a list, or from the document itself.\n"
        f"# With --smoke-openapi={source} a run holds every response against its operation.\n"
    )
    names: dict[str, None] = {}
    checks = ["\n".join(_check(one, _name(one, names))) for one in chains.chained]
    return "\n".join([header, *checks])


def _name(one: Chained, taken: dict[str, None]) -> str:
    """The name of an operation as that of a check, see `checks.schema.json`."""
    name = one.request.operation.replace("::", ":").replace("[", "(").replace("]", ")")
    if len(name) > _LONGEST_NAME:
        # What is asked for is at the end of a path.
        name = f"{one.request.method} ...{name[-_LONGEST_NAME + 20 :].strip()}"
    found, number = name, 2
    while found in taken:
        found, number = f"{name} ({number})", number + 1
    taken[found] = None
    return found


def _check(one: Chained, name: str) -> Iterator[str]:
    request = one.request
    if one.examples:
        named = ", ".join(f"{{{name}}}" for name in one.examples)
        yield f"# {named}: the document's example, which the target need not have."
    yield "[[check]]"
    yield f"name = {toml_string(name)}"
    if request.method != "GET":
        yield f"method = {toml_string(request.method)}"
    yield f"path = {toml_string(request.path)}"
    for key, pairs in (("query", request.query), ("headers", request.headers)):
        if pairs:
            inner = ", ".join(f"{toml_key(k)} = {toml_string(_literal(v))}" for k, v in pairs)
            yield f"{key} = {{ {inner} }}"
    if not request.auth:
        yield "auth = false"
    if one.captures:
        yield f"capture = {toml_value({each.name: each.pointer for each in one.captures})}"
        if any(each.may_be_empty for each in one.captures):
            yield "may_be_empty = true"
        if lacking := [each.name for each in one.captures if each.may_lack]:
            yield f"may_lack = {toml_value(lacking)}"
    if one.statuses:
        why = "  # not every one has it" if one.may_be_missing else ""
        yield f"expect.status = {toml_value(list(one.statuses))}{why}"
    yield ""


def _literal(text: str) -> str:
    """A string in which nothing is a placeholder."""
    return text.replace("{", "{{").replace("}", "}}")


def left_out(others: Sequence[NotCheckable]) -> Iterator[str]:
    """What is not asked for, counted by reason, most first."""
    reasons: dict[str, list[NotCheckable]] = {}
    for one in others:
        reasons.setdefault(_reason(one), []).append(one)
    for reason, each in sorted(reasons.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        missing = Counter(one.lacks[1] for one in each if one.lacks)
        because = ", each because " if len(each) > 1 else ": "
        yield f"{len(each)} not asked for{because}{reason}{_named(missing)}"


def _reason(one: NotCheckable) -> str:
    if one.lacks is None:
        return one.reason
    place, _ = one.lacks
    if place == "path":
        return "it needs a value that no list gives"
    return f"it needs a {place} parameter of which the document has no example"


def _named(missing: Counter[str]) -> str:
    if not missing:
        return ""
    ordered = sorted(missing.items(), key=lambda pair: (-pair[1], pair[0]))
    names = [f"{{{name}}} ({count})" for name, count in ordered[:_NAMED]]
    rest = len(ordered) - len(names)
    return f": {', '.join(names)}" + (f" and {rest} more" if rest else "")

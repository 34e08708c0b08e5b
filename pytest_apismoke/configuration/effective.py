"""Makes the profile that a run uses of its layers and the environment: inherits, resolves. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pytest_apismoke.configuration import accounts, headers, references, resources
from pytest_apismoke.configuration.keys import record_of
from pytest_apismoke.configuration.layers import SECTIONS, Layer, ancestry
from pytest_apismoke.configuration.origins import Origin
from pytest_apismoke.configuration.profiles import DEFAULT, ApiProfile, TargetProfile
from pytest_apismoke.configuration.tables import Given, Mistakes, Steps
from pytest_apismoke.configuration.values import expected, hint, wrong
from pytest_apismoke.configuration.variables import Variables
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import SHORTEST_SECRET


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inherited:
    """A value with its place in the file, and the profile that has it."""

    given: Given
    at: Steps
    profile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """A variable that a value refers to, in a table at `step`; whether it holds a secret there.

    `names_a_secret` says that a name promises one; else it may be one for its table alone.
    """

    name: str
    step: Steps
    names_a_secret: bool
    is_secret: bool


def effective_profile(
    name: str, layers: Mapping[str, Layer], mistakes: Mistakes, variables: Variables
) -> TargetProfile:
    """The profile of a name with all that it inherits.

    Args:
        name: of the profile.
        layers: of all profiles.
        mistakes: collects mistakes about variables.
        variables: the environment.

    """
    inherited = _inherited(name, layers)
    values: dict[Steps, Any] = {}
    origins: dict[Steps, Origin] = {}
    secrets: dict[str, str] = {}
    for place, one in inherited.items():
        uses = tuple(_uses(place, one.given))
        values[place] = one.given.key.frozen(_resolved(one, uses, mistakes, variables))
        for step, written in {(): one.given.value, **_items(one.given)}.items():
            used = [use for use in uses if not step or use.step == step]
            origins[place + step] = Origin(
                file=mistakes.file,
                line=mistakes.line((*one.at, *step)),
                key=mistakes.key((*one.at, *step)),
                profile="" if one.profile == DEFAULT else one.profile,
                variables=tuple(dict.fromkeys(use.name for use in used)),
                is_secret=any(use.is_secret for use in used),
                written=written if used else None,
            )
        secrets |= {variables.values.get(use.name, ""): use.name for use in uses if use.is_secret}
    secrets.pop("", None)
    profile = _built(values)
    return replace(
        profile,
        name=name,
        origin=mistakes.file if name == DEFAULT else f"{mistakes.file}, profiles.{name}",
        origins=tuple(origins.items()),
        secrets=tuple(secrets.items()),
    )


def _inherited(name: str, layers: Mapping[str, Layer]) -> Mapping[Steps, _Inherited]:
    found: dict[Steps, _Inherited] = {}
    for ancestor in reversed(ancestry(name, layers)):
        layer = layers[ancestor]
        for place, given in layer.values.items():
            if place[0] == headers.TABLE:
                # Names of headers are compared without case (RFC 9110, 5.1).
                for known in [known for known in found if _lowered(known) == _lowered(place)]:
                    del found[known]
            found[place] = _Inherited(given=given, at=(*layer.at, *place), profile=ancestor)
    return found


def _lowered(place: Steps) -> Steps:
    return tuple(step.lower() for step in place)


def _items(given: Given) -> Mapping[Steps, Any]:
    """The items of a table by their places in it; none of any other value."""
    if isinstance(given.value, dict):
        return {(name,): item for name, item in given.value.items()}
    return {}


def _uses(place: Steps, given: Given) -> Iterator[_Use]:
    for step, item in (_items(given) or {(): given.value}).items():
        # The names of records' keys are ours: their kinds say which of them are secrets.
        table, name = (place[-1], step[0]) if step else ("", "")
        if place[0] == headers.TABLE:
            table, name = place
        is_secret_of_account = place[0] == accounts.TABLE and place[-1] in accounts.SECRETS
        for variable in references.names_in(item):
            names_a_secret = (
                is_secret_of_account
                or given.key.kind.is_secret
                or any(map(references.is_sensitive_name, (name, variable)))
                or any(variable in references.names_in(value) for value in _parameters_in(item))
            )
            yield _Use(
                name=variable,
                step=step,
                names_a_secret=names_a_secret,
                is_secret=names_a_secret or table in references.TABLES_OF_SECRETS,
            )


def _parameters_in(item: object) -> Iterator[str]:
    """The values of a path's parameters that promise a secret."""
    if isinstance(item, str):
        yield from (value for _, value in references.sensitive_parameters(item))


def _resolved(
    one: _Inherited, uses: Sequence[_Use], mistakes: Mistakes, variables: Variables
) -> Any:
    """The value with the contents of variables; as the file has it where that is a mistake."""
    key, written = one.given.key, one.given.value
    problems = [_add_unusable(use, one.at, mistakes, variables) for use in uses]
    value = references.resolved(written, variables.values)
    if not any(problems) and (seen := wrong(key, value, is_resolved=True)):
        names = " and ".join(dict.fromkeys(use.name for use in uses))
        if any(use.is_secret for use in uses):
            seen = "another value (a secret, not shown)"
        remedy = f"correct {names}" if uses else hint(key, value)
        seen = f"{seen} from {_in_words(names)}" if uses else seen
        mistakes.add(one.at, expected=expected(key), seen=seen, hint=remedy)
        return written
    return value


def _in_words(names: str) -> str:
    return f"the environment variable{'s' if ' ' in names else ''} {names}"


def _add_unusable(use: _Use, at: Steps, mistakes: Mistakes, variables: Variables) -> bool:
    """Whether a variable is not set, or no secret can be so; adds the mistake if it is one."""
    content = variables.values.get(use.name)
    place = (*at, *use.step)
    if not content:
        if not variables.may_be_unset:
            mistakes.add(
                place,
                expected=f"a value in the environment variable {use.name}",
                seen="none" if content is None else "an empty string",
                hint=f"set {use.name} where the gate runs; or, if the text ${{{use.name}}} itself"
                f" is meant, write $${{{use.name}}}",
            )
        return True
    if use.is_secret and not content.isprintable():
        mistakes.add(
            place,
            expected=f"a secret without control characters in {_in_words(use.name)}",
            seen="a line end at its end" if content.rstrip("\r\n").isprintable() else "one in it",
            hint=f"take it out of {use.name}, which may have been copied with it",
        )
        return True
    if use.names_a_secret and len(content) < SHORTEST_SECRET:
        mistakes.add(
            place,
            expected=f"at least {SHORTEST_SECRET} characters in {_in_words(use.name)}",
            seen=str(len(content)),
            hint="use a longer one: a secret this short can't be kept out of the output",
        )
        return True
    return False


def _built(values: Mapping[Steps, Any]) -> TargetProfile:
    sections = {place: value for place, value in values.items() if place[0] in SECTIONS}
    apis: dict[str, dict[str, Any]] = {}
    for place, value in values.items():
        if place[0] == "apis":
            apis.setdefault(place[1], {})[place[2]] = value
    found = (
        ApiProfile(
            name=api,
            is_asked_for=keys.get("enabled", False),
            must_be_checked=keys.get("required", False),
            **keys,
        )
        for api, keys in apis.items()
    )
    sent = (
        (place[1], value)
        for place, value in values.items()
        if place[0] == headers.TABLE and (value != "" or place[1].lower() in headers.OWN)
    )
    return replace(
        record_of(TargetProfile, sections),
        resources=resources.built(values),
        apis=tuple(found),
        headers=tuple(sent),
        accounts=accounts.accounts_in(values),
    )

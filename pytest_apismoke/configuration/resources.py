"""The tables `[[resource]]`: documents beside the settings, each an API with a name. Pure.

Source: SPEC section 8.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from pytest_apismoke.configuration import document_rules
from pytest_apismoke.configuration.document_profile import RESOURCES
from pytest_apismoke.configuration.keys import API_NAME, Key, Shape, keys_of, record_of
from pytest_apismoke.configuration.profiles import (
    RESERVED,
    ApiProfile,
    Document,
    TargetProfile,
)
from pytest_apismoke.configuration.rule import Contradiction
from pytest_apismoke.configuration.tables import Given, Mistakes, Steps
from pytest_apismoke.configuration.toml_loader import in_words

#: The name of the list of tables.
TABLE = RESOURCES
DESCRIPTION = (
    "Documents beside the settings that get the same proof, each an API with a name: a profile,"
    " a feature flag. A profile changes those of the same name."
)
NAME = Key(
    name="name",
    kind=API_NAME,
    shape=Shape.VALUE,
    description="The name of its API, and of its contract in contracts/.",
    default="profile",
)
#: The keys of the API, which may stand here or in [apis.NAME].
OF_API: Mapping[str, Key] = keys_of(ApiProfile)
#: The keys of the document; the account is that of the settings.
OF_DOCUMENT: Mapping[str, Key] = {
    name: key for name, key in keys_of(Document).items() if name != "id_field"
}
_KNOWN = (NAME.name, *OF_DOCUMENT, *OF_API)
#: What has no default here: it would be that of the settings.
NEEDED: Mapping[str, str] = {"path": '"/api/profile"', "probe": '"/bio"'}


def names_in(content: object) -> tuple[str, ...]:
    """The names of the resources of a configuration, in whichever profile."""
    tables = [content]
    profiles = content.get("profiles") if isinstance(content, dict) else None
    if isinstance(profiles, dict):
        tables += profiles.values()
    lists = [table.get(TABLE) for table in tables if isinstance(table, dict)]
    found = (
        item.get(NAME.name)
        for items in lists
        if isinstance(items, list)
        for item in items
        if isinstance(item, dict)
    )
    return tuple(dict.fromkeys(name for name in found if isinstance(name, str)))


def read(mistakes: Mistakes, raw: object, steps: Steps) -> dict[Steps, Given]:
    """The valid values of the resources by their places, in which each has its name.

    The keys of its API have the places of `[apis.NAME]`.
    """
    found: dict[Steps, Given] = {}
    if not isinstance(raw, list):
        hint = f"write [[{mistakes.key(steps)}]] in double brackets, and its keys below"
        mistakes.add(steps, expected="a list of tables", seen=in_words(raw), hint=hint)
        return found
    names: set[str] = set()
    for index, item in enumerate(raw):
        at = (*steps, str(index))
        name = _name_of(mistakes, item, at, names)
        if not name:
            continue
        names.add(name)
        place, of_api = (*steps, name), (*steps[:-1], "apis", name)
        mistakes.name(place, at)
        for key, value in mistakes.items(item, place, known=_KNOWN):
            known = NAME if key == NAME.name else OF_DOCUMENT.get(key) or OF_API[key]
            if valid := mistakes.value(known, value, (*place, key)):
                home = (*of_api, key) if key in OF_API else (*place, key)
                mistakes.name(home, (*at, key))
                found[home] = valid
    return found


def _name_of(mistakes: Mistakes, item: object, at: Steps, taken: Collection[str]) -> str:
    """The name of a resource; empty, and a mistake, where it has no valid one."""
    name = item.get(NAME.name) if isinstance(item, dict) else None
    instance = 'write, for instance, name = "profile"'
    if not isinstance(item, dict):
        seen, hint, expected = in_words(item), "write [[resource]], and its keys below", "a table"
    elif name is None:
        expected, seen, hint = "a name, which is that of its API", "none", instance
    elif not API_NAME.fits(name):
        expected, seen, hint = API_NAME.words, in_words(name), instance
    elif name in RESERVED:
        expected = f"a name other than {', '.join(RESERVED)}"
        seen, hint = repr(name), "these name something else: choose another name"
    elif name in taken:
        expected, seen = "each resource once", f"{name!r} twice"
        hint = "give one of them another name, or write all keys into one table"
    else:
        return str(name)
    place = (*at, NAME.name) if isinstance(item, dict) and name is not None else at
    mistakes.add(place, expected=expected, seen=seen, hint=hint)
    return ""


def built(values: Mapping[Steps, Any]) -> tuple[Document, ...]:
    """The resources of a profile, from its values by their places."""
    found: dict[str, dict[Steps, Any]] = {}
    for (table, *below), value in values.items():
        if table == TABLE:
            own = found.setdefault(below[0], {})
            if below[1] != NAME.name:
                own[tuple(below[1:])] = value
    return tuple(replace(record_of(Document, own), name=name) for name, own in found.items())


# -- rules between keys


def contradictions(profile: TargetProfile) -> Iterator[Contradiction]:
    """Every contradiction in the resources of a profile, and between them."""
    for index, resource in enumerate(profile.resources):
        place = (TABLE, resource.name)
        missing = [key for key in NEEDED if not profile.origin_of(*place, key).file]
        for key in missing:
            yield Contradiction(
                place=(*place, NAME.name),
                expected=f"{key} in [[{TABLE}]] {resource.name!r}",
                seen="none",
                hint=f"write, for instance, {key} = {NEEDED[key]}",
            )
        if missing:
            continue
        for one in document_rules.contradictions(resource):
            yield replace(one, place=(*place, *one.place[1:]))
        others = [("the settings", profile.document)] if profile.api("settings").enabled else []
        others += [(repr(one.name), one) for one in profile.resources[:index]]
        for name, other in others:
            if overlap := _overlap(resource, other):
                yield _is_one_with(place, name, overlap)
                break


def _overlap(one: Document, other: Document) -> str:
    """What two documents have in common, in words; empty where they are apart."""
    if one.path == other.path and _is_around(one, other):
        shared = [p for p in _places(one, one.probe) if p in _places(other, other.probe)]
        return f"the probe {shared[0]}" if shared else f"the document at {one.path}"
    written = one.update_path or one.path, one.update_method
    if written != (other.update_path or other.path, other.update_method):
        return ""
    places = [f"{other.update_root}{place}" for place in other.probe]
    shared = [p for p in (f"{one.update_root}{place}" for place in one.probe) if p in places]
    return f"the probe {shared[0]}, sent with {' '.join(reversed(written))}" if shared else ""


def _is_around(one: Document, other: Document) -> bool:
    """Whether one of two documents of the same answer is the other, or lies inside it."""
    if one.root == other.root:
        return not (one.select and other.select) or one.select == other.select
    return f"{one.root}/".startswith(f"{other.root}/") or f"{other.root}/".startswith(
        f"{one.root}/"
    )


def _places(document: Document, pointers: Collection[str]) -> tuple[str, ...]:
    return tuple(f"{document.root}{pointer}" for pointer in pointers)


def _is_one_with(place: Steps, name: str, overlap: str) -> Contradiction:
    return Contradiction(
        place=(*place, "path"),
        expected="a document of its own",
        seen=f"{overlap}, which is that of {name} too",
        hint="leave one of them out: a proof holds for the document as a whole; several fields to"
        " try are a list in probe",
    )

"""fixtures.md: the fixtures for users' tests, what they give, markers and hooks."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from documenting.reference import markdown, signatures
from documenting.reference.markdown import code, link, prose, sentence
from pytest_apismoke import plugin
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.hooks import hookspecs
from pytest_apismoke.hooks.user_client import SmokeClient
from pytest_apismoke.hooks.user_contracts import SmokeContract
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target_session import TargetSession

#: The page that tells how a fixture is used, with the title of the link.
PAGES: Mapping[str, tuple[str, str]] = {
    "smoke_login": ("A test of permissions", "../how-to/your-own-tests.md#a-test-of-permissions"),
    "smoke_contract": ("In tests of your own", "../how-to/contracts.md#in-tests-of-your-own"),
    "smoke_preserve": ("What the gate writes", "../how-to/writing-to-production.md"),
}
#: The objects that tests meet, and the members of each that are not for users' tests.
OBJECTS: Mapping[type, frozenset[str]] = {
    SmokeClient: frozenset(),
    # What the gate's own checks say about a response.
    Response: frozenset(
        {
            *("exchange", "redacted_headers", "where", "not_as_expected"),
            *("log_hint", "redirects_to", "location", "https_hint"),
        }
    ),
    TargetSession: frozenset(),
    SmokeContract: frozenset(),
    SmokeError: frozenset({"as_category"}),
}
#: Words for those whose own are for the gate.
_WORDS: Mapping[type, str] = {Response: "A response of the target, as it was received."}
_FIELDS: Mapping[str, str] = {
    "status": "The status.",
    "headers": "The headers, by their names in lower case.",
    "body": "The body, in bytes.",
}


def blocks() -> Mapping[str, str]:
    """The blocks of the page."""
    return {
        "fixtures": markdown.blocks(
            part for name in plugin.__all__ for part in _fixture(name, getattr(plugin, name))
        ),
        "objects": markdown.blocks(part for one in OBJECTS for part in _object(one)),
        "markers": markdown.table(("marker", "meaning"), _markers()),
        "hooks": markdown.blocks(part for name in hooks() for part in _hook(name)),
    }


def hooks() -> list[str]:
    """The names of the hooks that other plugins can implement."""
    return [name for name in vars(hookspecs) if name.startswith("pytest_apismoke_")]


def members(one: type) -> list[str]:
    """The public members of an object, in the order of its definition."""
    declared = (*getattr(one, "__dataclass_fields__", ()), *vars(one))
    return [name for name in dict.fromkeys(declared) if not name.startswith("_")]


def _fixture(name: str, fixture: Callable[..., Any]) -> Iterator[str]:
    yield markdown.heading(3, code(name))
    yield signatures.described(inspect.unwrap(fixture).__doc__)
    if name in PAGES:
        yield f"More: {link(*PAGES[name])}."


def _object(one: type) -> Iterator[str]:
    yield markdown.heading(3, code(one.__name__))
    yield _WORDS.get(one) or signatures.paragraphs(one.__doc__)
    for name in members(one):
        if name not in OBJECTS[one]:
            yield from _member(one, name)


def _member(one: type, name: str) -> Iterator[str]:
    member = inspect.getattr_static(one, name)
    yield markdown.heading(4, code(f"{one.__name__}.{name}"))
    if inspect.isfunction(member):
        yield code(signatures.call(name, member))
    yield signatures.described(_FIELDS.get(name, member.__doc__))


def _markers() -> Iterator[tuple[str, str]]:
    for line in plugin.MARKERS:
        name, _, meaning = line.partition(": ")
        yield code(f"@pytest.mark.{name}"), prose(sentence(meaning))


def _hook(name: str) -> Iterator[str]:
    function = getattr(hookspecs, name)
    yield markdown.heading(3, code(name))
    yield code(signatures.call(name, function))
    yield signatures.described(function.__doc__)

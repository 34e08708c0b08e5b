"""What the files of other tools say: requests, and what their answers are expected to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from typing import Any

from pytest_apismoke.records import dataclass

#: The keys and indices down to a value.
Steps = tuple[str | int, ...]
#: What a header is expected to be: a value, any value (True), or what `pattern` finds.
Wanted = str | bool | dict[str, str]


class Auth(Enum):
    """What a request identifies itself with."""

    NONE = "none"
    RUN = "the token of the run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that a value of an answer is expected to be.

    Attributes:
        steps: to the value.
        keywords: of JSON Schema, for the value.

    """

    steps: Steps
    keywords: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is not carried over: where it stands, what it is, and why not."""

    place: str
    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """One request of another tool. Variables stand in its strings as `{{name}}`.

    Attributes:
        place: where it stands, for the list of what was left.
        name: as its author calls it; empty without one.
        url: with its query.
        query: further parameters.
        json: its body as a value; None without one.
        body: its body as text, or what kind of body it is.
        statuses: that are expected; empty for none.
        facts: about the JSON of the answer.
        wanted: headers of the answer.
        max_latency_ms: of the answer.
        saved: the variables that get a value of the answer.
        defaults: the values of its own variables.
        left: what of it was not understood.

    """

    place: str
    name: str
    url: str
    method: str = "GET"
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    json: Any = field(default=None, hash=False)
    body: str = ""
    auth: Auth = Auth.RUN
    statuses: tuple[int, ...] = ()
    facts: tuple[Fact, ...] = ()
    wanted: tuple[tuple[str, Wanted], ...] = field(default=(), hash=False)
    max_latency_ms: int | None = None
    saved: tuple[tuple[str, Steps], ...] = ()
    defaults: Mapping[str, str] = field(default_factory=dict, hash=False)
    left: tuple[Left, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a file says.

    Attributes:
        tool: that it is of.
        title: of the whole; empty without one.
        requests: in their order.
        variables: with their values.
        secrets: values that must not reach a file, by their names.
        notes: what its reader has to do by hand.
        left: what belongs to no request.

    """

    tool: str
    title: str
    requests: tuple[Foreign, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    left: tuple[Left, ...] = ()

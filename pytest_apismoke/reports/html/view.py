"""What the page shows, as records: words, places and states, without markup.

Long because it has every record of the page, and no code.
"""

from __future__ import annotations

from enum import Enum

from pytest_apismoke.records import dataclass


class State(str, Enum):
    """A state that has an icon and a colour beside its word; the value is its class."""

    OK = "ok"
    BAD = "bad"
    IDLE = "idle"
    FLAKY = "flaky"
    #: Failed, and nothing that decides.
    LAX = "lax"
    NONE = ""

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One API, or one of several targets, in the band; `href` leads to its part of the page.

    One that `is_quiet` passed: its word is for those who do not see its icon.
    """

    text: str
    state: State
    href: str = ""
    is_quiet: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact in the band: its label, its value, and a smaller line."""

    label: str
    value: str
    small: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The verdict, for somebody with 20 seconds.

    `command` restores a target that was left changed; else it is empty.
    """

    verdict: str
    word: str
    reason: str
    plain: str
    title: str
    started_at: str
    moment: str
    command: str
    chips: tuple[Chip, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Jump:
    """A link of the row that leads to the parts of the page, with a count."""

    href: str
    text: str
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of a list, with more about it; `tag` is a word in front of it.

    `request` is the number of a request that the page shows, else None.
    """

    text: str
    more: str = ""
    tag: str = ""
    state: State = State.NONE
    request: int | None = None


@dataclass(frozen=True, slots=True)
class Marked:
    """A line of code: `mark` is '-' for expected, '+' for received, '@' for a heading.

    '!' marks what is broken; a space is any other line.
    """

    mark: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place where a response breaks its contract, and the contract there."""

    pointer: str
    expected: str
    got: str
    contract: str
    schema: tuple[Marked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One cause: `who` shares it, `request` is the number of its request.

    `response` is the beginning of the answer; `difference` and `received` show what is broken.
    """

    number: int
    title: str
    who: str
    expected: str
    got: str
    where: str
    request: int | None
    to_do: str
    request_id: str
    curl: str
    response: str
    places: tuple[Place, ...]
    more_places: int
    difference: tuple[Marked, ...]
    received: tuple[Marked, ...]
    not_run: tuple[str, ...]
    not_run_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One check on the track of its API; `is_cut` if what follows was not run because of it.

    `unseen` is the word of its state for those who do not see its icon.
    """

    text: str
    state: State
    unseen: str = ""
    is_cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """A bar for each check, as the paths of a drawing, and its sentence."""

    ok: str
    bad: str
    idle: str
    flaky: str
    thickness: int
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRow:
    """One API: the word of its verdict, and its checks as a track or as bars."""

    name: str
    word: str
    state: State
    is_chain: bool
    steps: tuple[Step, ...]
    bars: Bars | None
    took: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A request in a drawing; `state` is ok, bad, or flaky for one that was sent again."""

    x: int
    width: int
    y: int
    state: State


@dataclass(frozen=True, slots=True)
class Wait:
    """A line from one try to the next."""

    x: int
    end_x: int
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """All that was in flight, by lanes; `ok` is the path of all plain bars."""

    caption: str
    sentence: str
    lanes: int
    height: int
    thickness: int
    ok: str
    bars: tuple[Bar, ...]
    waits: tuple[Wait, ...]
    ticks: tuple[str, ...]
    has_bad: bool
    has_again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A request in the table; `bar` and `lane` are missing where its time is not known."""

    number: int
    request: str
    note: str
    cause: int | None
    answer: str
    state: State
    took: str
    lane: int | None
    bar: Bar | None
    wait: Wait | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Some requests with an axis of their own."""

    title: str
    small: str
    ticks: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """All requests of a run; `lead` says why there is no drawing, where no time is known."""

    count: int
    is_timed: bool
    lead: str
    drawing: Drawing | None
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """One check in the table."""

    name: str
    note: str
    outcome: str
    took: str
    state: State
    cause: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckGroup:
    """The checks of one API."""

    api: str
    counts: str
    rows: tuple[CheckRow, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """One choice of the filter: its name, its words and its count."""

    name: str
    text: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """All checks; `is_closed` if their table starts closed."""

    count: int
    lead: str
    is_closed: bool
    filters: tuple[Filter, ...]
    groups: tuple[CheckGroup, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One exchange: what was sent, and what came."""

    number: int
    request: str
    answer: str
    purpose: str
    sent: str
    received: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """All that is said of one target; `prefix` is in front of its ids.

    `target`, `word` and `reason` are its heading where there are several. `tallest` is how long the
    slowest check took that is drawn as a bar; `is_cut` tells that a track of stages breaks off.
    Settings have a name, a value and a source.
    """

    prefix: str
    target: str
    word: str
    reason: str
    state: State
    command: str
    causes_title: str
    causes: tuple[Card, ...]
    look: tuple[Item, ...]
    apis: tuple[ApiRow, ...]
    tallest: str
    is_cut: bool
    requests: Requests | None
    checks: Checks | None
    exchanges: tuple[Told, ...]
    unseen: tuple[Item, ...]
    notes: tuple[Item, ...]
    settings: tuple[tuple[str, str, str], ...]
    environment: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The whole page: one part, or one for each of several targets, and notes on all of them."""

    band: Band
    jumps: tuple[Jump, ...]
    parts: tuple[Part, ...]
    notes: tuple[Item, ...]
    written_by: str

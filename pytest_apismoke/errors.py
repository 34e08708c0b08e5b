"""Failures: their categories, their record, and the one exception that carries them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from enum import Enum
from typing import Any

from pytest_apismoke.ci_commands import without_markers
from pytest_apismoke.records import dataclass


class Category(str, Enum):
    """The category of a failure, as in the exit-code tables; the value appears in JSON.

    Source: SPEC section 4.
    """

    AUTH = "auth"
    FETCH = "fetch"
    SAVE = "save"
    OAUTH = "oauth"
    PHONE = "phone"
    PERSIST = "persist"
    STATE = "state"
    INVALID = "invalid"
    ERROR = "error"
    # The rest are no evidence against the target: the gate could not verify.
    UNREADY = "unready"
    VERSION = "version"
    USAGE = "usage"
    BUDGET = "budget"
    INTERRUPTED = "interrupted"
    UNVERIFIED = "unverified"
    INTERNAL = "internal"

    def __str__(self) -> str:
        return self.value


#: Categories that are evidence against the target.
TARGET_CATEGORIES = frozenset(
    {
        Category.AUTH,
        Category.FETCH,
        Category.SAVE,
        Category.OAUTH,
        Category.PHONE,
        Category.PERSIST,
        Category.STATE,
        Category.INVALID,
        Category.ERROR,
    }
)


#: The longest part of a message, in characters. Our own are far shorter; a server's may not be.
LONGEST_PHRASE = 1000


def presentable(text: str, limit: int) -> str:
    """The text as one line without control characters, of at most `limit` characters.

    Nor has it what a CI system takes for a command.
    """
    inert = without_markers(text[: limit + 1])
    cut = inert if len(inert) <= limit else f"{inert[: limit - 1]}…"
    return "".join(
        c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in cut
    )


@dataclass(frozen=True, slots=True, order=True)
class Break:
    """What breaks a contract and where, without a value: so that it is recognised in another run.

    `place` is a JSON Pointer into a response with `*` for the index of any item, or what is outside
    of the body, such as `header x-total`; `kind` is the keyword of the contract that is broken.
    """

    place: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One place where a response breaks its contract.

    `pointer` is a JSON Pointer (RFC 6901) into the response body. `expected` and `actual` are
    phrases. `schema_location` is the place in the contract: a file, `#`, and a JSON Pointer into
    that file; empty where it is unknown. `kind` and `places` are those of its breaks: one for
    each absent or surplus property. Without any it can't be a known violation. `contract` shows the
    contract there: a line for each keyword, which begins with an exclamation mark if it is broken.
    """

    pointer: str
    expected: str
    actual: str
    schema_location: str = ""
    kind: str = ""
    places: tuple[str, ...] = ()
    contract: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        """Makes the parts printable and short, because they may quote a server."""
        for name in ("pointer", "expected", "actual", "schema_location"):
            object.__setattr__(self, name, presentable(getattr(self, name), LONGEST_PHRASE))
        # Whole, because two of them may differ at their ends.
        places = tuple(presentable(place, len(place)) for place in self.places)
        object.__setattr__(self, "places", places)

    @property
    def breaks(self) -> tuple[Break, ...]:
        """What breaks the contract, without a value."""
        return tuple(Break(place, self.kind) for place in self.places)

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: expected {self.expected}, got {self.actual}"


def violations_from_json(data: Iterable[Mapping[str, Any]]) -> tuple[Violation, ...]:
    """The inverse of `dataclasses.asdict` for violations."""
    several = ("places", "contract")
    return tuple(
        Violation(**{**one, **{name: tuple(one.get(name, ())) for name in several}}) for one in data
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One failure as data: what was expected, what was seen, where, and what to do.

    `expected` and `seen` are phrases that complete "expected ..., seen ..."; `where` names the
    request or the setting; `hint` is a sentence with the remedy. They may quote a server, so the
    record makes them printable and short. If a response broke its contract, `violations` lists
    where, the most relevant first, and `difference` shows it as lines that begin with a space, a
    minus (expected by the contract) or a plus (in the response).
    """

    category: Category
    expected: str
    seen: str
    where: str
    hint: str
    violations: tuple[Violation, ...] = ()
    difference: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Makes the parts printable and short, because they may quote a server."""
        for name in ("expected", "seen", "where", "hint"):
            object.__setattr__(self, name, presentable(getattr(self, name), LONGEST_PHRASE))

    def in_share(self, bad: int, of: int) -> Failure:
        """The same failure, where only some of several answers to one request show it."""
        if bad == of:
            return self
        return replace(
            self,
            seen=f"{bad} of {of} answers: {self.seen}",
            hint=f"the others are right: look for the instance that is not; {self.hint}",
        )

    @property
    def message(self) -> str:
        """The first two parts as one line."""
        return f"expected {self.expected}, seen {self.seen}"

    def __str__(self) -> str:
        place = f"\n  where: {self.where}" if self.where else ""
        return f"{self.message}{place}\n  what to do: {self.hint}"


class SmokeError(Exception):
    """A check, or a step of the preparation, failed.

    `failure` has its `category`, and `expected`, `seen`, `where` and `hint` as text; `dirty` says
    whether the target was left changed.
    """

    def __init__(self, failure: Failure, *, dirty: bool = False) -> None:
        super().__init__(failure)
        self.failure = failure
        self.dirty = dirty

    def __str__(self) -> str:
        return str(self.failure)

    def as_category(self, category: Category) -> SmokeError:
        """The same failure with another category."""
        return SmokeError(replace(self.failure, category=category), dirty=self.dirty)


def fail(
    category: Category,
    *,
    expected: str,
    seen: str,
    where: str,
    hint: str,
    violations: tuple[Violation, ...] = (),
    difference: tuple[str, ...] = (),
) -> SmokeError:
    """Builds the error of a failure with these parts."""
    return SmokeError(
        Failure(
            category=category,
            expected=expected,
            seen=seen,
            where=where,
            hint=hint,
            violations=violations,
            difference=difference,
        )
    )


def misconfigured(*, expected: str, seen: str, where: str, hint: str) -> SmokeError:
    """Builds the `usage` error for a mistake in the command line or the configuration."""
    return fail(Category.USAGE, expected=expected, seen=seen, where=where, hint=hint)


def interrupted(subject: str, *, where: str) -> Failure:
    """The failure of something (a noun with its article) that was interrupted from outside."""
    return Failure(
        category=Category.INTERRUPTED,
        expected=f"{subject} to finish",
        seen="it was interrupted",
        where=where,
        hint="run the gate again",
    )


def defect(subject: str, *, seen: str, where: str) -> Failure:
    """The failure of something (a noun with its article) that is no fault of the target."""
    return Failure(
        category=Category.INTERNAL,
        expected=f"{subject} to run",
        seen=seen,
        where=where,
        hint="this is a defect of the gate or of another plugin, not of the target;"
        " please report it",
    )

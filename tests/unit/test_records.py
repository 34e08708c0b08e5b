"""A record behaves as the standard library's frozen dataclass with slots does."""

from __future__ import annotations

import ast
import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from pathlib import Path
from typing import Any, ClassVar, get_type_hints

import pytest

import pytest_apismoke
from pytest_apismoke.records import dataclass

PACKAGE = Path(pytest_apismoke.__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    name: str
    count: int = 0
    tags: list[str] = field(default_factory=list, compare=False)
    secret: str = field(default="", repr=False)
    double: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "double", 2 * self.count)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    name: str
    count: int = 0
    tags: list[str] = field(default_factory=list, compare=False)
    secret: str = field(default="", repr=False)
    double: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "double", 2 * self.count)


@dataclass(frozen=True, slots=True)
class Pair:
    left: int
    right: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Triple(Pair):
    kind: ClassVar[str] = "triple"
    middle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Empty:
    pass


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Hidden:
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Partly:
    name: str
    value: Any = field(default=None, hash=False)


def unpickled(record: Any) -> Any:
    return pickle.loads(pickle.dumps(record))  # noqa: S301  # made right here


@pytest.mark.parametrize(
    "read",
    [
        dataclasses.asdict,
        lambda record: repr(record).partition("(")[2],
        lambda record: repr(dataclasses.replace(record, count=4)).partition("(")[2],
        lambda record: [(one.name, one.type) for one in dataclasses.fields(record)],
        lambda record: type(record).__annotations__,
        lambda record: get_type_hints(type(record)),
        lambda record: hasattr(record, "__dict__"),
        lambda record: type(record).__match_args__,
        lambda record: type(record).__slots__,
        lambda record: record == copy.copy(record) == unpickled(record),
        lambda record: hash(record) == hash(dataclasses.replace(record, tags=["other"])),
        lambda record: record == dataclasses.replace(record, tags=["other"]),
        lambda record: record == dataclasses.replace(record, secret="other"),
        lambda record: record == dataclasses.asdict(record),
    ],
)
def test_a_record_does_what_a_dataclass_does(read: Callable[[Any], Any]) -> None:
    given: dict[str, Any] = {"name": "a", "count": 3, "tags": ["t"], "secret": "s"}
    assert read(Record(**given)) == read(Standard(**given))


@pytest.mark.parametrize("kind", [Record, Standard])
def test_a_record_cannot_be_changed(kind: Any) -> None:
    record = kind(name="a")
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'name'"):
        record.name = "b"
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'name'"):
        del record.name
    assert record.name == "a"


def test_a_default_is_made_anew_for_each_record() -> None:
    first, second = Record(name="a"), Record(name="a")
    assert (first.tags, first.count, first.double) == ([], 0, 0)
    assert first.tags is not second.tags


def test_records_of_two_kinds_are_never_equal() -> None:
    records: list[Any] = [Record(name="a"), Standard(name="a"), Hidden(name="a"), Partly(name="a")]
    assert [records.index(record) for record in records] == [0, 1, 2, 3]


def test_a_record_without_a_repr_does_not_show_its_values() -> None:
    assert "canary" not in repr(Hidden(name="canary"))


def test_what_belongs_to_the_class_is_no_field() -> None:
    assert [(one.name, one.type) for one in dataclasses.fields(Triple)] == [
        *(("left", "int"), ("right", "int"), ("middle", "str"))
    ]
    assert Triple(left=1, middle="m").kind == "triple"


def test_a_value_that_has_no_hash_can_be_left_out_of_it() -> None:
    assert hash(Partly(name="a", value={})) == hash(Partly(name="a", value=[]))
    assert Partly(name="a", value={}) != Partly(name="a", value=[])


def test_values_by_position() -> None:
    assert (Pair(1), Pair(1, 2), Pair(right=2, left=1)) == (
        Pair(left=1, right=0),
        Pair(left=1, right=2),
        Pair(1, 2),
    )
    assert Empty() == Empty()
    assert (hash(Empty()), repr(Empty())) == (hash(Empty()), "Empty()")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda kind: kind(), "Record needs a value for name"),
        (lambda kind: kind(name="a", nam="b"), "Record has no field nam"),
        (lambda kind: kind(nam="b"), "Record has no field nam and needs a value for name"),
        (lambda kind: kind(name="a", double=1), "Record has no field double"),
        (lambda kind: kind("a"), "Record takes 0 arguments by position, 1 were given"),
    ],
)
def test_wrong_arguments_are_refused(make: Callable[[Any], Any], message: str) -> None:
    for kind in (Record, Standard):
        with pytest.raises(TypeError) as raised:
            make(kind)
        if kind is Record:
            assert str(raised.value) == message


def test_a_value_that_is_given_twice_is_refused() -> None:
    pair: Any = Pair
    with pytest.raises(TypeError, match="Pair got two values for left"):
        pair(1, left=2)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    line: int
    column: int


def test_records_with_an_order_are_sorted_by_their_fields() -> None:
    assert sorted([Place(2, 1), Place(1, 2), Place(1, 1)]) == [
        Place(1, 1),
        Place(1, 2),
        Place(2, 1),
    ]
    one, other = Place(1, 2), Place(1, 2)
    assert (one < other, one <= other, one > other, one >= other) == (False, True, False, True)
    with pytest.raises(TypeError):
        sorted([Record(name="b"), Record(name="a")])  # type: ignore[type-var]  # the claim


def test_only_frozen_classes_with_slots_are_records() -> None:
    with pytest.raises(TypeError, match="use dataclasses"):
        dataclass(frozen=True, slots=False)


def frozen_dataclasses(source: str) -> set[str]:
    """The classes of a module that could be records and are the standard library's."""
    tree = ast.parse(source)
    standard = {
        name.asname or name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "dataclasses"
        for name in node.names
    }
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for decorator in map(ast.unparse, node.decorator_list)
        if decorator.startswith("dataclass(") and "dataclass" in standard
        if "frozen=True" in decorator and "slots=True" in decorator
    }


def test_every_frozen_class_of_the_gate_is_a_record() -> None:
    """Another one costs each run half a millisecond; `@dataclasses.dataclass` says it is meant."""
    modules = [path for path in PACKAGE.rglob("*.py") if "demo" not in path.parts]
    found = {path.name: frozen_dataclasses(path.read_text(encoding="utf-8")) for path in modules}
    assert {name: classes for name, classes in found.items() if classes} == {}

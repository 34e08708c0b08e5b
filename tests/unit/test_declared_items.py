"""What there is to do for declared checks, and which of it one worker has to do."""

from __future__ import annotations

import pytest
from unit.declaring import FILE, declared

from pytest_apismoke.checks.declared.items import groups_of, items_of, with_readings
from pytest_apismoke.checks.declared.model import DeclaredCheck, Expect
from pytest_apismoke.checks.operations import operation_checks
from pytest_apismoke.openapi.example_requests import OperationCheck

EVERYTHING = """
[[check]]
name = "list"
path = "/orders"
refused_without_auth = true
capture = { order_id = "/items/0/id" }

[[check]]
name = "one"
path = "/orders/{order_id}"

[[check]]
name = "other"
path = "/other"
smoke = false
required = false

[[check]]
name = "change"
path = "/orders/1"
method = "PUT"
changes = "/orders/1"
"""


def names(text: str, *, smoke: bool) -> list[str]:
    return [item.node_id for item in items_of(declared(text), smoke=smoke)]


def test_a_full_run_does_everything_in_the_order_of_the_file() -> None:
    assert names(EVERYTHING, smoke=False) == [
        f"{FILE}::list",
        f"{FILE}::list without a token",
        f"{FILE}::one",
        f"{FILE}::other",
        f"{FILE}::change",
    ]


def test_a_smoke_run_does_what_belongs_to_it() -> None:
    assert names(EVERYTHING, smoke=True) == [
        f"{FILE}::list",
        f"{FILE}::list without a token",
        f"{FILE}::one",
    ]


AFTER = """
capture = { new_id = "/id" }

[[check]]
name = "after"
path = "/orders/{new_id}"
auth = false
"""


def test_it_is_known_beforehand_what_uses_the_token_and_what_needs_a_write() -> None:
    items = items_of(declared(EVERYTHING + AFTER), smoke=False)
    assert {item.stage: (item.uses_token, item.follows_or_writes) for item in items} == {
        "list": (True, False),
        "list without a token": (False, False),
        "one": (True, False),
        "other": (True, False),
        "change": (True, True),
        "after": (False, True),
    }


# -- operations of an API description ---------------------------------------------------------


@pytest.mark.parametrize("smoke", [False, True])
def test_the_operations_of_a_description_are_checks(smoke: bool) -> None:
    """Nothing in them is a placeholder."""
    operation = OperationCheck(
        operation="GET /orders/{id}",
        operation_id="one",
        method="GET",
        path="/orders/{7}",
        query=(("q", "{x}"),),
        headers=(("X-Q", "{"),),
        auth=False,
    )
    assert operation_checks([operation], smoke=smoke) == [
        DeclaredCheck(
            api="openapi",
            name="GET /orders/{id}",
            file="openapi",
            place="",
            path="/orders/{{7}}",
            query=(("q", "{{x}}"),),
            headers=(("X-Q", "{{"),),
            auth=False,
            smoke=smoke,
            expect=Expect(statuses=tuple(range(200, 400))),
        )
    ]


def test_the_node_id_of_an_operation_says_where_it_is_from() -> None:
    operation = OperationCheck(
        operation="GET /orders", operation_id=None, method="GET", path="/orders"
    )
    (item,) = items_of(operation_checks([operation], smoke=True), smoke=True)
    assert item.node_id == "openapi::GET /orders"


# -- which worker -----------------------------------------------------------------------------

SUITES = "the suites"


def scoped(text: str) -> dict[str, str]:
    found = groups_of(items_of(declared(text), smoke=False), with_the_suites=SUITES)
    return {name.partition("::")[2]: scope.rpartition("::")[2] for name, scope in found.items()}


def check(
    name: str, *, takes: str = "", gives: str = "", writes: bool = False, protected: bool = False
) -> str:
    """One check that takes captures from others, and captures something of its name."""
    path = "".join(f"/{{{other}}}" for other in takes.split()) or "/x"
    lines = ["[[check]]", f'name = "{name}"', f'path = "{path}"']
    lines += [f'capture = {{ {gives} = "/id" }}'] if gives else []
    lines += ['method = "PUT"', 'changes = "nothing"'] if writes else []
    lines += ["refused_without_auth = true"] if protected else []
    return "\n".join(lines) + "\n"


def test_what_has_nothing_to_do_with_each_other_may_go_anywhere() -> None:
    assert scoped(check("a") + check("b")) == {"a": "a", "b": "b"}


def test_what_takes_something_from_another_stays_with_it() -> None:
    text = check("a", gives="x") + check("b") + check("c", takes="x", gives="y")
    assert scoped(text + check("d", takes="y")) == {"a": "a", "b": "b", "c": "a", "d": "a"}


def test_the_operations_of_a_description_stay_with_the_built_in_checks() -> None:
    """Nobody knows what else they do: a GET may be a logout."""
    operation = OperationCheck(
        operation="GET /logout", operation_id=None, method="GET", path="/logout"
    )
    checks = [*operation_checks([operation], smoke=True), *declared(check("a"))]
    assert groups_of(items_of(checks, smoke=True), with_the_suites=SUITES) == {
        "openapi::GET /logout": SUITES,
        f"{FILE}::a": f"{FILE}::a",
    }


def test_what_takes_from_two_keeps_both_together_and_all_that_is_theirs() -> None:
    text = (
        check("a", gives="x")
        + check("b", gives="y")
        + check("c", takes="y")
        + check("d", takes="x y")
        + check("e", takes="x")
    )
    assert scoped(text) == dict.fromkeys("abcde", "a")


def test_what_writes_stays_with_the_built_in_checks_and_so_does_what_it_needs() -> None:
    """Their writes could be in each other's way."""
    text = (
        check("a", gives="x")
        + check("b", takes="x")
        + check("c", takes="x", writes=True)
        + check("d")
    )
    assert scoped(text) == {"a": SUITES, "b": SUITES, "c": SUITES, "d": "d"}


def test_what_needs_something_that_is_written_stays_there_too() -> None:
    text = check("a", gives="x", writes=True) + check("b", takes="x")
    assert scoped(text) == {"a": SUITES, "b": SUITES}


def test_what_reads_a_document_before_it_is_changed_stays_with_the_change() -> None:
    """Otherwise it would be sent twice, since the change is not made if the reading is broken."""
    read = check("a") + 'expect.schema = "x"\n'
    change = check("b", writes=True).replace('"nothing"', '"/x"')
    checks = declared(read + change + read.replace('"a"', '"c"'))
    items = with_readings(items_of(checks, smoke=False), checks, auth=True)
    assert [(item.stage, item.trusts, len(item.readings)) for item in items] == [
        ("a", (), 0),
        ("b", (f"{FILE}::a",), 2),
        ("c", (), 0),
    ]
    assert groups_of(items, with_the_suites=SUITES) == {
        f"{FILE}::a": SUITES,
        f"{FILE}::b": SUITES,
        f"{FILE}::c": f"{FILE}::c",
    }


def test_a_check_and_its_refusal_stay_together() -> None:
    text = check("a", gives="x", protected=True) + check("b", takes="x", protected=True)
    names = ["a", "a without a token", "b", "b without a token"]
    assert scoped(text) == dict.fromkeys(names, "a without a token")


def test_files_have_nothing_to_do_with_each_other() -> None:
    text = check("a", gives="x") + check("b", takes="x")
    items = [
        *items_of(declared(text, "one.toml"), smoke=False),
        *items_of(declared(text, "two.toml"), smoke=False),
    ]
    assert groups_of(items, with_the_suites=SUITES) == {
        "contracts/one.toml::a": "contracts/one.toml::a",
        "contracts/one.toml::b": "contracts/one.toml::a",
        "contracts/two.toml::a": "contracts/two.toml::a",
        "contracts/two.toml::b": "contracts/two.toml::a",
    }

"""The messages of a source: every text that a run may print, found without running it."""

from __future__ import annotations

import pytest
from documenting.messages.inventory import inventory
from documenting.messages.pages import filled
from documenting.messages.schema import messages_of_schema

Shown = list[tuple[str, str]]


def shown(source: str, *, name: str = "http/login", **others: str) -> Shown:
    """The texts of a module, each with its label; `others` are modules that it imports."""
    found = inventory({name: source, **others})
    return [
        (label, text.shown)
        for one in found
        if one.module == name
        for label, texts in one.parts
        for text in texts
    ]


FAILURE = """
def refused(status, table):
    hint = f"set [{table}] method" if status == 405 else ""
    hint = hint or _CHECK
    raise fail(
        Category.AUTH,
        expected=f"{status} from the login",
        seen=str(status),
        where="POST /login",
        hint=f"{hint}; {log_hint}",
    )

_CHECK = "check the credentials" " for this target"
"""


def test_a_failure_has_each_text_that_its_parts_may_have() -> None:
    assert shown(FAILURE) == [
        ("expected", "STATUS from the login"),
        ("to do", "set [TABLE] method; LOG_HINT"),
        ("to do", "; LOG_HINT"),
        ("to do", "check the credentials for this target; LOG_HINT"),
    ]


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        # A note, and a piece of one.
        (
            'def f(n):\n    yield f"the token was renewed {n} times"',
            ["the token was renewed N times"],
        ),
        ('NOTE = "too short"', []),
        # What a function of the package makes of a text.
        (
            'def about(told) -> str:\n    return f"{subject()}{told}"\n\n'
            'def f():\n    return about(" takes longer than allowed")',
            ["SUBJECT takes longer than allowed"],
        ),
        # Its fields are filled elsewhere.
        (
            'HINT = "give a number, for instance {default:g}"',
            ["give a number, for instance DEFAULT"],
        ),
        ('HINT = "a path such as /orders/{id}"', ["a path such as /orders/{id}"]),
        # For programmers, or about what a text has.
        ('"""The docstring of a module."""', []),
        ('def f(x):\n    assert x, "it is made under the lock"', []),
        ('def f(x):\n    return x.startswith("a response within")', []),
        ('class A:\n    def __repr__(self):\n        return "an adapter of its own"', []),
        ('parser.add_argument("--wait", help="how long to wait for the target")', []),
    ],
)
def test_a_sentence_is_found_where_it_is_printed(source: str, texts: list[str]) -> None:
    assert [text for _, text in shown(source)] == texts


def test_a_text_of_another_module_is_followed() -> None:
    assert shown(
        "from pytest_apismoke.words import ADVICE\n\n"
        "def f():\n    raise misconfigured(expected='a URL', hint=ADVICE)",
        words='ADVICE = "give it with --target-url"',
    ) == [("expected", "a URL"), ("to do", "give it with --target-url")]


def test_parts_that_are_given_by_position_are_known_by_the_parameters() -> None:
    source = "def wrong(place, expected, seen):\n    ...\n\nwrong(here, 'one place', 'two of them')"
    assert shown(source) == [("expected", "one place"), ("got", "two of them")]


def test_an_answer_of_the_embedded_backend_is_no_message() -> None:
    assert shown('BODY = "the credentials are not right"', name="demo/faults/login") == []


def test_the_schema_of_checks_has_messages_too() -> None:
    schema = '{"path": {"x-expected": "a path", "x-hint": "write {rooted} or {{name}}"}}'
    (message,) = messages_of_schema(schema)
    assert [(label, text.shown) for label, (text,) in message.parts] == [
        ("expected", "a path"),
        ("to do", "write ROOTED or {{name}}"),
    ]


def test_a_message_is_told_by_its_fixed_words() -> None:
    (one,) = inventory(
        {"run/live": 'def f(path, s):\n    yield f"GET {path}: no answer for {s} s"'}
    )
    (text,) = one.templates
    assert text.matches("GET /health: no answer for 4.2 s")
    assert not text.matches("GET /health: an answer after 4.2 s")


PAGE = """# Login

By hand.

<!-- messages of http/ -->
<!-- end of messages -->

<!-- messages of http/login run/ -->

- `an old one`

<!-- end of messages -->
"""


def test_a_page_has_the_messages_of_the_modules_that_it_names() -> None:
    messages = inventory(
        {
            "http/login": "fail(expected='a token', seen='no token at all', hint='look at it')",
            "http/wire": 'NOTE = "a connection that broke off"',
            "reports/terminal": 'NOTE = "a verdict that nobody reads"',
        }
    )
    made = filled({"login.md": PAGE}, messages)
    assert (
        made.pages["login.md"]
        == """# Login

By hand.

<!-- messages of http/ -->

- `a connection that broke off`

<!-- end of messages -->

<!-- messages of http/login run/ -->

- expected `a token`
    - got `no token at all`
    - to do `look at it`

<!-- end of messages -->
"""
    )
    assert (made.homeless, made.idle) == (("reports/terminal",), ("run/",))
    assert filled(made.pages, messages).pages == made.pages

"""Where an answer has the document, and what an update has to send back of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.errors import Category, Failure, SmokeError
from pytest_apismoke.http.document_shape import (
    changing_places,
    document_in,
    entity_tag,
    lacking,
    of_path,
    read_document,
    refuse_lacking,
)
from pytest_apismoke.http.response import Response

NewResponse = Callable[..., Response]
ONE, TWO = {"slug": "main", "on": True}, {"slug": "other", "on": True}
MAIN = (("/slug", "main"),)


@pytest.mark.parametrize(
    ("body", "keys", "found"),
    [
        (ONE, {}, (ONE, "")),
        ({"data": {"a": ONE}}, {"root": "/data/a"}, (ONE, "")),
        ({"data": None}, {"root": "/data"}, (None, "")),
        ([ONE, TWO], {"select": MAIN}, (ONE, "")),
        ({"items": [TWO, ONE]}, {"root": "/items", "select": MAIN}, (ONE, "")),
        ({"dat": 1}, {"root": "/data"}, (None, "nothing at /data of an object with 'dat'")),
        ([TWO], {"select": MAIN}, (None, "no items with 'main' at /slug in a list of 1")),
        (
            [ONE, TWO],
            {"select": (("/on", True),)},
            (None, "2 items with True at /on in a list of 2"),
        ),
        # True is not 1.
        (
            [{"n": 1}],
            {"select": (("/n", True),)},
            (None, "no items with True at /n in a list of 1"),
        ),
        (
            ONE,
            {"select": MAIN},
            (
                None,
                "an object with 'slug', 'on', where a list with an item that has 'main' at /slug"
                " should be",
            ),
        ),
    ],
)
def test_where_the_document_is(body: object, keys: dict[str, Any], found: object) -> None:
    assert document_in(body, Document(**keys)) == found


@pytest.mark.parametrize(
    ("body", "keys", "seen", "hint"),
    [
        (
            {"items": []},
            {"root": "/data"},
            "nothing at /data of an object with 'items'",
            "compare the response with root and select in [document]",
        ),
        (
            [ONE, TWO],
            {},
            "a list of 2",
            "say with select in [document] which of them is meant",
        ),
    ],
)
def test_a_document_that_is_not_there_names_the_keys(
    make_answer: NewResponse, body: object, keys: dict[str, Any], seen: str, hint: str
) -> None:
    response = make_answer(body=body)
    with pytest.raises(SmokeError) as raised:
        read_document(response, Document(**keys))
    assert raised.value.failure == Failure(
        category=Category.INVALID,
        expected="a settings document (a JSON object)",
        seen=seen,
        where=response.where,
        hint=hint,
    )


@pytest.mark.parametrize(
    ("tag", "if_match", "sent"),
    [
        ('"v1"', "strong", '"v1"'),
        ('W/"v1"', "strong", ""),
        ('W/"v1"', "any", 'W/"v1"'),
        ('"v1"', "any", '"v1"'),
        ('"v1"', "never", ""),
        ("v1", "any", ""),
        ('"', "any", ""),
        ("", "any", ""),
    ],
)
def test_the_tag_that_an_update_sends_back(tag: str, if_match: str, sent: str) -> None:
    assert entity_tag({"etag": tag}, Document(if_match=if_match)) == sent


def test_what_changes_with_every_update_is_not_compared() -> None:
    document = Document(
        volatile=("seen/at",),
        version_member="/meta/version",
        root="/data",
        csrf_from_pointer="/data/csrf",
    )
    assert changing_places(document) == ("/seen~1at", "/meta/version", "/csrf")
    assert changing_places(Document(csrf_from_pointer="/csrf", root="/data")) == ("/updated_at",)


SETTINGS = Document(
    path="/me",
    root="/data",
    update_method="PATCH",
    update_format="json-patch",
    version_member="/version",
    companions=("name",),
    idempotency_header="Idempotency-Key",
)


def test_another_document_has_the_headers_of_the_settings_and_a_plain_shape() -> None:
    headers: dict[str, Any] = {"idempotency_header": "Idempotency-Key"}
    assert of_path(SETTINGS, "/me", "PATCH") == SETTINGS
    assert of_path(SETTINGS, "/me", "PUT") == Document(
        path="/me", root="/data", update_method="PUT", version_member="/version", **headers
    )
    assert of_path(SETTINGS, "/hours", "PATCH") == Document(
        name="", path="/hours", update_method="PATCH", **headers
    )


@pytest.mark.parametrize(
    ("keys", "headers", "words"),
    [
        ({}, {}, ""),
        ({"companions": ("name",), "version_member": "/version"}, {}, ""),
        (
            {"companions": ("nme",)},
            {},
            "nothing at /nme, which every update must send back",
        ),
        (
            {"version_member": "/revision"},
            {},
            "nothing at /revision, which every update must send back",
        ),
        (
            {"csrf_header": "X-CSRF", "csrf_from_cookie": "csrftoken"},
            {"set-cookie": "sid=1; Path=/\ncsrf=x"},
            "nothing in the cookie csrftoken, which X-CSRF must have",
        ),
        (
            {"csrf_header": "X-CSRF", "csrf_from_header": "X-Next"},
            {},
            "nothing in the header X-Next, which X-CSRF must have",
        ),
        (
            {"csrf_header": "X-CSRF", "csrf_from_pointer": "/csrf"},
            {},
            "nothing at /csrf of the body, which X-CSRF must have",
        ),
        (
            {"csrf_header": "X-CSRF", "csrf_from_pointer": "/name"},
            {},
            "",
        ),
    ],
)
def test_what_an_update_needs_and_a_read_lacks(
    make_answer: NewResponse, keys: dict[str, Any], headers: dict[str, str], words: str
) -> None:
    base = {"name": "Shop", "version": 1}
    assert lacking(base, make_answer(body=base, headers=headers), Document(**keys)) == words


def test_a_read_that_lacks_something_is_refused_before_anything_is_written(
    make_answer: NewResponse,
) -> None:
    document = Document(companions=("name",))
    with pytest.raises(SmokeError) as raised:
        refuse_lacking({}, make_answer(body={}), document, where="https://api.example.com/me")
    assert raised.value.failure == Failure(
        category=Category.USAGE,
        expected="a reading with all that an update must send back",
        seen="nothing at /name, which every update must send back",
        where="[document], GET https://api.example.com/me",
        hint="nothing was written; compare companions, version_member and csrf_from_* with the"
        " answer",
    )

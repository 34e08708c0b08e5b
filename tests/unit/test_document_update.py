"""The request of an update, whole, for each way in which a profile may describe it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.http.document_update import can_state, fields_in, update_request
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response

NewResponse = Callable[..., Response]
BASE: dict[str, Any] = {
    "id": 7,
    "about": "Old",
    "hours": {"mon": "9-17", "sun": None, "more": {"note": "x"}},
    "tags": ["a", "b"],
    "version": 3,
}
ABOUT = {"about": "New"}
HOURS = {"hours": {"mon": "10-18", "sun": None, "more": {"note": "x"}}}
MERGE = {"Content-Type": "application/merge-patch+json"}
PATCH = {"Content-Type": "application/json-patch+json"}


def shaped(**keys: Any) -> Document:
    return Document(**{"path": "/me", "probe": ("/about",), **keys})


def request(**parts: Any) -> Request:
    return Request(**{"method": "PUT", "path": "/me", "is_idempotent": True, **parts})


def patch(*operations: tuple[Any, ...]) -> Request:
    """A JSON Patch; an operation without a value has none."""
    names = ("op", "path", "value")
    body = [dict(zip(names, one, strict=False)) for one in operations]
    return request(method="PATCH", headers=PATCH, json=body)


def json_patch(**keys: Any) -> Document:
    return shaped(update_method="PATCH", update_format="json-patch", **keys)


def merge_patch(**keys: Any) -> Document:
    return shaped(update_method="PATCH", update_format="merge-patch", **keys)


@pytest.mark.parametrize(
    ("document", "fields", "expected"),
    [
        (shaped(), ABOUT, request(json=ABOUT)),
        (shaped(update_method="PATCH"), ABOUT, request(method="PATCH", json=ABOUT)),
        (shaped(update_path="/me/7"), ABOUT, request(path="/me/7", json=ABOUT)),
        (shaped(update_root="/data/a~1b"), ABOUT, request(json={"data": {"a/b": ABOUT}})),
        (
            shaped(companions=("id", "tags", "not there")),
            ABOUT,
            request(json={"id": 7, "tags": ["a", "b"], "about": "New"}),
        ),
        (shaped(update_body="whole"), ABOUT, request(json={**BASE, "about": "New"})),
        (
            shaped(update_body="whole", writable=("about", "tags")),
            {**ABOUT, "id": 8},
            request(json={"about": "New", "tags": ["a", "b"]}),
        ),
        (
            shaped(version_member="/version"),
            {**ABOUT, "version": 1},
            request(json={"version": 3, "about": "New"}),
        ),
        (
            shaped(version_member="/hours/mon"),
            ABOUT,
            request(json={"hours": BASE["hours"], "about": "New"}),
        ),
        (shaped(version_member="/revision"), ABOUT, request(json=ABOUT)),
        (shaped(if_match="any"), ABOUT, request(json=ABOUT)),
    ],
    ids=lambda value: "",
)
def test_plain_json(document: Document, fields: dict[str, Any], expected: Request) -> None:
    assert update_request(fields, document, base=BASE) == expected


@pytest.mark.parametrize(
    ("document", "fields", "body"),
    [
        (merge_patch(), ABOUT, ABOUT),
        (merge_patch(), HOURS, {"hours": {"mon": "10-18"}}),
        (merge_patch(), {"tags": ["a"]}, {"tags": ["a"]}),
        (merge_patch(), {"new": {"x": 1}}, {"new": {"x": 1}}),
        # Restored to null, or to nothing: a merge patch says the same.
        (merge_patch(), {"hours": {"mon": None}}, {"hours": {"mon": None}}),
        # Stated, although an old read shows it: the whole property, or the probe in it.
        (merge_patch(), {"tags": ["a", "b"]}, {"tags": ["a", "b"]}),
        (
            merge_patch(probe=("/hours/mon",)),
            {"hours": BASE["hours"]},
            {"hours": {"mon": "9-17"}},
        ),
        (
            merge_patch(),
            {"hours": BASE["hours"]},
            {"hours": {"mon": "9-17", "more": {"note": "x"}}},
        ),
        (
            merge_patch(companions=("hours",), version_member="/version", update_root="/data"),
            HOURS,
            {"data": {"hours": {"mon": "10-18", "more": {"note": "x"}}, "version": 3}},
        ),
    ],
    ids=lambda value: "",
)
def test_a_merge_patch(document: Document, fields: dict[str, Any], body: object) -> None:
    expected = request(method="PATCH", headers=MERGE, json=body)
    assert update_request(fields, document, base=BASE) == expected


@pytest.mark.parametrize(
    ("document", "fields", "absent", "expected"),
    [
        (json_patch(), ABOUT, (), patch(("replace", "/about", "New"))),
        (json_patch(), HOURS, (), patch(("replace", "/hours/mon", "10-18"))),
        (json_patch(), {"a/b": None}, (), patch(("add", "/a~1b", None))),
        (json_patch(), {"tags": []}, (), patch(("replace", "/tags", []))),
        (json_patch(), {"about": None}, (), patch(("replace", "/about", None))),
        (json_patch(), {"about": None}, ("/about",), patch(("remove", "/about"))),
        (
            json_patch(),
            {"hours": {**BASE["hours"], "sun": None, "mon": None}},
            ("/hours/mon",),
            patch(("remove", "/hours/mon")),
        ),
        # What a read shows as gone is removed all the same if there is nothing else to say.
        (json_patch(), {"new": None}, ("/new",), patch(("remove", "/new"))),
        (
            json_patch(),
            {"new": None, "about": "New"},
            ("/new",),
            patch(("replace", "/about", "New")),
        ),
        # An old read may show the value that is to be: it is stated.
        (
            json_patch(probe=("/about", "/hours/mon")),
            {"about": "Old", "hours": BASE["hours"]},
            (),
            patch(("replace", "/about", "Old"), ("replace", "/hours/mon", "9-17")),
        ),
        (
            json_patch(update_root="/data", version_member="/version", companions=("id",)),
            {**ABOUT, "version": 1},
            (),
            patch(
                ("test", "/data/version", 3),
                ("replace", "/data/id", 7),
                ("replace", "/data/about", "New"),
            ),
        ),
    ],
    ids=lambda value: "",
)
def test_a_json_patch(
    document: Document, fields: dict[str, Any], absent: tuple[str, ...], expected: Request
) -> None:
    assert update_request(fields, document, base=BASE, absent=absent) == expected


def form(**keys: Any) -> Document:
    names = (("/about", "shop[about]"), ("/hours/mon", "mon"), ("/hours/sun", "sun"))
    rest = (("/id", "id"), ("/version", "v"))
    return shaped(update_method="POST", update_format="form", form_names=(*names, *rest), **keys)


@pytest.mark.parametrize(
    ("document", "fields", "sent"),
    [
        (form(), ABOUT, [("shop[about]", "New")]),
        (form(), HOURS, [("mon", "10-18")]),
        (form(), {"hours": {**BASE["hours"], "sun": True}}, [("sun", "true")]),
        (form(), {"about": None}, [("shop[about]", "")]),
        (form(companions=("id",)), ABOUT, [("shop[about]", "New"), ("id", "7")]),
        (
            form(version_member="/version"),
            {**ABOUT, "version": 1},
            [("shop[about]", "New"), ("v", "3")],
        ),
        (
            form(update_body="whole"),
            ABOUT,
            [("shop[about]", "New"), ("mon", "9-17"), ("sun", ""), ("id", "7"), ("v", "3")],
        ),
    ],
    ids=lambda value: "",
)
def test_a_form(document: Document, fields: dict[str, Any], sent: list[tuple[str, str]]) -> None:
    expected = request(method="POST", form=tuple(sent))
    assert update_request(fields, document, base=BASE) == expected


def test_what_was_absent_is_left_out_of_a_whole_document_and_is_null_otherwise() -> None:
    fields = {"new": None}
    whole = update_request(
        fields, shaped(update_body="whole"), base={**BASE, "new": "probe"}, absent=["/new"]
    )
    sparse = update_request(fields, shaped(), base={**BASE, "new": "probe"}, absent=["/new"])
    assert (whole.json, sparse.json) == (BASE, {"new": None})


@pytest.mark.parametrize(
    ("keys", "headers"),
    [
        ({}, {"If-Match": '"v1"'}),
        ({"idempotency_header": "Idempotency-Key"}, {"If-Match": '"v1"', "Idempotency-Key": "k"}),
        (
            {"csrf_header": "X-CSRF", "csrf_from_header": "X-Next"},
            {"If-Match": '"v1"', "X-CSRF": "from-header"},
        ),
        (
            {"csrf_header": "X-CSRF", "csrf_from_cookie": "csrftoken"},
            {"If-Match": '"v1"', "X-CSRF": "from-cookie", "Cookie": "csrftoken=from-cookie"},
        ),
        (
            {"csrf_header": "X-CSRF", "csrf_from_pointer": "/meta/csrf"},
            {"If-Match": '"v1"', "X-CSRF": "from-body"},
        ),
        ({"csrf_header": "X-CSRF", "csrf_from_pointer": "/nowhere"}, {"If-Match": '"v1"'}),
    ],
)
def test_the_headers(
    make_answer: NewResponse, keys: dict[str, Any], headers: dict[str, str]
) -> None:
    cookies = "a=b; Expires=Wed, 09 Jun 2027 10:18:14 GMT\ncsrftoken=from-cookie; Path=/"
    answer = make_answer(
        body={"meta": {"csrf": "from-body"}},
        headers={"x-next": "from-header", "set-cookie": cookies},
    )
    sent = update_request(ABOUT, shaped(**keys), base=BASE, answer=answer, if_match='"v1"', key="k")
    assert sent == request(json=ABOUT, headers=headers)


@pytest.mark.parametrize(
    ("document", "body", "fields"),
    [
        (shaped(), ABOUT, ABOUT),
        (shaped(), [ABOUT], None),
        (shaped(update_root="/data"), {"data": ABOUT}, ABOUT),
        (shaped(update_root="/data"), ABOUT, None),
        (merge_patch(), ABOUT, ABOUT),
        (json_patch(), [{"op": "replace", "path": "/about", "value": "New"}], None),
        (form(), ABOUT, None),
    ],
)
def test_the_fields_of_somebody_elses_update(
    document: Document, body: object, fields: object
) -> None:
    assert fields_in(body, document) == fields


@pytest.mark.parametrize(
    ("document", "values"),
    [
        (shaped(), [None, "", 1, True, {}, []]),
        (json_patch(), [None, "", 1, True, {}, []]),
        (merge_patch(), ["", 1, True, {}, []]),
        (form(), ["", 1, True]),
    ],
)
def test_a_value_that_an_update_can_state(document: Document, values: list[Any]) -> None:
    candidates: list[Any] = [None, "", 1, True, {}, []]
    assert [value for value in candidates if can_state(value, document)] == values

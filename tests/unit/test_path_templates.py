"""Which templates a path matches; `test_openapi_operations.py` has which of several wins."""

from __future__ import annotations

import sys

import pytest

from pytest_apismoke.openapi.path_templates import TemplateTree

TEMPLATES = (
    "/orders",
    "/orders/",
    "/orders/{id}",
    "/orders/{order}",
    "/orders/last",
    "/orders/{id}.json",
    "/orders/{id}/lines/{line}",
    "/{any}/last",
    "/a.b",
    "/",
)


@pytest.fixture(scope="module")
def tree() -> TemplateTree[str]:
    made: TemplateTree[str] = TemplateTree()
    for template in TEMPLATES:
        assert made.add(template, template)
    return made


@pytest.mark.parametrize(
    ("path", "templates"),
    [
        ("/orders", {"/orders"}),
        ("/orders/", {"/orders/"}),
        ("/orders/7", {"/orders/{id}", "/orders/{order}"}),
        ("/orders/last", {"/orders/{id}", "/orders/{order}", "/orders/last", "/{any}/last"}),
        ("/orders/7.json", {"/orders/{id}", "/orders/{order}", "/orders/{id}.json"}),
        ("/orders/.json", {"/orders/{id}", "/orders/{order}"}),
        ("/orders/7/lines/1", {"/orders/{id}/lines/{line}"}),
        ("/orders/7/lines/", set()),
        ("//last", set()),
        ("/axb", set()),
        ("/", {"/"}),
        ("", set()),
    ],
)
def test_a_path_matches_templates_whose_variables_are_not_empty(
    tree: TemplateTree[str], path: str, templates: set[str]
) -> None:
    assert set(tree.matching(path)) == templates


@pytest.mark.parametrize("template", ["/orders/{id", "/{a/b", "/{a}{"])
def test_no_path_matches_an_unclosed_brace(template: str) -> None:
    made: TemplateTree[str] = TemplateTree()
    assert not made.add(template, template)
    assert list(made.matching(template)) == []


def test_templates_that_begin_otherwise_are_not_looked_at() -> None:
    made: TemplateTree[str] = TemplateTree()
    for number in range(1000):
        made.add(f"/of-{number}/x-{{id}}", f"template {number}")
    called: list[str] = []

    def note(frame: object, event: str, function: object) -> None:
        if event == "c_call":
            called.append(getattr(function, "__name__", ""))

    sys.setprofile(note)
    try:
        found = list(made.matching("/of-7/x-1"))
    finally:
        sys.setprofile(None)
    assert (found, called.count("fullmatch")) == (["template 7"], 1)

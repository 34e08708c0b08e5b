"""The spec of a run: from a file or the target; and the validator of the run's responses."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from unit.declaring import BASE_URL, Backend, Says, refused
from unit.exchanges import retold

from pytest_apismoke.errors import Category, Violation
from pytest_apismoke.evidence import ConformanceResult
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.openapi import refs
from pytest_apismoke.openapi.late_validation import LateValidation
from pytest_apismoke.openapi.response_validator import response_validator
from pytest_apismoke.openapi.spec_source import (
    LoadedSpec,
    from_file,
    from_response,
    is_of_target,
    spec_of,
)
from pytest_apismoke.redaction import REPLACEMENT, Redactor

if TYPE_CHECKING:
    from unit.conftest import FakeClock

    from pytest_apismoke.openapi.spec import Spec

MakeAnswer = Callable[..., Response]

ORDER = {"type": "object", "properties": {"id": {"type": "integer"}, "note": {"type": "string"}}}
URL = "https://api.example.com/openapi.json"
NOT_OPENAPI = "name the file or the URL of the document itself, not of a page that displays it"


def document(schema: object = ORDER) -> dict[str, object]:
    content = {"application/json": {"schema": schema}}
    responses = {"200": {"description": "ok", "content": content}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/orders/{id}": {"get": {"responses": responses}}},
    }


def message(expected: str, seen: str, where: str, hint: str) -> str:
    return f"expected {expected}, seen {seen}\n  where: {where}\n  what to do: {hint}"


# -- which of the two -------------------------------------------------------------------------


def test_a_path_that_begins_with_a_slash_and_is_no_file_is_the_targets(tmp_path: Path) -> None:
    file = tmp_path / "openapi.json"
    assert is_of_target(str(file))
    file.write_text("{}")
    assert not is_of_target(str(file))
    assert [is_of_target(one) for one in ("/openapi.json", "openapi.json", "./a/b.yaml")] == [
        *(True, False, False)
    ]


# -- a file -----------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_file_is_read_relative_to_where_one_stands(mark: str, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "openapi.json").write_text(mark + json.dumps(document()), encoding="utf-8")
    assert from_file("docs/openapi.json", tmp_path) == LoadedSpec(
        document=document(), label="docs/openapi.json"
    )
    whole = str(folder / "openapi.json")
    assert from_file(whole, Path("/nowhere")) == LoadedSpec(document=document(), label=whole)


def test_the_files_that_it_refers_to_are_read_with_it(tmp_path: Path) -> None:
    (tmp_path / "order.json").write_text(json.dumps(ORDER))
    loaded_spec = document({"$ref": "order.json"})
    (tmp_path / "openapi.json").write_text(json.dumps(loaded_spec))
    assert from_file("openapi.json", tmp_path) == LoadedSpec(
        document=loaded_spec, label="openapi.json", files={"order.json": ORDER}
    )


def test_no_link_leads_out_of_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (tmp_path / "order.json").write_text(json.dumps(ORDER))
    (folder / "inside.json").write_text(json.dumps(ORDER))
    (folder / "linked.json").symlink_to(folder / "inside.json")
    (folder / "out.json").symlink_to(tmp_path / "order.json")
    source = folder / "openapi.json"

    source.write_text(json.dumps(document({"$ref": "linked.json"})))
    assert from_file("openapi.json", folder).files == {"linked.json": ORDER}
    source.write_text(json.dumps(document({"$ref": "out.json"})))
    category, text = refused(lambda: from_file("openapi.json", folder))
    assert (category, text.splitlines()[0]) == (
        Category.USAGE,
        "expected the file out.json, seen a link that leads out of the folder",
    )


def test_a_file_that_is_not_there_is_a_mistake_of_the_call(tmp_path: Path) -> None:
    assert refused(lambda: from_file("opneapi.json", tmp_path)) == (
        Category.USAGE,
        message(
            "an OpenAPI document: a file, or a path of the target (/openapi.json)",
            "'opneapi.json': No such file",
            "--smoke-openapi",
            f"correct it (it is looked for in {tmp_path})",
        ),
    )


def test_what_has_no_end_is_no_file(tmp_path: Path) -> None:
    """Reading a pipe without a writer would never end."""
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "folder").mkdir()
    for name in ("pipe.json", "folder", "."):
        _, text = refused(lambda: from_file(name, tmp_path))  # noqa: B023  # called at once
        assert f"seen '{name}': No such file\n" in text


def test_nor_is_one_that_it_refers_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "order.json")
    (tmp_path / "openapi.json").write_text(json.dumps(document({"$ref": "order.json"})))
    category, text = refused(lambda: from_file("openapi.json", tmp_path))
    assert (category, text.splitlines()[0]) == (
        Category.USAGE,
        "expected the file order.json, seen No such file",
    )


def test_a_file_that_no_spec_is_as_large_as_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "openapi.json").open("wb") as file:
        file.truncate(50 * 1024 * 1024 + 1)
    category, text = refused(lambda: from_file("openapi.json", tmp_path))
    assert category is Category.USAGE
    assert "seen 'openapi.json': larger than 50 MB\n" in text


def test_a_file_that_is_no_text_is_a_mistake_too(tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_bytes(b"\xff\xfe{")
    _, text = refused(lambda: from_file("openapi.json", tmp_path))
    assert "seen 'openapi.json': it is not UTF-8\n" in text


def test_a_reference_to_nowhere_is_found_before_the_run(tmp_path: Path) -> None:
    loaded_spec = document({"$ref": "#/components/schemas/Order"})
    (tmp_path / "openapi.json").write_text(json.dumps(loaded_spec))
    category, text = refused(lambda: from_file("openapi.json", tmp_path))
    assert category is Category.USAGE
    assert text.startswith(
        "expected a $ref that can be resolved, seen '#/components/schemas/Order'\n"
        "  where: openapi.json#/paths/~1orders~1{id}/get/responses/200/content/"
        "application~1json/schema/$ref\n"
    )


# -- the target -------------------------------------------------------------------------------

HOW = "fetched with the token"


def loaded(clock: FakeClock, says: Says, path: str = "/openapi.json") -> LoadedSpec:
    response = Backend(clock, {f"GET {path}": says}).send(Request(method="GET", path=path))
    return from_response(response, how=HOW)


def test_the_response_of_a_target_is_read(clock: FakeClock) -> None:
    assert loaded(clock, Says(body=document())) == LoadedSpec(document=document(), label=URL)


def test_a_target_may_serve_yaml(clock: FakeClock) -> None:
    text = "\ufeffopenapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\n"
    assert loaded(clock, Says(body=text.encode())).document["openapi"] == "3.1.0"


def test_what_may_be_secret_in_a_query_names_no_spec(clock: FakeClock) -> None:
    assert loaded(clock, Says(body=document()), "/openapi.json?key=canary").label == URL


def test_what_is_neither_here_nor_there_is_a_mistake_of_the_call(clock: FakeClock) -> None:
    assert refused(lambda: loaded(clock, Says(status=404))) == (
        Category.USAGE,
        message(
            "an OpenAPI document: a file, or a path of the target (/openapi.json)",
            f"no such file, and status 404 for GET {URL}",
            "--smoke-openapi",
            "correct the path",
        ),
    )


@pytest.mark.parametrize("status", [500, 401, 204])
def test_a_spec_that_is_not_served_is_a_fetch_that_failed(status: int, clock: FakeClock) -> None:
    assert refused(lambda: loaded(clock, Says(status=status))) == (
        Category.FETCH,
        message(
            "200 with an OpenAPI document, fetched with the token",
            f"{status} with no body",
            f"GET {URL}",
            "correct --smoke-openapi; if this account may not see the document, save it and name"
            " the file",
        ),
    )


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            b"<!doctype html>",
            message("an OpenAPI document", "the string '<!doctype html>'", URL, NOT_OPENAPI),
        ),
        (
            b"\xff\xfe",
            message(
                "an OpenAPI document in UTF-8",
                "200 with application/json, 2 bytes",
                f"GET {URL}",
                "repeat the request with the curl line and look at the response",
            ),
        ),
    ],
    ids=["a page", "no text"],
)
def test_a_response_that_is_no_document_is_the_targets_fault(
    body: bytes, text: str, clock: FakeClock
) -> None:
    assert refused(lambda: loaded(clock, Says(body=body))) == (Category.INVALID, text)


def test_a_reference_to_nowhere_is_a_mistake_in_the_document_and_not_of_the_api(
    clock: FakeClock,
) -> None:
    """So is a reference to another file: nothing else is fetched."""
    for ref in ("#/components/schemas/Order", "order.json"):
        says = Says(body=document({"$ref": ref}))
        category, text = refused(lambda: loaded(clock, says))  # noqa: B023  # called at once
        assert category is Category.USAGE
        assert f"seen '{ref}'" in text


def test_so_is_a_version_that_nobody_supports(clock: FakeClock) -> None:
    says = Says(body={"swagger": "2.0", "paths": {}})
    assert refused(lambda: loaded(clock, says)) == (
        Category.USAGE,
        message(
            "OpenAPI 3.0, 3.1, 3.2",
            "Swagger 2.0",
            f"{URL}#/swagger",
            "convert it, for instance with swagger2openapi",
        ),
    )


@pytest.mark.parametrize("text", ["", "# later\n", "null", "- 1", "7"])
def test_a_reference_to_what_is_no_object_is_reported_before_anything_is_sent(
    text: str, tmp_path: Path
) -> None:
    (tmp_path / "order.yaml").write_text(text)
    (tmp_path / "openapi.json").write_text(json.dumps(document({"$ref": "order.yaml"})))
    came = {"- 1": "a list of 1", "7": "the number 7"}.get(text, "null")
    assert refused(lambda: from_file("openapi.json", tmp_path)) == (
        Category.USAGE,
        message(
            "a $ref to an object",
            f"'order.yaml', which leads to {came}",
            "openapi.json#/paths/~1orders~1{id}/get/responses/200/content/application~1json/schema"
            "/$ref",
            "correct it, or add its target",
        ),
    )


# -- what is found once ------------------------------------------------------------------------


@pytest.fixture
def walks(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The documents that were walked through, once for each time."""
    found: list[object] = []
    plain = refs._objects

    def walk(
        document: object, uri: str, version: str, having: frozenset[str] | None
    ) -> Iterator[refs.SpecObject]:
        found.append(document)
        return plain(document, uri, version, having)

    monkeypatch.setattr(refs, "_objects", walk)
    return found


def test_a_document_is_walked_twice_however_often_its_spec_is_asked_for(
    tmp_path: Path, walks: list[object]
) -> None:
    """Once for the files that it leads to, and once for what its references may lead to."""
    (tmp_path / "openapi.json").write_text(json.dumps(document()), encoding="utf-8")
    loaded = from_file("openapi.json", tmp_path)
    specs = [spec_of(loaded, url) for url in (BASE_URL, f"{BASE_URL}/v1")]
    assert [one.find("GET", "/orders/7") is not None for one in specs if one] == [True, True]
    assert len(walks) == 2


def test_another_process_gets_the_document_and_finds_the_rest(tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_text(json.dumps(document()), encoding="utf-8")
    loaded = from_file("openapi.json", tmp_path)
    received = pickle.loads(pickle.dumps(loaded))  # noqa: S301  # its own
    assert (received, received.operations, received.spec) == (loaded, loaded.operations, None)
    spec = spec_of(received, BASE_URL)
    assert spec is not None
    assert [one.name for one in spec.operations()] == ["GET /orders/{id}"]


def test_another_document_has_a_spec_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_text(json.dumps(document()), encoding="utf-8")
    loaded = from_file("openapi.json", tmp_path)
    other = spec_of(replace(loaded, document={**document(), "paths": {}}), BASE_URL)
    assert other is not None
    assert other.operations() == ()


# -- the validator of responses ---------------------------------------------------------------

LOADED = LoadedSpec(document=document(), label="openapi.json")
GET_ONE = Request(method="GET", path="/orders/7")


def test_without_a_spec_nothing_is_validated() -> None:
    assert spec_of(None, "https://api.example.com") is None
    assert response_validator(None, Redactor(), Budget(60.0)) is None


def test_a_response_is_validated_against_its_operation(make_answer: MakeAnswer) -> None:
    redactor = Redactor()
    redactor.learn("canary", "APISMOKE_TOKEN")
    validate = response_validator(spec_of(LOADED, BASE_URL), redactor, Budget(60.0))
    assert validate is not None
    assert validate(GET_ONE, make_answer(body={"id": "canary", "extra": 1})) == ConformanceResult(
        operation="GET /orders/{id}",
        violations=(
            Violation(
                pointer="/id",
                expected="type integer",
                actual=f"the string '{REPLACEMENT}'",
                schema_location="openapi.json#/paths/~1orders~1{id}/get/responses/200/content/"
                "application~1json/schema/properties/id/type",
                kind="type",
                places=("/id",),
            ),
        ),
        difference=(
            "@@ / @@",
            '- "id": type integer',
            f'+ "id": "{REPLACEMENT}"',
            '  "extra": 1',
        ),
        undeclared=("/extra",),
        unseen=("/note",),
    )
    assert validate(Request(method="GET", path="/elsewhere"), make_answer(body={})) is None


def test_a_spec_that_is_wrong_ends_nothing_that_is_under_way(
    make_answer: MakeAnswer,
) -> None:
    """It must not end a write that has begun, for example: it is reported as a violation."""
    wrong = LoadedSpec(document=document({"$ref": "#/nowhere"}), label="openapi.json")
    validate = response_validator(spec_of(wrong, ""), Redactor(), Budget(60.0))
    assert validate is not None
    result = validate(GET_ONE, make_answer(body={"id": 1}))
    assert result is not None
    assert result.is_defect
    assert (result.operation, [str(violation) for violation in result.violations]) == (
        "GET /orders/7",
        ["/: expected a $ref that can be resolved, got '#/nowhere'"],
    )


def test_of_a_response_that_holds_a_secret_only_the_places_are_reported(
    make_answer: MakeAnswer,
) -> None:
    """Such as the token of a login, which the redactor does not know yet."""
    validate = response_validator(spec_of(LOADED, BASE_URL), Redactor(), Budget(60.0))
    assert validate is not None
    request = replace(GET_ONE, response_is_secret=True)
    result = validate(request, make_answer(body={"id": "canary-token", "extra": "canary-too"}))
    assert result == ConformanceResult(
        operation="GET /orders/{id}",
        violations=(
            Violation(
                pointer="/id",
                expected="type integer",
                actual="something that is not shown",
                schema_location="openapi.json#/paths/~1orders~1{id}/get/responses/200/content/"
                "application~1json/schema/properties/id/type",
                kind="type",
                places=("/id",),
            ),
        ),
        undeclared=("/extra",),
        unseen=("/note",),
    )


def test_comparing_ends_with_the_budget(make_answer: MakeAnswer, clock: FakeClock) -> None:
    """A pattern may take for ever to match a string."""
    schema = {"properties": {"id": {"pattern": "^(a|aa)+$"}}}
    endless = LoadedSpec(document=document(schema), label="openapi.json")
    budget = Budget(0.05, reserved_s=0.0, clock=clock)
    validate = response_validator(spec_of(endless, BASE_URL), Redactor(), budget)
    assert validate is not None
    category, text = refused(lambda: validate(GET_ONE, make_answer(body={"id": "a" * 60 + "!"})))
    assert category is Category.BUDGET
    assert text == (
        "expected the validation of the response against its contract to finish, seen no result"
        " within 0.05 s\n  where: openapi.json\n  what to do: look there for a pattern that"
        " backtracks without end, such as ^(a|aa)+$, or for a schema whose branches multiply, and"
        " rewrite it"
    )


def test_a_defect_while_comparing_verifies_nothing_and_blames_nobody(
    make_answer: MakeAnswer,
) -> None:
    class Broken:
        label = "openapi.json"

        def validate(self, *_: object) -> None:
            raise RuntimeError("canary")

    validate = response_validator(cast("Spec", Broken()), Redactor(), Budget(60.0))
    assert validate is not None
    result = validate(GET_ONE, make_answer(body={}))
    assert result is not None
    (violation,) = result.violations
    assert replace(violation, actual=violation.actual.partition(",")[0]) == Violation(
        pointer="",
        expected="the validation of the response against openapi.json to run",
        actual="RuntimeError in test_spec_source.py",
        schema_location="openapi.json",
    )
    assert replace(result, violations=()) == ConformanceResult(
        operation="GET /orders/7", was_compared=False
    )


def test_responses_that_came_before_the_spec_are_validated_when_it_is_there(
    make_answer: MakeAnswer,
) -> None:
    late = LateValidation()
    first, second = make_answer(body={"id": 1}), make_answer(body={"id": "one"})
    refused = retold(replace(first.exchange, status=503), error="refused")
    recorded = (refused, first.exchange, second.exchange)
    for response in (first, second):
        late(GET_ONE, response)
    validate = response_validator(spec_of(LOADED, BASE_URL), Redactor(), Budget(60.0))
    assert validate is not None

    validated = late.validated(recorded, validate)

    assert validated == (
        refused,
        replace(first.exchange, held=validate(GET_ONE, first)),
        replace(second.exchange, held=validate(GET_ONE, second)),
    )
    assert [one.held is None or one.held.violations == () for one in validated] == [
        *(True, True, False)
    ]


def test_without_a_spec_they_stay_as_they_are(make_answer: MakeAnswer) -> None:
    late, response = LateValidation(), make_answer(body={})
    late(GET_ONE, response)
    assert late.validated([response.exchange], None) == (response.exchange,)


def test_a_spec_is_not_shown_whole_by_accident() -> None:
    assert repr(LOADED) == "LoadedSpec(label='openapi.json')"

"""Operations: listed, matched with requests, and turned into requests."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_apismoke.errors import SmokeError
from pytest_apismoke.openapi.example_requests import NotCheckable, OperationCheck
from pytest_apismoke.openapi.operations import Operation
from pytest_apismoke.openapi.spec import Spec
from pytest_apismoke.redaction import Redactor

OK: dict[str, Any] = {"responses": {"200": {"description": "ok"}}}
#: The versions that differ in how they declare operations.
VERSIONS = ("3.0.3", "3.1.0", "3.2.0")


def spec_with(
    paths: dict[str, Any], target_url: str = "", *, version: str = "3.1.0", **more: Any
) -> Spec:
    return Spec(
        {"openapi": version, "info": {"title": "t", "version": "1"}, "paths": paths, **more},
        label="openapi.yaml",
        target_url=target_url,
    )


def names(found: tuple[OperationCheck, ...] | tuple[NotCheckable, ...]) -> list[str]:
    return [one.operation for one in found]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_operation_is_listed_in_the_specs_order(version: str) -> None:
    found = spec_with(
        {
            "/b": {
                "summary": "not an operation",
                "get": {"operationId": "listB", "tags": ["b", "x"], "deprecated": True, **OK},
                "post": OK,
                "parameters": [],
                "x-post": OK,
            },
            "/a/{id}": {"$ref": "#/components/pathItems/a"},
            "/c": {"get": {"$ref": "#/components/x-operation"}},
            "/nowhere": {"$ref": "#/components/pathItems/gone"},
            "x-paths": {"get": OK},
        },
        version=version,
        components={"pathItems": {"a": {"delete": OK}}, "x-operation": {"operationId": "c", **OK}},
    )
    assert found.operations() == (
        Operation(method="GET", path="/b", operation_id="listB", tags=("b", "x"), deprecated=True),
        Operation(method="POST", path="/b"),
        Operation(method="DELETE", path="/a/{id}"),
        Operation(method="GET", path="/c", operation_id="c"),
    )
    assert [operation.name for operation in found.operations()] == [
        "GET /b",
        "POST /b",
        "DELETE /a/{id}",
        "GET /c",
    ]


def test_the_methods_of_3_2() -> None:
    found = spec_with({"/a": {"query": OK, "additionalOperations": {"COPY": OK}}}, version="3.2.0")
    assert [one.name for one in found.operations()] == ["QUERY /a", "COPY /a"]
    assert found.validate("COPY", "/a", 200, {}, b"", Redactor()) is not None


@pytest.mark.parametrize("paths", [{}, {"/a": None}, {"/a": {"get": []}}, {"a": {"get": OK}}])
def test_what_is_no_operation_is_passed_over(paths: dict[str, Any]) -> None:
    assert spec_with(paths).operations() == ()


# -- matching requests ----------------------------------------------------------------------------

ORDERS: dict[str, Any] = {
    "/orders": {"get": OK, "post": OK},
    "/orders/{id}": {"get": OK, "delete": OK},
    "/orders/latest": {"get": OK},
    "/orders/{id}/lines/{line}": {"get": OK},
    "/{kind}/latest": {"get": OK},
    "/report.{format}": {"get": OK},
    "/späti": {"get": OK},
    "/": {"get": OK},
    "/broken/{": {"get": OK},
}


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("GET", "/orders", "GET /orders"),
        ("get", "/orders?limit=5", "GET /orders"),
        ("POST", "/orders", "POST /orders"),
        ("PUT", "/orders", None),
        ("HEAD", "/orders", None),
        ("GET", "/orders/", None),
        ("GET", "/orders/17", "GET /orders/{id}"),
        ("GET", "/orders/a%2Fb", "GET /orders/{id}"),
        ("GET", "/orders/a/b", None),
        ("GET", "/orders/{id}", "GET /orders/{id}"),
        # A literal segment wins over a variable, unless its template lacks the method.
        ("GET", "/orders/latest", "GET /orders/latest"),
        ("GET", "/orders/%6Catest", "GET /orders/latest"),
        ("DELETE", "/orders/latest", "DELETE /orders/{id}"),
        ("GET", "/bills/latest", "GET /{kind}/latest"),
        ("GET", "/orders/17/lines/2", "GET /orders/{id}/lines/{line}"),
        ("GET", "/orders//lines/2", None),
        ("GET", "/report.csv", "GET /report.{format}"),
        ("GET", "/reportXcsv", None),
        ("GET", "/sp%C3%A4ti", "GET /späti"),
        ("GET", "/", "GET /"),
        ("GET", "/broken/{", None),
        ("GET", "/elsewhere", None),
        ("GET", "/orders\n", None),
    ],
)
def test_the_operation_that_a_request_is_for(method: str, path: str, operation: str | None) -> None:
    found = spec_with(ORDERS).find(method, path)
    assert (found.name if found else None) == operation


V1 = [{"url": "https://api.example.com/v1"}]
BY_VARIABLE = [{"url": "/{v}", "variables": {"v": {"enum": ["v1", "v2"], "default": "v1"}}}]


@pytest.mark.parametrize(
    ("servers", "target_url", "path", "found"),
    [
        (V1, "https://staging/v1", "/orders", True),
        (V1, "https://staging", "/v1/orders", True),
        (V1, "https://staging/", "/v1/orders", True),
        (V1, "https://staging/gateway/v1", "/orders", True),
        (V1, "https://staging/gateway", "/v1/orders", True),
        (V1, "http://127.0.0.1:8000", "/orders", True),
        (V1, "https://staging", "/v2/orders", False),
        (V1, "https://staging", "/v1orders", False),
        ([], "https://staging", "/orders", True),
        ([], "https://staging/api", "/orders", True),
        ([{"url": "/"}], "https://staging", "/orders", True),
        ([{"url": "/v1/"}], "https://staging", "/v1/orders", True),
        ([{"url": "v1"}], "https://staging", "/v1/orders", True),
        (
            [{"url": "https://{host}/{base}", "variables": {"base": {"default": "v3"}}}],
            "https://staging",
            "/v3/orders",
            True,
        ),
        ([{"url": "http://[broken"}, 5], "https://staging", "/orders", True),
        # The path of a server on the target itself is needed, unless the target hides it.
        ([{"url": "/v1"}], "https://staging", "/orders", False),
        ([{"url": "https://staging/v1"}], "https://staging", "/orders", False),
        ([{"url": "/v1"}], "https://staging/shop", "/orders", True),
        ([{"url": "/api/v1"}], "https://staging/api", "/v1/orders", True),
        ([{"url": "/api/v1"}], "https://staging/api", "/orders", False),
        ([{"url": "/v1"}, {"url": "/"}], "https://staging", "/orders", True),
        (BY_VARIABLE, "https://staging/v2", "/orders", True),
        (BY_VARIABLE, "https://staging", "/v2/orders", True),
        (BY_VARIABLE, "https://staging", "/v3/orders", False),
    ],
)
def test_the_servers_path_may_be_the_targets_or_the_requests(
    servers: list[Any], target_url: str, path: str, found: bool
) -> None:
    spec = spec_with({"/orders": {"get": OK}}, target_url, servers=servers)
    assert (spec.find("GET", path) is not None) is found


def test_a_path_of_the_spec_that_contains_the_path_of_the_target() -> None:
    spec = spec_with({"/api/orders": {"get": OK}}, "https://staging/api")
    assert spec.find("GET", "/orders") is not None


def test_the_reading_with_fewest_variables_wins_whatever_the_servers_path() -> None:
    spec = spec_with(
        {"/{a}/{b}": {"get": OK}, "/{id}": {"get": OK}}, "https://staging/v1", servers=[]
    )
    found = spec.find("GET", "/17")
    assert found is not None
    assert found.path == "/{id}"


def test_servers_of_a_path_and_of_an_operation_replace_those_above() -> None:
    spec = spec_with(
        {
            "/a": {"servers": [{"url": "/two"}], "get": OK},
            "/b": {"get": {"servers": [{"url": "/three"}], **OK}},
        },
        servers=[{"url": "/one"}],
    )
    found = [
        path
        for path in ("/one/a", "/two/a", "/three/a", "/one/b", "/two/b", "/three/b")
        if spec.find("GET", path)
    ]
    assert found == ["/two/a", "/three/b"]


# -- by name --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["getOrder", "GET /orders/{id}", "get /orders/{id}"])
def test_an_operation_is_found_by_its_id_and_by_its_name(name: str) -> None:
    spec = spec_with({"/orders/{id}": {"get": {"operationId": "getOrder", **OK}}})
    held = spec.validate_operation(name, 200, {}, b"", Redactor())
    assert held.operation == "GET /orders/{id}"


@pytest.mark.parametrize(
    ("paths", "name", "hint"),
    [
        (ORDERS, "GET /order", "did you mean 'GET /orders'?"),
        ({"/a": {"get": {"operationId": "a", **OK}}}, "zzz", "choose from GET /a, a"),
        ({}, "getOrder", "it has no operations"),
    ],
)
def test_an_operation_that_there_is_not(paths: dict[str, Any], name: str, hint: str) -> None:
    with pytest.raises(SmokeError) as caught:
        spec_with(paths).validate_operation(name, 200, {}, b"", Redactor())
    failure = caught.value.failure
    assert (failure.expected, failure.seen, failure.where, failure.hint) == (
        "the id or the name of an operation of openapi.yaml",
        repr(name),
        "openapi.yaml",
        hint,
    )


# -- example requests -----------------------------------------------------------------------------


def asked(path: str, operation: dict[str, Any], **more: Any) -> OperationCheck | NotCheckable:
    found = spec_with({path: {"get": {**OK, **operation}}}, **more)
    made: list[OperationCheck | NotCheckable] = [*found.checks(), *found.not_checkable()]
    assert len(made) == 1
    return made[0]


def asked_with(parameter: dict[str, Any], path: str = "/a") -> OperationCheck | NotCheckable:
    return asked(path, {"parameters": [{"required": True, **parameter}]})


def test_only_what_changes_nothing_is_asked() -> None:
    methods = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
    found = spec_with({"/a": dict.fromkeys(methods, OK)})
    assert names(found.checks()) == ["GET /a", "OPTIONS /a", "HEAD /a"]
    assert found.not_checkable() == tuple(
        NotCheckable(operation=f"{method} /a", reason="it may change something")
        for method in ("PUT", "POST", "DELETE", "PATCH", "TRACE")
    )


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ({"example": 17, "schema": {"example": 18}}, "17"),
        ({"examples": {"one": {"value": 17}, "two": {"value": 18}}}, "17"),
        ({"examples": {"one": {"$ref": "#/components/examples/one"}}}, "seventeen"),
        ({"examples": {"one": {"externalValue": "https://h/x"}, "two": {"value": 2}}}, "2"),
        ({"examples": {"one": {"dataValue": 17}}}, "17"),
        ({"schema": {"example": 17, "default": 18}}, "17"),
        ({"schema": {"default": 17}}, "17"),
        ({"schema": {"const": 17}}, "17"),
        ({"schema": {"enum": [17]}}, "17"),
        ({"schema": {"examples": [17, 18]}}, "17"),
        ({"schema": {"$ref": "#/components/schemas/id"}}, "17"),
        ({"schema": {"allOf": [{"$ref": "#/components/schemas/id"}]}}, "17"),
        ({"example": True}, "true"),
        ({"example": 1.5}, "1.5"),
        ({"content": {"application/json": {"example": [1, "a"]}}}, '[1, "a"]'),
    ],
)
@pytest.mark.parametrize("place", ["query", "header", "path"])
def test_where_a_value_comes_from(place: str, parameter: dict[str, Any], value: str) -> None:
    found = spec_with(
        {
            "/a/{id}" if place == "path" else "/a": {
                "get": {
                    "parameters": [{"name": "id", "in": place, "required": True, **parameter}],
                    **OK,
                }
            }
        },
        components={
            "schemas": {"id": {"type": "integer", "example": 17}},
            "examples": {"one": {"value": "seventeen"}},
        },
    )
    (check,) = found.checks()
    encoded = value.replace("[", "%5B").replace("]", "%5D").replace('"', "%22").replace(" ", "%20")
    assert (check.path, check.query, check.headers) == {
        "query": ("/a", (("id", value),), ()),
        "header": ("/a", (), (("id", value),)),
        "path": (f"/a/{encoded}", (), ()),
    }[place]


@pytest.mark.parametrize(
    "parameter",
    [
        {},
        {"schema": {"type": "integer"}},
        {"schema": {"enum": [1, 2]}},
        {"schema": {"$ref": "#/nowhere"}},
        {"schema": {"anyOf": [{"default": 1}]}},
        {"example": None},
        {"examples": {}},
        {"examples": {"one": {"externalValue": "https://h/x"}}},
    ],
)
def test_nothing_is_invented(parameter: dict[str, Any]) -> None:
    assert asked_with({"name": "id", "in": "query", **parameter}) == NotCheckable(
        operation="GET /a",
        reason="there is no example for its query parameter 'id'",
        lacks=("query", "id"),
    )


@pytest.mark.parametrize(
    ("parameter", "query"),
    [
        ({"example": [1, 2]}, (("id", "1"), ("id", "2"))),
        ({"example": [1, 2], "explode": False}, (("id", "1,2"),)),
        ({"example": [1, 2], "style": "pipeDelimited"}, (("id", "1|2"),)),
        ({"example": [1, 2], "style": "spaceDelimited"}, (("id", "1 2"),)),
        ({"example": {"a": 1, "b": "x"}}, (("a", "1"), ("b", "x"))),
        ({"example": {"a": 1, "b": "x"}, "explode": False}, (("id", "a,1,b,x"),)),
        ({"example": {"a": 1}, "style": "deepObject", "explode": True}, (("id[a]", "1"),)),
        ({"example": "a b&c"}, (("id", "a b&c"),)),
    ],
)
def test_how_a_query_is_written(
    parameter: dict[str, Any], query: tuple[tuple[str, str], ...]
) -> None:
    check = asked_with({"name": "id", "in": "query", **parameter})
    assert isinstance(check, OperationCheck)
    assert check.query == query


@pytest.mark.parametrize(
    ("parameter", "path"),
    [
        ({"example": "a b/c?d#e%"}, "/a/a%20b%2Fc%3Fd%23e%25"),
        ({"example": "späti"}, "/a/sp%C3%A4ti"),
        ({"example": [1, 2]}, "/a/1,2"),
        ({"example": {"x": 1, "y": 2}}, "/a/x,1,y,2"),
        ({"example": {"x": 1, "y": 2}, "explode": True}, "/a/x=1,y=2"),
        ({"example": 5, "style": "label"}, "/a/.5"),
        ({"example": 5, "style": "matrix"}, "/a/;id=5"),
        ({"example": "{id}"}, "/a/%7Bid%7D"),
    ],
)
def test_how_a_path_is_written(parameter: dict[str, Any], path: str) -> None:
    check = asked_with({"name": "id", "in": "path", **parameter}, "/a/{id}")
    assert isinstance(check, OperationCheck)
    assert check.path == path


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        (
            {"parameters": [{"name": "c", "in": "cookie", "required": True, "example": 1}]},
            "it requires the cookie parameter 'c'",
        ),
        (
            {"parameters": [{"$ref": "#/gone"}]},
            "its parameter {'$ref': '#/gone'} cannot be resolved",
        ),
        ({"requestBody": {"required": True, "content": {}}}, "it requires a body"),
        (
            {"responses": {"200": {"content": {"text/event-stream": {}}}}},
            "its response is an endless stream",
        ),
    ],
)
def test_why_an_operation_can_not_be_asked(operation: dict[str, Any], reason: str) -> None:
    assert asked("/a", operation) == NotCheckable(operation="GET /a", reason=reason)


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ([], "its path has variables that are not declared: /a/{id}"),
        (
            [{"name": "id", "in": "path", "required": True, "example": ".."}],
            "the example for its path parameter 'id' is '..'",
        ),
        (
            [{"name": "id", "in": "path", "required": True, "example": [1], "style": "matrix"}],
            "its parameter 'id' is sent in the style 'matrix'",
        ),
    ],
)
def test_why_a_path_can_not_be_filled(parameters: list[Any], reason: str) -> None:
    assert asked("/a/{id}", {"parameters": parameters}) == NotCheckable(
        operation="GET /a/{id}", reason=reason
    )


def test_what_need_not_be_sent_is_not_and_an_operations_parameter_replaces_its_paths() -> None:
    found = spec_with(
        {
            "/a": {
                "parameters": [
                    {"name": "q", "in": "query", "required": True, "example": "path"},
                    {"name": "r", "in": "query", "required": True, "example": "kept"},
                ],
                "get": {
                    "parameters": [
                        {"name": "q", "in": "query", "required": True, "example": "operation"},
                        {"name": "limit", "in": "query", "example": 5},
                        {"name": "c", "in": "cookie", "example": 5},
                        {"name": "Accept", "in": "header", "required": True},
                        {"name": "Authorization", "in": "header", "required": True},
                    ],
                    **OK,
                },
            }
        }
    )
    (check,) = found.checks()
    assert (check.query, check.headers) == ((("q", "operation"), ("r", "kept")), ())


@pytest.mark.parametrize(
    ("general", "own", "auth"),
    [
        (None, None, True),
        ([{"bearer": []}], None, True),
        ([{"bearer": []}], [], False),
        ([{"bearer": []}], [{}], False),
        ([{"bearer": []}], [{"bearer": []}, {}], False),
        (None, [{"bearer": []}], True),
        ([], [{"bearer": []}], True),
    ],
)
def test_whether_credentials_are_asked_for(general: Any, own: Any, auth: bool) -> None:
    check = asked(
        "/a",
        {"security": own} if own is not None else {},
        **({"security": general} if general is not None else {}),
    )
    assert check == OperationCheck(
        operation="GET /a", operation_id=None, method="GET", path="/a", auth=auth
    )


@pytest.mark.parametrize(
    ("servers", "target_url", "path"),
    [
        (V1, "https://staging", "/v1/a"),
        (V1, "https://staging/v1", "/a"),
        (V1, "https://staging/gateway/v1/", "/a"),
        ([{"url": "/v1"}, {"url": "/v2"}], "https://staging/v2", "/a"),
        ([{"url": "/v1"}, {"url": "/"}], "https://staging", "/a"),
        ([], "https://staging/v1", "/a"),
        ([{"url": "https://h/api/v1"}], "https://staging/api", "/v1/a"),
        ([{"url": "/v1"}, {"url": "/api/v2"}], "https://staging/api", "/v2/a"),
        ([{"url": "/api/v1"}], "https://staging/xapi", "/api/v1/a"),
        (BY_VARIABLE, "https://staging/v2", "/a"),
        (BY_VARIABLE, "https://staging", "/v1/a"),
    ],
)
def test_the_servers_path_is_sent_where_the_targets_url_has_it_not(
    servers: list[Any], target_url: str, path: str
) -> None:
    check = asked("/a", {}, target_url=target_url, servers=servers)
    assert isinstance(check, OperationCheck)
    assert check.path == path


def test_a_path_that_contains_the_path_of_the_target_is_not_sent_twice() -> None:
    spec = spec_with({"/api/a": {"get": OK}}, "https://staging/api")
    assert [check.path for check in spec.checks()] == ["/a"]


@pytest.mark.parametrize("servers", [V1, BY_VARIABLE, [], [{"url": "/api/v1"}], [{"url": "/"}]])
@pytest.mark.parametrize("target", ["", "/", "/api", "/v1", "/v2/", "/gateway/api", "/api/v1"])
def test_what_is_sent_for_an_operation_is_found_to_be_for_it(
    servers: list[Any], target: str
) -> None:
    spec = spec_with(
        {"/a": {"get": OK}, "/api/b": {"get": OK}}, f"https://staging{target}", servers=servers
    )
    found = [spec.find(check.method, check.path) for check in spec.checks()]
    assert [one and one.path for one in found] == ["/a", "/api/b"]


def test_every_request_is_for_its_operation() -> None:
    spec = spec_with(
        {
            "/späti/{id}": {
                "get": {
                    "parameters": [
                        {"name": "id", "in": "path", "required": True, "example": "a/ü b"}
                    ],
                    **OK,
                }
            }
        },
        "https://staging",
        servers=V1,
    )
    (check,) = spec.checks()
    found = spec.find(check.method, check.path)
    assert found is not None
    assert found.name == check.operation


@pytest.mark.parametrize("value", ["a\nX-Other: b", "a\0", "", " a", "é"])
def test_a_value_that_is_invalid_in_a_header_is_not_sent(value: str) -> None:
    parameter = {"name": "X-A", "in": "header", "required": True, "example": value}
    spec = spec_with({"/a": {"get": {"parameters": [parameter], **OK}}})
    assert spec.not_checkable() == (
        NotCheckable(
            operation="GET /a",
            reason="the example for its header parameter 'X-A' is not a valid header value",
        ),
    )

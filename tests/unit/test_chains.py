"""From the lists of a document to their first items: which requests there are, and which not."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_apismoke.discovery.chain_files import chains_toml, left_out
from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.openapi.chains import DEPRECATED, Chains
from pytest_apismoke.openapi.operation_choice import OperationChoice
from pytest_apismoke.openapi.spec import Spec

STRING, INTEGER = {"type": "string"}, {"type": "integer"}
Json = dict[str, Any]


def thing(*required: str, **properties: Any) -> Json:
    """The schema of an object."""
    return {"type": "object", "required": list(required), "properties": properties}


def list_of(item: Any) -> Json:
    return {"type": "array", "items": item}


def of(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def get(schema: Any = None, **more: Any) -> Json:
    """An operation whose response has a schema, with more keys of its own."""
    content = {"content": {"application/json": {"schema": schema}}} if schema else {}
    return {"responses": {"200": {"description": "ok", **content}}, **more}


def path(operation: Json, **parameters: Any) -> Json:
    """A path with GET, and the schemas of its path parameters."""
    declared = [
        {"name": name, "in": "path", "required": True, "schema": schema}
        for name, schema in parameters.items()
    ]
    return {"get": operation, "parameters": declared}


def chains(
    paths: Json, schemas: Json | None = None, *, deprecated: bool = False, **choice: Any
) -> Chains:
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas or {}},
    }
    spec = Spec(document, label="shop.json", choice=OperationChoice(**choice))
    return spec.chains(deprecated=deprecated)


def captured(paths: Json, schemas: Json | None = None, **more: Any) -> dict[str, str]:
    """The pointers that are captured, by the path that each value goes into."""
    found = chains(paths, schemas, **more)
    pointers = {one.name: one.pointer for each in found.chained for one in each.captures}
    return {
        each.request.path: pointers[each.request.path.rpartition("{")[2].partition("}")[0]]
        for each in found.chained
        if "{" in each.request.path
    }


ORDER = thing("id", "total", id=STRING, total={"type": "number"})
LINE = thing(line=INTEGER, sku=STRING)
SHOP = {
    "/orders": path(get(thing("items", items=list_of(of("Order")), next=STRING))),
    "/orders/{id}": path(get(of("Order")), id=STRING),
    "/orders/{order_id}/lines": path(get(list_of(of("Line"))), order_id=STRING),
    "/orders/{order_id}/lines/{line}": path(get(of("Line")), order_id=STRING, line=INTEGER),
    "/orders/{order_id}/invoice": path(
        {"responses": {"200": {"description": "ok"}, "404": {"description": "none"}}},
        order_id=STRING,
    ),
    "/customers/{customer_id}": path(get(thing(id=STRING)), customer_id=STRING),
    "/health": path(get(security=[])),
    "/logout": path(get()),
    "/old": path(get(deprecated=True)),
    "/search": path(
        get(parameters=[{"name": "q", "in": "query", "required": True, "schema": STRING}])
    ),
    "/report": path(
        get(
            parameters=[
                {"name": "kind", "in": "query", "required": True, "schema": {"enum": ["{all}"]}}
            ]
        )
    ),
}
SHOP["/orders"]["post"] = get()

SHOP_TOML = """\
#:schema .checks.schema.json
# Written by 'apismoke infer --openapi' from shop.json: yours to correct.
# Each value in a path comes from the first item of a list, or from the document itself.
# With --smoke-openapi=shop.json a run holds every response against its operation.

[[check]]
name = "GET /health"
path = "/health"
auth = false

[[check]]
name = "GET /orders"
path = "/orders"
capture = { order_id = "/items/0/id" }
may_be_empty = true

[[check]]
name = "GET /orders/{id}"
path = "/orders/{order_id}"

[[check]]
name = "GET /orders/{order_id}/invoice"
path = "/orders/{order_id}/invoice"
expect.status = [200, 404]  # not every one has it

[[check]]
name = "GET /orders/{order_id}/lines"
path = "/orders/{order_id}/lines"
capture = { line = "/0/line" }
may_be_empty = true
may_lack = ["line"]

[[check]]
name = "GET /orders/{order_id}/lines/{line}"
path = "/orders/{order_id}/lines/{line}"

[[check]]
name = "GET /report"
path = "/report"
query = { kind = "{{all}}" }
"""


def test_a_document_becomes_a_file_of_checks() -> None:
    assert chains_toml(chains(SHOP, SCHEMAS), source="shop.json") == SHOP_TOML


SCHEMAS = {"Order": ORDER, "Line": LINE}


def test_what_is_not_asked_for_is_counted_by_its_reason() -> None:
    assert list(left_out(chains(SHOP, SCHEMAS).others)) == [
        "1 not asked for: it ends a session",
        "1 not asked for: it is deprecated",
        "1 not asked for: it may change something",
        "1 not asked for: it needs a query parameter of which the document has no example: {q} (1)",
        "1 not asked for: it needs a value that no list gives: {customer_id} (1)",
    ]


def test_deprecated_operations_are_asked_for_where_that_is_wanted() -> None:
    found = chains(SHOP, SCHEMAS, deprecated=True)
    assert "GET /old" in [one.request.operation for one in found.chained]
    assert DEPRECATED not in [one.reason for one in found.others]


def test_what_the_profile_leaves_out_gives_no_value() -> None:
    found = chains(SHOP, SCHEMAS, leave_out=("GET /orders",))
    assert [one.request.operation for one in found.chained] == ["GET /health", "GET /report"]


def test_a_value_of_the_profile_takes_the_place_of_that_of_a_list() -> None:
    found = chains(SHOP, SCHEMAS, parameters=(("/orders/{id} id", "ord_7"),))
    asked = {one.request.operation: one.request.path for one in found.chained}
    assert asked["GET /orders/{id}"] == "/orders/ord_7"
    assert asked["GET /orders/{order_id}/lines"] == "/orders/{order_id}/lines"


# -- which property a parameter means ---------------------------------------------------------


def item_path(parameter: str, kind: Json, item: Json, *, at: str = "/orders") -> dict[str, str]:
    """What is captured for a parameter behind a list of such items."""
    segment = f"{at}/{{{parameter}}}"
    return captured({at: path(get(list_of(item))), segment: path(get(), **{parameter: kind})})


@pytest.mark.parametrize(
    ("parameter", "kind", "item", "pointer"),
    [
        ("id", STRING, thing(id=STRING), "/0/id"),
        ("order_id", STRING, thing(id=STRING), "/0/id"),
        ("orderId", STRING, thing(id=INTEGER), "/0/id"),
        ("OrderSid", STRING, thing(sid=STRING, id=STRING), "/0/sid"),
        ("order_id", STRING, thing(id=STRING, order_id=STRING), "/0/order_id"),
        ("orderId", STRING, thing(order_id=STRING), "/0/order_id"),
        ("id", STRING, thing(orderId=STRING, customerId=STRING), "/0/orderId"),
        ("order_number", INTEGER, thing(id=INTEGER, number=INTEGER), "/0/number"),
        ("slug", STRING, thing(id=INTEGER, slug=STRING), "/0/slug"),
        ("name", STRING, thing(metadata=thing(name=STRING, uid=STRING)), "/0/metadata/name"),
        ("order", STRING, thing(id=STRING), "/0/id"),
        ("order", INTEGER, thing(id=INTEGER, name=STRING), "/0/id"),
        ("order", STRING, thing(id=INTEGER, name=STRING), "/0/name"),
        ("order", STRING, thing(id=INTEGER, name=STRING, slug=STRING), "/0/slug"),
        ("username", STRING, thing(id=INTEGER, login=STRING), "/0/login"),
        ("id", {"type": "string", "format": "uuid"}, thing(id=STRING), "/0/id"),
        ("id", STRING, thing(id={"anyOf": [STRING, {"type": "null"}]}), "/0/id"),
        ("id", STRING, {"allOf": [thing(id=STRING), thing(total=INTEGER)]}, "/0/id"),
        ("id", STRING, {"oneOf": [thing(id=STRING), thing(id=STRING, a=STRING)]}, "/0/id"),
    ],
)
def test_a_parameter_means_a_property_by_its_name_and_its_type(
    parameter: str, kind: Json, item: Json, pointer: str
) -> None:
    assert list(item_path(parameter, kind, item).values()) == [pointer]


@pytest.mark.parametrize(
    ("parameter", "kind", "item"),
    [
        # Another type, another form, or a value that may be one of others.
        ("id", INTEGER, thing(id=STRING)),
        ("id", STRING, thing(id={"type": "boolean"})),
        ("id", STRING, thing(id={"type": "null"})),
        ("id", STRING, thing(id={})),
        ("id", STRING, thing(id={**STRING, "writeOnly": True})),
        ("id", {"type": "string", "format": "uuid"}, thing(id={**STRING, "format": "date"})),
        ("kind", {"enum": ["a", "b"]}, thing(kind=STRING)),
        # Another thing's.
        ("customer_id", STRING, thing(id=STRING)),
        ("id", STRING, thing(customer_id=STRING)),
        ("id", STRING, thing(total=STRING)),
        ("id", STRING, {"oneOf": [thing(id=STRING), thing(total=STRING)]}),
        # One of two, and nothing says which.
        ("order", STRING, thing(id=STRING, name=STRING)),
        ("order", STRING, thing(id=INTEGER, slug=STRING, code=STRING)),
        ("order", STRING, thing(id=STRING, order=STRING)),
        # A name that may be null is none to ask by.
        ("order", STRING, thing(id=INTEGER, name={"type": ["string", "null"]})),
        # The namespace of a namespace is not its name.
        ("space", STRING, thing(metadata=thing(space=STRING))),
        ("month", STRING, thing(id=STRING)),
    ],
)
def test_a_name_that_may_mean_something_else_means_nothing(
    parameter: str, kind: Json, item: Json
) -> None:
    assert item_path(parameter, kind, item) == {}


def test_a_parameter_may_have_the_name_of_the_schema_of_an_item() -> None:
    paths = {
        "/admins": path(get(list_of(of("SimpleUser")))),
        "/admins/{user_id}": path(get(), user_id=STRING),
    }
    assert captured(paths, {"SimpleUser": thing(id=STRING)}) == {"/admins/{user_id}": "/0/id"}


def test_a_value_that_need_not_be_there_is_told() -> None:
    item = thing("id", id={"type": ["string", "null"]})
    found = chains({"/a": path(get(list_of(item))), "/a/{id}": path(get(), id=STRING)})
    assert [(one.pointer, one.may_lack) for one in found.chained[0].captures] == [("/0/id", True)]


def test_a_list_that_need_not_be_there_may_lack_each_value() -> None:
    order = thing("id", id=STRING)
    for required, may_lack in (((), True), (("items",), False)):
        body = thing(*required, items=list_of(order))
        found = chains({"/a": path(get(body)), "/a/{id}": path(get(), id=STRING)})
        assert [one.may_lack for one in found.chained[0].captures] == [may_lack]


def test_a_property_that_what_is_asked_for_does_not_have_is_another_one() -> None:
    paths = {
        "/orders": path(get(list_of(thing(id=STRING)))),
        "/orders/{order_id}": path(get(thing(number=STRING, total=INTEGER)), order_id=STRING),
    }
    assert captured(paths) == {}
    paths["/orders/{order_id}"] = path(get(thing(order=thing(id=STRING))), order_id=STRING)
    assert captured(paths) == {"/orders/{order_id}": "/0/id"}


def test_what_returns_a_list_looks_for_several() -> None:
    orders = list_of(thing(id=STRING, status=STRING))
    paths = {"/orders": path(get(orders)), "/orders/{status}": path(get(orders), status=STRING)}
    assert captured(paths) == {}


# -- what is a list ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (list_of(ORDER), "/0/id"),
        (thing(items=list_of(ORDER)), "/items/0/id"),
        (thing(data=list_of(ORDER), errors=list_of(thing(id=STRING))), "/data/0/id"),
        (thing(orders=list_of(ORDER), data=list_of(ORDER)), "/orders/0/id"),
        (thing(open_orders=list_of(ORDER), id=STRING), "/open_orders/0/id"),
        (thing(page_of=list_of(ORDER), total_count=INTEGER, next=STRING), "/page_of/0/id"),
        ({"allOf": [thing(total=INTEGER), thing(items=list_of(ORDER))]}, "/items/0/id"),
    ],
)
def test_a_list_is_an_array_of_objects_or_an_object_around_one(body: Json, pointer: str) -> None:
    paths = {"/orders": path(get(body)), "/orders/{id}": path(get(), id=STRING)}
    assert captured(paths) == {"/orders/{order_id}": pointer}


@pytest.mark.parametrize(
    "body",
    [
        ORDER,
        list_of(STRING),
        list_of(thing()),
        thing(lines=list_of(thing(id=STRING)), id=STRING),
        thing(items=list_of(thing(id=STRING)), id=STRING),
        thing(lines=list_of(thing(id=STRING)), total=INTEGER, customer=STRING),
        thing(data=list_of(ORDER), items=list_of(ORDER)),
        {"oneOf": [list_of(ORDER), thing(items=list_of(ORDER))]},
    ],
)
def test_an_object_that_has_a_list_beside_other_things_is_none(body: Json) -> None:
    paths = {"/orders": path(get(body)), "/orders/{id}": path(get(), id=STRING)}
    assert captured(paths) == {}


# -- lists elsewhere --------------------------------------------------------------------------

OWNER = thing("login", login=STRING, id=INTEGER)
REPO = thing("name", "owner", id=INTEGER, name=STRING, owner=OWNER, stars=INTEGER)
OF_REPO = {"owner": STRING, "repo": STRING}


def repos(**lists: Json) -> Json:
    """A repository that is asked for by two parameters, and lists of repositories."""
    return {
        **{f"/{name.replace('__', '/')}": one for name, one in lists.items()},
        "/repos/{owner}/{repo}": path(get(REPO), **OF_REPO),
        "/repos/{owner}/{repo}/tags": path(get(list_of(thing(name=STRING))), **OF_REPO),
    }


def test_several_parameters_come_from_one_item_of_the_list_of_the_account() -> None:
    found = chains(repos(user__repos=path(get(list_of(REPO)))))
    text = chains_toml(found, source="repos.json").partition("\n\n")[2]
    assert (
        text
        == """\
[[check]]
name = "GET /user/repos"
path = "/user/repos"
capture = { repo = "/0/name", repo_owner = "/0/owner/login" }
may_be_empty = true

[[check]]
name = "GET /repos/{owner}/{repo}"
path = "/repos/{repo_owner}/{repo}"

[[check]]
name = "GET /repos/{owner}/{repo}/tags"
path = "/repos/{repo_owner}/{repo}/tags"
"""
    )


@pytest.mark.parametrize("name", ["archived__repos", "sandbox__repos", "user__packages"])
def test_a_list_of_other_things_gives_none(name: str) -> None:
    assert captured(repos(**{name: path(get(list_of(REPO)))})) == {}


def test_a_list_of_things_of_the_same_name_that_are_described_otherwise_gives_none() -> None:
    other = thing(name=STRING, owner=OWNER, a=STRING, b=STRING, c=STRING, d=STRING)
    paths = repos(user__repos=path(get(list_of(other))))
    smaller = thing(name=STRING, x=STRING, y=STRING, z=STRING, w=STRING, owner=OWNER)
    paths["/repos/{owner}/{repo}"] = path(get(smaller), **OF_REPO)
    assert captured(paths) == {}


def test_the_list_of_what_has_such_things_gives_its_own() -> None:
    paths = {
        "/shops": path(get(list_of(thing(id=STRING)))),
        "/shops/{shop_id}/orders": path(get(list_of(ORDER)), shop_id=STRING),
        "/orders/{order_id}": path(get(ORDER), order_id=STRING),
    }
    asked = [one.request.path for one in chains(paths).chained]
    assert asked == ["/shops", "/shops/{shop_id}/orders", "/orders/{order_id}"]


def test_parameters_side_by_side_are_never_of_two_items() -> None:
    """The list at the path tells the owner, but only that of the account tells the repository."""
    public = thing(owner=STRING, a=STRING, b=STRING, c=STRING, d=STRING, e=STRING)
    paths = repos(repos=path(get(list_of(public))), user__repos=path(get(list_of(REPO))))
    assert captured(paths) == {}


# -- links ------------------------------------------------------------------------------------


def linked(pointer: str, link: Json) -> Json:
    response = get(thing("newest", newest=thing("ref", ref=STRING), total=INTEGER))
    response["responses"]["200"]["links"] = {
        "order": {**link, "parameters": {"number": f"$response.body#{pointer}"}}
    }
    return {
        "/summary": path(response),
        "/orders/{number}": path(get(operationId="getOrder"), number=STRING),
    }


@pytest.mark.parametrize(
    "link",
    [{"operationId": "getOrder"}, {"operationRef": "#/paths/~1orders~1%7Bnumber%7D/get"}],
)
def test_a_link_says_which_value_an_operation_takes(link: Json) -> None:
    (summary, order) = chains(linked("/newest/ref", link)).chained
    assert [(one.pointer, one.may_be_empty, one.may_lack) for one in summary.captures] == [
        ("/newest/ref", False, False)
    ]
    assert order.request.path == "/orders/{order_number}"


def test_a_link_about_one_thing_gives_nothing_below_another_one() -> None:
    paths = linked("/newest/ref", {"operationId": "getOrder"})
    paths["/shops"] = path(get(list_of(thing(id=STRING))))
    paths["/shops/{shop_id}/orders/{number}"] = path(
        get(operationId="getOrder"), shop_id=STRING, number=STRING
    )
    del paths["/orders/{number}"]
    assert captured(paths) == {}


def test_a_link_of_an_item_leads_below_it() -> None:
    order = get(thing(invoice_no=INTEGER, id=STRING))
    order["responses"]["200"]["links"] = {
        "invoice": {
            "operationId": "getInvoice",
            "parameters": {"no": "$response.body#/invoice_no", "id": "$request.path.id"},
        }
    }
    paths = {
        "/orders": path(get(list_of(ORDER))),
        "/orders/{id}": path(order, id=STRING),
        "/orders/{id}/invoices/{no}": path(get(operationId="getInvoice"), id=STRING, no=INTEGER),
    }
    assert captured(paths) == {
        "/orders/{order_id}": "/0/id",
        "/orders/{order_id}/invoices/{invoice_no}": "/invoice_no",
    }


@pytest.mark.parametrize("pointer", ["/newest/id", "/newest", "/oldest/ref"])
def test_a_link_to_what_is_not_declared_gives_nothing(pointer: str) -> None:
    assert captured(linked(pointer, {"operationId": "getOrder"})) == {}


# -- values beside captured ones --------------------------------------------------------------


def test_an_example_is_of_another_thing_than_the_captured_one() -> None:
    def lines(line: Json) -> Json:
        return {
            "/orders": path(get(list_of(ORDER))),
            "/orders/{order_id}/{line}": path(get(), order_id=STRING, line=line),
        }

    assert [one.request.path for one in chains(lines({**STRING, "example": "3"})).chained] == [
        "/orders"
    ]
    assert [one.request.path for one in chains(lines({"const": "first"})).chained] == [
        "/orders",
        "/orders/{order_id}/first",
    ]


def test_an_example_in_a_path_without_a_captured_value_is_marked() -> None:
    identity = {**STRING, "example": "ord_1"}
    paths = {
        "/orders/{id}": path(get(), id=identity),
        "/kinds/{kind}": path(get(), kind={"const": "all"}),
    }
    text = chains_toml(chains(paths), source="shop.json").partition("\n\n")[2]
    assert (
        text
        == """\
[[check]]
name = "GET /kinds/{kind}"
path = "/kinds/all"

# {id}: the document's example, which the target need not have.
[[check]]
name = "GET /orders/{id}"
path = "/orders/ord_1"
"""
    )


def test_a_redirect_that_the_document_declares_is_expected() -> None:
    responses = {"302": {"description": "there"}}
    (found,) = chains({"/archive": path({"responses": responses})}).chained
    assert found.statuses == (302,)


def test_lists_that_need_each_other_give_nothing() -> None:
    orders, customers = list_of(thing(id=STRING)), list_of(thing(id=STRING))
    paths = {
        "/customers/{customer_id}/orders": path(get(orders), customer_id=STRING),
        "/orders/{order_id}/customers": path(get(customers), order_id=STRING),
        "/orders/{order_id}": path(get(thing(id=STRING)), order_id=STRING),
        "/customers/{customer_id}": path(get(thing(id=STRING)), customer_id=STRING),
    }
    assert chains(paths).chained == ()


def test_a_mistake_in_the_document_is_told_as_one() -> None:
    paths = {"/a": path(get(list_of(thing(id={"type": [{}]})))), "/a/{id}": path(get(), id=STRING)}
    with pytest.raises(SmokeError) as raised:
        chains(paths)
    assert raised.value.failure.category is Category.USAGE


# -- what had better not be asked for ---------------------------------------------------------


@pytest.mark.parametrize(
    ("segment", "operation_id"),
    [
        ("accept", ""),
        ("send-reminder", ""),
        ("resetToken", ""),
        ("state", "activateOrder"),
        ("state", "orders.cancel"),
    ],
)
def test_a_get_whose_name_tells_of_a_change_meets_no_item(segment: str, operation_id: str) -> None:
    operation = get(operationId=operation_id) if operation_id else get()
    paths = {
        "/orders": path(get(list_of(ORDER))),
        f"/orders/{{id}}/{segment}": path(operation, id=STRING),
    }
    found = chains(paths)
    assert [one.request.operation for one in found.chained] == ["GET /orders"]
    assert [one.reason for one in found.others] == ["its name says that it changes something"]


@pytest.mark.parametrize(
    ("types", "is_asked"),
    [
        (["application/pdf"], False),
        (["image/png", "application/octet-stream"], False),
        (["application/pdf", "application/json"], True),
        (["text/csv"], True),
    ],
)
def test_a_response_that_is_a_file_is_not_fetched(types: list[str], *, is_asked: bool) -> None:
    content: Json = {name: {} for name in types}
    operation = {"responses": {"200": {"description": "ok", "content": content}}}
    found = chains({"/picture": path(operation)})
    assert [one.reason for one in found.others] == ["its response is a file"] * (not is_asked)


def test_a_value_of_the_profile_does_not_stand_beside_one_of_another_item() -> None:
    """The line is one of the first order, and not of the order that the profile names."""
    paths = {
        "/orders": path(get(list_of(ORDER))),
        "/orders/{id}/lines": path(get(list_of(LINE)), id=STRING),
        "/orders/{id}/lines/{line}": path(get(), id=STRING, line=INTEGER),
    }
    one_order = (("/orders/{id}/lines/{line} id", "ord_7"),)
    asked = [one.request.path for one in chains(paths, parameters=one_order).chained]
    assert asked == ["/orders", "/orders/{order_id}/lines"]
    each_order = (("id", "ord_7"),)
    asked = [one.request.path for one in chains(paths, parameters=each_order).chained]
    assert asked == ["/orders", "/orders/ord_7/lines", "/orders/ord_7/lines/{line}"]


def test_a_parameter_that_is_sent_in_another_style_takes_no_value() -> None:
    paths = {"/orders": path(get(list_of(ORDER))), "/orders/{id}": path(get(), id=STRING)}
    paths["/orders/{id}"]["parameters"][0]["style"] = "matrix"
    assert captured(paths) == {}


def test_a_file_ending_is_none_of_the_parameter() -> None:
    calls = thing(calls=list_of(thing(sid=STRING)), page=INTEGER)
    paths = {
        "/Calls.json": path(get(calls)),
        "/Calls/{Sid}.json": path(get(thing(sid=STRING)), Sid=STRING),
        "/Calls/{CallSid}/Events.json": path(get(), CallSid=STRING),
    }
    assert captured(paths) == {
        "/Calls/{call_sid}.json": "/calls/0/sid",
        "/Calls/{call_sid}/Events.json": "/calls/0/sid",
    }


def test_names_of_captures_tell_lists_of_the_same_things_apart() -> None:
    keys = list_of(thing(id=STRING))
    paths = {
        "/shops": path(get(keys)),
        "/shops/{shop_id}/keys": path(get(keys), shop_id=STRING),
        "/shops/{shop_id}/keys/{key_id}": path(get(), shop_id=STRING, key_id=STRING),
        "/user/keys": path(get(keys)),
        "/user/keys/{key_id}": path(get(), key_id=STRING),
    }
    asked = [one.request.path for one in chains(paths).chained if "{" in one.request.path]
    assert asked == [
        "/shops/{shop_id}/keys",
        "/shops/{shop_id}/keys/{key_id_2}",
        "/user/keys/{key_id}",
    ]


def test_the_names_of_checks_are_short_and_unique() -> None:
    long = "/" + "/".join(["a" * 60] * 4)
    text = chains_toml(chains({f"{long}/b": path(get()), f"{long[1:]}c": {}}), source="x.json")
    (name,) = [line for line in text.splitlines() if line.startswith("name = ")]
    assert name.startswith('name = "GET ...aaa')
    assert name.endswith('/b"')
    assert len(name) < 210

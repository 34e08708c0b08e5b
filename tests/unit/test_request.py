"""A request as data, and the secrets in it."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_apismoke.http.request import Request, basic, curl_line, secrets_in
from pytest_apismoke.redaction import Redactor


def found(**parts: Any) -> set[tuple[str, str]]:
    return set(secrets_in(Request(method="POST", path="/orders", **parts)))


def test_a_plain_request_holds_no_secret() -> None:
    assert (
        found(
            query=(("limit", "5"),),
            headers={"Accept": "text/html; q=1", "X-Request-Id": "abc def"},
            json={"name": "Salon", "open": True, "items": [{"id": "7"}]},
        )
        == set()
    )
    assert found(json=None) == found(json="a text") == found(json=["a", 1]) == set()


def test_a_query_parameter_with_a_sensitive_name_is_a_secret() -> None:
    query = (
        ("api_key", "one-and-only"),
        ("limit", "5"),
        ("api_key", "two-and-only"),
        ("token", ""),
    )
    assert found(query=query) == {("api_key", "one-and-only"), ("api_key", "two-and-only")}


@pytest.mark.parametrize(
    ("name", "value", "parts"),
    [
        ("X-Api-Key", "key", {"key"}),
        ("Authorization", "Bearer tok.en", {"Bearer tok.en", "tok.en"}),
        ("authorization", "Basic dTpw==", {"Basic dTpw==", "dTpw=="}),
        ("Cookie", "sid=one-and-only", {"sid=one-and-only", "one-and-only"}),
        (
            "Cookie",
            'sid="b25lYW5kb25seQ=="; csrf=two-and-only',
            {'sid="b25lYW5kb25seQ=="; csrf=two-and-only', "b25lYW5kb25seQ==", "two-and-only"},
        ),
    ],
)
def test_a_sensitive_header_is_a_secret_as_a_whole_and_in_parts(
    name: str, value: str, parts: set[str]
) -> None:
    """A server may give back either: the token without its scheme, one cookie of several."""
    secrets = found(headers={name: value})
    assert {one for one, _ in secrets} == {name}
    assert parts <= {secret for _, secret in secrets}


def test_every_string_below_a_sensitive_name_in_the_body_is_a_secret() -> None:
    body = {
        "user": {"name": "Ann", "password": "deep"},
        "tokens": ["first", {"of": "second", "more": [["third"]]}],
        "secret": {"left": "fourth", "number": 7, "nothing": None, "empty": ""},
        "token_type": "bearer",
    }
    assert found(json=body) == {
        ("password", "deep"),
        ("tokens", "first"),
        ("tokens", "second"),
        ("tokens", "third"),
        ("secret", "fourth"),
    }


def test_a_field_of_a_form_with_a_sensitive_name_is_a_secret() -> None:
    form = (("grant_type", "password"), ("client_secret", "s3cret"), ("password", ""))
    assert found(form=form) == {("client_secret", "s3cret")}


# -- the curl line of a form and of HTTP Basic --------------------------------------------------

URL = "https://api.example.com/token"


def curl(**parts: Any) -> str:
    redactor = Redactor()
    redactor.learn("my pass&word", "APISMOKE_PASSWORD")
    return curl_line(Request(method="POST", path="/token", **parts), URL)(redactor)


def test_a_form_is_repeated_field_by_field_with_its_secrets_as_variables() -> None:
    form = (("grant_type", "password"), ("user[name]", "me & you"), ("password", "my pass&word"))
    assert curl(form=form) == (
        "curl -sS -i -X POST --data-urlencode grant_type=password"
        " --data-urlencode 'user%5Bname%5D=me & you'"
        f' --data-urlencode password="$APISMOKE_PASSWORD" {URL}'
    )


@pytest.mark.parametrize(
    ("form", "data"), [((), "''"), ((("note", "x" * 4000),), "@body.txt")], ids=["none", "long"]
)
def test_a_form_without_fields_and_a_long_one(form: tuple[tuple[str, str], ...], data: str) -> None:
    assert curl(form=form) == f"curl -sS -i -X POST --data {data} {URL}"


def test_http_basic_names_the_variable_of_its_password() -> None:
    assert curl(headers={"Authorization": basic("me", "my pass&word")}) == (
        f'curl -sS -i -X POST -u me:"$APISMOKE_PASSWORD" {URL}'
    )


@pytest.mark.parametrize("value", [basic("me", "another"), "Basic ???", "Basic bWU="])
def test_http_basic_with_a_password_of_others_is_not_taken_apart(value: str) -> None:
    line = curl(headers={"Authorization": value})
    assert line.startswith("curl -sS -i -X POST -H 'Authorization: Basic ")
    assert "another" not in line

"""What an exchange shows is redacted when it is read, and out of reach before."""

from __future__ import annotations

import copy
import json
import pickle
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_apismoke.evidence import Exchange
from pytest_apismoke.http.request import Request, curl_line
from pytest_apismoke.redaction import REPLACEMENT, Redactor
from pytest_apismoke.redaction.beginnings import whole_values
from pytest_apismoke.unshown import EXCERPT_CHARS, KEPT_BYTES, Told, Unshown

SECRET = "canary-secret-of-this-test"
URL = "https://api.example.com/"


def recorded(redactor: Redactor, **changes: Any) -> Exchange:
    values: dict[str, Any] = {
        "method": "GET",
        "url": f"{URL}?t={SECRET}",
        "status": 200,
        "duration_s": 0.1,
        "request_id": f"id-{SECRET}",
        "body": json.dumps({"id": SECRET}).encode(),
        "error": f"refused {SECRET}",
        "curl": f"curl {SECRET}",
        "sent_headers": (("X-A", SECRET),),
        "sent_body": f"a={SECRET}",
        "received_headers": (("x-b", SECRET),),
    }
    return Exchange.record(redactor, **{**values, **changes})


def told(word: str) -> Told:
    return Told(
        url=f"{URL}?t={word}",
        request_id=f"id-{word}",
        excerpt=f'{{"id": "{word}"}}',
        error=f"refused {word}",
        curl=f"curl {word}",
        sent_headers=(("X-A", word),),
        sent_excerpt=f"a={word}",
        received_headers=(("x-b", word),),
    )


def test_a_secret_that_is_learned_late_is_taken_out_too() -> None:
    redactor = Redactor()
    exchange = recorded(redactor)
    assert exchange.evidence == told(SECRET)
    redactor.learn(SECRET, "APISMOKE_TOKEN")
    assert exchange.evidence == told(REPLACEMENT)


@pytest.mark.parametrize(
    "look",
    [
        repr,
        str,
        lambda exchange: repr(asdict(exchange)),
        lambda exchange: repr(pickle.loads(pickle.dumps(exchange))),  # noqa: S301  # our own
        lambda exchange: repr(copy.copy(exchange)),
        lambda exchange: repr(copy.deepcopy(exchange)),
        lambda exchange: repr(replace(exchange, attempt=2)),
        lambda exchange: json.dumps(exchange.to_json()),
    ],
)
def test_nothing_that_looks_at_an_exchange_sees_what_is_raw(
    look: Callable[[Exchange], str],
) -> None:
    redactor = Redactor()
    redactor.learn(SECRET, "APISMOKE_TOKEN")
    shown = look(recorded(redactor))
    assert REPLACEMENT in shown
    assert "canary" not in shown


def test_a_pickle_has_what_may_be_shown_and_nothing_else() -> None:
    redactor = Redactor()
    redactor.learn(SECRET, "APISMOKE_TOKEN")
    assert SECRET.encode() not in pickle.dumps(recorded(redactor))
    assert pickle.loads(pickle.dumps(recorded(redactor))).evidence == told(REPLACEMENT)  # noqa: S301  # our own


def test_what_nobody_reads_is_neither_redacted_nor_made() -> None:
    class Untouched(Redactor):
        """Fails when it is asked for anything."""

        def __getattribute__(self, name: str) -> Any:
            raise AssertionError(name)

    def never(_: Redactor) -> str:
        raise AssertionError("made")

    exchange = recorded(Untouched(), curl=never)
    assert (exchange.method, exchange.status, exchange.attempt) == ("GET", 200, 1)


def test_a_text_is_redacted_once_for_what_is_known() -> None:
    redactor, made = Redactor(), []

    def line(_: Redactor) -> str:
        made.append(1)
        return "curl"

    exchange = recorded(redactor, curl=line)
    assert [exchange.curl, exchange.curl, len(made)] == ["curl", "curl", 1]
    redactor.learn(SECRET, "APISMOKE_TOKEN")
    assert [exchange.curl, len(made)] == ["curl", 2]


def test_no_more_than_the_beginning_of_a_body_is_kept() -> None:
    body = b"x" * 10_000_000
    evidence = recorded(
        Redactor(), body=body, sent_body=body, received_headers=[("x", "y" * 1_000_000)]
    ).evidence
    assert isinstance(evidence, Unshown)
    kept = (getattr(evidence, name) for name in evidence.__slots__)
    assert max(map(sys.getsizeof, kept)) < 2 * KEPT_BYTES


def test_no_more_of_a_request_is_kept_than_its_curl_line_shows() -> None:
    document = {"text": "x" * 100_000}
    line = curl_line(Request(method="PUT", path="/x", json=document), f"{URL}x")
    document["text"] = "another"
    assert line(Redactor()) == (
        "curl -sS -i -X PUT -H 'Content-Type: application/json' --data @body.json"
        " https://api.example.com/x"
    )
    cells = [cell.cell_contents for cell in line.__closure__ or ()]
    assert len(repr(cells)) < 1000


@pytest.mark.parametrize("indent", [None, 2])
def test_the_excerpt_of_a_long_body_is_that_of_the_whole(indent: int | None) -> None:
    members = [{"id": n, "password": "canary"} for n in range(2000)]
    body = json.dumps(members, indent=indent)
    redactor = Redactor()
    excerpt = recorded(redactor, body=body.encode()).excerpt
    assert len(body) > KEPT_BYTES
    assert excerpt == f"{redactor.body(json.dumps(members))[: EXCERPT_CHARS - 1]}…"


@pytest.mark.parametrize("before", range(KEPT_BYTES - 60, KEPT_BYTES + 2, 3))
@pytest.mark.parametrize("wrap", ["{}", '["{}"]', '[1, {{"password": "{}"}}]', "[INFO] a, {}, b"])
def test_no_piece_of_a_secret_that_the_end_cuts_in_two_is_shown(before: int, wrap: str) -> None:
    """Even where redaction takes away so much that the end is shown."""
    redactor = Redactor()
    redactor.learn(SECRET, "APISMOKE_TOKEN")
    filling = SECRET * (before // len(SECRET)) + "x" * (before % len(SECRET))
    excerpt = recorded(redactor, body=wrap.format(filling + SECRET) + " " * KEPT_BYTES).excerpt
    assert "canary" not in excerpt
    assert "secret" not in excerpt


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(value=st.lists(values) | st.dictionaries(st.text(), values), at=st.integers(1, 200))
@settings(max_examples=200, deadline=None)
def test_the_beginning_of_a_json_text_is_one_without_what_was_cut(value: Any, at: int) -> None:
    text = json.dumps(value)
    whole = whole_values(text[:at])
    assert whole is not None
    assert _is_beginning(json.loads(whole), value)


def _is_beginning(cut: Any, whole: Any) -> bool:
    """Whether a value has nothing that another has not, in the same places."""
    if isinstance(whole, list) and isinstance(cut, list):
        return len(cut) <= len(whole) and all(map(_is_beginning, cut, whole))
    if isinstance(whole, dict) and isinstance(cut, dict):
        return all(name in whole and _is_beginning(cut[name], whole[name]) for name in cut)
    return bool(cut == whole)


@pytest.mark.parametrize("text", ["", "text", '"a string"', "17", "]", "{]", "<p>[1]</p>"])
def test_what_is_no_list_or_object_has_no_whole_values(text: str) -> None:
    assert whole_values(text) is None

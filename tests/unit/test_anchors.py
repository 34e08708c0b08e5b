"""Whatever stands for a secret has an anchor of it, so a text without any is free of it."""

from __future__ import annotations

from threading import Thread
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from unit.test_redaction import JWT, OPAQUE, PASSWORD

from pytest_apismoke.redaction import REPLACEMENT, Redactor
from pytest_apismoke.redaction import finder as finder_module
from pytest_apismoke.redaction.anchors import anchors_of
from pytest_apismoke.redaction.encodings import encodings, spellings
from pytest_apismoke.redaction.looks import ANCHOR_CHARS, Looks, folded_of
from pytest_apismoke.redaction.unescaping import canonical

#: What looks like the beginning of an escape, or of one that goes on behind what is encoded.
SIGNS = (
    "\\",
    "\\u00",
    "%",
    "%25",
    "&",
    "&amp;",
    "&#x",
    ";",
    "~",
    "\0",
    "2f",
    "a",
    "Z",
    "!",
    "é",
    "{",
)
secrets = st.one_of(
    st.text(min_size=4, max_size=90),
    st.lists(st.sampled_from(SIGNS), min_size=4, max_size=60).map("".join),
    st.binary(min_size=4, max_size=70).map(lambda raw: raw.decode("latin-1")),
)


@given(secret=secrets)
@example(secret=JWT)
@example(secret=OPAQUE)
@example(secret=PASSWORD)
@example(secret="\\" * 64)
@example(secret="&amp;" * 20)
@settings(max_examples=200, deadline=None)
def test_every_string_that_stands_for_a_secret_has_an_anchor_of_it(secret: str) -> None:
    looks = Looks()
    looks.add(anchors_of([secret]))
    encoded = encodings(secret)
    searched = {one for string in spellings(secret) | encoded for one in canonical(string)}
    searched |= {"".join(one.split()) for one in encoded}
    # Shorter ones are not searched for.
    assert [one for one in searched if len(one) >= 4 and not looks.may_meet(folded_of(one))] == []


@given(anchors=st.sets(st.text("abc", min_size=4, max_size=9), min_size=1), text=st.text("abc"))
def test_looks_meet_what_is_there_and_nothing_else(anchors: set[str], text: str) -> None:
    looks = Looks()
    looks.add(anchors)
    assert looks.may_meet(text) is any(one[:ANCHOR_CHARS] in text for one in anchors)


def test_a_secret_costs_nothing_until_a_text_may_have_it() -> None:
    redactor = Redactor()
    with mock.patch.object(finder_module, "anchors_of", side_effect=AssertionError("too early")):
        redactor.learn(JWT, "APISMOKE_TOKEN")
    with mock.patch.object(finder_module, "encodings", side_effect=AssertionError("too early")):
        assert redactor.text("nothing of it, at 100%25, on\\n two lines") == (
            "nothing of it, at 100%25, on\\n two lines"
        )
    assert redactor.text(f"<{JWT}>") == f"<{REPLACEMENT}>"


@pytest.mark.parametrize("threads", [8])
def test_threads_that_search_at_once_know_every_secret(threads: int) -> None:
    redactor = Redactor()
    for number in range(20):
        redactor.learn(f"secret-number-{number}", f"SECRET_{number}")
    shown: list[str] = []
    every = [
        Thread(target=lambda: shown.append(redactor.text("it is secret-number-19")))
        for _ in range(threads)
    ]
    for thread in every:
        thread.start()
    for thread in every:
        thread.join()
    assert shown == [f"it is {REPLACEMENT}"] * threads

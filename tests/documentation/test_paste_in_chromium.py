"""A message that is pasted into the search of the site is reduced to its own words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import Browser, Page, chromium

PROGRAM = chromium()
SCRIPT = (
    Path(__file__).resolve().parents[2]
    / "scripts"
    / "documenting"
    / "site"
    / "theme"
    / "assets"
    / "paste.js"
)

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="this machine has no Chromium")
#: The search of the theme has its field in a shadow tree.
SEARCH = """
const tree = document.body.attachShadow({mode: "open"});
tree.innerHTML = "<input>";
const field = tree.querySelector("input");
function pasted(text) {
  field.value = "";
  field.focus();
  const data = new DataTransfer();
  data.setData("text/plain", text);
  const event = new ClipboardEvent(
    "paste", {clipboardData: data, bubbles: true, composed: true, cancelable: true});
  return field.dispatchEvent(event) ? null : field.value;
}
"""


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    file = tmp_path_factory.mktemp("site") / "page.html"
    scripts = f"<script>{SCRIPT.read_text('utf-8')}</script><script>{SEARCH}</script>"
    file.write_text(f"<!doctype html><meta charset=utf-8><body>{scripts}", "utf-8")
    assert PROGRAM is not None
    browser = Browser(PROGRAM)
    with browser.page(file) as page:
        yield page
    browser.close()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("FAIL: GET /api/orders answers 500, not 200", "answers not"),
        (
            "INCONCLUSIVE: GET /healthz answers 401, not ready within 30 s",
            "answers not ready within s",
        ),
        ("   got         302, a redirect to https://login.acme.com/x?y", "a redirect to"),
        ("expected one of the keys path, method, seen 'pth'", "one of the keys path method seen"),
        (
            "\n   to do       it isn't there, and can't be: add it\n",
            "it isn't there and can't be: add it",
        ),
        (
            "an update does not keep the original value",
            "an update does not keep the original value",
        ),
    ],
)
def test_the_values_of_a_run_are_left_out(search: Page, text: str, left: str) -> None:
    assert search.value_of(f"pasted({json.dumps(text)})") == left


@pytest.mark.parametrize("text", ["/api/business/me", "exit code 5", "'a' 'b' 'c' 'd'"])
def test_a_word_or_two_or_nothing_but_values_are_pasted_as_they_are(
    search: Page, text: str
) -> None:
    assert search.value_of(f"pasted({json.dumps(text)})") is None

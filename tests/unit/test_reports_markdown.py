"""The verdict as Markdown: what matters stands first, and what passed is folded away."""

from __future__ import annotations

import re

import pytest
from verdicts import SCENES, Scene, of_name

from pytest_apismoke.reports import markdown

#: The elements that a report is made of; none of them loads or does anything.
ELEMENTS = {
    *(
        "h3",
        "h4",
        "p",
        "blockquote",
        "strong",
        "code",
        "pre",
        "ul",
        "ol",
        "li",
        "details",
        "summary",
    ),
    *("table", "thead", "tbody", "tr", "th", "td", "br", "div"),
}


def shown(name: str) -> str:
    return markdown.render(of_name(name).report)


@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_the_first_line_is_the_headline(scene: Scene) -> None:
    first, second, *_ = markdown.render(scene.report).split("\n")
    assert first.startswith(f"### {scene.verdict.verdict.value.upper()}: ")
    assert second == ""


@pytest.mark.parametrize(
    ("name", "alert", "meaning"),
    [
        ("several-causes", "CAUTION", "The target is bad."),
        ("dirty", "CAUTION", "The target was left changed."),
        ("category-unready", "WARNING", "Nothing is claimed about the target."),
        ("category-usage", "WARNING", "The gate is misconfigured; no target is blamed."),
    ],
)
def test_what_it_means_comes_next(name: str, alert: str, meaning: str) -> None:
    lines = shown(name).split("\n")
    assert (lines[2], lines[3][: len(meaning) + 6]) == (f"> [!{alert}]", f"> **{meaning}**")


def test_a_pass_is_two_lines_and_folded_details() -> None:
    assert shown("pass").split("<details>")[0] == (
        "### PASS: 20 checks of 5 APIs, everything required was verified\n"
        "\n"
        "`https://api.example.com` · version **2026\\.11.27-3**, as asked for · smoke · 1.4 s"
        " · **exit code 0** · nothing left behind (1 write, restored)\n"
        "\n"
    )


def test_where_a_run_fails_is_told_in_one_sentence() -> None:
    assert (
        "> **The target is bad.** settings, calendar and twilio stop at fetch; orders breaks its"
        " contract; tests fail.\n"
    ) in shown("several-causes")


def test_the_command_that_restores_stands_before_everything_else() -> None:
    text = shown("dirty")
    command = "```sh\napismoke restore --target-url=https://api.example.com 1198f038\n```"
    assert text.index(command) < text.index("exit code")


def test_nothing_was_sent_is_said_of_a_refused_call() -> None:
    assert "> Nothing was sent." in shown("category-usage")
    assert "> Nothing was sent." not in shown("category-unready")


def test_a_cause_tells_what_to_do_and_how_to_repeat_it() -> None:
    text = shown("category-fetch")
    assert "#### 1. GET /api/business/me answers 500\n" in text
    assert "| to do | **look into the target's log at the request id** |\n" in text
    assert "| request id | `c9f0f895fb98ab9159f51fd0297e236d` |\n" in text
    assert '```json\n{"error": "internal_error",' in text
    assert "```sh\ncurl -sS -i -H " in text


def test_of_many_causes_the_first_ten_are_told_whole() -> None:
    text = shown("fail-200-checks")
    assert len(re.findall(r"^#### \d+\. ", text, re.MULTILINE)) == 10
    assert "<summary>90 more causes</summary>" in text.replace("\u200b", "")


def test_several_targets_have_a_row_each_and_only_those_that_failed_more() -> None:
    text = shown("several-targets")
    assert len(re.findall(r"^\| `https://\w\w\.example\.com` \|", text, re.MULTILINE)) == 3
    titles = re.findall(r"^### (.*)", text.replace("\u200b", ""), re.MULTILINE)
    assert titles[1:] == ["https://us.example.com", "https://ap.example.com"]


@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_the_renderer_of_github_makes_no_link_and_loads_nothing(scene: Scene) -> None:
    cmarkgfm = pytest.importorskip("cmarkgfm", reason="GitHub's own renderer of Markdown")
    # With HTML let through, as GitHub does it: `details` are some.
    page = cmarkgfm.github_flavored_markdown_to_html(markdown.render(scene.report), 1 << 17)
    assert set(re.findall(r"<([a-z][a-z0-9]*)", page)) <= ELEMENTS


@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_an_output_of_unknown_encoding_gets_ascii(scene: Scene) -> None:
    assert markdown.render(scene.report, ascii_only=True).isascii()

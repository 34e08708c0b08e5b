"""The pages that users begin with are walked, from the first line to the last, in every sample."""

from __future__ import annotations

import pytest
from documentation.pages import ROOT, text_of, texts
from documentation.running import carry_out, pages_with_runs
from documentation.surroundings import Surroundings


@pytest.mark.parametrize("page", pages_with_runs()[0])
def test_the_commands_of_a_page_do_what_it_shows(page: str, reader: Surroundings) -> None:
    if "fastapi" in text_of(page):
        pytest.importorskip("fastapi")
    carried = carry_out(page, reader)
    assert (carried.wrong, carried.ends) == ({}, ()), carried.printed
    assert carried.calls > 0


def test_the_application_of_the_tutorial_is_the_example() -> None:
    application = (ROOT / "examples" / "fastapi" / "main.py").read_text("utf-8")
    assert texts("docs/tutorials/fastapi.md", "python") == [application]

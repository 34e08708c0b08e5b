"""The commands of the other pages are run; what a page shows is what they print.

They are whole runs, so `--every` takes a sample of the pages (conftest.py at the root).
"""

from __future__ import annotations

import pytest
from documentation.running import carry_out, pages_with_runs
from documentation.surroundings import Surroundings


@pytest.mark.parametrize("page", pages_with_runs()[1])
def test_the_commands_of_a_page_do_what_it_shows(page: str, reader: Surroundings) -> None:
    carried = carry_out(page, reader)
    assert (carried.wrong, carried.ends) == ({}, ()), carried.printed
    assert carried.calls > 0

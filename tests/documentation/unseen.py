"""Outputs in the documentation that no test brings about, and calls that none makes for real.

Each has the reason. A comment in front of the block has the name; test_inventory.py holds both
lists against the pages.
"""

from __future__ import annotations

from collections.abc import Mapping

#: What is printed, by the name behind `unseen:`.
UNSEEN: Mapping[str, str] = {
    "a probe": "what a field holds for a moment; tests/unit/test_marker.py has the form",
    "a rehearsal": "takes two minutes; tests/deploying/test_rehearsal.py has its table",
    "a refused login": "of a server from PyPI, which tests/servers/run.py installs",
    "a server with a token": "of a server from PyPI, which tests/servers/run.py installs",
    "a dropped update": "of a server from npm, which tests/servers/run.py installs",
    "a week of runs": "of 17 runs; tests/unit/test_trend_terminal.py has it",
    "several regions": "of three servers, one of them down; tests/gate/test_several_targets.py",
}

#: Commands that test_calls.py has parsed and nothing runs, by the name behind `called only:`.
CALLED_ONLY: Mapping[str, str] = {
    "an entry of the journal": "of a run that was killed; tests/gate/test_interruption.py has some",
    "several regions": "of servers with three addresses; tests/gate/test_several_targets.py",
}

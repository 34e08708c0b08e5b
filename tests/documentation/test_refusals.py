"""A call in the documentation that the program would refuse is found."""

from __future__ import annotations

import pytest
from documentation.calls import refusal
from documentation.programs import Call

URL = "--target-url=https://api.example.com"
ACCOUNT = {"APISMOKE_USERNAME": "me@example.com", "APISMOKE_PASSWORD": "canary-password"}


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (f"apismoke --smoke {URL}", ""),
        (f"pytest {URL} --smoke-api=orders -n 2 --junitxml=junit.xml", ""),
        (f"pytest {URL} --target-profile=live", ""),
        ("apismoke check --write-schema", ""),
        (f"apismoke known write {URL}", ""),
        ("apismoke demo --port 8000", ""),
        ("apismoke schema report", ""),
        ("pip install pytest-apismoke[full,demo]", ""),
        ("python scripts/rehearsal.py --all", ""),
        ("apismoke --smoke", "expected the URL of the API to check"),
        (f"apismoke {URL} --smoke-budget=soon", "expected"),
        (f"pytest {URL} --smoke-exit-codes=verdicts", "did you mean 'verdict'?"),
        (f"pytest {URL} --smoke-reports=x", "--smoke-reports=x"),
        ("apismoke check --write-schemas", "ends with 2"),
        ("apismoke known read", "write"),
        ("apismoke schema reports", "ends with 2"),
        ("pip install pytest-apismoke[fully]", "fully"),
        ("python scripts/rehearse.py", "scripts/rehearse.py"),
    ],
)
def test_a_call_is_refused_as_the_program_would(
    words: str, reason: str, pytestconfig: pytest.Config
) -> None:
    program, *arguments = words.split()
    call = Call(program=program, arguments=tuple(arguments), environ=ACCOUNT)
    refused = refusal(call, pytestconfig)
    assert (bool(refused), reason in refused) == (bool(reason), True)

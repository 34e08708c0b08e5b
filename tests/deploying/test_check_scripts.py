"""`scripts/post-deploy-check.sh` and `check-api.sh`: what they pass on, and what they refuse."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from deploying.deployment import SCRIPTS, URL
from harness import Backend, clean_environment, credentials

#: Writes its arguments, and ends with a code.
GATE = '#!/bin/sh\n[ "$1" != --help ] || exit {starts}\necho "$@"\nexit {code}\n'
API = "--smoke-exit-codes=api"
CATEGORY = "--smoke-exit-codes=category"


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """A gate that ends with 0; a test may replace it."""
    return install(tmp_path / "apismoke", code=0)


def install(path: Path, *, code: int, starts: int = 0) -> Path:
    path.write_text(GATE.format(code=code, starts=starts), "utf-8")
    path.chmod(0o755)
    return path


def call(
    shell: Sequence[str], script: str, *arguments: str, environ: Mapping[str, str]
) -> tuple[int, str, str]:
    """The code, the output and the errors of a script."""
    ended = subprocess.run(
        [*shell, str(SCRIPTS / script), *arguments],
        env=clean_environment(**environ),
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


@pytest.mark.parametrize(
    ("script", "arguments", "passed_on"),
    [
        ("post-deploy-check.sh", (URL,), f"{API} --target-url={URL}"),
        ("post-deploy-check.sh", (URL, "--smoke"), f"{API} --target-url={URL} --smoke"),
        ("post-deploy-check.sh", ("--smoke", URL, "-q"), f"{API} --smoke --target-url={URL} -q"),
        ("post-deploy-check.sh", ("--smoke",), f"{API} --smoke"),
        ("post-deploy-check.sh", ("--target-url", URL), f"{API} --target-url {URL}"),
        ("post-deploy-check.sh", (), API),
        (
            "check-api.sh",
            ("calendar", URL, "-q"),
            f"{CATEGORY} --target-url={URL} -q --smoke-api=calendar",
        ),
        ("check-api.sh", ("twilio",), f"{CATEGORY} --smoke-api=twilio"),
        (
            "check-api.sh",
            ("twilio", "--smoke", URL),
            f"{CATEGORY} --smoke --target-url={URL} --smoke-api=twilio",
        ),
    ],
)
def test_it_passes_its_arguments_on(
    shell: Sequence[str], gate: Path, script: str, arguments: tuple[str, ...], passed_on: str
) -> None:
    ended = call(shell, script, *arguments, environ={"APISMOKE": str(gate)})
    assert ended == (0, f"{passed_on}\n", "")


@pytest.mark.parametrize("code", [0, 1, 2, 3, 4, 5, 9, 20])
@pytest.mark.parametrize("script", ["post-deploy-check.sh", "check-api.sh"])
def test_it_ends_with_the_code_of_the_gate(
    shell: Sequence[str], gate: Path, script: str, code: int
) -> None:
    install(gate, code=code)
    assert call(shell, script, "settings", environ={"APISMOKE": str(gate)})[0] == code


@pytest.mark.parametrize(
    ("script", "arguments", "message"),
    [
        *(
            (
                script,
                (*first, *smoke, ""),
                f"{script}: the URL is empty; to do: give the URL of the backend\n",
            )
            for script, first in (("post-deploy-check.sh", ()), ("check-api.sh", ("settings",)))
            for smoke in ((), ("--smoke",))
        ),
        *(
            (
                "check-api.sh",
                arguments,
                "check-api.sh: the first argument names no API; to do: give settings, calendar or"
                " twilio\n",
            )
            for arguments in ((), ("",), ("--smoke",))
        ),
    ],
)
def test_a_mistake_is_5(
    shell: Sequence[str], gate: Path, script: str, arguments: tuple[str, ...], message: str
) -> None:
    """An empty variable must not gate whatever APISMOKE_TARGET_URL has."""
    environ = {"APISMOKE": str(gate), "APISMOKE_TARGET_URL": URL}
    assert call(shell, script, *arguments, environ=environ) == (5, "", message)


@pytest.mark.parametrize("script", ["post-deploy-check.sh", "check-api.sh"])
@pytest.mark.parametrize("is_there", [True, False], ids=["broken", "missing"])
def test_a_gate_that_does_not_start_is_5(
    shell: Sequence[str], gate: Path, script: str, is_there: bool
) -> None:
    """Python ends with 1 for a package that is gone, which would blame the settings."""
    if is_there:
        install(gate, code=1, starts=1)
    else:
        gate.unlink()
    assert call(shell, script, "settings", URL, environ={"APISMOKE": str(gate)}) == (
        5,
        "",
        f"{script}: {gate} can't be started; to do: install it, or name it in APISMOKE\n",
    )


def test_a_broken_calendar_is_2_with_the_real_gate(
    broken_calendar: Backend, tmp_path: Path
) -> None:
    """SMOKE_TEST=true, as with the script that it replaces."""
    environ = {**credentials(), "SMOKE_TEST": "true", "APISMOKE_STATE_DIR": str(tmp_path)}
    code, out, _ = call(("sh",), "post-deploy-check.sh", broken_calendar.url, environ=environ)
    assert (code, "FAIL" in out, ", smoke, " in out) == (2, True, True)


@pytest.fixture
def broken_calendar() -> Iterator[Backend]:
    """A backend whose OAuth start is broken."""
    backend = Backend("oauth-500")
    yield backend
    backend.stop()

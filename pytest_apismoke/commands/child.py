"""The process in which the command `apismoke` runs pytest: it tells the command how the run ended.

Run as a file, by `gate`. What it tells goes through a pipe that nothing else in the process knows
of: whatever ends this process, only a verdict lets the command end with 0.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from collections.abc import Callable, Sequence

import pytest

from pytest_apismoke.commands.ends import (
    BROKE_OFF,
    CLASHED,
    INFORMED,
    NO_TARGET,
    REJECTED,
    VERDICT,
    End,
    Told,
)
from pytest_apismoke.configuration import options, reading
from pytest_apismoke.system import signals

#: The module of the plugin.
_PLUGIN = "pytest_apismoke.plugin"
_NO_TARGET_CODE = 1
#: Is told of an end.
Tell = Callable[[Told], object]
_INFORMATION = ("help", "version", "markers", "showfixtures", "show_fixtures_per_test")


class Observer:
    """A pytest plugin that tells the command what came of the run.

    Args:
        tell: is told of an end.

    """

    def __init__(self, tell: Tell) -> None:
        self.tell = tell
        self.asked_for_information = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> int | None:
        """Ends a call for neither a target nor information before anything runs."""
        known = vars(config.option)
        self.asked_for_information = any(known.get(name) for name in _INFORMATION)
        if self.asked_for_information or options.is_active(config):
            return None
        if clash := reading.clash(config):
            parts = ("expected", "seen", "where", "hint")
            text = json.dumps({name: getattr(clash, name) for name in parts})
            self.tell(Told(CLASHED, _NO_TARGET_CODE, text))
        else:
            self.tell(Told(NO_TARGET, _NO_TARGET_CODE))
        return _NO_TARGET_CODE

    @pytest.hookimpl(optionalhook=True)
    def pytest_apismoke_exit(self, exit_code: int) -> None:
        """Tells the exit code of a verdict."""
        self.tell(Told(VERDICT, exit_code))


def main(arguments: Sequence[str]) -> int:
    """Runs pytest, and returns its exit code.

    Args:
        arguments: two descriptors, the pipe to the command and one that ends with the command's
            process; and those of pytest.

    """
    pipe, life, call = int(arguments[0]), int(arguments[1]), list(arguments[2:])
    for descriptor in (pipe, life):
        os.set_inheritable(descriptor, False)
    threading.Thread(target=_end_with, args=(life,), daemon=True).start()

    def tell(told: Told) -> None:
        # Nobody may be listening any more.
        with contextlib.suppress(OSError):
            os.write(pipe, f"{told.end} {told.code} {told.text}\n".encode())

    return _run(call, tell)


def carried_out(call: Sequence[str], *plugins: object) -> End:
    """Runs pytest in this process, to its end."""
    told: list[Told] = []
    code = _run(call, told.append, *plugins)
    return End(code=code, told=tuple(told))


def _run(call: Sequence[str], tell: Tell, *plugins: object) -> int:
    observer = Observer(tell)
    try:
        code = int(pytest.main(_with_plugin(call), plugins=[observer, *plugins]))
    except BaseException as error:
        # A conftest that ends the process, say: whatever its code was, it is no verdict.
        print(_without_secrets(f"apismoke: {type(error).__name__}: {error}"), file=sys.stderr)
        tell(Told(BROKE_OFF, 0))
        return 1
    is_version = bool({"--version", "-V"} & set(call))
    is_information = code == 0 and (observer.asked_for_information or is_version)
    tell(Told(INFORMED if is_information else REJECTED, code))
    return code


def _without_secrets(text: str) -> str:
    """A text without the secrets of the environment: the gate itself has not read them yet."""
    from pytest_apismoke.configuration.setting_table import NOTIFY
    from pytest_apismoke.redaction import Redactor, is_sensitive

    redactor = Redactor()
    for name, value in os.environ.items():
        if is_sensitive(name) or name == NOTIFY.environ:
            redactor.learn(value, name)
    return redactor.text(text)


def _with_plugin(call: Sequence[str]) -> list[str]:
    """The arguments with those that the command adds, which must not be turned into others."""
    # pytest would warn that it can't rewrite the assertions of a package that is running already,
    # and the last -W wins.
    added = ["-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning"]
    given = {*call, *os.environ.get("PYTEST_ADDOPTS", "").split()}
    if os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD") or "--disable-plugin-autoload" in given:
        # By the name that workers of pytest-xdist can import it by, too.
        added += ["-p", _PLUGIN]
    end = call.index("--") if "--" in call else len(call)
    return [*call[:end], *added, *call[end:]]


def _end_with(life: int) -> None:
    """Ends the run in order, restoring first, once the command's process is gone."""
    with contextlib.suppress(OSError):
        os.read(life, 1)
        signals.send_to_main_thread()


if __name__ == "__main__":
    # A file's own folder comes first on the path, and would hide modules of the user's.
    if sys.path[:1] == [os.path.dirname(os.path.abspath(__file__))]:  # noqa: PTH100, PTH120
        del sys.path[0]
    given, sys.argv = sys.argv[1:], ["apismoke", *sys.argv[3:]]
    sys.exit(main(given))

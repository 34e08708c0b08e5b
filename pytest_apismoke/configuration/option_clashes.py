"""Our options give way to those of others: a repository's own `--smoke` stays what it is.

pytest refuses an option that two plugins declare, and every run of that repository would crash,
with a gate or without one. So an option of ours that somebody else declares too, before or after
us, is theirs; who that is is kept, and told where a gate is asked for. Loaded in every pytest run,
so it imports no library that pytest has not imported already.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

import pytest

#: The options of ours that are somebody else's in a run, with their owners' files.
OWNERS: pytest.StashKey[dict[str, str]] = pytest.StashKey()
_UNKNOWN = "another plugin"
#: The packages between an `addoption` and whoever calls it.
_BETWEEN = ("_pytest", "pluggy")


class OptionClashes:
    """The options of ours that are somebody else's, each with the file that declares it too.

    Args:
        parser: pytest's.
        pluginmanager: pytest's.

    """

    def __init__(self, parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
        # pytest has no public way to look at the options of others or to take one back.
        self._parser: Any = parser
        self._plugins = pluginmanager
        self._taken = {
            name for group in self._groups() for one in group.options for name in one.names()
        }
        self._ours: set[str] = set()
        self._watched: set[int] = set()
        self.owners: dict[str, str] = {}

    def declare(self, group: pytest.OptionGroup, option: str, **attributes: Any) -> None:
        """Declares an option of ours, unless there is one of that name.

        Args:
            group: that it belongs to.
            option: its long name.
            attributes: as for `argparse`.

        """
        if option in self._taken:
            self.owners[option] = self._declared_in(option)
            return
        group.addoption(option, **attributes)
        self._ours.add(option)

    def watch(self) -> None:
        """From now on, an option of ours that is declared again is theirs who declare it."""
        # pytest registers its configuration before it asks for options.
        config: Any = self._plugins.get_plugin("pytestconfig")
        config.stash[OWNERS] = self.owners
        for group in self._groups():
            self._watch(group)
        getgroup = self._parser.getgroup

        def watched(*arguments: Any, **named: Any) -> Any:
            group = getgroup(*arguments, **named)
            self._watch(group)
            return group

        self._parser.getgroup = watched

    def _groups(self) -> list[Any]:
        anonymous = self._parser._anonymous
        # It is one of the others since pytest 9.
        return [*(one for one in self._parser._groups if one is not anonymous), anonymous]

    def _watch(self, group: Any) -> None:
        if id(group) in self._watched:
            return
        self._watched.add(id(group))
        for name in ("addoption", "_addoption"):
            setattr(group, name, self._giving_way(getattr(group, name)))

    def _giving_way(self, add: Callable[..., None]) -> Callable[..., None]:
        def adding(*names: str, **attributes: Any) -> None:
            for name in self._ours.intersection(names):
                self.owners[name] = _file_of_caller()
                self._take_back(name)
            add(*names, **attributes)

        return adding

    def _take_back(self, name: str) -> None:
        """Removes an option of ours; its default stays where pytest has put it."""
        self._ours.remove(name)
        for group in self._groups():
            for one in [one for one in group.options if name in one.names()]:
                group.options.remove(one)
                # Before pytest 9 the options reach argparse only when all are known.
                if (action := getattr(one, "_action", None)) is not None:
                    action.container._remove_action(action)
                    self._parser.optparser._option_string_actions.pop(name, None)

    def _declared_in(self, option: str) -> str:
        """The file of the plugin that has declared an option before us, as far as it shows."""
        for hook in self._plugins.hook.pytest_addoption.get_hookimpls():
            code = getattr(hook.function, "__code__", None)
            if code is not None and option in code.co_consts:
                return str(code.co_filename)
        return _UNKNOWN


def _file_of_caller() -> str:
    frame = sys._getframe(1)
    while frame.f_back is not None:
        frame = frame.f_back
        name = str(frame.f_globals.get("__name__", ""))
        if name != __name__ and name.partition(".")[0] not in _BETWEEN:
            return frame.f_code.co_filename
    return _UNKNOWN


def clashes_of(config: pytest.Config) -> dict[str, str]:
    """The options of ours that are somebody else's in this run, with their owners' files."""
    return config.stash.get(OWNERS, {})


def given_among(arguments: Iterable[str], names: Iterable[str]) -> list[str]:
    """Those of some long options that are among the arguments of a call."""
    typed = {argument.partition("=")[0] for argument in arguments}
    return [name for name in names if name in typed]

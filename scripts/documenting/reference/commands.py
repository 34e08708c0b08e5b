"""commands.md: every command of `apismoke`, from what the commands themselves take."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from importlib import import_module

from documenting.reference import markdown
from documenting.reference.markdown import code, link, prose, sentence
from pytest_apismoke.commands import known
from pytest_apismoke.commands.help import HELP
from pytest_apismoke.commands.main import COMMANDS
from pytest_apismoke.demo import options as demo

#: The page that tells how a command is used, with the title of the link.
PAGES: Mapping[str, tuple[str, str]] = {
    "check": ("Before a run", "../how-to/contracts.md#before-a-run"),
    "comment": ("GitHub issues and comments", "../how-to/github-issues.md"),
    "demo": ("Start", "../start.md"),
    "import": ("Coming from Postman", "../how-to/migration/postman.md"),
    "infer": ("From nothing to a guarded endpoint", "../tutorials/contracts.md"),
    "init": ("Point it at your backend", "../how-to/your-backend.md"),
    "issue": ("GitHub issues and comments", "../how-to/github-issues.md"),
    "known": ("Known violations", "../how-to/contracts.md#known-violations"),
    "openapi": ("A stored copy", "../how-to/contracts.md#a-stored-copy-of-the-targets-document"),
    "restore": ("What the gate writes", "../how-to/writing-to-production.md"),
    "schema": ("The JSON report", "report.md"),
    "show": ("Where a value comes from", "configuration.md#where-a-value-comes-from"),
    "trend": ("History and metrics", "../how-to/history-and-metrics.md"),
}
_HEADER = ("argument", "meaning")
#: The modules of commands that are not named as these.
_MODULES = {"import": "import_requests"}


def blocks() -> Mapping[str, str]:
    """The blocks of the page."""
    return {
        "gate": markdown.fenced(HELP, "text"),
        "commands": markdown.blocks(part for name in sorted(COMMANDS) for part in _section(name)),
    }


def command_line_of(name: str) -> argparse.ArgumentParser:
    """What a command takes: the parser itself."""
    if name == "demo":
        return demo.command_line()
    module = import_module(f"pytest_apismoke.commands.{_MODULES.get(name, name)}")
    parser: argparse.ArgumentParser = module.command_line()
    return parser


def _section(name: str) -> Iterator[str]:
    yield markdown.heading(2, code(f"apismoke {name}"))
    if name == "known":
        # It takes the arguments of pytest.
        usage, _, text = known.USAGE.partition("\n\n")
        yield markdown.fenced(usage.removeprefix("usage: "), "text")
        yield prose(" ".join(text.split()))
    else:
        yield from _described(f"apismoke {name}", command_line_of(name), level=3)
    yield f"More: {link(*PAGES[name])}."


def _described(call: str, parser: argparse.ArgumentParser, *, level: int) -> Iterator[str]:
    # Its own text of the help differs between versions of Python.
    actions = [one for one in parser._actions if not isinstance(one, argparse._HelpAction)]
    below = next((one for one in actions if isinstance(one, argparse._SubParsersAction)), None)
    plain = [one for one in actions if one is not below]
    yield prose(parser.description or "")
    if below is None:
        yield markdown.fenced(" ".join((call, *map(_in_usage, plain))), "text")
    if plain:
        yield markdown.table(_HEADER, [(code(_written(one)), _meaning(one)) for one in plain])
    if parser.epilog:
        yield prose(sentence(parser.epilog))
    for name, inner in below.choices.items() if below else ():
        yield markdown.heading(level, code(f"{call} {name}"))
        yield from _described(f"{call} {name}", inner, level=level + 1)


def _in_usage(action: argparse.Action) -> str:
    word = _written(action)
    if action.option_strings:
        return f"[{word}]"
    several = "..." if action.nargs in ("*", "+") else ""
    return f"[{word}]{several}" if action.nargs in ("*", "?") else f"{word}{several}"


def _written(action: argparse.Action) -> str:
    choices = "|".join(map(str, action.choices)) if action.choices else ""
    value = action.metavar or choices or action.dest.upper()
    if not action.option_strings:
        return str(value)
    return " ".join((action.option_strings[-1], *([str(value)] if action.nargs != 0 else [])))


def _meaning(action: argparse.Action) -> str:
    words = (action.help or "") % {**vars(action), "prog": ""}
    return prose(sentence(words))

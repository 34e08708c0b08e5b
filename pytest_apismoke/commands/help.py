"""What the command says of itself: its help, its version, and what a misspelt word was meant to be.

The help is one screen; what pytest and its plugins add fills ten, and `pytest --help` shows it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

#: How alike two words must be to be told as each other's, from 0 to 1.
_CLOSE = 0.7
HELP = """\
usage: apismoke --target-url=URL [--smoke] [options] [PATH...]
       apismoke COMMAND [...]

Checks a deployed API, and ends with one exit code of a published table.
  --target-url=URL        the API to check; 'demo' is the embedded backend
  --smoke                 the fast gate; without it all checks
  --target-version=TEXT   the version that has to answer
  --target-wait=SECONDS   how long to wait until it is ready (default: 60)
  --smoke-api=NAME        check one API only (repeatable)
  --smoke-report=PATH     the verdict as JSON; others: pytest --help
  -v, -q                  every setting and test; one line for a pass
commands: check, import, infer, init, known, openapi, show   look, set up
          restore                                      take back a change
          issue, comment, trend                        use the reports
          demo                                         a backend to try
credentials: APISMOKE_USERNAME and APISMOKE_PASSWORD, or APISMOKE_TOKEN
exit codes: 0 pass, 1 login, 2 fetch, 3 save, OAuth, phone, 4 persistence or
            state, 5 anything else
'apismoke COMMAND --help' tells the options of a command.
All options of a run, and those of pytest, which it takes too: pytest --help
"""
_HELP, _VERSION = frozenset({"-h", "--help"}), frozenset({"-V", "--version"})


def answer(call: Sequence[str]) -> str:
    """What a call for the help or the version gets; empty for any other call."""
    own = call[: call.index("--")] if "--" in call else call
    if not _HELP.isdisjoint(own):
        return HELP
    return "" if _VERSION.isdisjoint(own) else version()


def version() -> str:
    """The versions of what a run is made of."""
    import platform
    from importlib import metadata

    from pytest_apismoke import __version__

    beside = f"pytest {metadata.version('pytest')}, Python {platform.python_version()}"
    return f"apismoke {__version__} ({beside})\n"


def misspelt_command(call: Sequence[str], commands: Collection[str]) -> str:
    """The command that the first word was meant to be; empty if it is a path or an option."""
    word = call[0] if call else ""
    if not word or word.startswith("-") or "/" in word or "." in word or Path(word).exists():
        return ""
    return nearest(word, commands)


def misspelt_option(call: Sequence[str]) -> tuple[str, str]:
    """An option of the call that none has, and the one that it was meant to be; empty without."""
    from pytest_apismoke.configuration.setting_table import SETTINGS

    known = [setting.option for setting in SETTINGS if setting.option]
    for word in call:
        option = word.partition("=")[0]
        if word == "--":
            break
        if option.startswith("--") and option not in known and (meant := nearest(option, known)):
            return option, meant
    return "", ""


def nearest(word: str, known: Collection[str]) -> str:
    """The known word that is spelt most alike; empty if none is."""
    # Here, because nearly all calls are spelt as they should be.
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, known, n=1, cutoff=_CLOSE)), "")

"""Words of a call that were meant to be others: options, and commands. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

#: How alike two words have to be, from 0 to 1.
_CLOSE = 0.7


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

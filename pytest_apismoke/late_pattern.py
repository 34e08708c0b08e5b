"""Patterns that are compiled when they are first used.

Compiling one takes between 0.1 and 1.5 ms. The gate's modules have more than a hundred, for all
that a target might answer, and a run whose target is healthy uses a few of them.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


class _LatePattern:
    """Stands for a compiled pattern; what is asked of it once, it has from then on itself."""

    def __init__(self, text: Any, flags: int) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        value = getattr(re.compile(self._text, self._flags), name)
        setattr(self, name, value)
        return value


def late_pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """As `re.compile`, for constants; a mistake in the text is found when it is first used."""
    return cast("re.Pattern[AnyStr]", _LatePattern(text, flags))

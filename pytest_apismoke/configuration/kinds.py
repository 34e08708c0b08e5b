"""The kinds of values that settings and configuration keys take, with words for messages. Pure.

Loaded in every pytest run, so it imports no library.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

#: The words for yes and no in an environment variable or an ini file; an empty string is no.
TRUE = ("true", "1", "yes")
FALSE = ("false", "0", "no")

T_co = TypeVar("T_co", covariant=True)
Word = TypeVar("Word", bound=str)


class Kind(Generic[T_co]):
    """The values that are valid in one place: `words` complete "expected ..., seen ...".

    A string matches `pattern` as a whole (ECMA 262, anchored) and is one of the `choices`, where
    there are any; a number lies between `least` and `most`, both included. A list of such values
    has at least `at_least`. `of` makes a value of a string, which may end with `suffix`. `hint`
    says what to do about a string that is not valid; `{default}` in it is the setting's default.
    `is_secret` says that a configuration may only refer to it.
    """

    # No record, which takes longer to declare than all of this module.
    def __init__(
        self,
        *,
        words: str,
        of: Callable[[str], T_co],
        pattern: str = "",
        choices: tuple[str, ...] = (),
        least: float = 0,
        most: float = sys.float_info.max,
        at_least: int = 0,
        suffix: str = "",
        hint: str = "",
        is_secret: bool = False,
    ) -> None:
        self.words: Final = words
        self.of: Final = of
        self.pattern: Final = pattern
        self.choices: Final = choices
        self.least: Final = least
        self.most: Final = most
        self.at_least: Final = at_least
        self.suffix: Final = suffix
        self.hint: Final = hint
        self.is_secret: Final = is_secret

    def fits(self, value: object) -> bool:
        """Whether a value is of this kind; true is no number, and 1.0 no whole one."""
        if self.of is bool:
            return isinstance(value, bool)
        if self.of in (int, float):
            is_number = isinstance(value, int if self.of is int else (int, float))
            return is_number and not isinstance(value, bool) and self.least <= value <= self.most  # type: ignore[operator]  # a number, as the line before says
        return (
            isinstance(value, str)
            and (not self.choices or value in self.choices)
            and (not self.pattern or re.fullmatch(self.pattern, value) is not None)
        )

    def parse(self, text: str) -> T_co:
        """The value that a string stands for.

        Raises:
            ValueError: when the string, or its value, is not of this kind.

        """
        if self.of is bool and text.lower() in (*TRUE, *FALSE, ""):
            return self.of("true" if text.lower() in TRUE else "")
        value = self.of(text.removesuffix(self.suffix))
        if self.of is not bool and self.fits(value):
            return value
        raise ValueError(text)


def one_of(*choices: Word) -> Kind[Word]:
    """The kind whose values are these words, spelled exactly."""
    of: Any = str
    return Kind(words=f"one of {', '.join(choices)}", of=of, choices=choices)

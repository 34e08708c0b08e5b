"""A message: what one place in the code may print. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from documenting.messages.template import Template

#: The parts of a failure, by the names that the code has for them, in the order of the terminal.
PARTS = {
    "problem": "",
    "expected": "expected",
    "words": "expected",
    "seen": "got",
    "hint": "to do",
}
#: The label of a part, and its texts.
Part = tuple[str, tuple[Template, ...]]


@dataclass(frozen=True, slots=True)
class Message:
    """What one place in the code may print.

    Attributes:
        module: its name within the package, with slashes.
        line: where the place begins.
        parts: the label of each part with its texts; the label is empty for a sentence that is
            no part of a failure.

    """

    module: str
    line: int
    parts: tuple[Part, ...]

    @property
    def is_failure(self) -> bool:
        """Whether it has the parts of one."""
        return any(label for label, _ in self.parts)

    @property
    def templates(self) -> tuple[Template, ...]:
        """All texts."""
        return tuple(one for _, texts in self.parts for one in texts)

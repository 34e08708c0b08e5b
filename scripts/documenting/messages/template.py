"""A message as the code has it: fixed words, with placeholders where a run has a value. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

#: Placeholders are told from words by these, which no message of the package has.
_OPEN, _CLOSE = "\ue000", "\ue001"
_HOLE = re.compile(f"{_OPEN}(.*?){_CLOSE}")
_HOLES = re.compile(f"(?:{_OPEN}[^{_CLOSE}]*{_CLOSE})+")
_AGAINST_A_WORD = re.compile(f"(?<=\\w)(?={_OPEN})|(?<={_CLOSE})(?=\\w)")
#: What a name has at its end for its unit, which the message itself has in words.
_UNITS = re.compile(r"_(?:s|ms|chars|bytes)$")
#: Two words next to each other: what a key, a path or a pattern hardly ever has.
_PROSE = re.compile(r"[A-Za-z]{2,}[,;:]? (?:[\w'\"./-]+ )*[a-z]{2,}")
_MARKUP = re.compile(r"<[a-z/!]|^\s*[.#]?[\w-]+ \{|\(\?|\\[dws.]")
#: What only a text for `str.format` has: a field without a name or with a format, a brace twice, or
#: a field that is filled far from the text.
_FOR_FORMAT = re.compile(r"\{\}|\{\w*:[^{}]+\}|\{\{|\{(?:default|kind)\}")
_FIELD = re.compile(r"(?<!\{)\{(\w*)(?:![rs])?(?::[^{}]*)?\}(?!\})")


@dataclass(frozen=True, slots=True, order=True)
class Template:
    """Fixed words and placeholders, in one text; without words if it is a placeholder alone."""

    marked: str

    @property
    def words(self) -> str:
        """The fixed words, a space for each placeholder."""
        return " ".join(_HOLES.sub(" ", self.marked).split())

    @property
    def shown(self) -> str:
        """The message with its placeholders in capitals."""
        # Apart from the words, so that a search finds these.
        apart = _AGAINST_A_WORD.sub(" ", self.marked)
        return " ".join(_HOLES.sub(lambda found: _names(found[0]), apart).split())

    @property
    def form(self) -> str:
        """The message with all placeholders alike, whatever their names."""
        return " ".join(_HOLES.sub(_OPEN + _CLOSE, self.marked).split())

    @property
    def has_words(self) -> bool:
        """Whether it has a word of its own that a reader can look for."""
        return bool(re.search("[A-Za-z]{3}", self.words))

    @property
    def is_prose(self) -> bool:
        """Whether a person would read it as a part of a sentence."""
        return bool(_PROSE.search(self.words)) and not _MARKUP.search(self.words)

    def matches(self, text: str) -> bool:
        """Whether a run may have printed this text for it."""
        said = " ".join(text.split())
        # Most are told apart by a word, without a pattern.
        has_all = all(piece in said for piece in _pieces(self.marked))
        return has_all and bool(_pattern(self.marked).fullmatch(said))

    def __str__(self) -> str:
        return self.shown


def hole(name: str) -> Template:
    """A placeholder with the name that the code has for the value."""
    return Template(f"{_OPEN}{_UNITS.sub('', name.strip('_')).upper()}{_CLOSE}")


def joined(parts: Iterable[Template]) -> Template:
    """One template of several, one after the other."""
    return Template("".join(part.marked for part in parts))


def filled_later(text: str) -> Template:
    """A text that the code has as it is; its fields are placeholders if `str.format` fills it."""
    plain = Template(text)
    return with_fields(plain) if _FOR_FORMAT.search(text) else plain


def with_fields(template: Template) -> Template:
    """The template with the fields of `str.format` as placeholders."""
    named = _FIELD.sub(lambda found: hole(found[1]).marked, template.marked)
    return Template(named.replace("{{", "{").replace("}}", "}"))


def _names(holes: str) -> str:
    """Placeholders next to each other as one; the first has the name."""
    return next(filter(None, _HOLE.findall(holes)), "VALUE")


@cache
def _pieces(marked: str) -> tuple[str, ...]:
    """The fixed words between placeholders."""
    return tuple(" ".join(piece.split()) for piece in _HOLES.split(marked))


@cache
def _pattern(marked: str) -> re.Pattern[str]:
    """What a run may print: anything, also nothing, for a placeholder and the blanks around it."""
    return re.compile(r"\s*.*?\s*".join(map(re.escape, _pieces(marked))), re.DOTALL)

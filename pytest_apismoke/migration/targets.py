"""Where requests go: the part of a URL that is the target's, and the path below it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import unquote

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.migration.texts import VARIABLE

_HOST = late_pattern(r"((?:https?|\{\{[^{}]*\}\})://[^/?#]*)(.*)")


def split(url: str, plain: Callable[[str], str]) -> tuple[str, str]:
    """The beginning of a URL that names the target, and the rest.

    Args:
        url: as it was written, with variables.
        plain: a string with the values of the variables that have one.

    """
    if url.startswith("/"):
        return "", url
    match = VARIABLE.match(url)
    if match and url[match.end() :][:1] in ("", "/", "?"):
        base, rest = plain(match[0]), url[match.end() :]
        is_whole = "://" in base or base.startswith("{{")
        return (base if is_whole else f"http://{base}").rstrip("/"), rest or "/"
    found = _HOST.fullmatch(url if "://" in url else f"http://{url}")
    return (plain(found[1]), found[2] or "/") if found else ("", url)


def of_most(bases: Sequence[str]) -> str:
    """The target: where most requests go."""
    named = Counter(one for one in bases if one)
    return named.most_common(1)[0][0] if named else ""


def parameters(text: str) -> Iterable[tuple[str, str]]:
    """The parameters of a query, with its variables as they are."""
    for part in filter(None, text.split("&")):
        name, _, value = part.partition("=")
        yield unquote(name.replace("+", " ")), unquote(value.replace("+", " "))

"""Where requests go: the part of a URL that is the target's, and the path below it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from urllib.parse import unquote

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.migration.texts import VARIABLE

_HOST = late_pattern(r"(https?://[^/?#]*)(.*)", 0)


def split(url: str, plain: str) -> tuple[str, str]:
    """The beginning of a URL that names the target, and the rest.

    Args:
        url: as it was written, with variables.
        plain: with the values of those that have one.

    """
    if url.startswith("/"):
        return "", url
    if match := VARIABLE.match(url):
        rest = url[match.end() :]
        value = plain[: len(plain) - len(rest)] if plain.endswith(rest) else ""
        if rest[:1] in ("", "/", "?") and not rest.startswith("://"):
            return (value if "://" in value else match[0]).rstrip("/"), rest or "/"
    text = url if "://" in url else f"http://{url}"
    found = _HOST.fullmatch(text)
    if not found:
        return "", url
    host = plain.partition("://")[2] if "://" in plain else plain
    scheme = "https" if plain.startswith("https") or "://" not in url else "http"
    return f"{scheme}://{host.partition('/')[0].partition('?')[0]}", found[2] or "/"


def of_most(bases: Sequence[str]) -> str:
    """The target: where most requests go."""
    named = Counter(one for one in bases if one)
    return named.most_common(1)[0][0] if named else ""


def parameters(text: str) -> Iterable[tuple[str, str]]:
    """The parameters of a query, with its variables as they are."""
    for part in filter(None, text.split("&")):
        name, _, value = part.partition("=")
        yield unquote(name.replace("+", " ")), unquote(value.replace("+", " "))

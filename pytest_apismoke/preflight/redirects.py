"""Where a redirect of the readiness path leads, what to do about it, and whether to wait. Pure."""

from __future__ import annotations

from urllib.parse import SplitResult, urljoin, urlsplit

from pytest_apismoke.http.response import Response

#: Statuses that say that the page has moved for good (RFC 9110, 15.4).
_FOR_GOOD = (301, 308)
_GIVE_THE_URL = "redirects are not followed: give the final URL"


def where_it_leads(response: Response, path: str) -> tuple[str, bool]:
    """What to do about a redirect, and whether waiting does not change it.

    A page that leads elsewhere on its own host for a while may be that of a maintenance.

    Args:
        response: the redirect.
        path: the readiness path, below the base URL.

    """
    if response.https_hint:
        return response.https_hint, True
    try:
        source = urlsplit(response.exchange.url)
        target = urlsplit(urljoin(response.exchange.url, response.location))
        same_host = source.hostname == target.hostname
    except ValueError:
        return _GIVE_THE_URL, False
    if not response.location or not target.hostname:
        return _GIVE_THE_URL, False
    if not same_host or source.path == target.path:
        return _other_base(target), True
    is_final = response.status in _FOR_GOOD or _without_slash(source) == _without_slash(target)
    prefix = source.path.removesuffix(path.partition("?")[0])
    if not target.path.startswith(f"{prefix}/"):
        return _GIVE_THE_URL, is_final
    hint = (
        f'write path = "{target.path[len(prefix) :]}" in [readiness] of apismoke.toml, if that is'
        " the health page: redirects are not followed"
    )
    return hint, is_final


def _other_base(target: SplitResult) -> str:
    base = f"{target.scheme}://{target.netloc.rpartition('@')[2]}"
    return (
        f"if {base} is the API, use a base URL that begins with it; if it only asks who is there,"
        " give the header that passes it below [headers] in apismoke.toml, or name a path that it"
        " lets through, as path in [readiness]"
    )


def _without_slash(url: SplitResult) -> str:
    return url.path.rstrip("/")

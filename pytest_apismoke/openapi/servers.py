"""The servers of a spec: where its paths are below the target's URL. Pure.

Their hosts are ignored: requests go to the target. The path of a server may be in the target's URL,
wholly or in part, or in the path of each request.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, product
from posixpath import normpath
from typing import Any
from urllib.parse import urlsplit

from pytest_apismoke.records import dataclass

#: How many combinations of the variables of one server are considered.
_MOST_URLS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """The paths of servers, with a leading slash and no trailing one, and their hosts.

    A server with variables has a path for each combination of their values, defaults first. An
    empty host means the host that serves the spec.
    """

    prefixes: tuple[str, ...] = ("",)
    hosts: frozenset[str] = frozenset()

    def may_be_hidden(self, target_host: str, target_path: str) -> bool:
        """Whether a request may lack the path of every server.

        A gateway on another host may add the path, and a target with a path of its own may hide it.
        A server on the target's own host needs the path in each request.

        Args:
            target_host: of the target's URL, with its port.
            target_path: of the target's URL, without a trailing slash.

        """
        if not self.hosts or not self.hosts <= {"", target_host}:
            return True
        return bool(target_path) and all(
            rest_of(prefix, target_path) == prefix for prefix in self.prefixes
        )


def servers_of(servers: Any) -> Servers:
    """The paths and hosts of a list of server objects."""
    prefixes: dict[str, None] = {}
    hosts: set[str] = set()
    for server in servers if isinstance(servers, list) else ():
        for url in _expanded_urls(server if isinstance(server, dict) else {}):
            try:
                parts = urlsplit(url)
            except ValueError:
                continue
            # A relative one begins at the spec, which is taken to lie at the root of the host.
            prefixes[normpath(f"/{parts.path.strip('/')}").rstrip("/")] = None
            hosts.add(parts.netloc)
    return Servers(prefixes=tuple(prefixes) or ("",), hosts=frozenset(hosts))


def _expanded_urls(server: dict[str, Any]) -> Iterator[str]:
    """The URL of a server for each combination of the values of its variables."""
    url, variables = server.get("url"), server.get("variables")
    if not isinstance(url, str):
        return
    names, values = [], []
    for name, variable in (variables if isinstance(variables, dict) else {}).items():
        if isinstance(variable, dict):
            others = variable.get("enum")
            known = [variable.get("default", ""), *(others if isinstance(others, list) else ())]
            names.append(name)
            values.append(list(dict.fromkeys(map(str, known))))
    for chosen in islice(product(*values), _MOST_URLS):
        text = url
        for name, value in zip(names, chosen, strict=True):
            text = text.replace(f"{{{name}}}", value)
        yield text


def path_below(target_path: str, prefixes: Sequence[str], path: str) -> tuple[str, str]:
    """A path of the spec relative to the target's URL, after the rest of its server's path.

    The server is one whose path the target's URL contains, else the one it contains most of.

    Args:
        target_path: of the target's URL, without a trailing slash.
        prefixes: the servers' paths.
        path: as the spec has it.

    Returns:
        The rest of the server's path, and the rest of the path.

    """
    if "" in prefixes and all(rest_of(prefix, target_path) for prefix in prefixes if prefix):
        # Without servers, some specs have the paths from the root of the host.
        has_all = target_path and path.startswith(f"{target_path}/")
        return "", path[len(target_path) :] if has_all else path
    left = {prefix: rest_of(prefix, target_path) for prefix in prefixes}
    whole = (prefix for prefix, rest in left.items() if prefix and not rest)
    prefix = next(whole, None) or max(left, key=lambda one: len(one) - len(left[one]))
    return left[prefix], path


def rest_of(prefix: str, target_path: str) -> str:
    """A server's path without its longest beginning that the target's path ends with."""
    segments = prefix.split("/")
    for count in range(len(segments), 1, -1):
        beginning = "/".join(segments[:count])
        if target_path.endswith(beginning):
            return prefix[len(beginning) :]
    return prefix

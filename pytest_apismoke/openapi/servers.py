"""The servers of a description: where below the target's URL an operation stands. Pure.

Their hosts are passed over: what is tested is the target. Their paths may be part of the target's
URL, wholly or by their beginning, or stand in each request.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any
from urllib.parse import urlsplit

#: No more ways to fill in the variables of one server are thought of.
_WAYS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """The paths of servers, each beginning with a slash, none with one at its end; and their hosts.

    Of a server with variables there is a path for each of their values, those with the defaults
    first. An empty host is that of whatever serves the description.
    """

    prefixes: tuple[str, ...] = ("",)
    hosts: frozenset[str] = frozenset()

    def may_be_hidden(self, target_host: str, target_path: str) -> bool:
        """Whether requests may have none of the servers' paths.

        A gateway that stands elsewhere than the target may add the path, and a target that has
        another one of its own may hide it. Of a server on the target itself it has to be there.

        Args:
            target_host: of the target's URL, with its port.
            target_path: of the target's URL, without a slash at its end.

        """
        if not self.hosts or not self.hosts <= {"", target_host}:
            return True
        return bool(target_path) and all(
            rest_of(prefix, target_path) == prefix for prefix in self.prefixes
        )


def servers_of(servers: Any) -> Servers:
    """What a list of server objects says."""
    prefixes: dict[str, None] = {}
    hosts: set[str] = set()
    for server in servers if isinstance(servers, list) else ():
        for url in _filled_in(server if isinstance(server, dict) else {}):
            try:
                parts = urlsplit(url)
            except ValueError:
                continue
            prefixes[f"/{parts.path.strip('/')}".rstrip("/")] = None
            hosts.add(parts.netloc)
    return Servers(prefixes=tuple(prefixes) or ("",), hosts=frozenset(hosts))


def _filled_in(server: dict[str, Any]) -> Iterator[str]:
    """A server's URL with each of the values that its variables may have."""
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
    for chosen in islice(product(*values), _WAYS):
        text = url
        for name, value in zip(names, chosen, strict=True):
            text = text.replace(f"{{{name}}}", value)
        yield text


def path_below(target_path: str, prefixes: Sequence[str], path: str) -> tuple[str, str]:
    """Where a path of the description stands below the target's URL, as what stands before it.

    The server is meant whose path the target's has whole, else the one of which it has most.

    Args:
        target_path: of the target's URL, without a slash at its end.
        prefixes: the servers' paths.
        path: as the description writes it.

    Returns:
        What is left of the server's path, and what is left of the path.

    """
    if "" in prefixes and all(rest_of(prefix, target_path) for prefix in prefixes if prefix):
        # Without servers, some write the paths from the host's root on.
        has_all = target_path and path.startswith(f"{target_path}/")
        return "", path[len(target_path) :] if has_all else path
    left = {prefix: rest_of(prefix, target_path) for prefix in prefixes}
    whole = (prefix for prefix, rest in left.items() if prefix and not rest)
    prefix = next(whole, None) or max(left, key=lambda one: len(one) - len(left[one]))
    return left[prefix], path


def rest_of(prefix: str, target_path: str) -> str:
    """What is left of a server's path behind its longest beginning that the target's ends with."""
    segments = prefix.split("/")
    for count in range(len(segments), 1, -1):
        beginning = "/".join(segments[:count])
        if target_path.endswith(beginning):
            return prefix[len(beginning) :]
    return prefix

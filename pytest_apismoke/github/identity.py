"""Whose an issue or a comment is: anybody may write a marker where everybody may write.

A text by an outsider that begins with the marker is left alone: its author could alter what stands
in it later on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_apismoke.github.api import GitHubApi, GitHubError

#: GitHub's words for people who may write to a repository anyway.
_TRUSTED = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})


class Trust:
    """Tells texts of the gate and of people who may write from those of outsiders.

    Args:
        api: asked who the token's owner is, once and only where that decides.

    """

    def __init__(self, api: GitHubApi) -> None:
        self._api = api
        self._login: str | None = None

    def holds_for(self, item: Mapping[str, Any]) -> bool:
        """Whether an issue or a comment, as GitHub describes it, is to be trusted."""
        user = item.get("user")
        if not isinstance(user, dict):
            return False
        is_known = user.get("type") == "Bot" or item.get("author_association") in _TRUSTED
        return is_known or (bool(user.get("login")) and user["login"] == self._own_login())

    def _own_login(self) -> str:
        if self._login is None:
            try:
                user = self._api.get("/user")
            except GitHubError:
                # The token of a workflow belongs to no user.
                user = None
            login = user.get("login") if isinstance(user, dict) else None
            self._login = login if isinstance(login, str) else ""
        return self._login

"""A row of the table: a backend, the profile for it, and what is the end of a run against it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from shapes.parts import Backend, Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The broken variation of a backend.

    Args:
        fault: what is wrong.
        code: the exit code of a run.
        category: the category that the code stands for.

    """

    fault: Fault
    code: int
    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One kind of backend.

    Args:
        name: what is special about it.
        profile: the lines of its apismoke.toml.
        backend: how it behaves.
        broken: the variation that a run has to catch.
        arguments: of the run.
        environ: the environment of the run, beside the credentials.
        has_token: whether the run is given a token, and no credentials.

    """

    name: str
    profile: str
    backend: Backend
    broken: Broken
    arguments: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    has_token: bool = False

    @property
    def lines(self) -> str:
        """The profile as a file has it."""
        return textwrap.dedent(self.profile).strip("\n") + "\n"

    @property
    def broken_backend(self) -> Backend:
        return replace(self.backend, fault=self.broken.fault)

"""Sampling of tables: a few cases are run with coverage, and the rest is `exhaustive`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

#: pytest has no public name for what `pytest.param` returns.
Cases = list[Any]


def sampled(cases: Sequence[Any], *, every: int) -> Cases:
    """The cases; each n-th is in the sample."""
    return [_case(case, in_sample=n % every == 0) for n, case in enumerate(cases)]


def thinned(cases: Sequence[Any], *, every: int = 2) -> Cases:
    """The cases; each n-th is in CI, and the others are by hand: they vary the same claim."""
    return [
        pytest.param(*_values(case), marks=() if n % every == 0 else (pytest.mark.by_hand,))
        for n, case in enumerate(cases)
    ]


def sampled_with_workers(cases: Sequence[Any], *, in_sample: Callable[[Any], bool]) -> Cases:
    """The cases, each with `workers` behind its values: the sample is run under xdist as well."""
    serial = [_case(case, 0, in_sample=in_sample(case)) for case in cases]
    distributed = [
        pytest.param(*_values(case), 2, marks=pytest.mark.distributed)
        for case in cases
        if in_sample(case)
    ]
    return serial + distributed


def _case(case: Any, *further: Any, in_sample: bool) -> Any:
    marks = () if in_sample else (pytest.mark.exhaustive,)
    return pytest.param(*_values(case), *further, marks=marks)


def _values(case: Any) -> tuple[Any, ...]:
    return case if isinstance(case, tuple) else (case,)

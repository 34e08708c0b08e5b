"""A late pattern is the pattern that `re.compile` gives, compiled when it is first used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

import pytest_apismoke
from pytest_apismoke.late_pattern import late_pattern

PACKAGE = Path(pytest_apismoke.__file__).parent
MODULES = sorted(
    ".".join(["pytest_apismoke", *path.relative_to(PACKAGE).with_suffix("").parts])
    for path in PACKAGE.rglob("*.py")
    if "demo" not in path.parts and path.name != "__init__.py"
)


def test_nothing_is_compiled_before_the_first_use_and_once_after_it() -> None:
    with patch.object(re, "compile", wraps=re.compile) as compiling:
        pattern = late_pattern(r"(?P<word>[a-z]+)", re.IGNORECASE)
        assert compiling.call_count == 0
        assert [match["word"] for text in ("Ab1", "-cd") if (match := pattern.search(text))] == [
            "Ab",
            "cd",
        ]
        assert compiling.call_count == 1


def test_it_has_what_a_pattern_has() -> None:
    late, usual = late_pattern("a(b)", re.ASCII), re.compile("a(b)", re.ASCII)
    assert (late.pattern, late.flags, late.groups) == (usual.pattern, usual.flags, usual.groups)
    assert (late.sub("-", "xab"), late.findall("abab")) == ("x-", ["b", "b"])


def test_it_has_nothing_else() -> None:
    pattern: Any = late_pattern("a")
    with pytest.raises(AttributeError):
        pattern.nothing  # noqa: B018  # reading it is the test
    with pytest.raises(AttributeError):
        pattern._nothing  # noqa: B018  # the same


def late_patterns(module: str) -> dict[str, Any]:
    """The constants of a module that are late patterns, those in its classes and tuples too."""
    kind = type(late_pattern(""))
    values: dict[str, Any] = {}
    for name, value in vars(import_module(module)).items():
        inside = [value, *(value if isinstance(value, tuple) else ())]
        inside += [vars(value)[key] for key in vars(value)] if isinstance(value, type) else []
        found = [one for one in inside if isinstance(one, kind)]
        values |= {f"{name}.{position}": one for position, one in enumerate(found)}
    return values


def test_every_late_pattern_of_the_gate_compiles() -> None:
    """A mistake would show only in front of the target that needs the pattern."""
    patterns = {f"{m}.{name}": one for m in MODULES for name, one in late_patterns(m).items()}
    assert {name for name, one in patterns.items() if not isinstance(one.groups, int)} == set()
    assert len(patterns) > 100


def compiled_at_import(node: ast.AST) -> Iterator[int]:
    """The lines of a module that compile a pattern whenever it is imported."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(child, ast.Call) and ast.unparse(child.func) in {"re.compile", "compile"}:
            yield child.lineno
        yield from compiled_at_import(child)


@pytest.mark.parametrize("module", MODULES)
def test_no_module_of_the_gate_compiles_a_pattern_when_it_is_imported(module: str) -> None:
    path = PACKAGE.parent.joinpath(*module.split(".")).with_suffix(".py")
    assert list(compiled_at_import(ast.parse(path.read_text(encoding="utf-8")))) == []

"""The house keeps its shape: imports point down, and each library has one door."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from importlib.util import find_spec
from pathlib import Path

import pytest

PACKAGE = "pytest_apismoke"
#: A package, or a module beside the packages, may import only such of a lower rank.
RANKS: tuple[tuple[str, ...], ...] = (
    ("importing", "late_pattern", "modes", "records"),
    ("ci_commands",),
    ("", "errors", "redaction", "documents", "words", "system"),
    ("shown_headers",),
    ("unshown",),
    ("evidence",),
    ("verdict",),
    ("configuration",),
    ("http", "known", "history"),
    ("schemas",),
    ("openapi", "infer", "safewrite"),
    ("preflight", "reports", "discovery", "migration"),
    ("github",),
    ("checks", "notifications", "telemetry"),
    ("hooks",),
    ("run",),
    ("commands", "fixtures", "plugin"),
)
KNOW_PYTEST = {
    "plugin",
    *("configuration.old_reports", "configuration.option_clashes", "configuration.options"),
    "configuration.reading",
    "hooks.*",
    *("run.active", "run.facts", "run.junit_of", "run.live_checks", "run.lively"),
    *("run.preparation", "run.several", "run.showing", "run.surroundings"),
    *("run.watchdog", "run.wiring"),
    "commands.child",
}
#: The modules of the upper layers of which something public takes a value without a type, and what.
UNTYPED = {
    "checks.declared.captures": "JSON values",
    "checks.declared.check_schema": "TOML values",
    "checks.declared.model": "JSON values",
    "hooks.distribution": "pytest-xdist's nodes and execnet's channels",
    "hooks.scheduling": "pytest-xdist's nodes",
    "hooks.terminal": "pytest's terminal reporter, which is not public",
    "hooks.user_responses": "JSON values",
    "run.wiring": "execnet's channels",
}
#: A module of more lines is two modules, or says why not.
LONGEST = 300
NAMES_THAT_SAY_NOTHING = {"utils", "helpers", "common", "core", "manager"}


def _folder() -> Path:
    spec = find_spec(PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def _modules() -> dict[str, Path]:
    """Every module by its name inside the package; the package itself is the empty name."""
    folder = _folder()
    paths = {path.relative_to(folder).with_suffix(""): path for path in folder.rglob("*.py")}
    return {
        ".".join(name for name in relative.parts if name != "__init__"): path
        for relative, path in paths.items()
    }


MODULES = _modules()
GATE = sorted(name for name in MODULES if name.partition(".")[0] != "demo")
DEMO = sorted(set(MODULES) - set(GATE))


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """Every statement that runs, inside functions too; not what only a type checker sees."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            yield from _statements(ast.Module(body=child.orelse, type_ignores=[]))
            continue
        if isinstance(child, ast.stmt):
            yield child
        yield from _statements(child)


def imported_names(source: str, package: str = PACKAGE) -> set[str]:
    """The dotted names that a module of `package` imports; a name that is a module counts as it."""
    found: set[str] = set()
    for statement in _statements(ast.parse(source)):
        if isinstance(statement, ast.Import):
            found |= {alias.name for alias in statement.names}
        elif isinstance(statement, ast.ImportFrom):
            origin = statement.module or ""
            if statement.level:
                above = package.split(".")[: 1 - statement.level or None]
                origin = ".".join([*above, *filter(None, [statement.module])])
            for alias in statement.names:
                inside = f"{origin}.{alias.name}".removeprefix(f"{PACKAGE}.")
                is_module = origin.split(".")[0] == PACKAGE and inside in MODULES
                found.add(f"{origin}.{alias.name}" if is_module else origin)
    return found


@cache
def imports_of(module: str) -> set[str]:
    path = MODULES[module]
    return imported_names(
        path.read_text(encoding="utf-8"),
        ".".join([PACKAGE, *path.relative_to(_folder()).parts[:-1]]),
    )


def own_imports_of(module: str) -> set[str]:
    return {
        name.removeprefix(PACKAGE).removeprefix(".")
        for name in imports_of(module)
        if name.split(".")[0] == PACKAGE
    }


def importers_of(library: str) -> set[str]:
    return {m for m in GATE if any(n.split(".")[0] == library for n in imports_of(m))}


def listed(module: str, names: set[str]) -> bool:
    return module in names or f"{module.partition('.')[0]}.*" in names


def rank_of(module: str) -> int:
    package = module.partition(".")[0]
    ranks = [rank for rank, names in enumerate(RANKS) if package in names]
    assert len(ranks) == 1, f"{package} needs one place in RANKS"
    return ranks[0]


@pytest.mark.parametrize("module", GATE)
def test_every_module_has_a_rank_and_imports_only_from_below(module: str) -> None:
    package, rank = module.partition(".")[0], rank_of(module)
    assert [
        name
        for name in sorted(own_imports_of(module))
        if rank_of(name) >= rank and name.partition(".")[0] != package
    ] == []


def test_no_module_imports_itself_through_others() -> None:
    """Inside a package there is an order too."""
    order = TopologicalSorter({module: own_imports_of(module) for module in MODULES})
    assert set(order.static_order()) == set(MODULES)


def test_the_ranking_names_no_module_that_is_gone() -> None:
    assert sorted({name for names in RANKS for name in names} - set(MODULES)) == []


def test_only_the_modules_that_face_pytest_import_it() -> None:
    assert {m for m in importers_of("pytest") if not listed(m, KNOW_PYTEST)} == set()


@pytest.mark.parametrize(
    ("library", "modules"),
    [
        (
            "requests",
            {f"http.{name}" for name in ("proxies", "target_response", "target_session")},
        ),
        (
            "urllib3",
            {
                *(f"http.{name}" for name in ("connections", "content_encoding", "error_words")),
                *(f"http.{name}" for name in ("outgoing", "pools", "proxies", "reading")),
                *(f"http.{name}" for name in ("target_response", "tls_context", "urls", "wire")),
            },
        ),
        ("certifi", {"http.tls_context"}),
        (
            "jsonschema",
            {
                *(f"schemas.{name}" for name in ("closest", "dialects", "findings")),
                "schemas.general_path",
                *(f"schemas.{name}" for name in ("formats", "validation")),
                *(f"schemas.{name}" for name in ("jsonschema_internals", "keywords")),
                *(f"schemas.{name}" for name in ("error_wording", "remembered", "schema_lint")),
                *(f"openapi.{name}" for name in ("schema_validators", "spec_lint", "validators")),
                "openapi.either_way",
                "openapi.discriminators",
            },
        ),
        ("jsonschema_path", set()),
        ("openapi_core", set()),
        (
            "openapi_schema_validator",
            {f"openapi.{name}" for name in ("spec_lint", "validators")},
        ),
        ("openapi_spec_validator", {"openapi.spec_lint"}),
        ("yaml", {"openapi.yaml_loader", "migration.yaml_tags"}),
        ("regex", {"schemas.patterns"}),
        ("genson", {"infer.inferring"}),
        ("filelock", {"safewrite.journal"}),
        ("jinja2", {"reports.html.templating", "reports.trend.page"}),
        ("prometheus_client", {"reports.prometheus"}),
        ("platformdirs", set()),
        ("_pytest", set()),
    ],
)
def test_each_library_has_one_door(library: str, modules: set[str]) -> None:
    assert importers_of(library) == modules


def test_nothing_imports_the_reference_backend_and_it_imports_nothing_of_the_gate() -> None:
    from_demo = {name for module in DEMO for name in own_imports_of(module)}
    from_gate = {name for module in GATE for name in own_imports_of(module)}
    assert sorted(name for name in from_demo if name.partition(".")[0] != "demo") == []
    assert sorted(name for name in from_gate if name.partition(".")[0] == "demo") == []


def takes_anything(module: str) -> bool:
    """Whether something public of a module takes or holds a value of no type at all."""
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            types = [a.annotation for a in arguments if a.annotation]
        elif isinstance(node, ast.ClassDef):
            types = [one.annotation for one in node.body if isinstance(one, ast.AnnAssign)]
        else:
            continue
        bare = any(ast.unparse(t) == "Any" or "Callable[[Any" in ast.unparse(t) for t in types)
        if bare and not node.name.startswith("_"):
            return True
    return False


def test_no_value_without_a_type_crosses_the_upper_layers() -> None:
    """But for JSON values, and objects of libraries that ship no types."""
    upper = {"verdict", "reports", "preflight", "checks", "hooks", "run", "plugin"}
    modules = {module for module in GATE if module.partition(".")[0] in upper}
    assert {module for module in modules if takes_anything(module)} == set(UNTYPED)


def test_a_long_module_says_why_it_is_long() -> None:
    """Its docstring does, in a sentence that begins with 'Long because'."""
    texts = {module: MODULES[module].read_text(encoding="utf-8") for module in GATE}
    long = {module for module, text in texts.items() if text.count("\n") > LONGEST}
    reasons = {m for m in long if "Long because" in (ast.get_docstring(ast.parse(texts[m])) or "")}
    assert long == reasons


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [m for m in MODULES if m.rpartition(".")[2] in NAMES_THAT_SAY_NOTHING] == []


def test_imports_are_found_wherever_they_stand() -> None:
    """The reader of imports is worth as much as what it sees."""
    source = """
import os.path
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from pytest_apismoke.hooks.session import SmokeSession
else:
    import json
try:
    from pytest_apismoke.system import signals
except ImportError:
    import toml
def late():
    from pytest_apismoke.run.active import ActiveRun
    class Inner:
        import requests
from . import faults
from .calls import Call
from .. import errors
from ..checks.stages import Stage
"""
    assert imported_names(source, f"{PACKAGE}.demo") == {
        "os.path",
        "typing",
        "json",
        "pytest_apismoke.system.signals",
        "toml",
        "pytest_apismoke.run.active",
        "requests",
        "pytest_apismoke.demo.faults",
        "pytest_apismoke.demo.calls",
        "pytest_apismoke.errors",
        "pytest_apismoke.checks.stages",
    }

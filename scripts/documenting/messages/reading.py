"""The templates of an expression: every text that it may have. Pure: it reads source, runs none."""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from documenting.messages.naming import name_of
from documenting.messages.template import (
    Template,
    filled_later,
    hole,
    joined,
    with_fields,
)

#: So many texts of one expression are told; of one with more, the parts that vary are placeholders.
_MOST = 6
_DEEPEST = 6
#: Methods of a text that change nothing but its ends, its case or its shape.
_SHAPING = {"strip", "rstrip", "lstrip", "removeprefix", "removesuffix", "format", "capitalize"}
#: Methods whose argument is the text.
_WRAPPING = {"presentable", "str", "redacted", "text"}
#: Functions that say which value came: any of a dozen phrases, so that they are placeholders.
_SAYING_A_VALUE = {"describe", "in_words"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """One file of the package: its name within it, with slashes, and its source as a tree."""

    name: str
    tree: ast.Module
    constants: dict[str, list[ast.expr]] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)


def module_of(name: str, source: str) -> Module:
    """A module, by its name within the package, such as `http/login`."""
    module = Module(name, ast.parse(source))
    for node in module.tree.body:
        if isinstance(node, Function):
            module.functions[node.name] = node
        for target, value in _assigned(node):
            module.constants.setdefault(target, []).append(value)
    imports = (one for one in ast.walk(module.tree) if isinstance(one, ast.ImportFrom))
    for one in imports:
        package, *place = (one.module or "").split(".")
        if package == "pytest_apismoke":
            for alias in one.names:
                module.imported[alias.asname or alias.name] = ("/".join(place), alias.name)
    return module


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The names that a statement gives values, with these."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _unpacked(target, node.value)
    elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and node.value:
        yield from _unpacked(node.target, node.value)


def _unpacked(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.IfExp):
        yield from _unpacked(target, value.body)
        yield from _unpacked(target, value.orelse)
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, its in zip(target.elts, value.elts, strict=False):
            yield from _unpacked(one, its)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands: its module, its function, and the arguments of a call of that."""

    module: Module
    function: Function | None = None
    given: Mapping[str, list[Template]] = field(default_factory=dict)


@dataclass(slots=True)
class Reader:
    """Reads expressions of one package; it remembers which nodes of the source it has read."""

    modules: Mapping[str, Module]
    seen: set[int] = field(default_factory=set)

    def templates(self, node: ast.expr, scope: Scope, depth: int = 0) -> list[Template]:
        """Every text that an expression may have, without duplicates; a placeholder if unknown."""
        if depth > _DEEPEST:
            return [hole(name_of(node))]
        self.seen.add(id(node))
        # Those that differ in the names of their placeholders alone are one.
        forms: dict[str, Template] = {}
        for one in self._read(node, scope, depth):
            forms.setdefault(one.form if one.words else "", one)
        found = list(forms.values())
        return found if len(found) <= _MOST * 4 else [hole(name_of(node))]

    def _read(self, node: ast.expr, scope: Scope, depth: int) -> Iterable[Template]:
        found: list[Template] = []
        match node:
            case ast.Constant(value=value):
                return [filled_later(value) if isinstance(value, str) else _plain(value)]
            case ast.JoinedStr() | ast.FormattedValue() | ast.BinOp(op=ast.Add()):
                return self._of_pieces(node, scope, depth)
            case ast.IfExp(body=body, orelse=orelse):
                return self._all((body, orelse), scope, depth)
            case ast.BoolOp(op=ast.Or(), values=values):
                return self._all(values, scope, depth)
            case ast.NamedExpr(value=value):
                return self._all((value,), scope, depth)
            case ast.Subscript(value=ast.Name() as table):
                found = self._of_table(table, scope, depth)
            case ast.Name(id=name):
                found = self._of_name(name, scope, depth)
            case ast.Call():
                found = self._of_call(node, scope, depth)
        return found or [hole(name_of(node))]

    def _of_pieces(
        self, node: ast.JoinedStr | ast.FormattedValue | ast.BinOp, scope: Scope, depth: int
    ) -> list[Template]:
        """The texts of what is put together of others."""
        if isinstance(node, ast.FormattedValue):
            quote = Template("'" if node.conversion == ord("r") else "")
            texts = self.templates(node.value, scope, depth + 1)
            return [joined([quote, one, quote]) for one in texts]
        pieces = node.values if isinstance(node, ast.JoinedStr) else [node.left, node.right]
        return self._product(
            [(name_of(one), self.templates(one, scope, depth + 1)) for one in pieces]
        )

    def _product(self, parts: list[tuple[str, list[Template]]]) -> list[Template]:
        """Every combination of texts; where they are too many, what varies most is a placeholder.

        A part has the name of its value beside its texts.
        """
        while math.prod(len(texts) for _, texts in parts) > _MOST:
            widest = max(range(len(parts)), key=lambda at: len(parts[at][1]))
            parts[widest] = ("", [hole(parts[widest][0])])
        return [joined(one) for one in itertools.product(*(texts for _, texts in parts))]

    def _of_name(self, name: str, scope: Scope, depth: int) -> list[Template]:
        local = [
            value
            for node in (ast.walk(scope.function) if scope.function else ())
            for target, value in _assigned(node)
            if target == name
        ]
        if local:
            return [*scope.given.get(name, ()), *self._all(local, scope, depth)]
        if name in scope.given:
            return scope.given[name]
        owner, theirs = self._owner(name, scope.module)
        return self._all(owner.constants.get(theirs, ()), Scope(owner), depth)

    def _of_table(self, table: ast.Name, scope: Scope, depth: int) -> list[Template]:
        owner, name = self._owner(table.id, scope.module)
        dicts = [one for one in owner.constants.get(name, ()) if isinstance(one, ast.Dict)]
        return self._all([value for one in dicts for value in one.values], Scope(owner), depth)

    def _of_call(self, node: ast.Call, scope: Scope, depth: int) -> list[Template]:
        called = node.func
        if isinstance(called, ast.Attribute) and called.attr in _SHAPING:
            texts = self.templates(called.value, scope, depth + 1)
            return [with_fields(one) if called.attr == "format" else one for one in texts]
        name = called.attr if isinstance(called, ast.Attribute) else name_of(called)
        if name in _WRAPPING and len(node.args) == 1:
            return self.templates(node.args[0], scope, depth + 1)
        if not isinstance(called, ast.Name) or called.id in _SAYING_A_VALUE:
            return []
        owner, theirs = self._owner(called.id, scope.module)
        body = owner.functions.get(theirs)
        if body is None or not _returns_text(body):
            return []
        names = [one.arg for one in body.args.args]
        given = [
            *zip(names, node.args, strict=False),
            *((word.arg, word.value) for word in node.keywords if word.arg),
        ]
        inner = Scope(owner, body, {n: self.templates(v, scope, depth + 1) for n, v in given})
        returned = [one.value for one in ast.walk(body) if isinstance(one, ast.Return)]
        return self._all([one for one in returned if one is not None], inner, depth)

    def wraps_texts(self, node: ast.AST, module: Module) -> bool:
        """Whether it is a call of a function of the package that makes one text of others."""
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            return False
        owner, theirs = self._owner(node.func.id, module)
        body = owner.functions.get(theirs)
        return body is not None and _returns_text(body) and any(map(is_text, node.args))

    def _owner(self, name: str, module: Module) -> tuple[Module, str]:
        """The module that a name comes from, and its name there."""
        place, theirs = module.imported.get(name, ("", name))
        other = self.modules.get(place)
        return (other, theirs) if other else (module, name)

    def _all(self, nodes: Iterable[ast.expr], scope: Scope, depth: int) -> list[Template]:
        return [one for node in nodes for one in self.templates(node, scope, depth + 1)]


def is_text(node: ast.expr) -> bool:
    """Whether an expression is a text that stands there."""
    is_sum = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add)
    is_constant = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return isinstance(node, ast.JoinedStr) or is_sum or is_constant


def _plain(value: object) -> Template:
    return Template("" if value is None else str(value))


def _returns_text(function: Function) -> bool:
    told = function.returns
    return isinstance(told, ast.Name) and told.id == "str"

"""The templates of an expression: every text that it may have. Pure: it reads source, runs none."""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

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
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pytest_apismoke"):
            place = "/".join(str(node.module).split(".")[1:])
            for alias in node.names:
                module.imported[alias.asname or alias.name] = (place, alias.name)
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


@dataclass(slots=True)
class Reader:
    """Reads expressions of one package; it remembers which nodes of the source it has read."""

    modules: Mapping[str, Module]
    seen: set[int] = field(default_factory=set)

    def templates(
        self, node: ast.expr, module: Module, function: Function | None, depth: int = 0
    ) -> list[Template]:
        """Every text that an expression may have, without duplicates; a placeholder if unknown."""
        if depth > _DEEPEST:
            return [hole(_name(node))]
        self.seen.add(id(node))
        found = list(dict.fromkeys(self._read(node, module, function, depth)))
        return found if len(found) <= _MOST * 4 else [hole(_name(node))]

    def _read(
        self, node: ast.expr, module: Module, function: Function | None, depth: int
    ) -> Iterable[Template]:
        def read(inner: ast.expr) -> list[Template]:
            return self.templates(inner, module, function, depth + 1)

        match node:
            case ast.Constant(value=str() as text):
                return [filled_later(text)]
            case ast.Constant(value=value):
                return [Template("" if value is None else str(value))]
            case ast.JoinedStr(values=values):
                return self._product([(_name(value), read(value)) for value in values])
            case ast.FormattedValue(value=value, conversion=conversion):
                quote = "'" if conversion == ord("r") else ""
                return [joined([Template(quote), one, Template(quote)]) for one in read(value)]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._product([(_name(one), read(one)) for one in (left, right)])
            case ast.IfExp(body=body, orelse=orelse):
                return [*read(body), *read(orelse)]
            case ast.BoolOp(op=ast.Or(), values=values):
                return [one for value in values for one in read(value)]
            case ast.NamedExpr(value=value):
                return read(value)
            case ast.Subscript(value=ast.Name() as table):
                return self._of_table(table, module, function, depth) or [hole(_name(node))]
            case ast.Name(id=name):
                return self._of_name(name, module, function, depth) or [hole(name)]
            case ast.Call():
                return self._of_call(node, module, function, depth) or [hole(_name(node))]
        return [hole(_name(node))]

    def _product(self, parts: list[tuple[str, list[Template]]]) -> list[Template]:
        """Every combination of texts; where they are too many, what varies most is a placeholder.

        A part has the name of its value beside its texts.
        """
        while math.prod(len(texts) for _, texts in parts) > _MOST:
            widest = max(range(len(parts)), key=lambda at: len(parts[at][1]))
            parts[widest] = ("", [hole(parts[widest][0])])
        return [joined(one) for one in itertools.product(*(texts for _, texts in parts))]

    def _of_name(
        self, name: str, module: Module, function: Function | None, depth: int
    ) -> list[Template]:
        local = [
            value
            for node in (ast.walk(function) if function else ())
            for target, value in _assigned(node)
            if target == name
        ]
        if local:
            return self._all(local, module, function, depth)
        if name in module.constants:
            return self._all(module.constants[name], module, None, depth)
        other, theirs = self._imported(name, module)
        if other and theirs in other.constants:
            return self._all(other.constants[theirs], other, None, depth)
        return []

    def _of_table(
        self, table: ast.Name, module: Module, function: Function | None, depth: int
    ) -> list[Template]:
        other, theirs = self._imported(table.id, module)
        owner, name = (other, theirs) if other else (module, table.id)
        dicts = [one for one in owner.constants.get(name, ()) if isinstance(one, ast.Dict)]
        return self._all([value for one in dicts for value in one.values], owner, function, depth)

    def _of_call(
        self, node: ast.Call, module: Module, function: Function | None, depth: int
    ) -> list[Template]:
        called = node.func
        if isinstance(called, ast.Attribute) and called.attr in _SHAPING:
            texts = self.templates(called.value, module, function, depth + 1)
            return [with_fields(one) if called.attr == "format" else one for one in texts]
        name = called.attr if isinstance(called, ast.Attribute) else _name(called)
        if name in _WRAPPING and len(node.args) == 1:
            return self.templates(node.args[0], module, function, depth + 1)
        if not isinstance(called, ast.Name) or called.id in _SAYING_A_VALUE:
            return []
        owner, theirs = self._imported(called.id, module)
        owner, theirs = (owner, theirs) if owner else (module, called.id)
        body = owner.functions.get(theirs)
        if body is None or not _returns_text(body):
            return []
        returned = [one.value for one in ast.walk(body) if isinstance(one, ast.Return)]
        return self._all([one for one in returned if one is not None], owner, body, depth)

    def _imported(self, name: str, module: Module) -> tuple[Module | None, str]:
        place, theirs = module.imported.get(name, ("", name))
        return self.modules.get(place), theirs

    def _all(
        self, nodes: Iterable[ast.expr], module: Module, function: Function | None, depth: int
    ) -> list[Template]:
        return [
            one for node in nodes for one in self.templates(node, module, function, depth + 1)
        ]


def _returns_text(function: Function) -> bool:
    told = function.returns
    return isinstance(told, ast.Name) and told.id == "str"


def _name(node: ast.expr) -> str:
    """What the code calls the value of an expression, for its placeholder."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name):
            return name
        case ast.Call(func=ast.Attribute(attr="join"), args=[argument, *_]):
            return _name(argument)
        case ast.Call(args=[argument, *_]):
            return _name(argument)
        case ast.Call(func=ast.Attribute(value=value)):
            return _name(value)
        case ast.Call(func=func):
            return _name(func)
        case ast.Subscript(value=value) | ast.Starred(value=value) | ast.FormattedValue(value=value):
            return _name(value)
    return "VALUE"

"""The messages that are failures: calls with a part of one among their arguments. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from documenting.messages.message import PARTS, Message
from documenting.messages.reading import Function, Module, Reader, Scope

#: The names of the parameters of each function.
Parameters = Mapping[str, list[str]]


def failures(module: Module, reader: Reader, parameters: Parameters) -> Iterator[Message]:
    """The failures of a module: one for each call that has a part with a word of its own."""
    for node, function in _calls(module.tree, None):
        given = dict(_given(node, parameters))
        parts = []
        for name, label in PARTS.items():
            if name in given:
                texts = reader.templates(given[name], Scope(module, function))
                parts.append((label, tuple(one for one in texts if one.words)))
        if any(one.has_words for _, texts in parts for one in texts):
            told = tuple((label, texts) for label, texts in parts if texts)
            yield Message(module.name, node.lineno, told)


def _given(node: ast.Call, parameters: Parameters) -> Iterator[tuple[str, ast.expr]]:
    """The arguments of a call that are parts of a failure, by the names of the parts."""
    called = node.func
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    own = [one for one in parameters.get(name, ()) if one != "self"]
    for parameter, value in zip(own, node.args, strict=False):
        if parameter in PARTS:
            yield parameter, value
    for word in node.keywords:
        if word.arg in PARTS:
            yield word.arg, word.value


def parameters_of(modules: Iterable[Module]) -> Parameters:
    """The parameters of functions that take a part of a failure, and the fields of such records."""
    nodes = (node for module in modules for node in ast.walk(module.tree))
    named = {
        node.name: _taken(node)
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    return {name: taken for name, taken in named.items() if not PARTS.keys().isdisjoint(taken)}


def _taken(node: ast.FunctionDef | ast.ClassDef) -> list[str]:
    if isinstance(node, ast.FunctionDef):
        return [one.arg for one in node.args.args]
    fields = (one.target for one in node.body if isinstance(one, ast.AnnAssign))
    return [target.id for target in fields if isinstance(target, ast.Name)]


def _calls(node: ast.AST, function: Function | None) -> Iterator[tuple[ast.Call, Function | None]]:
    """Every call below a node, with the function that it stands in."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield child, function
        yield from _calls(child, child if isinstance(child, Function) else function)

"""The name of a placeholder: what the code calls the value that stands there. Pure."""

from __future__ import annotations

import ast


def name_of(node: ast.expr) -> str:
    """The name for the value of an expression."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Constant(value=str() as name) if name.isidentifier():
            return name
        case ast.BinOp():
            return "number"
        case ast.Call():
            return _of_call(node)
        case ast.GeneratorExp(elt=inner) | ast.ListComp(elt=inner):
            return name_of(inner)
        case ast.Subscript(value=inner) | ast.Starred(value=inner):
            return name_of(inner)
        case ast.FormattedValue(value=inner):
            return name_of(inner)
    return "value"


def _of_call(node: ast.Call) -> str:
    """That of what a function is given; else of what a method is called on."""
    match node:
        case ast.Call(func=ast.Name(id="len")):
            return "number"
        case ast.Call(func=ast.Name(id="map"), args=[_, argument]):
            return name_of(argument)
        case ast.Call(args=[argument, *_]):
            return name_of(argument)
        case ast.Call(func=ast.Attribute(value=value)):
            return name_of(value)
    return name_of(node.func)

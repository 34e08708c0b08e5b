"""The messages that are no failures: all other sentences in the code. Pure."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from documenting.messages.message import Message, Part
from documenting.messages.reading import Function, Module, Reader, Scope, is_text
from documenting.messages.template import Template

#: Arguments whose texts are descriptions of an option or of a key: the reference has them.
_DESCRIBING = frozenset({"help", "description", "epilog", "metavar", "usage", "title"})
#: Methods whose arguments are looked for in a text, and patterns: nothing that is printed.
_LOOKING = frozenset(
    {
        *("removeprefix", "removesuffix", "startswith", "endswith", "partition", "rpartition"),
        *("split", "replace", "index", "find", "count", "match", "fullmatch", "search", "sub"),
        *("compile", "late_pattern", "cast", "getattr", "strip"),
        # Their texts describe a key of the configuration: the reference has them.
        *("key", "list_key", "candidates_key", "table_key", "lists_key"),
    }
)
#: Errors that tell a programmer of a mistake: no run shows their words.
_FOR_PROGRAMMERS = frozenset({"RuntimeError", "TypeError", "AttributeError", "AssertionError"})
#: A sentence that is no part of a failure has so many words, or one less and a placeholder: what is
#: shorter is a piece of one.
_FEWEST_WORDS = 4
#: Modules whose sentences may be shorter, because each is a whole part of a failure.
_WHOLE_PARTS = frozenset({"http/error_words"})
#: Modules whose sentences no run and no command prints, by the beginning of their names, and why.
NOT_PRINTED = {
    "commands/help": "the help, which the reference has",
    "configuration/setting_table": "the help",
    "demo/access": "answers of the embedded backend",
    "demo/backend": "answers of the embedded backend",
    "demo/documents": "answers of the embedded backend",
    "demo/faults/": "answers of the embedded backend",
    "demo/request": "answers of the embedded backend",
    "demo/response": "answers of the embedded backend",
    "demo/store": "answers of the embedded backend",
    "discovery/chain_files": "comments in files that are written",
    "discovery/first_contract": "comments in files that are written",
    "discovery/profile_file": "comments in files that are written",
    "github/cause_text": "texts on GitHub",
    "github/comment_text": "texts on GitHub",
    "github/issue_text": "texts on GitHub",
    "infer/claims": "comments in files that are written",
    "infer/drafting": "comments in files that are written",
    "migration/check_text": "comments in files that are written",
    "migration/texts": "comments in files that are written",
    "records": "mistakes of a programmer",
    "reports/annotations": "frames around messages",
    "reports/chat_message": "frames around messages",
    "reports/har": "words of a format",
    "reports/html/": "labels of a page",
    "reports/junit": "words of a format",
    "reports/markdown": "frames around messages",
    "reports/prometheus": "words of a format",
    "reports/sarif": "words of a format",
    "reports/trend/": "labels of a page",
    "safewrite/moving": "names of properties",
    "telemetry/spans": "words of a format",
}


def sentences(module: Module, reader: Reader) -> Iterator[Message]:
    """The texts that are no part of a failure; those of one call or tuple are one message."""
    if module.name.startswith(tuple(NOT_PRINTED)):
        return

    def wraps(node: ast.expr) -> bool:
        return is_text(node) or reader.wraps_texts(node, module)

    found: dict[int, tuple[int, list[Part]]] = {}
    for text in _texts(module.tree, module.tree, None, wraps):
        if id(text.node) in reader.seen:
            continue
        read = reader.templates(text.node, Scope(module, text.function))
        worded = tuple(one for one in read if one.is_prose and not _is_help(one))
        # A piece of a statement stands alone; what a call or a tuple has belongs together.
        is_one_of_several = isinstance(text.parent, ast.Call | ast.Tuple)
        at = id(text.parent) if is_one_of_several else id(text.node)
        if worded:
            found.setdefault(at, (text.node.lineno, []))[1].append(("", worded))
    for line, parts in found.values():
        is_long = any(_is_long(one) for _, texts in parts for one in texts)
        if is_long or module.name in _WHOLE_PARTS:
            yield Message(module.name, line, tuple(parts))


@dataclass(frozen=True, slots=True)
class _Text:
    node: ast.expr
    parent: ast.AST
    function: Function | None


def _texts(
    node: ast.AST, parent: ast.AST, function: Function | None, wraps: Callable[[ast.expr], bool]
) -> Iterator[_Text]:
    """The outermost texts of a tree, but for what is for programmers, or described elsewhere.

    `wraps` says of an expression whether it is a text, or a call that makes one of others.
    """
    for child in ast.iter_child_nodes(node):
        is_docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        is_description = isinstance(child, ast.keyword) and child.arg in _DESCRIBING
        is_repr = isinstance(child, Function) and child.name == "__repr__"
        if is_docstring or is_description or is_repr or _is_silent(child):
            continue
        if isinstance(child, ast.expr) and wraps(child):
            yield _Text(child, parent, function)
            continue
        inner = child if isinstance(child, Function) else function
        is_around = isinstance(child, ast.Call | ast.Tuple | ast.stmt)
        yield from _texts(child, child if is_around else parent, inner, wraps)


def _is_silent(node: ast.AST) -> bool:
    """Whether nothing prints the texts of an expression, or those among the arguments of a call."""
    if isinstance(node, ast.Compare | ast.Assert):
        return True
    if isinstance(node, ast.ClassDef):
        return any(isinstance(base, ast.Name) and base.id == "Enum" for base in node.bases)
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name in _LOOKING or name in _FOR_PROGRAMMERS


def _is_help(text: Template) -> bool:
    return text.words.startswith(("usage:", "exit codes:"))


def _is_long(text: Template) -> bool:
    is_with_values = text.words != text.shown
    return len(text.words.split()) >= _FEWEST_WORDS - is_with_values

"""Every message of the package: the parts of failures, and all other sentences. Pure."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from documenting.messages.reading import (
    Function,
    Module,
    Reader,
    Scope,
    is_text,
    module_of,
)
from documenting.messages.template import Template

#: The parts of a failure, by the names that the code has for them, in the order of the terminal.
PARTS = {
    "problem": "",
    "expected": "expected",
    "words": "expected",
    "seen": "got",
    "hint": "to do",
}
#: The names of the parameters of each function.
Parameters = Mapping[str, list[str]]
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
    "telemetry/spans": "words of a format",
}


@dataclass(frozen=True, slots=True)
class Message:
    """What one place in the code may print.

    Attributes:
        module: its name within the package, with slashes.
        line: where the place begins.
        parts: the label of each part with its texts; the label is empty for a sentence that is
            no part of a failure.

    """

    module: str
    line: int
    parts: tuple[tuple[str, tuple[Template, ...]], ...]

    @property
    def templates(self) -> tuple[Template, ...]:
        """All texts."""
        return tuple(one for _, texts in self.parts for one in texts)


def inventory(sources: Mapping[str, str]) -> list[Message]:
    """The messages of modules, given by name, in the order of their lines.

    A text that is used at several places is told at the first.
    """
    modules = {name: module_of(name, source) for name, source in sorted(sources.items())}
    reader, parameters = Reader(modules), _parameters(modules.values())
    failures = [one for module in modules.values() for one in _failures(module, reader, parameters)]
    sentences = [one for module in modules.values() for one in _sentences(module, reader)]
    return sorted({*failures, *sentences}, key=lambda one: (one.module, one.line, str(one.parts)))


def _failures(module: Module, reader: Reader, parameters: Parameters) -> Iterator[Message]:
    for node, function in _calls(module):
        given = dict(_given(node, parameters))
        parts = []
        for name, label in PARTS.items():
            if name in given:
                texts = reader.templates(given[name], Scope(module, function))
                parts.append((label, tuple(one for one in texts if one.words)))
        is_printed = module.name not in NOT_PRINTED
        if is_printed and any(one.has_words for _, texts in parts for one in texts):
            yield Message(module.name, node.lineno, tuple((name, t) for name, t in parts if t))


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


def _parameters(modules: Iterable[Module]) -> Parameters:
    """The parameters of functions that take a part of a failure, and the fields of records."""
    found: dict[str, list[str]] = {}
    for module in modules:
        for node in ast.walk(module.tree):
            names: list[str] = []
            if isinstance(node, Function):
                names = [one.arg for one in node.args.args]
            elif isinstance(node, ast.ClassDef):
                fields = (one for one in node.body if isinstance(one, ast.AnnAssign))
                names = [one.target.id for one in fields if isinstance(one.target, ast.Name)]
            if not PARTS.keys().isdisjoint(names):
                found[node.name] = names  # type: ignore[attr-defined]  # it is one of the two
    return found


def _sentences(module: Module, reader: Reader) -> Iterator[Message]:
    """The texts that are no part of a failure; those of one call or tuple are one message."""
    if module.name.startswith(tuple(NOT_PRINTED)):
        return
    found: dict[tuple[int, int], list[tuple[str, tuple[Template, ...]]]] = {}

    def wraps(node: ast.expr) -> bool:
        return is_text(node) or reader.wraps_texts(node, module)

    for text in _texts(module.tree, module.tree, None, wraps):
        if id(text.node) in reader.seen:
            continue
        read = reader.templates(text.node, Scope(module, text.function))
        worded = tuple(one for one in read if one.is_prose and not _is_help(one))
        if worded:
            is_alone = not isinstance(text.parent, ast.Call | ast.Tuple)
            at = id(text.node) if is_alone else id(text.parent)
            found.setdefault((text.node.lineno if is_alone else text.parent.lineno, at), [])
            found[text.node.lineno if is_alone else text.parent.lineno, at].append(("", worded))
    for (line, _), parts in found.items():
        is_whole = module.name in _WHOLE_PARTS
        if is_whole or any(_is_long(one) for _, texts in parts for one in texts):
            yield Message(module.name, line, tuple(parts))


def _calls(module: Module) -> Iterator[tuple[ast.Call, Function | None]]:
    def below(node: ast.AST, function: Function | None) -> Iterator[tuple[ast.Call, Function | None]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call):
                yield child, function
            yield from below(child, child if isinstance(child, Function) else function)

    yield from below(module.tree, None)


@dataclass(frozen=True, slots=True)
class _Text:
    node: ast.expr
    parent: ast.AST
    function: Function | None


def _texts(
    node: ast.AST, parent: ast.AST, function: Function | None, wraps: Callable[[ast.expr], bool]
) -> Iterator[_Text]:
    """The outermost texts of a tree, but for docstrings, descriptions and what code compares.

    `wraps` says of an expression whether it is a text, or a call that makes one of others.
    """
    for child in ast.iter_child_nodes(node):
        is_docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        is_description = isinstance(child, ast.keyword) and child.arg in _DESCRIBING
        if is_docstring or is_description or _is_silent(child):
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

"""Finds in a source whatever shows, stores or sends something: the ways to the outside."""

from __future__ import annotations

import ast
from collections.abc import Iterator

#: Functions that show, store or send what they are given, or hang it on something that does.
_FUNCTIONS = {"print", "open", "input", "setattr", "exec"}
#: Methods that do, whatever they belong to.
_METHODS = {
    *("write", "writelines", "write_text", "write_bytes", "write_line", "write_sep"),
    *("send", "sendall", "sendto", "dump", "open", "fdopen", "warn", "warn_explicit"),
    *("addsection", "add_report_section", "add_report_attribute", "record_property"),
    *("getpass", "Popen", "execv", "execve", "system", "popen", "putenv"),
    *("pytest_apismoke_verdict", "pytest_apismoke_exit", "hand_back"),
}
_LOGS = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})
#: Methods that do if they belong to something of that name.
_METHODS_OF = {
    "subprocess": {"run", "call", "check_call", "check_output"},
    "sys": {"exit"},
    "exporter": {"export"},
    **{name: {"line"} for name in ("writer", "_writer")},
    **dict.fromkeys(("logging", "logger", "log", "_log", "_logger"), _LOGS),
}
#: Functions that pytest calls, whose results it shows or sends.
_ASKED_BY_PYTEST = {
    *("pytest_report_header", "pytest_terminal_summary", "pytest_assertrepr_compare"),
    *("pytest_report_to_serializable", "pytest_report_teststatus", "repr_failure", "reportinfo"),
}
#: Attributes, and dictionaries, by which something of ours gets into what others show or send.
_HANDED_OVER = {
    *("longrepr", "sections", "user_properties", "msg", "exc_text", "args", "shouldstop"),
    *("workerinput", "workeroutput", "output"),
}
_STREAMS = {"stdout", "stderr", "__stdout__", "__stderr__"}
#: What sends requests: the target gets the secrets that it is meant to get, and other tests see to
#: it that nobody else does.
_SENDS_REQUESTS = {
    *("client", "_client", "target", "_target", "session", "_wire", "_sender", "super()", "self"),
    *("run", "probe", "_elsewhere[origin]"),
}


def ways_out(source: str) -> set[str]:
    """The ways out of a module, each in the words by which the source takes it."""
    return set(_ways(ast.parse(source)))


def _ways(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in _ASKED_BY_PYTEST:
            yield f"def {node.name}"
        elif isinstance(node, ast.Call):
            yield from _called(node.func)
        elif isinstance(node, ast.Attribute) and node.attr in _STREAMS:
            if ast.unparse(node.value) == "sys":
                yield f"sys.{node.attr}"
        elif isinstance(node, (ast.Assign, ast.AugAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from filter(None, map(_assigned, targets))


def _called(function: ast.expr) -> Iterator[str]:
    if isinstance(function, ast.Name) and function.id in _FUNCTIONS:
        yield function.id
    elif isinstance(function, ast.Attribute):
        owner = ast.unparse(function.value).rpartition(".")[2]
        sends_request = function.attr in ("send", "write") and owner in _SENDS_REQUESTS
        known = function.attr in _METHODS or function.attr in _METHODS_OF.get(owner, ())
        if known and not sends_request:
            yield f"{owner}.{function.attr}"


def _assigned(target: ast.expr) -> str:
    if isinstance(target, ast.Subscript):
        name = ast.unparse(target.value).rpartition(".")[2]
        return f"{name}[]" if name in _HANDED_OVER or name.endswith("environ") else ""
    if isinstance(target, ast.Attribute) and target.attr in _HANDED_OVER:
        owner = ast.unparse(target.value).rpartition(".")[2]
        return "" if owner == "self" else f"{owner}.{target.attr}"
    return ""

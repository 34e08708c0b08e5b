"""Runs a case, and renders its result as the text of a golden file.

The text holds the exit code (in the file's name as well), the verdict on the terminal, the JSON
report and the JUnit file. Only values that differ from one run to the next are replaced; each
replacement is a row of `_REPLACED`, or explained where it is made.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from golden.cases import Case
from harness import Ended, Gate, credentials

FILES = Path(__file__).parent / "files"
REWRITE = "python tests/golden/rewrite.py"
#: A pattern, and the placeholder for what differs from one run to the next.
_REPLACED = tuple(
    (re.compile(pattern, re.MULTILINE), placeholder)
    for pattern, placeholder in (
        # The probe: its run id and its lease, which depends on the time that is left.
        (r"\[apismoke(\s+)[0-9a-f]{8}\.(\d+)(\s+)\d+s\b", r"[apismoke\1<run>.\2\3<lease>"),
        # One that the target has cut off in its run id.
        (r"\[apismoke(\s+)[0-9a-f]{1,8}(?=[\"'])", r"[apismoke\1<cut>"),
        (r"\bthe run(\s+)[0-9a-f]{8}\b", r"the run\1<run>"),
        # Where the journal is; the length of its path decides where the line is wrapped.
        (
            r"[\s\\]+(--target-url=\S+)[\s\\]+--state-dir=\S+[\s\\]+(?:[0-9a-f]{8}|<run>)(?!\w)",
            r" \1 --state-dir=<directory> <run>",
        ),
        (r"(?<=apismoke)[\s\\]+restore --target-url=", " restore --target-url="),
        (r"^(.*--state-dir=<directory>.*)\n {13,15}(?=\S)", r"\1 "),
        (r"\b[0-9a-f]{32}\b", "<request id>"),
        (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", "<time>"),
        # The duration in the verdict's second line, and the time of each row, with its column.
        (r"^(.*, (?:smoke|full)), \d+(?:\.\d)? m?s(?: \(ready after .*\))?$", r"\1, <seconds>"),
        (r"^(  \S.*?) +(?:\d+(?:\.\d)? m?s|shared)$", r"\1  <seconds>"),
        (r"(?<=127\.0\.0\.1:)\d{4,5}\b", "<port>"),
        # The slowest requests: which they are differs from run to run.
        (r"^  slowest +\d.*(?:\n +\d+(?:\.\d)? m?s  [A-Z]+ .*)*$\n?", ""),
        # The plugin's frames in a traceback, and the marks that newer versions of Python add to it.
        (r"^ *\S+/pytest_apismoke/\S+\.py:\d+: in .*\n(?: {4,}.*\n)+", ""),
        (r"^ *[\^~]+\n", ""),
        # pytest names the line that skipped a test, here one of the plugin's own.
        (r"\S+/pytest_apismoke/\S+\.py:\d+: ", "<a line of the plugin>: "),
    )
)
#: Keys of the report's checks and exchanges with the value that is left out of the golden file. A
#: key that is missing from the report is written, as `missing`.
_CHECK: Mapping[str, Any] = {
    "category": None,
    "where": "",
    "hint": "",
    "duration_s": "<seconds>",
    "retries": 0,
    "exchanges": [],
    "notes": [],
    "dirty": False,
    "violations": [],
    "difference": [],
    "flaky": False,
    "because_of": None,
}
_EXCHANGE: Mapping[str, Any] = {
    "duration_s": "<seconds>",
    "request_id": "<request id>",
    "error": None,
    "attempt": 1,
    "started_s": "<seconds>",
    "sent_headers": "<headers>",
    "sent_excerpt": "",
    "received_headers": "<headers>",
    "trace_id": "<request id>",
    "held": None,
}
_MISSING = "missing"
_SECONDS = ("duration_s", "started_s")
#: A longer excerpt of a body is cut, and its checksum added.
_EXCERPT_CHARS = 100


def golden_file(case: Case) -> Path | None:
    """The golden file of a case, whatever exit code its name carries; None if there is none."""
    found = [*(FILES / case.folder).glob(f"{case.name}.*.txt")]
    return found[0] if found else None


def run(case: Case, folder: Path, workers: int) -> tuple[str, str]:
    """Runs a case in an empty folder.

    Returns:
        The name of its golden file, relative to `FILES`, and the content.

    """
    gate = Gate(folder)
    for name, content in case.files.items():
        gate.write(name, content)
    ended = _run(case, gate, workers)
    return f"{case.folder}/{case.name}.{ended.code}.txt", render(case, ended, folder)


def _run(case: Case, gate: Gate, workers: int) -> Ended:
    if case.server is None:
        return gate.run(*case.arguments, environ=case.environ, workers=workers)
    server = case.server()
    try:
        arguments = (f"--target-url={server.url}", *case.arguments)
        return gate.run(*arguments, environ={**credentials(), **case.environ}, workers=workers)
    finally:
        server.stop()


def render(case: Case, ended: Ended, folder: Path) -> str:
    """The content of a golden file."""
    sections = {"run": [*case.arguments, f"exit code {ended.code}"]}
    if case.only_outcomes:
        names = ("apis", "categories")
        told = {name: ended.report[name] for name in names if ended.report[name]}
        told["checks"] = ended.outcomes()
        sections["outcomes"] = _lines({**told, **ended.junit_cases()})
    else:
        # Where a command is folded depends on the port and on the id of the run.
        unfolded = re.sub(r" \\\n +", " ", ended.verdict_block)
        sections["terminal"] = unfolded.splitlines()
        sections["report"] = _lines(_report(ended.report))
        sections["junit"] = _junit(ended.junit)
    text = "\n".join(
        "\n".join([f"[{name}]", *(line.rstrip() for line in lines)]).rstrip() + "\n"
        for name, lines in sections.items()
    )
    for pattern in case.varies:
        text = re.sub(pattern, "<varies>", text)
    return _replace(text.replace(str(folder), "<folder>"))


def _replace(text: str) -> str:
    for pattern, placeholder in _REPLACED:
        text = pattern.sub(placeholder, text)
    return text


# -- the report ----------------------------------------------------------------------------------


def _report(report: Mapping[str, Any]) -> dict[str, Any]:
    shown = _without_durations(report)
    slowest = {"slowest": "<requests>"} if shown.get("slowest") else {}
    return {
        **shown,
        "checks": [_check(check) for check in shown.get("checks", [])],
        **slowest,
        "run": _run_itself(shown["run"]),
        # The same in nearly all of them, and of this machine.
        "settings": "<settings>",
        "environment": "<environment>",
    }


def _run_itself(run: Mapping[str, Any]) -> dict[str, Any]:
    """The id and the trace as long as there are any, and what was sent for no check."""
    ids = {name: f"<{name}>" if run[name] else run[name] for name in ("id", "trace_id")}
    # How often it asked whether the target is ready depends on the machine.
    told = {json.dumps(_exchange(one)): _exchange(one) for one in run["exchanges"]}
    return {**run, **ids, "exchanges": list(told.values())}


def _without_durations(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: "<seconds>" if key in _SECONDS and isinstance(value, float) else value
        for key, value in record.items()
    }


def _check(check: Mapping[str, Any]) -> dict[str, Any]:
    shown = _shown(_without_durations(check), _CHECK)
    if shown.get("exchanges"):
        shown["exchanges"] = [_exchange(exchange) for exchange in shown["exchanges"]]
    return shown


def _exchange(exchange: Mapping[str, Any]) -> dict[str, Any]:
    texts = {k: _replace(v) if isinstance(v, str) else v for k, v in exchange.items()}
    excerpt = texts.get("excerpt")
    if isinstance(excerpt, str) and len(excerpt) > _EXCERPT_CHARS:
        checksum = zlib.crc32(excerpt.encode("utf-8", "surrogatepass"))
        rest = len(excerpt) - _EXCERPT_CHARS
        texts["excerpt"] = f"{excerpt[:_EXCERPT_CHARS]} ({rest} more, crc32 {checksum:08x})"
    for name in ("sent_headers", "received_headers"):
        # They have ids, dates, ports and versions of libraries; other tests look at them.
        if isinstance(texts.get(name), list):
            texts[name] = "<headers>"
    return _shown(_without_durations(texts), _EXCHANGE)


def _shown(record: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """A record without its usual values, and with the keys that it lacks."""
    complete = {**record, **dict.fromkeys(usual.keys() - record.keys(), _MISSING)}
    return {
        key: value
        for key, value in complete.items()
        if key not in usual or value != usual[key] or type(value) is not type(usual[key])
    }


# -- the JUnit file ------------------------------------------------------------------------------


def _junit(junit: str) -> list[str]:
    """The test suites, each with its counts and its test cases.

    The test cases are sorted: pytest-xdist reports them in the order in which they end.
    """
    if not junit:
        return ["no file"]
    lines = []
    for suite in ElementTree.fromstring(junit).iter("testsuite"):
        lines.append(_attributes(suite, without=("time", "timestamp", "hostname")))
        for case in sorted(suite.iter("testcase"), key=_name):
            lines += _case(case)
    return lines


def _name(case: ElementTree.Element) -> str:
    return f"{case.get('classname')}::{case.get('name')}"


def _case(case: ElementTree.Element) -> Iterator[str]:
    results = [child for child in case if child.tag != "properties"]
    words = ["passed"] if not results else [child.tag for child in results]
    properties = [f"{p.get('name')}={p.get('value')}" for p in case.iter("property")]
    yield f"{_name(case)}: {', '.join(words)}; {' '.join(properties)}"
    for child in results:
        # The text often repeats the message.
        text = "" if child.text in (None, child.get("message")) else f"\n{child.text}"
        yield from (f"  {_scalar(line)}" for line in (_attributes(child) + text).splitlines())


def _attributes(element: ElementTree.Element, *, without: Collection[str] = ()) -> str:
    shown = [f"{k}={v}" for k, v in element.attrib.items() if k not in without]
    return " ".join([element.tag, *shown])


# -- plain values as lines -----------------------------------------------------------------------


def _lines(value: Any) -> list[str]:
    """Plain JSON values as lines in the manner of YAML."""
    if isinstance(value, dict) and value:
        return [line for key, item in value.items() for line in _member(str(key), item)]
    if isinstance(value, list) and value:
        return [line for item in value for line in _item(item)]
    return [_scalar(value)]


def _member(key: str, value: Any) -> Iterator[str]:
    if isinstance(value, str) and "\n" in value:
        yield f"{key}: |"
        yield from (f"  {_scalar(line)}" for line in value.splitlines())
    elif isinstance(value, (dict, list)) and value:
        yield f"{key}:"
        yield from (f"  {line}" for line in _lines(value))
    else:
        yield f"{key}: {_scalar(value)}"


def _item(value: Any) -> Iterator[str]:
    for number, line in enumerate(_lines(value)):
        yield f"{'  ' if number else '- '}{line}"


def _scalar(value: Any) -> str:
    if isinstance(value, str) and value.isprintable() and not _looks_like_another_type(value):
        return value
    return json.dumps(value, ensure_ascii=not isinstance(value, str) or not value.isprintable())


def _looks_like_another_type(text: str) -> bool:
    try:
        return not isinstance(json.loads(text), (dict, list)) or text in ("{}", "[]")
    except ValueError:
        return text == ""

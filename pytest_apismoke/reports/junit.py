"""The verdict in JUnit's XML: beside what pytest has written of a run, or instead of it.

pytest writes the test cases of the tests that it ran. What it does not know is added: the verdict,
what each check was about, the failures of the run itself, and what was not verified. A run that
pytest never began, or that was cut short, has a file all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from pytest_apismoke.errors import Category
from pytest_apismoke.evidence import exchange_at
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.junit_text import address, escaped, text_of
from pytest_apismoke.reports.report import Judged, Report
from pytest_apismoke.reports.wording import message
from pytest_apismoke.verdict.causes import summary_of
from pytest_apismoke.verdict.outcome import Outcome, Result
from pytest_apismoke.verdict.records import Verdict

#: How the names of our properties begin.
PROPERTY = "apismoke_"
_TAGS: Mapping[Result, str] = {
    Result.FAILED: "failure",
    Result.ERROR: "error",
    Result.SKIPPED: "skipped",
}
_COUNTS: Mapping[str, str] = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def render(report: Report, *, ascii_only: bool = False) -> str:
    """The whole file, without anything that pytest has written."""
    root = Element("testsuites", name="pytest tests")
    targets = report.targets or (
        Judged(target="pytest", verdict=report.verdict, facts=report.facts),
    )
    root.extend(_suite(one.target or "pytest", one.verdict, one.facts) for one in targets)
    return text_of(root, ascii_only=ascii_only)


def completed(
    written: str, report: Report, *, clean: Callable[[str], str], prefix: str = ""
) -> str:
    """What pytest has written, with all that it does not know.

    Args:
        written: the file of pytest, with one test suite.
        report: on the run.
        clean: removes secrets, of which some were not known yet when pytest kept its texts.
        prefix: of class names, as `--junitprefix` has it.

    Raises:
        xml.etree.ElementTree.ParseError: when it is no XML, or has no suite.

    """
    root = ElementTree.fromstring(written)  # noqa: S314  # pytest's own
    suite = root if root.tag == "testsuite" else root.find("testsuite")
    if suite is None:
        raise ElementTree.ParseError("no test suite")
    _describe(suite, report.verdict, report.facts)
    there: dict[tuple[str, str], list[Element]] = {}
    for case in suite.iter("testcase"):
        key = (case.get("classname", ""), case.get("name", ""))
        there.setdefault(key, []).append(case)
    for check in report.verdict.checks:
        cases = there.get(address(check.name, prefix), [])
        for case in cases:
            _add_properties(case, _properties(check))
        if _is_missing(check, cases):
            suite.append(_case(check, prefix))
    _clean(root, clean)
    _count(suite)
    return text_of(root, ascii_only=False)


def merged(
    parts: Iterable[tuple[str, str]], others: Iterable[Judged], *, ascii_only: bool = False
) -> str:
    """One file with the suites of several targets, each with the name of its own.

    Args:
        parts: pairs of a target and the file of its run.
        others: what has left no file: a target, or the call as a whole.
        ascii_only: whether the text has to do with ASCII.

    """
    root = Element("testsuites", name="pytest tests")
    for target, written in parts:
        for suite in ElementTree.fromstring(written).iter("testsuite"):  # noqa: S314  # our own
            suite.set("name", escaped(target))
            root.append(suite)
    root.extend(_suite(one.target or "pytest", one.verdict, one.facts) for one in others)
    return text_of(root, ascii_only=ascii_only)


def _suite(name: str, verdict: Verdict, facts: RunFacts) -> Element:
    suite = Element("testsuite", name=escaped(name))
    suite.extend(_case(check) for check in verdict.checks)
    _count(suite)
    suite.set("time", f"{facts.duration_s:.3f}")
    suite.set("timestamp", facts.started_at)
    _describe(suite, verdict, facts)
    return suite


def _describe(suite: Element, verdict: Verdict, facts: RunFacts) -> None:
    """Puts the verdict into the properties of a suite, which are its first child."""
    told = {
        "verdict": verdict.verdict.value,
        "exit_code": str(verdict.exit_code),
        **({"rehearsal": str(verdict.ends_with)} if verdict.is_rehearsal else {}),
        "summary": summary_of(verdict),
        "mode": facts.mode,
        "target": facts.target_url,
        "target_version": facts.target_version or "",
        "run_id": facts.run_id,
        "repair": facts.repair,
    }
    _add_properties(suite, told)


def _case(check: Outcome, prefix: str = "") -> Element:
    classname, name = address(check.name, prefix)
    case = Element("testcase", classname=classname, name=name, time=f"{check.duration_s:.3f}")
    own = {"api": check.api, "category": check.category.value if check.category else ""}
    _add_properties(case, {**own, **_properties(check)})
    if tag := _TAGS.get(check.outcome):
        result = SubElement(case, tag, message=escaped(message(check)))
        if check.outcome.is_failure:
            result.text = escaped("\n".join(_lines(check)))
    return case


def _lines(check: Outcome) -> Iterator[str]:
    """A failure as pytest has it in its file."""
    yield f"expected {check.expected}, seen {check.seen}"
    if check.where:
        yield f"  where: {check.where}"
    yield f"  what to do: {check.hint}"
    yield from (f"  {line}" for line in check.difference)
    if exchange := exchange_at(check.exchanges, check.where):
        yield f"  repeat: {exchange.curl}"


def _properties(check: Outcome) -> dict[str, str]:
    """What pytest does not hand on; the API and the category are properties of its own."""
    exchange = exchange_at(check.exchanges, check.where) if check.outcome.is_failure else None
    return {
        "stage": check.stage,
        "hint": check.hint,
        "request_id": (exchange.request_id or "") if exchange else "",
        "because_of": check.because_of,
    }


def _add_properties(parent: Element, told: Mapping[str, str]) -> None:
    """Adds properties behind those that are there; a value that is empty says nothing."""
    there = parent.find("properties")
    if there is None:
        there = Element("properties")
        parent.insert(0, there)
    names = {one.get("name") for one in there}
    for name, value in told.items():
        if value and PROPERTY + name not in names:
            SubElement(there, "property", name=PROPERTY + name, value=escaped(value))


def _is_missing(check: Outcome, cases: Sequence[Element]) -> bool:
    """Whether the file does not show that a check failed.

    The name of a user's test may be written otherwise there; pytest has told its failure.
    """
    if not check.outcome.is_failure:
        return False
    is_users_test = check.name.partition("::")[0].endswith(".py")
    if is_users_test and check.category is not Category.UNVERIFIED:
        return False
    shown = (case.find(tag) is not None for case in cases for tag in ("failure", "error"))
    return not any(shown)


def _clean(root: Element, clean: Callable[[str], str]) -> None:
    for element in root.iter():
        for name, value in element.attrib.items():
            element.set(name, escaped(clean(value)))
        if element.text:
            element.text = escaped(clean(element.text))


def _count(suite: Element) -> None:
    """Counts the results; a test whose teardown failed too has two of them, and is one test."""
    cases = list(suite.iter("testcase"))
    for name, tag in _COUNTS.items():
        suite.set(name, str(sum(len(case.findall(tag)) for case in cases)))
    suite.set("tests", str(len(cases)))

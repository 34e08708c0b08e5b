"""Renders a verdict as a message of three lines, for a chat or a phone. Pure.

The first line is what a phone shows: verdict, target, reason. The second says how far it goes, the
third what to do and where to read on. Words of a target call nobody and are no markup.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

from pytest_apismoke.errors import Category, presentable
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.records import dataclass
from pytest_apismoke.reports.report import Judged, Report
from pytest_apismoke.system.ci_run import CiRun
from pytest_apismoke.verdict.causes import word_of_verdict
from pytest_apismoke.verdict.exit_codes import Judgement
from pytest_apismoke.verdict.exit_rule import exit_code_in_words
from pytest_apismoke.verdict.judgement import USER_TESTS
from pytest_apismoke.verdict.records import ApiVerdict, Verdict
from pytest_apismoke.verdict.subjects import PHASES_OF_TESTS

#: The word is always there; the dot is what one sees of a long list of messages.
_DOTS = {
    Judgement.PASS: "\N{LARGE GREEN CIRCLE}",
    Judgement.FAIL: "\N{LARGE RED CIRCLE}",
    Judgement.INCONCLUSIVE: "\N{LARGE YELLOW CIRCLE}",
    Judgement.MISCONFIGURED: "\N{MEDIUM WHITE CIRCLE}",
    Judgement.DIRTY: "\N{LARGE PURPLE CIRCLE}",
}
#: The longest part of a line, in characters: services cut long messages somewhere.
_PART_CHARS = 300
_MOST_NAMES = 6
_CALLS = late_pattern(r"@(?=\w)")
_NO_WIDTH, _BETWEEN = "\u200b", " \u00b7 "
_MARKUP = {ord("`"): "'", ord("["): "(", ord("]"): ")", ord("<"): "\u2039", ord(">"): "\u203a"}
_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """The verdict on the same target before this one.

    Attributes:
        verdict: its word.
        summary: its reason.
        lasted_s: for how many seconds it has been that.

    """

    verdict: Judgement
    summary: str
    lasted_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message in the forms that services take; `title` is plain in all of them."""

    title: str
    plain: str
    markdown: str
    html: str


def message_of(report: Report, *, ci_run: CiRun | None, before: Before | None) -> Message:
    """The message on a verdict.

    Args:
        report: what to tell.
        ci_run: where it ran, if a CI system tells.
        before: the last verdict on the same target, if it is known.

    """
    second = _inert(_how_far(report, before))
    to_do = _inert(_to_do(report))

    def lines(link: Callable[[str, str], str]) -> list[str]:
        third = _BETWEEN.join(filter(None, [to_do, *_read_on(ci_run, link)]))
        # Services refuse a message without a body.
        return list(filter(None, [second, third])) or [_in_short(report)]

    return Message(
        title=_title(report),
        plain="\n".join(lines(lambda name, url: f"{name}: {url}")),
        # Two blanks keep the line of its own.
        markdown="  \n".join(lines(_markdown_link)),
        html="<br>\n".join(_as_html(line) for line in lines(lambda name, url: f"{name}: {url}")),
    )


def _in_short(report: Report) -> str:
    return f"{report.facts.mode} run, {report.facts.duration_s:.1f} s"


def _markdown_link(name: str, url: str) -> str:
    # A closing parenthesis would end the link.
    return f"[{name}]({url.replace('(', '%28').replace(')', '%29')})"


def _as_html(line: str) -> str:
    """A plain line as HTML; mail programs make links of URLs themselves."""
    return html.escape(line, quote=False)


def _title(report: Report) -> str:
    verdict = report.verdict
    words = [_DOTS[verdict.verdict], word_of_verdict(verdict), _target(report)]
    code = f"exit code {exit_code_in_words(verdict)}"
    failed = [] if verdict.verdict is Judgement.PASS else sorted(verdict.categories, key=_rank)
    category = f", {failed[0]}" if failed else ""
    return f"{' '.join(words)}: {_inert(report.summary)} ({code}{category})"


def _rank(category: Category) -> int:
    return tuple(Category).index(category)


def _target(report: Report) -> str:
    """The target in short: its host and version, or how many there are."""
    named = [one for one in report.targets if one.target]
    if len(named) > 1:
        return f"{len(named)} targets"
    url, version = report.facts.target_url, report.facts.target_version
    return _inert(" ".join(filter(None, [_host(url), version or ""]))) or "the gate"


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.netloc}{parts.path}" if parts.netloc else url


def _how_far(report: Report, before: Before | None) -> str:
    verdict = report.verdict
    if verdict.verdict is Judgement.DIRTY and report.facts.repair:
        return f"Put it back: {report.facts.repair}"
    named: Sequence[Judged] = [one for one in report.targets if one.target]
    parts = [_of_targets(named) if len(named) > 1 else _of_apis(verdict)]
    if before and before.verdict is not verdict.verdict:
        parts.insert(0, _it_was(before))
    elif before and verdict.verdict is not Judgement.PASS:
        parts.append(f"It has been {verdict.verdict.value.upper()} for {_span(before.lasted_s)}")
    return "".join(f"{part}. " for part in parts if part).strip()


def _it_was(before: Before) -> str:
    since = f"It was {before.verdict.value.upper()} for {_span(before.lasted_s)}"
    if before.verdict is Judgement.PASS or not before.summary:
        return since
    return f"{since}: {presentable(before.summary, _PART_CHARS)}"


def _of_targets(targets: Sequence[Judged]) -> str:
    by_word: dict[str, list[str]] = {}
    for one in targets:
        word = one.verdict.verdict.value.upper()
        by_word.setdefault(word, []).append(_host(one.facts.target_url or one.target))
    return "; ".join(f"{word}: {_names(hosts)}" for word, hosts in by_word.items())


def _of_apis(verdict: Verdict) -> str:
    if verdict.verdict is Judgement.PASS:
        flaky = sum(check.flaky for check in verdict.checks)
        return f"{flaky} flaky" if flaky else ""
    said: dict[str, list[str]] = {}
    for name, api in verdict.apis.items():
        said.setdefault(_said_of(api), []).append(name)
    # What passed comes last: it is what is left.
    ordered = sorted(said.items(), key=lambda pair: pair[0] == "pass")
    return "; ".join(_clause(names, words) for words, names in ordered)


def _said_of(api: ApiVerdict) -> str:
    if api.verdict is not Judgement.PASS and api.failed_stage in PHASES_OF_TESTS:
        return "fails"
    if api.category is Category.INVALID:
        return "breaks its contract"
    if api.failed_stage and api.verdict is not Judgement.PASS:
        return f"stops at {api.failed_stage}"
    return "pass" if api.verdict is Judgement.PASS else api.verdict.value


def _clause(names: Sequence[str], words: str) -> str:
    told, many = _names(names), len(names) > 1 or names[0] == USER_TESTS
    if words == "breaks its contract":
        return f"{told} break their contracts" if many else f"{told} breaks its contract"
    if words.startswith("stops at "):
        return f"{told} {words.replace('stops', 'stop', 1) if many else words}"
    if words == "fails":
        return f"{told} fail" if many else f"{told} fails"
    if words == "pass":
        return f"{told} pass" if many else f"{told} passes"
    return f"{told} {words}"


def _names(names: Sequence[str]) -> str:
    shown = list(names[:_MOST_NAMES])
    if len(names) > _MOST_NAMES:
        shown.append(f"{len(names) - _MOST_NAMES} more")
    return ", ".join(shown[:-1]) + f" and {shown[-1]}" if len(shown) > 1 else shown[0]


def _to_do(report: Report) -> str:
    causes = report.causes
    told = next((one for one in causes if one.first.dirty), causes[0] if causes else None)
    if told is None:
        return ""
    hint = presentable(told.first.hint, _PART_CHARS)
    request_id = told.exchange.request_id if told.exchange else None
    return f"{hint[:1].upper()}{hint[1:]}" + (f" ({request_id})" if request_id else "")


def _read_on(ci_run: CiRun | None, link: Callable[[str, str], str]) -> Iterator[str]:
    if ci_run is None:
        return
    name = _inert(ci_run.name or ci_run.system)
    yield link(name, ci_run.url) if ci_run.url else name
    if ci_run.commit:
        yield ci_run.commit


def _inert(text: str) -> str:
    """The text on one line, calling nobody and without markup of links and code."""
    line = presentable(text, _PART_CHARS * 4).translate(_MARKUP)
    return _CALLS.sub(f"@{_NO_WIDTH}", re.sub(r"\s+", " ", line))


def _span(seconds: float) -> str:
    """A span of time in its two largest units, such as `14 h 33 min`."""
    left, told = int(seconds), list[str]()
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count:
            told.append(f"{count} {unit}")
    return " ".join(told[:2]) or "less than a minute"

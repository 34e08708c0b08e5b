"""What a hostile target may say: words that mean something to whatever shows a report."""

from __future__ import annotations

from verdict_parts import TARGET, failed, not_run, passed

from pytest_apismoke.errors import Category, Failure, Violation
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.verdict.outcome import Outcome

#: One of each kind; a format may show them, and none may take effect.
HOSTILE_LINES = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "\"'><svg/onload=alert(3)>&lt;b&gt;&amp;",
    "]]><!-- --><?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>&b;",
    "[a link](javascript:alert(4)) ![p](https://evil.example/p.png) | **bold** _i_ `code` ~~s~~",
    "```\n# Heading\n> [!CAUTION]\n- @everyone #1 <details>",
    "\x1b[2J\x1b[31mred\x1b]0;title\x07\x1b]8;;https://evil.example\x1b\\link\x9b31m",
    '=HYPERLINK("https://evil.example")\t+1\t-1\t@SUM(1),"a"',
    "::set-output name=a::b",
    "::error file=app.js,line=1::missing\n::add-mask::a\n::stop-commands::x",
    "##[set-env name=PATH;]evil",
    "##vso[task.setvariable variable=a]b",
    "##teamcity[testFailed name='a' message='b']",
    "zero\0byte, \u202ereversed\u202c, \u200bnothing",
    "\ud800 half, \ufffe no character, \x85 \u2028",
    "{{7*7}} {% raw %} ${7*7} %s %(a)s {0}",
)
HOSTILE = " ".join(HOSTILE_LINES)


def hostile_checks() -> list[Outcome]:
    """Checks with hostile words in every place that takes any."""
    redactor = Redactor()
    violations = tuple(
        Violation(
            pointer=f"/{line}",
            expected=line,
            actual=line,
            schema_location=f"contracts/{line}.json#/{line}",
            kind="type",
            places=(f"/{line}",),
        )
        for line in HOSTILE_LINES
    )
    refused = []
    for number, line in enumerate(HOSTILE_LINES):
        exchange = Exchange.record(
            redactor,
            method="GET",
            url=f"{TARGET}/{number}?q={line}",
            status=None if number % 2 else 500,
            duration_s=0.01,
            request_id=line,
            body=f"{HOSTILE}\n{line}",
            error=line if number % 2 else None,
            curl=f"curl -sS -i '{TARGET}/{number}?q={line}'",
        )
        failure = Failure(
            category=Category.INVALID,
            expected=line,
            seen=f"{line} of {number}",
            where=line,
            hint=line,
            violations=violations[number : number + 2],
            difference=(f"- {line}", f"+ {line}"),
        )
        refused.append(
            failed(
                f"contracts/hostile.toml::{line}",
                failure.category,
                exchange,
                expected=failure.expected,
                seen=failure.seen,
                where=failure.where,
                hint=failure.hint,
                violations=failure.violations,
                difference=failure.difference,
                notes=(line,),
            )
        )
    return [
        passed("settings::login", HOSTILE, notes=HOSTILE_LINES),
        *refused,
        *not_run([f"contracts/hostile.toml::after {HOSTILE_LINES[0]}"], refused[0].name),
    ]

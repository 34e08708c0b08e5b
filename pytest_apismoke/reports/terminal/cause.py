"""A cause of failures, told once: expected, got, where, what to do, and how to repeat it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pytest_apismoke.errors import Category, Excerpt, Violation
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.reports.terminal.folding import (
    BELOW_INDENT,
    NARROW,
    labelled,
    listed,
    shell_lines,
    text_indent,
    under,
    wrapped,
)
from pytest_apismoke.reports.terminal.line import (
    BAD,
    BOLD,
    CYAN,
    GREEN,
    PLAIN,
    RED,
    Line,
    Markup,
    Span,
    line,
)
from pytest_apismoke.unshown import id_is_only_sent
from pytest_apismoke.verdict.causes import Cause
from pytest_apismoke.verdict.outcome import Outcome
from pytest_apismoke.verdict.subjects import own_test_name, subject

#: So many causes are told; of any other one the title, and the reports have the rest.
TOLD = 10
#: So many places of a contract are told; the report has all of them.
_PLACES = 5
_BODY_CHARS = 160
#: As git colours a difference.
_DIFFERENCE: Mapping[str, Markup] = {"-": RED, "+": GREEN, "@": CYAN}


def rendered(cause: Cause, width: int, *, of_several: bool) -> Iterator[Line]:
    """The lines about a cause.

    Args:
        cause: to tell.
        width: in columns.
        of_several: whether there are others, so that each has its reason as a title.

    """
    first, exchange = cause.first, cause.exchange
    yield from _title(cause, width, of_several=of_several)
    if cause.number > TOLD:
        return
    if of_several and len(cause.checks) > 1:
        yield from labelled("checks", [listed(one.name for one in cause.checks)], width)
    yield from labelled("expected", [first.expected], width)
    yield from labelled("got", _got(first), width)
    if exchange and exchange.excerpt and not first.violations and not own_test_name(first):
        yield from _continued(exchange.excerpt, width)
    if first.where not in (_place(cause), _line_of_test(first)):
        yield from labelled("where", [first.where], width)
    yield from labelled("contract", _contract(first.violations), width)
    yield from under("difference", _difference(first.difference, width), width)
    yield from labelled("to do", [first.hint], width, markup=BOLD, label_markup=BOLD)
    if exchange and exchange.request_id:
        as_sent = " (as sent)" if id_is_only_sent(exchange.evidence) else ""
        yield from labelled("request id", [f"{exchange.request_id}{as_sent}"], width)
    yield from labelled("not run", _not_run(cause.not_run), width)
    if exchange:
        yield from _repeat(exchange, width)


def _title(cause: Cause, width: int, *, of_several: bool) -> Iterator[Line]:
    if excerpt := cause.first.excerpt:
        yield from _excerpt(f"{cause.number}  ", excerpt, width)
        return
    is_named = not of_several or own_test_name(cause.first)
    title = _place(cause) or (_names(cause.checks) if is_named else cause.summary)
    number = f"{cause.number}  "
    indent = " " * len(number)
    for at, text in enumerate(wrapped(title, width - len(number))):
        yield line(Span(indent if at else number, BAD), Span(text, BOLD))


def _excerpt(number: str, excerpt: Excerpt, width: int) -> Iterator[Line]:
    """The line of a file, with a mark below the place in it that is wrong."""
    indent, title = " " * len(number), f"{excerpt.file}, line {excerpt.line}: "
    if len(number) + len(title) + len(excerpt.text) <= width:
        yield line(Span(number, BAD), Span(f"{title}{excerpt.text}", BOLD))
        yield line(f"{indent}{' ' * len(title)}", Span(excerpt.marks, BAD))
        return
    yield line(Span(number, BAD), Span(title.rstrip(), BOLD))
    yield line(indent, Span(excerpt.text, BOLD))
    yield line(indent, Span(excerpt.marks, BAD))


def _place(cause: Cause) -> str:
    """The title of a mistake in the call: where it is. Empty for any other cause."""
    first = cause.first
    is_mistake = first.category is Category.USAGE and first.name.startswith("apismoke::")
    return first.where if is_mistake and subject(first) == first.where else ""


def _names(checks: Sequence[Outcome]) -> str:
    names = listed(_name(check) for check in checks)
    shared = len(checks) > 1 and any(check.exchanges for check in checks)
    return f"{names}: one request" if shared else names


def _name(check: Outcome) -> str:
    """The name of a check; that of a user's test with its file, and maybe its line, behind it."""
    own, file = own_test_name(check), check.name.partition("::")[0]
    return f"{own} ({_line_of_test(check) or file})" if own else check.name


def _line_of_test(check: Outcome) -> str:
    """The file and the line of an assertion of a user's test."""
    file = check.name.partition("::")[0]
    is_line = check.where.removeprefix(f"{file}:").isdecimal()
    return check.where if own_test_name(check) and is_line else ""


def _got(check: Outcome) -> list[str]:
    """What came: each violation on a line of its own."""
    violations = [str(one) for one in check.violations]
    if not violations or violations[0][:40] not in check.seen:
        return [check.seen]
    before = check.seen.partition(violations[0][:40])[0].rstrip()
    more = len(violations) - _PLACES
    rest = [f"and {more} more"] if more > 0 else []
    return [*filter(None, [before]), *violations[:_PLACES], *rest]


def _continued(text: str, width: int) -> Iterator[Line]:
    """The beginning of an answer, below what came."""
    short = text if len(text) <= _BODY_CHARS else f"{text[: _BODY_CHARS - 2].rstrip()} …"
    indent = text_indent(width)
    for piece in wrapped(short, width - indent, breaks_words=True):
        yield line(" " * indent, piece)


def _contract(violations: Iterable[Violation]) -> list[str]:
    """The places in the contract, below the file that they are in."""
    found: dict[str, list[str]] = {}
    for one in violations:
        file, mark, pointer = one.schema_location.partition("#")
        if one.schema_location:
            found.setdefault(file, []).append(f"{mark}{pointer}")
    texts = []
    for file, places in found.items():
        told = list(dict.fromkeys(places))
        if len(told) == 1:
            texts.append(f"{file}{told[0]}")
        else:
            texts += [file, listed(told, _PLACES)]
    return texts


def _difference(lines: Sequence[str], width: int) -> Iterator[Line]:
    room = width - text_indent(width)
    for text in lines:
        markup = _DIFFERENCE.get(text[:1], PLAIN)
        for start in range(0, max(len(text), 1), room):
            yield line(Span(text[start : start + room], markup))


def _not_run(checks: Sequence[Outcome]) -> list[str]:
    if not checks:
        return []
    apis = list(dict.fromkeys(check.api for check in checks))
    told = apis[0] if len(apis) == 1 else f"{', '.join(apis[:-1])} and {apis[-1]}"
    return [f"{len(checks)} check{'' if len(checks) == 1 else 's'} of {told}"]


def _repeat(exchange: Exchange, width: int) -> Iterator[Line]:
    if width < NARROW:
        # Such a terminal folds it itself: more lines make it no easier to copy.
        yield from under("repeat", [line(exchange.curl)], width)
        return
    beside, below = width - text_indent(width), width - BELOW_INDENT
    texts, texts_below = (shell_lines(exchange.curl, room) for room in (beside, below))
    # A long word, such as a body, has more room below the label.
    is_below = max(map(len, texts)) > beside and max(map(len, texts_below)) <= below
    lines = [line(text) for text in (texts_below if is_below else texts)]
    yield from under("repeat", lines, width, is_below=is_below)

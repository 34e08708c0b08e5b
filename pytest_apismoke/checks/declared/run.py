"""Runs one declared check: sends its request, judges the response, captures from it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_apismoke.checks.declared import captures
from pytest_apismoke.checks.declared.expectations import SUCCESS, judge_head, judge_refusal
from pytest_apismoke.checks.declared.items import DeclaredItem
from pytest_apismoke.checks.declared.request import request_of, sent_json
from pytest_apismoke.checks.declared.trust import Trust
from pytest_apismoke.checks.model import CheckContext, CheckResult
from pytest_apismoke.errors import TARGET_CATEGORIES, Category, SmokeError, fail
from pytest_apismoke.evidence import UNDESCRIBED, ConformanceResult
from pytest_apismoke.http.request import Request, secrets_in
from pytest_apismoke.http.response import Response
from pytest_apismoke.known.entries import Known
from pytest_apismoke.redaction import is_sensitive
from pytest_apismoke.schemas.repeated_names import repeated_names
from pytest_apismoke.schemas.store import SUFFIX
from pytest_apismoke.schemas.validation_timeout import limit_validation

if TYPE_CHECKING:
    from pytest_apismoke.safewrite.preserved_document import PreservedDocument


#: How often a safe request is timed: one slow response alone is no regression.
_TIMED = 3
#: The status of a list without items, of some APIs.
_NO_CONTENT = 204
#: The statuses of an update that was refused for certain.
_REFUSED = range(400, 500)


def run_declared(item: DeclaredItem, context: CheckContext) -> CheckResult:
    """Runs a declared check, or verifies that it is refused without a token.

    Raises:
        SmokeError: when the response is not as declared, or there is none.

    """
    check, run = item.check, _Run(item, context)
    with run.writing():
        if item.without_token:
            # Preserved too: if it is not refused after all, its change has to be restored.
            statuses = context.target.profile.refusals.statuses
            return CheckResult(verified=judge_refusal(run.send(auth=False), statuses))
        notes, captured = run.judge(run.send(auth=check.auth))
    verified = "; ".join((f"{check.method} {check.path} responded as declared", *run.proven))
    if item.puts_back:
        verified += f"; {check.changes} was put back"
    return CheckResult(verified=verified, notes=notes, captured=captured, absent=run.absent)


class _Run:
    """One run of a check.

    `proven` are the phrases about what was proven besides its response; `absent` says by name why
    a value was not there to be captured.
    """

    def __init__(self, item: DeclaredItem, context: CheckContext) -> None:
        self._item = item
        self._check = item.check
        self._context = context
        self._redactor = context.redactor
        self._budget = context.target.client.budget
        self._written: PreservedDocument | None = None
        self._fields: Mapping[str, Any] | None = None
        self.proven: list[str] = []
        self.absent: Mapping[str, str] = {}

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Restores the document that the check changes, when the context ends."""
        if not self._item.puts_back:
            yield
            return
        check, path = self._check, self._changed_path
        # The restore uses the same method as the update of the check.
        volatile = self._context.target.profile.document.volatile
        trust = Trust(check=check, path=path, readings=self._item.readings, context=self._context)
        with self._context.guard.writing(
            path,
            method=check.method if check.updates_what_it_changes else None,
            changing=(*volatile, *check.changing) if check.changing else None,
            whole=check.restores_whole,
            distrust=trust.distrust,
        ) as self._written:
            yield

    @property
    def _changed_path(self) -> str:
        return captures.fill_path(self._check.changes, self._context.captured)

    def send(self, *, auth: bool) -> Response:
        """Sends the request, with the run's token or without."""
        check = self._check
        request = request_of(check, self._context.captured, auth=auth)
        # JSON that is sent as text has names too.
        named = request if request.text is None else replace(request, json=sent_json(request))
        for name, value in secrets_in(named):
            self._redactor.learn(value, _variable(name))
        if self._written is not None:
            # For a later run, in case this one is killed.
            self._fields = self._fields_of(request)
            self._written.about_to_send(self._fields)
        if auth:
            response = self._context.target.send(request, expected=check.expect.statuses)
        else:
            # Over a connection of its own, so that no state of an earlier one can help.
            response = self._context.target.client.send(request, fresh=True)
        if self._written is not None and response.status in _REFUSED:
            self._written.was_refused()
        return response

    def _fields_of(self, request: Request) -> Mapping[str, Any] | None:
        """The fields of the document that a request sends; None if they are not known."""
        body = sent_json(request)
        # Only the path of the document itself takes its fields.
        if request.path == self._changed_path and isinstance(body, dict):
            return body
        return None

    def judge(self, response: Response) -> tuple[tuple[str, ...], Mapping[str, Any]]:
        """The notes on a response that is as declared, and the values captured from it.

        Raises:
            SmokeError: with the check's category when it is not as declared.

        """
        check = self._check
        try:
            self._judge_head(response)
            notes = self._read_back(response)
            self._validate(response)
            notes += self._is_fast(response)
            captured = self._capture(response)
        except SmokeError as error:
            # The declared category replaces those of the target, not a spent budget, for example.
            of_target = error.failure.category in TARGET_CATEGORIES
            if check.category is None or not of_target or error.dirty:
                raise
            raise error.as_category(check.category) from None
        return notes, captured

    def _judge_head(self, response: Response) -> None:
        with limit_validation(f"{self._check.where}/expect/headers", self._budget):
            judge_head(self._check, response)

    def _read_back(self, response: Response) -> tuple[str, ...]:
        """Proves that an accepted update did what it was asked to, and no more; returns notes."""
        check, written = self._check, self._written
        if written is None or response.status not in SUCCESS:
            return ()
        persisted = check.expect.persisted
        notes = written.read_back(persisted=persisted)
        if persisted and self._fields:
            self.proven.append("what it sent was read back")
        return notes

    def _validate(self, response: Response) -> None:
        check, schemas = self._check, self._context.schemas
        if check.method == "HEAD":
            return
        if not check.expect.schema:
            if response.body:
                self._hold(response, not_looked_at=UNDESCRIBED)
            return
        value, name = response.json(), check.expect.schema
        # The name of an inline schema is our own, so nothing shows it.
        is_inline = name in schemas.documents and not name.endswith(SUFFIX)
        contract = "" if is_inline else name
        # An update that is restored is never excused.
        known = Known() if self._item.puts_back else self._context.known
        excused = known.of(check.node_id, contract=contract, status=response.status)
        with limit_validation(schemas.where(name), self._budget):
            broken = schemas.check(value, name, self._redactor, excused=excused)
            if not broken:
                self._note_drift(response, value)
        self._context.recorder.sighted(
            broken.sighting(check.node_id, contract=contract, status=response.status)
        )
        if not broken:
            return
        wanted = "the schema of this check" if is_inline else f"the contract {name!r}"
        raise fail(
            Category.INVALID,
            expected=f"a response that matches {wanted}",
            seen=broken.in_words,
            where=response.where,
            hint="compare the response with the contract at the named place: either the API broke"
            " it or the contract is out of date",
            violations=broken.violations,
            difference=broken.difference,
        )

    def _note_drift(self, response: Response, value: Any) -> None:
        """Records on the exchange what the response has beyond its schema, and what it lacks."""
        found = self._context.schemas.drift(value, self._check.expect.schema)
        self._hold(
            response,
            undeclared=tuple(map(self._redactor.text, found.undeclared)),
            unseen=tuple(map(self._redactor.text, found.unseen)),
            doubts=tuple(one.doubt(self._redactor) for one in repeated_names(response.body)),
        )

    def _hold(self, response: Response, **found: Any) -> None:
        """Records on the exchange what was found, unless an OpenAPI document covers it all."""
        check, exchange = self._check, response.exchange
        if exchange.held is None:
            held = ConformanceResult(operation=f"{check.method} {check.path}", **found)
            self._context.recorder.amend(exchange, replace(exchange, held=held))

    def _is_fast(self, response: Response) -> tuple[str, ...]:
        check = self._check
        limit_ms = check.expect.max_latency_ms
        if limit_ms is None:
            return ()
        taken_ms = [response.exchange.duration_s * 1000]
        while taken_ms[-1] > limit_ms and len(taken_ms) < _TIMED and check.is_safe:
            again = self.send(auth=check.auth)
            # An error response may be fast, and must not pass for a fast success.
            self._judge_head(again)
            taken_ms.append(again.exchange.duration_s * 1000)
        if min(taken_ms) > limit_ms:
            raise fail(
                Category.INVALID,
                expected=f"a response within {limit_ms:g} ms",
                seen=f"{min(taken_ms):.0f} ms"
                + (f" as the fastest of {len(taken_ms)}" if len(taken_ms) > 1 else ""),
                where=response.where,
                hint="look for what made it slower, or raise max_latency_ms",
            )
        if len(taken_ms) > 1:
            return (
                f"the first response took {taken_ms[0]:.0f} ms, a later one was within the limit",
            )
        return ()

    def _capture(self, response: Response) -> Mapping[str, Any]:
        check, wanted = self._check, self._check.captures
        if not wanted:
            return {}
        of = repr(check.name)
        if check.may_be_empty and response.status == _NO_CONTENT:
            self.absent = {name: f"{of} has no content" for name, _ in wanted}
            return {}
        value = response.json()
        self.absent = captures.absent(
            value, wanted, of=of, may_be_empty=check.may_be_empty, may_lack=check.may_lack
        )
        wanted = tuple(one for one in wanted if one[0] not in self.absent)
        found = captures.capture(value, wanted, where=response.where)
        for name, pointer in wanted:
            if any(map(is_sensitive, (name, *pointer.split("/")))):
                self._redactor.learn(str(found[name]), _variable(name))
        return found


def _variable(name: str) -> str:
    """The environment variable that replaces a secret of this name in a curl line."""
    return re.sub(r"\W", "_", name).upper()

"""Makes one declared check: sends its request, judges the answer, captures from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

from pytest_apismoke.checks.declared import captures
from pytest_apismoke.checks.declared.check_file.values import NOTHING
from pytest_apismoke.checks.declared.expectations import judge_head, judge_refusal
from pytest_apismoke.checks.declared.items import DeclaredItem
from pytest_apismoke.checks.declared.model import DeclaredCheck
from pytest_apismoke.checks.stages import Proof
from pytest_apismoke.errors import TARGET_CATEGORIES, Category, Failure, SmokeError, fail
from pytest_apismoke.evidence import ConformanceResult, Exchange
from pytest_apismoke.http.request import Request, secrets_in
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target
from pytest_apismoke.redaction import Redactor, is_sensitive
from pytest_apismoke.schemas.store import SUFFIX, Schemas, in_words
from pytest_apismoke.schemas.validation_timeout import limit_validation

#: How often a safe request is timed before it counts as too slow: one slow answer is no regression.
_TIMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a check that passed has verified, and the values that it has captured, by name."""

    proof: Proof
    captured: Mapping[str, Any] = field(default_factory=dict)


class Maker:
    """Makes declared checks, one at a time.

    Args:
        target: where to send the requests.
        schemas: what answers are held against.
        redactor: cleans what is said.
        preserved: gives the context in which a document may be changed, see `smoke_preserve`.
        about_to_send: is told the path and the body of each update of such a document.
        login_failure: why there is no token, if there is none.
        login_exchanges: what the login sent.

    """

    def __init__(
        self,
        *,
        target: Target,
        schemas: Schemas,
        redactor: Redactor,
        preserved: Callable[..., AbstractContextManager[Any]],
        about_to_send: Callable[[str, object], None] = lambda path, body: None,
        login_failure: Failure | None = None,
        login_exchanges: tuple[Exchange, ...] = (),
    ) -> None:
        self.target = target
        self.redactor = redactor
        self._schemas = schemas
        self._preserved = preserved
        self._about_to_send = about_to_send
        self._login_failure = login_failure
        self._login_exchanges = login_exchanges

    def evidence_of(self, failure: Failure | None) -> tuple[Exchange, ...]:
        """The exchanges that a failure without requests of its own is about."""
        of_login = failure is not None and failure is self._login_failure
        return self._login_exchanges if of_login else ()

    def make(self, item: DeclaredItem, values: Mapping[str, Any]) -> Made:
        """Makes a check.

        Args:
            item: which.
            values: what earlier checks of its file have captured.

        Raises:
            SmokeError: when the answer is not as declared, or none came.

        """
        check = item.check
        needs_token = (check.auth and not item.without_token) or _puts_back(check)
        if needs_token and self._login_failure:
            raise SmokeError(self._login_failure)
        sent_before = len(self.target.client.exchanges)
        with self._kept(check, values):
            if item.without_token:
                # Kept too: what is not refused after all has to be put back like any other.
                refusal = judge_refusal(self._send(check, values, auth=False))
                return Made(proof=Proof(verified=refusal))
            response = self._send(check, values, auth=check.auth)
            notes, captured = self._judge(check, values, response, sent_before)
        verified = f"{check.method} {check.path} answered as declared"
        if _puts_back(check):
            verified += f"; {check.changes} was put back"
        return Made(proof=Proof(verified=verified, notes=notes), captured=captured)

    @contextmanager
    def _kept(self, check: DeclaredCheck, values: Mapping[str, Any]) -> Iterator[None]:
        """Puts back what the check says that it changes."""
        keeping: AbstractContextManager[Any] = nullcontext()
        if _puts_back(check):
            # What the check itself updates is put back in the same way.
            itself = check.path == check.changes and check.method != "DELETE"
            how: dict[str, Any] = {"method": check.method} if itself else {}
            if check.changing:
                how["changing"] = (*self.target.profile.document.volatile, *check.changing)
            keeping = self._preserved(captures.fill_path(check.changes, values), **how)
        with keeping:
            yield

    def _send(self, check: DeclaredCheck, values: Mapping[str, Any], *, auth: bool) -> Response:
        headers = {name: captures.fill_header(text, values) for name, text in check.headers}
        query = tuple((name, captures.fill(text, values)) for name, text in check.query)
        if not auth and check.auth:
            # A key of the check's own would let in what is to be refused.
            headers = {name: text for name, text in headers.items() if not is_sensitive(name)}
            query = tuple((name, text) for name, text in query if not is_sensitive(name))
        request = Request(
            method=check.method,
            path=captures.fill_path(check.path, values),
            query=query,
            headers=headers,
            json=captures.fill_json(check.json, values),
            text=None if check.body is None else captures.fill(check.body, values),
        )
        for name, value in secrets_in(request):
            self.redactor.learn(value, re.sub(r"\W", "_", name).upper())
        if _puts_back(check):
            # What a later run needs to know, should this one be killed. Of an update that is sent
            # to another path it is only known that it writes something.
            changes = captures.fill_path(check.changes, values)
            itself = request.path == changes and isinstance(request.json, dict)
            self._about_to_send(changes, request.json if itself else {})
        if auth:
            return self.target.send(request, expected=check.expect.statuses)
        # Over a connection of its own, so that no state of an earlier one can help.
        return self.target.client.send(request, fresh=True)

    def _judge(
        self, check: DeclaredCheck, values: Mapping[str, Any], response: Response, sent_before: int
    ) -> tuple[tuple[str, ...], Mapping[str, Any]]:
        """What there is to remark about an answer that is as declared, and what it has captured.

        Raises:
            SmokeError: of the check's category when it is not.

        """
        try:
            self._has_head(check, response)
            self._keeps_schema(check, response)
            notes = self._is_fast(check, values, response)
            captured = self._capture(check, response, sent_before)
        except SmokeError as error:
            # What came is not to blame for a budget that is spent, say.
            of_target = error.failure.category in TARGET_CATEGORIES
            if check.category is None or not of_target or error.dirty:
                raise
            raise error.as_category(check.category) from None
        return notes, captured

    def _has_head(self, check: DeclaredCheck, response: Response) -> None:
        with limit_validation(f"{check.where}/expect/headers", self.target.client.budget):
            judge_head(check, response)

    def _keeps_schema(self, check: DeclaredCheck, response: Response) -> None:
        if not check.expect.schema or check.method == "HEAD":
            return
        value, name = response.json(), check.expect.schema
        with limit_validation(self._schemas.where(name), self.target.client.budget):
            broken = self._schemas.check(value, name, self.redactor)
            if not broken:
                self._note_drift(check, value)
        if not broken:
            return
        # One that stands in the check itself has no name that anybody gave it.
        is_inline = name in self._schemas.documents and not name.endswith(SUFFIX)
        wanted = "the schema of this check" if is_inline else f"the contract {name!r}"
        raise fail(
            Category.INVALID,
            expected=f"an answer that keeps {wanted}",
            seen=in_words(broken.violations),
            where=response.where,
            hint="either the API broke its contract or the contract is out of date: compare"
            " the answer with it at the place that it names",
            violations=broken.violations,
            difference=broken.difference,
        )

    def _note_drift(self, check: DeclaredCheck, value: Any) -> None:
        """Leaves on the exchange what the answer holds beside its schema."""
        log = self.target.client.exchanges
        if log[-1].held is not None:
            # The API description is the wider contract of the two.
            return
        found = self._schemas.drift(value, check.expect.schema)
        held = ConformanceResult(
            operation=f"{check.method} {check.path}",
            undeclared=tuple(map(self.redactor.text, found.undeclared)),
            unseen=tuple(map(self.redactor.text, found.unseen)),
        )
        log[-1] = replace(log[-1], held=held)

    def _is_fast(
        self, check: DeclaredCheck, values: Mapping[str, Any], response: Response
    ) -> tuple[str, ...]:
        limit_ms = check.expect.max_latency_ms
        if limit_ms is None:
            return ()
        taken_ms = [response.exchange.duration_s * 1000]
        while taken_ms[-1] > limit_ms and len(taken_ms) < _TIMED and check.is_safe:
            again = self._send(check, values, auth=check.auth)
            # An error comes fast.
            self._has_head(check, again)
            taken_ms.append(again.exchange.duration_s * 1000)
        if min(taken_ms) > limit_ms:
            raise fail(
                Category.INVALID,
                expected=f"an answer within {limit_ms:g} ms",
                seen=f"{min(taken_ms):.0f} ms"
                + (f" as the fastest of {len(taken_ms)}" if len(taken_ms) > 1 else ""),
                where=response.where,
                hint="look for what made it slower, or raise max_latency_ms",
            )
        if len(taken_ms) > 1:
            return (
                f"the first answer took {taken_ms[0]:.0f} ms, a later one was within the limit",
            )
        return ()

    def _capture(
        self, check: DeclaredCheck, response: Response, sent_before: int
    ) -> Mapping[str, Any]:
        if not check.captures:
            return {}
        found = captures.capture(response.json(), check.captures, where=response.where)
        for name, pointer in check.captures:
            if any(map(is_sensitive, (name, *pointer.split("/")))):
                self.redactor.learn(str(found[name]), re.sub(r"\W", "_", name).upper())
        # What was recorded of its answers was recorded before anybody knew that it is a secret.
        log = self.target.client.exchanges
        for index in range(sent_before, len(log)):
            log[index] = replace(log[index], excerpt=self.redactor.text(log[index].excerpt))
        return found


def _puts_back(check: DeclaredCheck) -> bool:
    return check.changes not in ("", NOTHING)

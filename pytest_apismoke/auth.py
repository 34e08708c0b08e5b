"""Login, once a run, and one renewal; the token stays in memory."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from pytest_apismoke.client import Answer, Client, Request
from pytest_apismoke.credentials import Credentials
from pytest_apismoke.documents import describe, lookup
from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.profiles import Login

_PATIENCE = 3
_DEFAULT_WAIT_S = 1.0


class Auth:
    """Holds the token of a run.

    Args:
        client: sends the login.
        login: how this kind of target logs in.
        credentials: a token, or a username and a password.
        token: the token that another process of this run has already obtained.

    """

    def __init__(
        self, client: Client, login: Login, credentials: Credentials, *, token: str = ""
    ) -> None:
        self._client = client
        self._login = login
        self._credentials = credentials
        self._renewed = False
        self.token = ""
        self._use(token or credentials.token)

    @property
    def token_was_given(self) -> bool:
        """Whether the run got its token from outside, so that no login is tried."""
        return bool(self._credentials.token)

    def headers(self, token: str | None = None) -> Mapping[str, str]:
        """The header that authenticates a request, with this run's token or another."""
        value = self.token if token is None else token
        return {self._login.header: f"{self._login.scheme} {value}".strip()}

    def log_in(self) -> None:
        """Obtains the token.

        Raises:
            SmokeError: `auth` when no usable token came, `budget` when waiting would take too long.

        """
        try:
            answer = self._ask()
        except SmokeError as error:
            if error.failure.category is Category.BUDGET:
                raise
            raise error.as_category(Category.AUTH) from None
        self._use(self._token_in(answer))

    def renew(self) -> bool:
        """Logs in again after a token was refused, at most once; says whether that was done."""
        if self._renewed or self.token_was_given:
            return False
        self._renewed = True
        self.log_in()
        return True

    def _use(self, token: str) -> None:
        self._client.redactor.learn(token, "APISMOKE_TOKEN")
        self.token = token

    def _ask(self) -> Answer:
        body = {
            self._login.username_field: self._credentials.username,
            self._login.password_field: self._credentials.password,
        }
        request = Request(method="POST", path=self._login.path, json=body)
        answer = self._client.send(request)
        for _ in range(_PATIENCE):
            if answer.status != 429:
                break
            wait_s = retry_after_s(
                answer.headers.get("retry-after"), now=datetime.now(timezone.utc)
            )
            self._client.budget.wait(wait_s, doing=f"{answer.where} (too many logins)")
            answer = self._client.send(request)
        return answer

    def _token_in(self, answer: Answer) -> str:
        if answer.status not in self._login.statuses:
            raise answer.not_as_expected(
                f"{_either(self._login.statuses)} from the login",
                category=Category.AUTH,
                hint=_login_hint(answer.status),
            )
        try:
            body = answer.json()
        except SmokeError as error:
            raise error.as_category(Category.AUTH) from None
        token = lookup(body, self._login.token_pointer)
        if isinstance(token, str) and token and token.isprintable() and token.isascii():
            return token
        raise fail(
            Category.AUTH,
            expected=f"a token at {self._login.token_pointer} in the login answer",
            seen="a text that no header can carry" if isinstance(token, str) else describe(token),
            where=answer.where,
            hint="look at the login answer with the curl line; the token may be in another place",
        )


def retry_after_s(header: str | None, *, now: datetime) -> float:
    """The seconds that a Retry-After header asks for (RFC 9110, 10.2.3); 1 if unreadable."""
    text = (header or "").strip()
    if text.isascii() and text.isdecimal():
        # More digits than a day has seconds are a day: the budget refuses either.
        return float(text) if len(text) < 6 else 86400.0
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return _DEFAULT_WAIT_S
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    try:
        return max(0.0, (moment - now).total_seconds())
    except OverflowError:
        return _DEFAULT_WAIT_S


def _either(statuses: tuple[int, ...]) -> str:
    return " or ".join(map(str, statuses))


def _login_hint(status: int) -> str:
    if status in (400, 401, 403, 422):
        return "check APISMOKE_USERNAME and APISMOKE_PASSWORD for this target"
    if status == 404:
        return "check the URL and its path prefix: nothing answers at the login path"
    if status == 429:
        return "too many logins were made; wait, or raise the target's limit for this account"
    return "the login itself is broken; look into the target's log at the request id"

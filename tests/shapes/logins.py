"""The login of a backend, the tokens that it has given, and who is let in."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping

from harness import PASSWORD, USERNAME
from shapes.asking import Asked, RefusedError, at, page
from shapes.parts import STATIC_TOKEN, Backend, Fault, Json
from starlette.responses import JSONResponse, PlainTextResponse, Response

_OWNER = (USERNAME, PASSWORD)


class Logins:
    """Gives tokens, and knows them again."""

    def __init__(self, backend: Backend) -> None:
        self._login, self._access = backend.login, backend.access
        self._fault = backend.fault
        self._numbers = itertools.count(1)
        #: The moment at which each token ends.
        self._ends: dict[str, float] = {}
        self._refresh_tokens: set[str] = set()
        self._challenges: set[str] = set()
        self._first_tokens: set[str] = set()
        self._count = 0
        if not self._login.exists:
            self._ends[STATIC_TOKEN] = float("inf")

    def routes(self) -> Mapping[tuple[str, str], Callable[[Asked], Response]]:
        """What answers to whom has not logged in."""
        if not self._login.exists or self._access.by == "basic":
            return {}
        routes = {(self._login.method, self._login.path): self._log_in}
        if self._login.second:
            routes["POST", self._login.second.path] = self._second_step
        if self._login.refresh:
            routes["POST", self._login.refresh.path] = self._exchange
        return routes

    def check_headers(self, asked: Asked) -> None:
        """Checks what every request has to have.

        Raises:
            RefusedError: when it is missing.

        """
        for name, value in self._access.everywhere.items():
            if asked.header(name) != value:
                raise RefusedError(400, f"no {name} that is known here")

    def check(self, asked: Asked) -> None:
        """Lets the owner in.

        Raises:
            RefusedError: for anyone else.

        """
        if not self._lets_in(asked):
            refused = RefusedError(self._access.status, "a valid token is required")
            if self._fault is Fault.REFUSAL_IS_404:
                raise RefusedError(404, "there is nothing here")
            if self._fault is Fault.REFUSAL_IS_A_PAGE:
                refused.answer = page(self._access.status)
            elif self._access.body == "text":
                refused.answer = PlainTextResponse("Unauthorized", self._access.status)
            elif self._access.body == "empty":
                refused.answer = Response(None, self._access.status)
            raise refused

    def _lets_in(self, asked: Asked) -> bool:
        if self._fault is Fault.ANYONE:
            return True
        if self._fault is Fault.TOKEN_REFUSED:
            return False
        is_any = self._fault is Fault.ANY_TOKEN
        if self._access.by == "basic":
            return asked.basic() == _OWNER or (is_any and asked.basic() is not None)
        token = self._carried(asked)
        return bool(token) and (is_any or self._ends.get(token, 0.0) > time.monotonic())

    def _carried(self, asked: Asked) -> str:
        if self._access.by == "cookie":
            return asked.cookie(self._access.name)
        value, scheme = asked.header(self._access.name), self._access.scheme
        if not scheme:
            return value
        word, _, token = value.partition(" ")
        return token if word == scheme else ""

    def _log_in(self, asked: Asked) -> Response:
        login, fault = self._login, self._fault
        if fault is Fault.LOGIN_FAILS:
            raise RefusedError(500, "the login is broken")
        if fault is Fault.LOGIN_IS_A_PAGE:
            return page()
        self._count += 1
        if fault is Fault.LOGIN_LIMITED or (login.refresh and self._count > 1):
            raise RefusedError(429, "too many logins", Retry_After="600")
        if login.credentials == "basic":
            given, wanted = asked.basic(), {}
        else:
            given, wanted = _OWNER, _owner(login.names)
        wanted = {**wanted, **login.fields}
        sent = asked.sent(login.takes) if wanted else {}
        if missing := [name for name in wanted if name not in sent]:
            raise RefusedError(422, f"the field {missing[0]!r} is required")
        if given != _OWNER or sent != wanted or fault is Fault.LOGIN_REFUSED:
            raise RefusedError(401, "wrong credentials")
        if login.second is None:
            return self._answer()
        if login.second.wants_token:
            token = self._new("first")
            self._first_tokens.add(token)
            return JSONResponse(at(login.place, token))
        challenge = self._new("challenge")
        self._challenges.add(challenge)
        answer: Response = JSONResponse({"challenge": challenge})
        if login.second.csrf_header:
            answer = page()
            answer.set_cookie("csrftoken", challenge)
        return answer

    def _second_step(self, asked: Asked) -> Response:
        second = self._login.second
        assert second is not None
        sent = asked.sent(second.takes)
        if second.wants_token and self._carried(asked) not in self._first_tokens:
            raise RefusedError(401, "the token of the first step is required")
        if second.challenge and sent.pop(second.challenge, None) not in self._challenges:
            raise RefusedError(401, "the challenge of the first step is required")
        if second.csrf_header:
            token = asked.header(second.csrf_header)
            if token not in self._challenges or asked.cookie("csrftoken") != token:
                raise RefusedError(403, f"{second.csrf_header} and its cookie are required")
        owner = _owner(second.names)
        if any(sent.pop(name, None) != value for name, value in owner.items()):
            raise RefusedError(401, "wrong credentials")
        if sent != second.fields:
            raise RefusedError(422, f"wanted {sorted(second.fields)}, sent {sorted(sent)}")
        return self._answer()

    def _exchange(self, asked: Asked) -> Response:
        refresh = self._login.refresh
        assert refresh is not None
        sent = asked.sent(refresh.takes)
        token = sent.pop(refresh.name, None)
        if sent != refresh.fields or token not in self._refresh_tokens:
            raise RefusedError(401, "a refresh token is required that was not used before")
        self._refresh_tokens.remove(token)
        return self._answer()

    def _answer(self) -> Response:
        login, token = self._login, self._new("token")
        if self._fault is Fault.NO_TOKEN:
            return JSONResponse({"message": "welcome"}, login.status)
        self._ends[token] = float("inf")
        body: Json = {"message": "welcome"}
        if login.gives == "body":
            body = at(login.place, token)
        if login.refresh:
            self._ends[token] = time.monotonic() + login.refresh.lifetime_s
            renewing = self._new("refresh")
            self._refresh_tokens.add(renewing)
            lifetime_s = login.refresh.lifetime_s
            body = {**body, login.refresh.name: renewing, "expires_in": lifetime_s}
        answer: Response = JSONResponse(body, login.status)
        if login.status == 204:
            answer = Response(None, 204)
        if login.gives == "header":
            answer.headers[login.place] = token
        if login.gives == "cookie":
            answer.set_cookie(login.place, token, httponly=True)
        return answer

    def _new(self, kind: str) -> str:
        return f"opaque-canary-{kind}-{next(self._numbers)}"


def _owner(names: tuple[str, str]) -> dict[str, Json]:
    """The fields of a step that say who logs in; those without a name are not sent."""
    return {name: value for name, value in zip(names, _OWNER, strict=True) if name}

"""Sends requests to GitHub's REST API: one at a time, patiently, and to that server only."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin

from pytest_apismoke import __version__
from pytest_apismoke.configuration.profiles import Limits
from pytest_apismoke.configuration.tls import TlsFiles
from pytest_apismoke.errors import Failure
from pytest_apismoke.github import answers
from pytest_apismoke.github.surroundings import Access
from pytest_apismoke.http.budget import Clock, Sleep
from pytest_apismoke.http.flight import Reply
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.wire import Wire

_API_VERSION = "2022-11-28"
_LIMIT_S = 30.0
#: A page has a hundred texts of up to 65,536 characters, each of which may take several bytes.
_LARGEST_BYTES = 64 * 1024 * 1024
#: A wait of this length is told, so that nobody takes it for a hang.
_TOLD_S = 5.0
#: How often a request is sent at most while GitHub is in trouble, or asks for patience.
_MOST_ATTEMPTS = 4
_MOST_REDIRECTS = 5
#: As many items as GitHub gives in one page.
PER_PAGE = ("per_page", "100")
#: Methods that have the same effect sent twice.
_REPEATABLE = frozenset({"GET", "PATCH", "DELETE"})

#: Sends a request to a URL, which has no query that the request does not have.
Send = Callable[[Request, str], Reply]


class GitHubError(Exception):
    """GitHub did not do what was asked for; `status` is None without an answer."""

    def __init__(self, failure: Failure, status: int | None) -> None:
        super().__init__(failure)
        self.failure = failure
        self.status = status


class MaybeDoneError(GitHubError):
    """Whether GitHub did what was asked for is unknown: it must not be asked for again blindly."""


class GitHubApi:
    """The REST API for one repository.

    Args:
        access: the repository, and how the API is reached.
        patience_s: how long all waiting may take together, in seconds.
        tell: takes a line about a long wait.
        send: sends one request; by default over HTTP.
        sleep: waits some seconds.
        now: the time, in seconds since the epoch.

    """

    def __init__(
        self,
        access: Access,
        *,
        patience_s: float,
        tell: Callable[[str], None],
        send: Send | None = None,
        sleep: Sleep = time.sleep,
        now: Clock = time.time,
    ) -> None:
        self._access = access
        self._left_s = patience_s
        self._tell = tell
        self._send = send or _over_http()
        self._sleep = sleep
        self._now = now

    @property
    def repository(self) -> str:
        """As `owner/name`."""
        return self._access.repository

    def get(self, path: str) -> Any:
        """The JSON value at a path below the repository, or below the API's base.

        Raises:
            GitHubError: for any answer but a success.

        """
        return answers.value_of(self._asked("GET", self._url(path)))

    def pages(self, path: str, *query: tuple[str, str], most: int) -> Iterator[Mapping[str, Any]]:
        """The items of a list, over all its pages but no more than `most`.

        Raises:
            GitHubError: for any answer but a success.

        """
        url, parameters = self._url(path), (*query, PER_PAGE)
        for _ in range(most):
            reply = self._asked("GET", url, parameters)
            items = answers.value_of(reply)
            if isinstance(items, list):
                yield from (one for one in items if isinstance(one, dict))
            # It has the query already.
            url, parameters = answers.next_page(reply), ()
            if not url:
                return
            self._refuse_elsewhere(url, reply, "GET")

    def post(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Makes something new, once.

        Raises:
            MaybeDoneError: where GitHub may have made it, or not.
            GitHubError: for any other answer but a success.

        """
        return self._changed("POST", path, body)

    def patch(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Changes something to what the body says.

        Raises:
            GitHubError: for any answer but a success.

        """
        return self._changed("PATCH", path, body)

    def delete(self, path: str) -> None:
        """Deletes something.

        Raises:
            GitHubError: for any answer but a success.

        """
        self._asked("DELETE", self._url(path))

    def pause(self, seconds: float) -> None:
        """Waits a moment, as far as there is patience left."""
        self._wait(min(seconds, self._left_s))

    def _changed(self, method: str, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        value = answers.value_of(self._asked(method, self._url(path), json=dict(body)))
        return value if isinstance(value, dict) else {}

    def _url(self, path: str) -> str:
        if path.startswith("/"):
            return f"{self._access.api_url}{path}"
        return f"{self._access.api_url}/repos/{self.repository}/{path}"

    def _asked(
        self,
        method: str,
        url: str,
        query: tuple[tuple[str, str], ...] = (),
        json: Mapping[str, Any] | None = None,
    ) -> Reply:
        """The answer to a request that succeeded, after as many attempts as it takes."""
        request = Request(method=method, path="", query=query, headers=self._headers(), json=json)
        for attempt in range(1, _MOST_ATTEMPTS + 1):
            reply = self._followed(request, url)
            if answers.is_limited(reply):
                is_again = True
            elif answers.is_in_trouble(reply):
                # What never left this machine did nothing.
                is_again = method in _REPEATABLE or not reply.has_sent
            else:
                break
            pause_s = answers.pause_s(reply, attempt, now_s=self._now())
            if not is_again or attempt == _MOST_ATTEMPTS or pause_s > self._left_s:
                break
            if pause_s >= _TOLD_S:
                self._tell(f"note: GitHub asks for patience: going on in {pause_s:.0f} s")
            self._wait(pause_s)
        if reply.failure is None and reply.status is not None and 200 <= reply.status < 300:
            return reply
        raise self._error(reply, request, url)

    def _followed(self, request: Request, url: str) -> Reply:
        """The answer at the end of all redirects: those of a repository that was renamed."""
        reply = self._send(request, url)
        for _ in range(_MOST_REDIRECTS):
            location = answers.redirect_of(reply)
            if not location:
                break
            # A location says all of the query itself.
            url = urljoin(url, location)
            self._refuse_elsewhere(url, reply, request.method)
            reply = self._send(replace(request, query=()), url)
        return reply

    def _refuse_elsewhere(self, url: str, reply: Reply, method: str) -> None:
        if not answers.has_same_origin(url, self._access.api_url):
            # Nothing of the other place is shown: it may be anybody's.
            raise GitHubError(self._refused(reply, f"{method} {self.repository}"), reply.status)

    def _error(self, reply: Reply, request: Request, url: str) -> GitHubError:
        where = f"{request.method} {url.removeprefix(self._access.api_url)}"
        failure = self._refused(reply, where)
        is_unknown = (
            request.method not in _REPEATABLE and reply.has_sent and answers.is_in_trouble(reply)
        )
        return (MaybeDoneError if is_unknown else GitHubError)(failure, reply.status)

    def _refused(self, reply: Reply, where: str) -> Failure:
        return answers.refused(reply, where=where, repository=self.repository, now_s=self._now())

    def _headers(self) -> dict[str, str]:
        headers = {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": _API_VERSION,
            "User-Agent": f"pytest-apismoke/{__version__}",
        }
        token = self._access.token
        return {**headers, "Authorization": f"Bearer {token}"} if token else headers

    def _wait(self, seconds: float) -> None:
        self._left_s -= seconds
        if seconds > 0:
            self._sleep(seconds)


def _over_http() -> Send:
    wire = Wire(
        Limits(request_timeout_s=_LIMIT_S, max_body_bytes=_LARGEST_BYTES),
        trust=TlsFiles(),
        direct=False,
    )

    def send(request: Request, url: str) -> Reply:
        return wire.send(request, url, fresh=False, limit_s=_LIMIT_S, clock=time.monotonic)

    return send

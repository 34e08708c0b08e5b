"""A stand-in for GitHub's REST API on the loopback: issues and comments, as its documentation says.

Sources: docs.github.com, "REST API endpoints for issues", "... for issue comments", "Best practices
for using the REST API", "Troubleshooting the REST API", "Using pagination in the REST API". Where
GitHub does otherwise than it says (new labels without the right to make them are refused, and not
left out), it does as GitHub.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

LONGEST_BODY = 65536
REPOSITORY_ID = 1296269
DEFAULT_PAGE, LONGEST_PAGE = 30, 100
NOW = "2026-11-27T18:00:00Z"


@dataclass(frozen=True, kw_only=True)
class Account:
    """Whose a token is: `right` is none, read or write; that of a workflow belongs to no user."""

    login: str = "github-actions[bot]"
    is_bot: bool = True
    right: str = "write"

    @property
    def association(self) -> str:
        return "COLLABORATOR" if self.right == "write" and not self.is_bot else "NONE"


@dataclass(frozen=True, kw_only=True)
class Said:
    """An answer: a status, a JSON value and headers; `is_cut` ends the connection before it."""

    status: int
    value: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    is_cut: bool = False


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What the next request meets instead of its answer, or after it was carried out."""

    said: Said
    is_carried_out: bool = False
    method: str = ""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]


def error(status: int, message: str, **more: object) -> Said:
    return Said(status=status, value={"message": message, **more})


def primary_limit(reset_s: int) -> Said:
    return Said(
        status=403,
        value={"message": "API rate limit exceeded for installation ID 1."},
        headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(reset_s)},
    )


def secondary_limit(after_s: int | None) -> Said:
    return Said(
        status=429 if after_s else 403,
        value={"message": "You have exceeded a secondary rate limit. Please wait."},
        headers={"retry-after": str(after_s)} if after_s else {},
    )


class GitHubStandIn:
    """GitHub with one repository.

    Attributes:
        accounts: by token.
        issues: by number, as GitHub describes them; pull requests are among them.
        comments: by id.
        labels: that exist.
        troubles: what the next requests meet, in order.
        before_issue: called before an issue is made, once: what another run does in between.
        lag: how many lists of issues do not have yet what was made last.
        asked: every request so far.

    """

    def __init__(self, name: str = "acme/shop", *, is_private: bool = False) -> None:
        self.name = name
        self.former_name = ""
        self.is_private = is_private
        self.has_issues = True
        self.accounts: dict[str, Account] = {}
        self.issues: dict[int, dict[str, Any]] = {}
        self.comments: dict[int, dict[str, Any]] = {}
        self.labels = {"bug"}
        self.troubles: list[Trouble] = []
        self.before_issue: Callable[[], object] | None = None
        self.lag = 0
        self.asked: list[Asked] = []
        self._numbers = iter(range(1, 1_000_000))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # -- what tests put there --------------------------------------------------------------------

    def add_issue(self, account: Account | None = None, **fields: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self.issues[number] = {
            "number": number,
            "html_url": f"https://github.example/{self.name}/issues/{number}",
            "state": "open",
            "state_reason": None,
            "title": "",
            "body": None,
            "labels": [],
            "locked": False,
            "closed_at": None,
            **_by(account or Account()),
            **fields,
        }
        return self.issues[number]

    def add_pull(self) -> int:
        number: int = self.add_issue(pull_request={}, title="A pull request")["number"]
        return number

    def add_comment(self, issue: int, body: str, account: Account | None = None) -> dict[str, Any]:
        number = next(self._numbers)
        self.comments[number] = {
            "id": number,
            "issue": issue,
            "html_url": f"https://github.example/{self.name}/issues/{issue}#issuecomment-{number}",
            "body": body,
            **_by(account or Account()),
        }
        return self.comments[number]

    def bodies_below(self, issue: int) -> list[str]:
        return [one["body"] for one in self.comments.values() if one["issue"] == issue]

    def hide_from(self, token: str) -> None:
        """Makes the repository private, and the token one without a right to it."""
        self.is_private = True
        self.accounts[token] = Account(right="none")

    def open_issues(self) -> list[dict[str, Any]]:
        return [one for one in self.issues.values() if one["state"] == "open"]

    def let_others_go_first(self, asked: Asked) -> None:
        """Before an issue is made, does what another run does in between; others may ask then."""
        if asked.method == "POST" and asked.path.endswith("/issues") and self.before_issue:
            meanwhile, self.before_issue = self.before_issue, None
            meanwhile()

    # -- answers ---------------------------------------------------------------------------------

    def answer(self, asked: Asked) -> Said:
        self.asked.append(asked)
        trouble = self._trouble(asked)
        if trouble is None:
            return self._carried_out(asked)
        if trouble.is_carried_out:
            self._carried_out(asked)
        return trouble.said

    def _trouble(self, asked: Asked) -> Trouble | None:
        for trouble in self.troubles:
            if trouble.method in ("", asked.method):
                self.troubles.remove(trouble)
                return trouble
        return None

    def _carried_out(self, asked: Asked) -> Said:
        headers = asked.headers
        if not headers.get("user-agent"):
            return error(403, "Request forbidden by administrative rules.")
        if headers.get("x-github-api-version") != "2022-11-28":
            return error(400, "The API version is not supported.")
        given = headers.get("authorization", "")
        account = self.accounts.get(given.removeprefix("Bearer "))
        if given and account is None:
            return error(401, "Bad credentials")
        parts = urlsplit(asked.path)
        if parts.path == "/user":
            if account is None or account.is_bot:
                return error(403, "Resource not accessible by integration")
            return Said(status=200, value={"login": account.login})
        return self._routed(asked, parts.path, account, parse_qs(parts.query))

    def _routed(
        self, asked: Asked, path: str, account: Account | None, query: Mapping[str, list[str]]
    ) -> Said:
        if self.former_name and path.startswith(f"/repos/{self.former_name}/"):
            rest = asked.path.removeprefix(f"/repos/{self.former_name}")
            where = f"{self.url}/repositories/{REPOSITORY_ID}{rest}"
            status = 301 if asked.method == "GET" else 307
            return Said(
                status=status, value={"message": "Moved Permanently"}, headers={"location": where}
            )
        found = re.fullmatch(rf"(?:/repos/{self.name}|/repositories/{REPOSITORY_ID})(/.*)", path)
        right = account.right if account else "none"
        if not found or (self.is_private and right == "none"):
            return error(404, "Not Found", documentation_url="https://docs.github.com/rest")
        if asked.method != "GET" and right == "none":
            # What may be read, but not by whom it is written to, is not denied.
            return error(404 if account is None else 403, "Not Found")
        if asked.method != "GET" and account is not None and account.is_bot and right == "read":
            return Said(
                status=403,
                value={"message": "Resource not accessible by integration"},
                headers={"x-accepted-github-permissions": "issues=write"},
            )
        return self._repository(asked, found[1], account or Account(right="none"), query)

    def _repository(
        self, asked: Asked, path: str, account: Account, query: Mapping[str, list[str]]
    ) -> Said:
        body = asked.body.get("body")
        if isinstance(body, str) and len(body) > LONGEST_BODY:
            return error(
                422,
                "Validation Failed",
                errors=[f"body is too long (maximum is {LONGEST_BODY} characters)"],
            )
        if path == "/issues":
            if not self.has_issues:
                return error(410, "Issues are disabled for this repo")
            return self._list(path, query) if asked.method == "GET" else self._new(asked, account)
        if found := re.fullmatch(r"/issues/comments/(\d+)", path):
            return self._comment(asked, int(found[1]), account)
        if found := re.fullmatch(r"/issues/(\d+)/comments", path):
            return self._comments(asked, path, int(found[1]), account, query)
        if found := re.fullmatch(r"/issues/(\d+)", path):
            return self._change(asked, int(found[1]))
        return error(404, "Not Found")

    def _list(self, path: str, query: Mapping[str, list[str]]) -> Said:
        state = query.get("state", ["open"])[0]
        labels = {one for text in query.get("labels", []) for one in text.split(",")}
        found = [
            issue
            for issue in reversed(self.issues.values())
            if state in ("all", issue["state"])
            and labels <= {one["name"] for one in issue["labels"]}
        ]
        if self.lag and self.issues:
            self.lag -= 1
            newest = max(self.issues)
            found = [issue for issue in found if issue["number"] != newest]
        return self._page(path, query, found)

    def _page(self, path: str, query: Mapping[str, list[str]], items: list[Any]) -> Said:
        size = min(int(query.get("per_page", [str(DEFAULT_PAGE)])[0]), LONGEST_PAGE)
        page = int(query.get("page", ["1"])[0])
        headers = {}
        if page * size < len(items):
            others = {name: values[0] for name, values in query.items()}
            following = urlencode({**others, "page": page + 1})
            # By the id, as GitHub does it: the next page of a list is nobody's to guess.
            url = f"{self.url}/repositories/{REPOSITORY_ID}{path}?{following}"
            headers = {"link": f'<{url}>; rel="next", <{url}>; rel="last"'}
        return Said(status=200, value=items[(page - 1) * size : page * size], headers=headers)

    def _new(self, asked: Asked, account: Account) -> Said:
        if not asked.body.get("title"):
            missing = {"resource": "Issue", "code": "missing_field", "field": "title"}
            return error(422, "Validation Failed", errors=[missing])
        labels = list(asked.body.get("labels", []))
        if account.right == "write":
            self.labels |= set(labels)
        elif set(labels) - self.labels:
            return error(403, "You do not have permission to create labels on this repository.")
        else:
            labels = []
        fields = {"title": asked.body["title"], "body": asked.body.get("body")}
        made = self.add_issue(account, **fields, labels=[{"name": one} for one in labels])
        return Said(status=201, value=dict(made))

    def _change(self, asked: Asked, number: int) -> Said:
        issue = self.issues.get(number)
        if issue is None:
            return error(404, "Not Found")
        if asked.method == "GET":
            return Said(status=200, value=dict(issue))
        was_open = issue["state"] == "open"
        names = ("title", "body", "state", "state_reason")
        issue.update({name: asked.body[name] for name in names if name in asked.body})
        is_open = issue["state"] == "open"
        if was_open and not is_open:
            issue["closed_at"] = NOW
        elif is_open and not was_open:
            issue.update(closed_at=None, state_reason="reopened")
        return Said(status=200, value=dict(issue))

    def _comments(
        self,
        asked: Asked,
        path: str,
        number: int,
        account: Account,
        query: Mapping[str, list[str]],
    ) -> Said:
        issue = self.issues.get(number)
        if issue is None:
            return error(404, "Not Found")
        if asked.method == "GET":
            found = [one for one in self.comments.values() if one["issue"] == number]
            return self._page(path, query, found)
        if issue["locked"]:
            return error(403, "Unable to create comment because issue is locked.")
        return Said(status=201, value=dict(self.add_comment(number, asked.body["body"], account)))

    def _comment(self, asked: Asked, number: int, account: Account) -> Said:
        if number not in self.comments or account.right != "write":
            return error(404, "Not Found")
        if asked.method == "DELETE":
            del self.comments[number]
            return Said(status=204)
        self.comments[number]["body"] = asked.body["body"]
        return Said(status=200, value=dict(self.comments[number]))


def _by(account: Account) -> dict[str, Any]:
    kind = "Bot" if account.is_bot else "User"
    return {
        "user": {"login": account.login, "type": kind},
        "author_association": account.association,
    }


def _handler(github: GitHubStandIn) -> type[BaseHTTPRequestHandler]:
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # One packet for the whole answer: a second would wait for the other side's word.
        wbufsize = 1 << 16

        def _handle(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(
                method=self.command,
                path=self.path,
                headers={name.lower(): value for name, value in self.headers.items()},
                body=json.loads(raw) if raw else {},
            )
            github.let_others_go_first(asked)
            with lock:
                said = github.answer(asked)
            if said.is_cut:
                self.close_connection = True
                return
            body = b"" if said.value is None else json.dumps(said.value).encode()
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("x-github-request-id", "C0FF:EE")
            if said.status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_DELETE = _handle  # noqa: N815  # their names there

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
            pass

    return Handler

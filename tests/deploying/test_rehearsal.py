"""`scripts/rehearsal.py`: its parts, and a short rehearsal."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from deploying.deployment import SCRIPTS, shell_called
from harness import await_end_of_group, clean_environment
from rehearsing.expectations import CHOSEN, Seen, category_code, what_differs
from rehearsing.proxy import Proxy
from rehearsing.versions import Fault, all_faults

OPENER = build_opener(ProxyHandler({}))


class _Echoing(BaseHTTPRequestHandler):
    """Answers with its port, the method, the path, a header and the body."""

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        port, header = self.connection.getsockname()[1], self.headers["X-Own"]
        said = f"{port} PUT {self.path} {header} {body}".encode()
        self.send_response(201)
        self.send_header("X-Theirs", "header")
        self.end_headers()
        self.wfile.write(said)

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(self.connection.getsockname()[1]).encode())

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def upstreams() -> Iterator[list[str]]:
    """Two upstreams."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), _Echoing) for _ in range(2)]
    for server in servers:
        Thread(target=server.serve_forever, daemon=True).start()
    yield [f"http://127.0.0.1:{server.server_port}" for server in servers]
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def active(tmp_path: Path) -> Path:
    """The file with the upstreams."""
    return tmp_path / "upstreams"


@pytest.fixture
def proxy(active: Path) -> Iterator[Proxy]:
    with closing(Proxy(active)) as proxy:
        yield proxy


def get(proxy: Proxy) -> str:
    with OPENER.open(f"{proxy.url}/") as response:
        return str(response.read().decode())


def test_the_proxy_carries_a_request_and_its_response(
    proxy: Proxy, active: Path, upstreams: list[str]
) -> None:
    active.write_text(upstreams[0])
    request = Request(f"{proxy.url}/a?b=c", b"body", {"X-Own": "value"}, method="PUT")
    with OPENER.open(request) as response:
        port = upstreams[0].rpartition(":")[2]
        assert (response.status, response.headers["X-Theirs"]) == (201, "header")
        assert response.read().decode() == f"{port} PUT /a?b=c value body"


def test_the_proxy_switches_and_takes_turns(
    proxy: Proxy, active: Path, upstreams: list[str]
) -> None:
    blue, green = (url.rpartition(":")[2] for url in upstreams)
    active.write_text(upstreams[0])
    first = [get(proxy) for _ in range(2)]
    active.write_text("\n".join(upstreams))
    both = [get(proxy) for _ in range(4)]
    active.write_text(upstreams[1])
    assert first + both + [get(proxy)] == [blue, blue, blue, green, blue, green, green]


@pytest.mark.parametrize(
    ("listed", "status"), [(None, 503), ("", 503), ("http://127.0.0.1:1", 502)]
)
def test_the_proxy_without_an_upstream(
    proxy: Proxy, active: Path, listed: str | None, status: int
) -> None:
    if listed is not None:
        active.write_text(listed)
    with pytest.raises(HTTPError) as raised:
        get(proxy)
    raised.value.close()
    assert raised.value.code == status


def test_the_proxy_does_something_after_some_requests(
    proxy: Proxy, active: Path, upstreams: list[str]
) -> None:
    active.write_text(upstreams[0])
    get(proxy)
    done = Event()
    thread = proxy.when_carried(upstreams[0], 2, done.set)
    get(proxy)
    before = done.is_set()
    get(proxy)
    thread.join(10)
    assert (before, done.is_set()) == (False, True)


@pytest.mark.parametrize(
    ("categories", "code"),
    [((), 0), (("auth",), 1), (("state", "oauth"), 3), (("budget",), 5), (("invalid", "fetch"), 2)],
)
def test_the_lowest_code_of_the_categories_counts(categories: tuple[str, ...], code: int) -> None:
    assert category_code(categories) == code


def seen(deploy_code: int, verdict: str, category: str, answers: str) -> Seen:
    categories = (category,) if category else ()
    return Seen(deploy_code=deploy_code, verdict=verdict, categories=categories, answers=answers)


@pytest.mark.parametrize(
    ("name", "category", "came", "differs"),
    [
        ("oauth-500", "oauth", seen(1, "fail", "oauth", "old"), ""),
        ("usage-counts", None, seen(0, "pass", "", "new"), ""),
        ("never-ready", "unready", seen(2, "inconclusive", "unready", "new"), ""),
        ("other", "persist", seen(4, "dirty", "persist", "new"), ""),
        (
            "oauth-500",
            "oauth",
            seen(0, "pass", "", "new"),
            "the gate passed, and did not find 'oauth'",
        ),
        (
            "oauth-500",
            "oauth",
            seen(2, "inconclusive", "oauth", "new"),
            "the verdict is inconclusive, not fail",
        ),
        (
            "usage-counts",
            None,
            seen(1, "fail", "persist", "old"),
            "the verdict is fail, not pass",
        ),
        (
            "oauth-500",
            "oauth",
            seen(1, "fail", "state", "old"),
            "the gate found state, not 'oauth'",
        ),
        ("oauth-500", "oauth", seen(7, "fail", "oauth", "old"), "deploy.sh ended with 7, not 1"),
        ("oauth-500", "oauth", seen(1, "fail", "oauth", "new"), "new answers, not old"),
    ],
)
def test_what_is_not_as_it_has_to_be_is_told(
    name: str, category: str | None, came: Seen, differs: str
) -> None:
    fault = Fault(name=name, category=category, mode="smoke")
    assert what_differs(fault, came, old="old", new="new") == differs


def test_the_faults_of_a_rehearsal_exist_and_have_each_code() -> None:
    known = {fault.name: fault for fault in all_faults()}
    categories = [known[name].category for name in CHOSEN]
    assert {category_code([one] if one else []) for one in categories} == set(range(6))


def test_a_fault_that_does_not_exist_is_refused() -> None:
    ended = rehearse("--fault", "nothing-like-it")
    assert ended.returncode == 2
    assert "no fault is called 'nothing-like-it': apismoke demo --list-faults" in ended.stderr


def test_a_gate_that_is_not_there_is_told(tmp_path: Path) -> None:
    ended = rehearse("--gate", str(tmp_path / "apismoke"))
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1] == (
        "rehearsal.py: error: expected the command apismoke, got none at"
        f" '{tmp_path / 'apismoke'}': install the package with its extra 'demo', or give the"
        " command's path with --gate"
    )


def test_a_backend_that_does_not_start_is_told(tmp_path: Path) -> None:
    """As without the extra `demo`: its own words come first, and no traceback hides them."""
    (tmp_path / "uvicorn.py").write_text("raise ImportError(name='uvicorn')\n", "utf-8")
    ended = rehearse(environ={"PYTHONPATH": str(tmp_path)})
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "pip install 'pytest-apismoke[demo]'" in ended.stderr
    assert ended.stderr.splitlines()[-1] == (
        "rehearsal.py: error: the embedded backend did not start: it says above why, and what to do"
    )


def rehearse(
    *arguments: str, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPTS / "rehearsal.py"), *arguments]
    env = clean_environment(**(environ or {}))
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env)


@pytest.mark.exhaustive
def test_a_rehearsal_rolls_back_holds_and_waits() -> None:
    """A fault that is rolled back, one that is dirty, one that is nobody's; and two versions."""
    if shell_called("sh") is None:
        pytest.skip("sh is not installed")
    ended = rehearse(
        *("--fault=oauth-500", "--fault=write-flips-field", "--fault=never-ready"),
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    table = ended.stdout.partition("\n\n")[2]
    assert [tuple(re.split(r"  +", row.strip())) for row in table.splitlines()] == [
        ("step", "gate (category)", "deploy.sh", "answers", "as expected"),
        ("deploy 1.0.0", "pass (0)", "0", "1.0.0", "yes"),
        ("deploy 2.0.0 with oauth-500", "fail (3)", "1", "1.0.0", "yes"),
        ("deploy 2.0.0 with write-flips-field", "dirty (4)", "4", "2.0.0", "yes"),
        ("back by hand", "pass (0)", "1.0.0", "yes"),
        ("deploy 2.0.0 with never-ready", "inconclusive (5)", "2", "2.0.0", "yes"),
        ("back by hand", "pass (0)", "1.0.0", "yes"),
        ("1.0.0 and 2.0.0 at once", "inconclusive (5)", "2", "1.0.0 and 2.0.0", "yes"),
        ("both, then 2.0.0: the gate waits", "pass (0)", "0", "2.0.0", "yes"),
    ]


@pytest.mark.exhaustive
def test_a_rehearsal_that_is_ended_leaves_no_process() -> None:
    command = [sys.executable, str(SCRIPTS / "rehearsal.py"), "--fault=oauth-500"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=clean_environment(), start_new_session=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "deploy 1.0.0: as expected\n"
    process.terminate()
    out, _ = process.communicate()
    assert (process.returncode, out) == (128 + signal.SIGTERM, "")
    # A version that was just being started ends by itself: its standard input has ended.
    await_end_of_group(process.pid)

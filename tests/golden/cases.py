"""The cases that have a golden file: the target of each run, its arguments and its files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

from gate import hostile_cases
from gate.hostile_server import HostileServer
from gate.shop_server import CHECKS, DESCRIPTION, ORDERS, SCHEMA, Said, ShopServer, described
from golden.shop_files import CAPTURING, FAILING, NAME_IS_A_NUMBER, USERS_TESTS, WITH_SMOKE_CONTRACT
from harness import catalogue


class Server(Protocol):
    """A target inside the test's own process."""

    url: str

    def stop(self) -> None:
        """Closes it."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One run.

    Args:
        folder: of its golden file.
        name: of its golden file, without the exit code.
        arguments: of the command line; `--target-url` is added where there is a server.
        environ: environment variables.
        files: the files of the working directory, by name.
        server: starts the target; None where the arguments name it.
        workers: how many workers of pytest-xdist: all these runs have the one golden file. It is
            written by the first of them.
        by_hand: which of them are not in CI.
        in_sample: whether it is in the sample; see `gate.sampling`.
        varies: patterns of output that depends on the speed of the run.
        only_outcomes: whether its golden file has the outcomes only, because the requests depend on
            the speed of the run.

    """

    folder: str
    name: str
    arguments: tuple[str, ...]
    environ: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    server: Callable[[], Server] | None = None
    workers: tuple[int, ...] = (0,)
    by_hand: tuple[int, ...] = ()
    in_sample: bool = False
    varies: tuple[str, ...] = ()
    only_outcomes: bool = False

    def __str__(self) -> str:
        return f"{self.folder}/{self.name}"


# -- the faults of the embedded backend ----------------------------------------------------------

#: Arguments with which a run notices the fault, or is quick.
_FOR_FAULT = {
    "never-ready": ("--target-wait=0.1",),
    "health-dead-database": ("--target-wait=0.1",),
    "db-down": ("--target-wait=0.1",),
    "html-everywhere": ("--target-wait=0.1",),
    "rolling": ("--target-version=1.0.0", "--target-wait=0.1"),
    "rollback-later": ("--target-version=1.0.0",),
    "slow-answers": ("--smoke-budget=3",),
}
#: The lagging store needs the default time to be read back.
_PATIENT = ("write-lags", "instances-stale", "cache-in-front")
_QUICK = ("-oapismoke_readback_wait=0.2",)
#: Reads side by side arrive in any order, and some faults count them.
_ONE_BY_ONE = ("-oapismoke_fresh_reads=1",)
#: One read proves nothing about them.
_TOGETHER = ("instances-split", "instances-stale", "instance-drops")
#: The token lives for 2 seconds: a slow run renews it, a quick one has no need to. And a cache
#: tells its age.
_DEPENDS_ON_SPEED = ("token-short-lived", "cache-stubborn")
#: Its probe is in the length of the original, without a marker that a golden file could mask.
_UNMARKED = ("save-limits-length",)
_VARIES = {
    # How often the target was asked until it was ready.
    "slow-start": (r"counted \d+ requests",),
    # Whether the budget or the time for one request was over first.
    "never-answers-the-oauth-start": ("no (complete )?response in time",),
    "slow-answers": ("no (complete )?response in time",),
}
#: With workers the controller logs in again: no check sent that request, and none shows it.
_DIFFERS_WITH_WORKERS = ("token-expires-early", "revoked-in-mid-run")
_IN_SAMPLE = ("oauth-500", "restore-refused", "resets")


def _of_faults() -> list[Case]:
    faults = [{"name": "healthy", "mode": "smoke"}, *catalogue()]
    return [
        case
        for number, fault in enumerate(faults)
        for mode in ("smoke", "full")
        for case in _of_fault(
            str(fault["name"]),
            mode,
            is_distributed_in_ci=number % 12 == (0 if mode == "smoke" else 6),
            # Every third one in the mode that finds it. What a smoke run finds, a full run finds
            # as well: there every sixth is enough.
            is_in_ci=number % 3 == 0 if mode == fault["mode"] else number % 6 == 1,
        )
    ]


def _of_fault(name: str, mode: str, *, is_distributed_in_ci: bool, is_in_ci: bool) -> list[Case]:
    case = Case(
        folder=f"faults/{mode}",
        name=name,
        arguments=(
            "--target-url=demo",
            *(("--smoke",) if mode == "smoke" else ()),
            *(() if name in _PATIENT else _QUICK),
            *(() if name in ("healthy", *_TOGETHER) else _ONE_BY_ONE),
            *_FOR_FAULT.get(name, ()),
        ),
        environ={} if name == "healthy" else {"APISMOKE_DEMO_FAULTS": name},
        workers=(0, 2),
        by_hand=(*(() if is_in_ci else (0,)), *(() if is_distributed_in_ci else (2,))),
        in_sample=name in _IN_SAMPLE,
        varies=_VARIES.get(name, ()),
        only_outcomes=name in (*_DEPENDS_ON_SPEED, *_TOGETHER, *_UNMARKED),
    )
    return [case] if name not in _DIFFERS_WITH_WORKERS else _apart(case)


def _apart(case: Case) -> list[Case]:
    """The case with a golden file for the serial run, and another one for that with workers."""
    serial = replace(case, workers=(0,))
    return [serial, replace(case, name=f"{case.name}-n2", workers=(2,), by_hand=())]


# -- hostile targets -----------------------------------------------------------------------------

#: Rows of the table in `gate.hostile_cases`: each with another end, or another part of a response.
HOSTILE = (
    "never-answers-the-oauth-start",
    "resets",
    "1000-headers",
    "gzip-bomb",
    "not-gzip",
    "length-too-small",
    "ssh-banner-for-health",
    "429-for-a-day",
    "503-once",
    "redirect-to-https",
    "redirect-of-the-login",
    "html-for-the-update",
    "nan",
    "null-for-a-read-back",
    "control-characters-in-keys-and-values",
    "echo-in-the-body",
    "echo-of-the-password",
    "login-429-for-a-day",
    "token-with-a-newline",
    "revoked-in-mid-run",
    "update-kept-and-500",
    "restoring-reset",
    "oauth-to-a-lookalike",
)


_DISTRIBUTED_IN_CI = ("resets", "echo-in-the-body", "restoring-reset")


def _hostile() -> list[Case]:
    rows = {row.name: row for row in hostile_cases.CASES}
    return [case for name in HOSTILE for case in _of_row(rows[name])]


def _of_row(row: hostile_cases.Case) -> list[Case]:
    case = Case(
        folder="hostile",
        name=row.name,
        arguments=("--smoke", f"--smoke-budget={row.budget_s}", "--target-wait=1", *_ONE_BY_ONE),
        server=partial(HostileServer, row.misbehaviour),
        workers=(0, 2),
        by_hand=() if row.name in _DISTRIBUTED_IN_CI else (2,),
        in_sample=row.name in _IN_SAMPLE,
        varies=_VARIES.get(row.name, ()),
    )
    return [case] if row.name not in _DIFFERS_WITH_WORKERS else _apart(case)


# -- declared checks, OpenAPI documents, and users' tests ----------------------------------------

_API = "--smoke-api=orders"
_SERVED = f"--smoke-openapi={DESCRIPTION}"
_FILE = "contracts/orders.toml"
_CONTRACT = "contracts/orders.schema.json"
_LIST = '[[check]]\nname = "the list"\npath = "/api/orders"\n'
_ORDERS = {_FILE: CHECKS, _CONTRACT: SCHEMA}


#: Known of the orders: a total that is no number, but for one operation, and an id, which is gone.
_KNOWN = """
[[known]]
operation = "GET /api/orders"
contract = "Shop"
status = 200
place = "/items/*/total"
kind = "type"

[[known]]
check = "contracts/orders.toml::the list of orders"
contract = "orders"
status = 200
place = "/items/*/total"
kind = "type"

[[known]]
check = "contracts/orders.toml::the list of orders"
contract = "orders"
status = 200
place = "/items/*/id"
kind = "type"
reason = "a number until release 12"

[[known]]
check = "contracts/orders.toml::one order"
contract = "orders#/$defs/order"
status = 200
place = "/total"
kind = "type"
"""


def _shop(**attributes: Any) -> ShopServer:
    """A shop with an OpenAPI document, and some attributes set."""
    shop = ShopServer()
    shop.description = described()
    for name, value in attributes.items():
        setattr(shop, name, value)
    return shop


def _orders(**changes: object) -> dict[str, dict[str, Any]]:
    """The shop's orders, the first of them changed."""
    first = {"id": "ord_1", "total": 1.5, "note": None, **changes}
    return {"ord_1": first, "ord_2": {"id": "ord_2", "total": 3.0, "note": None}}


def _declared(name: str, *arguments: str, files: Mapping[str, str] = _ORDERS, **more: Any) -> Case:
    """A case whose target is a shop; other keyword arguments are attributes of the shop."""
    of_case = {key: more.pop(key) for key in ("workers", "varies", "in_sample") if key in more}
    return Case(
        folder="declared",
        name=name,
        arguments=arguments,
        files=files,
        server=partial(_shop, **more),
        **of_case,
    )


def _of_category(name: str, lines: str) -> Case:
    return _declared(f"category-{name}", _API, files={_FILE: f'[[check]]\nname = "it"\n{lines}'})


_DECLARED = [
    _declared("passes", _API, workers=(0, 2), in_sample=True),
    _declared("passes-smoke", _API, "--smoke", "--smoke-api=settings"),
    _declared(
        "failures",
        _API,
        "--smoke",
        files={_FILE: FAILING, _CONTRACT: SCHEMA},
        # How long the fastest response took.
        varies=(
            r"(?<=seen )[\d.]+(?= ms)",
            r"(?<=got         )[\d.]+(?= ms)",
            r"(?<=got: )[\d.]+(?= ms)",
        ),
        workers=(0, 2),
        is_open=True,
        orders=_orders(total="1.5"),
    ),
    _declared(
        "needs-a-failed-one",
        _API,
        f"{_FILE}::one order",
        workers=(0, 2),
        instead={f"GET {ORDERS}": Said(500, {"error": "broken"})},
    ),
    _declared("captures-nothing", _API, "--smoke", files={_FILE: CAPTURING}, orders={}),
    _declared("read-only", _API, "--smoke-read-only"),
    _declared("filtered", _API, "-k", "search"),
    _of_category("auth", 'path = "/health"\nrefused_without_auth = true'),
    _of_category("fetch", 'path = "/api/none"'),
    _of_category("save", 'path = "/api/none"\nmethod = "POST"\nchanges = "/api/shop"'),
    _of_category("state", 'path = "/api/none"\ncategory = "state"'),
    _of_category("invalid", 'path = "/health"\nexpect.schema.required = ["uptime"]'),
    _declared(
        "login-refused",
        _API,
        "--smoke-exit-codes=api",
        instead={"POST /api/auth/login": Said(401, {"error": "no"})},
    ),
    _declared(
        "nothing-in-a-smoke-run",
        _API,
        "--smoke",
        "--smoke-api=settings",
        files={_FILE: f"{_LIST}smoke = false"},
    ),
    _declared("unknown-key", "--smoke", files={_FILE: f"{_LIST}[check.expect]\nstauts = 200"}),
    _declared(
        "several-mistakes",
        "--smoke",
        "--smoke-exit-codes=verdict",
        files={_FILE: f"{_LIST}smok = true", _CONTRACT: '{"items": {"$ref": "#/$defs/oder"}}'},
    ),
    _declared("unknown-api", "--smoke", "--smoke-api=order"),
    _declared(
        "openapi-file",
        "--smoke",
        "--smoke-api=settings",
        "--smoke-openapi=openapi.yaml",
        files={"openapi.yaml": NAME_IS_A_NUMBER},
    ),
    _declared(
        "openapi-operations",
        "--smoke",
        "--smoke-api=openapi",
        _SERVED,
        "--smoke-openapi-checks=smoke",
        "--smoke-openapi-floor=60%",
        files={},
        workers=(0, 2),
    ),
    _declared(
        "openapi-undeclared", _API, "--smoke", _SERVED, "--smoke-drift=strict", workers=(0, 2)
    ),
    _declared("openapi-floor", _API, "--smoke", _SERVED, "--smoke-openapi-floor=90"),
    _declared("openapi-broken", _API, "--smoke", _SERVED, orders=_orders(total="1.5")),
    _declared(
        "known",
        _API,
        "--smoke",
        _SERVED,
        files={**_ORDERS, "contracts/known.toml": _KNOWN},
        orders=_orders(total="1.5"),
        workers=(0, 2),
    ),
    _declared(
        "openapi-not-served",
        _API,
        "--smoke",
        _SERVED,
        instead={f"GET {DESCRIPTION}": Said(500, {"error": "broken"})},
    ),
    _declared(
        "openapi-swagger",
        "--smoke",
        "--smoke-openapi=openapi.json",
        files={"openapi.json": '{"swagger": "2.0", "paths": {}}'},
    ),
    _declared(
        "smoke-contract",
        _API,
        "--smoke",
        _SERVED,
        "test_mine.py",
        "--tb=short",
        files={**_ORDERS, "test_mine.py": WITH_SMOKE_CONTRACT},
        workers=(0, 2),
        is_open=True,
        orders=_orders(total=None),
    ),
    _declared(
        "users-tests",
        _API,
        "--smoke",
        "test_mine.py",
        "--tb=short",
        files={**_ORDERS, "test_mine.py": USERS_TESTS},
        workers=(0, 2),
    ),
]

CASES = (*_of_faults(), *_hostile(), *_DECLARED)

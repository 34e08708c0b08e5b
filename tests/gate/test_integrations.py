"""The checks of Twilio and of the calendar that a profile switches on, as whole runs."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from gate.sampling import thinned
from gate.test_secrets import LOUD, forms
from gate.twilio_api import ACCOUNT_SID, APPLICATION_SID, AUTH_TOKEN, NUMBER, TwilioApi, number_of
from harness import Backend, Ended, Gate, catalogue, credentials
from unit.loopback import unused_port

QUICK = "-oapismoke_readback_wait=0.2"
WEBHOOK = """
    [twilio]
    auth_token = "${TWILIO_AUTH_TOKEN}"
    [twilio.webhook]
    path = "/twilio/status"
    [calendar]
    callback_path = "/oauth/google/callback"
"""
PUBLIC = "https://api.example.com"
VARIABLES: dict[str, Any] = {"TWILIO_AUTH_TOKEN": AUTH_TOKEN, "TWILIO_ACCOUNT_SID": ACCOUNT_SID}
#: Codes of the categories; 4 whenever the target was left changed.
CODES = {"auth": 1, "fetch": 2, "oauth": 3, "phone": 3, "state": 4, "persist": 4, None: 0}


@pytest.fixture
def api() -> Iterator[TwilioApi]:
    """Twilio, with a number that leads to the target."""
    started = TwilioApi(number_of(voice_url=f"{PUBLIC}/twilio/voice"))
    yield started
    started.stop()


def number_check(api: TwilioApi, **changes: str) -> str:
    """A profile that asks for the number at Twilio, and for nothing else."""
    keys = {
        "account_sid": '"${TWILIO_ACCOUNT_SID}"',
        "auth_token": '"${TWILIO_AUTH_TOKEN}"',
        "api_url": f'"{api.url}"',
        "public_url": f'"{PUBLIC}"',
        "number_webhooks": '{ voice_url = "/twilio/voice" }',
        **changes,
    }
    return "[twilio]\n" + "\n".join(f"{name} = {value}" for name, value in keys.items())


def run(gate: Gate, configuration: str, *arguments: str, **options: Any) -> Ended:
    """A full run of the phone's API against the embedded backend, in which no secret shows."""
    gate.write("apismoke.toml", configuration)
    chosen = arguments or ("--smoke-api=twilio",)
    environ = {**VARIABLES, **options.pop("environ", {})}
    ended = gate.run("--target-url=demo", QUICK, *LOUD, *chosen, environ=environ, **options)
    assert_no_secret_is_shown(gate, ended)
    return ended


def assert_no_secret_is_shown(gate: Gate, ended: Ended) -> None:
    pair = b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode()
    texts = [ended.output] + [
        path.read_text("utf-8", "replace")
        for folder in (gate.folder, gate.state_dir)
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in (".toml", ".pyc")
    ]
    assert [one for one in (*forms(AUTH_TOKEN), pair) for text in texts if one in text] == []
    assert ended.has_no_traceback()


def told(ended: Ended, name: str) -> tuple[int, str | None, str, str]:
    """The exit code, and the category, the message and the hint of a check."""
    check = ended.check(name)
    return ended.code, check["category"], check["message"], check["hint"]


# -- the webhook and the callback --------------------------------------------------------------


def test_a_healthy_target_passes_them_and_is_left_as_it_was(gate: Gate, workers: int) -> None:
    ended = run(gate, WEBHOOK, "--smoke-api=twilio", "--smoke-api=calendar", workers=workers)

    assert ended.code == 0
    assert {name: ended.outcomes()[name] for name in ended.outcomes() if "::" in name}.items() >= {
        "calendar::callback": "passed",
        "twilio::refuse_unsigned": "passed",
        "twilio::accept_signed": "passed",
    }.items()
    assert gate.entries() == []


@pytest.mark.parametrize("fault", thinned(catalogue(deep=True), every=3), ids=lambda f: f["name"])
def test_each_fault_is_found_with_its_category(gate: Gate, fault: dict[str, Any]) -> None:
    ended = run(gate, WEBHOOK, f"--smoke-api={fault['api']}", faults=[fault["name"]])

    seen = next(iter(ended.report["categories"]), None)
    assert (ended.code, seen) == (CODES[fault["category"]], fault["category"])
    failed = [name for name, outcome in ended.outcomes().items() if outcome == "failed"]
    assert len(failed) == (fault["category"] is not None)


def test_an_open_webhook_is_found_whatever_else_is_broken(gate: Gate) -> None:
    """Twilio's refusal of the gate's credentials is no reason to keep quiet about it."""
    api = TwilioApi()
    api.always = 401
    ended = run(
        gate,
        number_check(api) + '\nwebhook.path = "/twilio/status"',
        "--smoke-api=twilio",
        "--smoke-exit-codes=verdict",
        faults=["webhook-accepts-unsigned"],
    )
    api.stop()
    assert ended.code == 1
    assert ended.report["categories"] == {"auth": 1, "usage": 1}


@pytest.mark.parametrize(
    ("faults", "failed"),
    [
        (["login-500"], ["settings::login"]),
        (["login-500", "webhook-missing"], ["settings::login"]),
        (
            ["login-500", "webhook-accepts-unsigned"],
            ["settings::login", "twilio::refuse_unsigned"],
        ),
        (["me-500", "webhook-accepts-unsigned"], ["settings::fetch", "twilio::refuse_unsigned"]),
    ],
)
def test_a_login_that_fails_is_told_once_and_hides_no_hole(
    gate: Gate, faults: list[str], failed: list[str]
) -> None:
    ended = run(gate, WEBHOOK, "--smoke-api=settings", "--smoke-api=twilio", faults=faults)
    found = [name for name, outcome in ended.outcomes().items() if outcome == "failed"]
    assert (ended.code, [name for name in found if "refuse_" not in name or "twilio" in name]) == (
        1,
        failed,
    )


@pytest.mark.exhaustive
@pytest.mark.parametrize("mode", thinned(["--smoke", "--smoke-read-only"]))
def test_a_smoke_run_and_a_read_only_one_send_nothing_to_the_webhook(
    gate: Gate, start_backend: Callable[..., Backend], mode: str
) -> None:
    backend = start_backend()
    gate.write("apismoke.toml", WEBHOOK)

    ended = gate.against(backend, mode, "--smoke-api=twilio", **VARIABLES)

    assert (ended.code, backend.requests("POST /twilio/status")) == (0, 0)
    if mode == "--smoke-read-only":
        assert ended.check("twilio::accept_signed")["message"] == (
            "read-only run: nothing was sent to the webhook"
        )


def test_a_webhook_that_changed_the_settings_stays_dirty(
    gate: Gate, start_backend: Callable[..., Backend]
) -> None:
    """As with any other change that a gate has made and can't take back."""
    backend = start_backend("webhook-changes-settings", twilio_auth_token=AUTH_TOKEN)
    gate.write("apismoke.toml", WEBHOOK)
    first = gate.against(backend, QUICK, "--smoke-api=twilio", **VARIABLES)
    assert told(first, "twilio::accept_signed")[:3] == (
        4,
        "persist",
        "expected the settings to be as before the request to the webhook, seen"
        " /receptionist_enabled was the boolean true and is the boolean false",
    )
    assert len(gate.entries()) == 1

    second = gate.against(backend, QUICK, "--smoke", **VARIABLES)
    assert (second.code, second.report["verdict"]) == (4, "dirty")

    backend.edit(receptionist_enabled=True)
    third = gate.against(backend, QUICK, "--smoke", **VARIABLES)
    assert (third.code, gate.entries()) == (0, [])


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("faults", "code", "verdict"), [((), 0, "pass"), (("webhook-changes-settings",), 4, "dirty")]
)
def test_a_run_that_is_killed_after_its_request_leaves_the_next_one_to_tell(
    gate: Gate,
    start_backend: Callable[..., Backend],
    faults: tuple[str, ...],
    code: int,
    verdict: str,
) -> None:
    """While it looks whether the settings change, which takes the default time here."""
    backend = start_backend(*faults, twilio_auth_token=AUTH_TOKEN)
    gate.write("apismoke.toml", WEBHOOK)
    environ = {**credentials(), **VARIABLES}
    run = gate.start(f"--target-url={backend.url}", "--smoke-api=twilio", environ=environ)
    backend.await_requests("POST /twilio/status", 3, of=run)
    run.kill()
    run.communicate()
    assert len(gate.entries()) == 1
    gate.let_a_minute_pass()

    ended = gate.against(backend, "--smoke", **VARIABLES)

    assert (ended.code, ended.report["verdict"], len(gate.entries())) == (code, verdict, code // 4)


@pytest.mark.exhaustive
def test_behind_a_proxy_the_signature_is_about_the_public_url(gate: Gate) -> None:
    proxy = '\n[headers]\nX-Forwarded-Proto = "https"\nX-Forwarded-Host = "api.example.com"\n'
    public = f'\n[profiles.public.twilio]\npublic_url = "{PUBLIC}/"\n'
    text = WEBHOOK.replace("\n    ", "\n") + proxy + public

    ended = run(gate, text, "--smoke-api=twilio")

    assert told(ended, "twilio::accept_signed")[:2] == (2, "fetch")
    ended = run(gate, text, "--smoke-api=twilio", "--target-profile=public")
    assert ended.code == 0


def test_without_twilios_library_the_run_is_refused_before_anything_is_sent(
    gate: Gate, backend: Backend, tmp_path: Path
) -> None:
    hidden = gate.write(
        "conftest.py",
        "import importlib.util\n"
        "real = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *a: None if name == 'twilio' else real(name, *a)\n"
        "import pytest_apismoke.http.twilio_signature as module\n"
        "module.find_spec = importlib.util.find_spec\n",
    )
    gate.write("apismoke.toml", WEBHOOK)

    ended = gate.against(backend, "-pconftest", PYTHONPATH=str(hidden.parent), **VARIABLES)

    (check,) = ended.report["checks"]
    assert (ended.code, check["message"], check["where"], check["hint"]) == (
        5,
        "expected Twilio's library, which signs the request to the webhook, seen an installation"
        " without twilio",
        "apismoke.toml, line 5, twilio.webhook.path",
        "pip install 'pytest-apismoke[twilio]', or switch the check off with path = ''",
    )
    assert backend.counted()["total"] <= 1


# -- the number at Twilio ----------------------------------------------------------------------


def test_a_number_whose_webhook_leads_to_the_target(gate: Gate, api: TwilioApi) -> None:
    ended = run(gate, number_check(api))

    assert told(ended, "twilio::number_at_twilio") == (
        0,
        None,
        "the number at Twilio leads to this target: voice_url",
        "",
    )
    ((path, headers),) = api.seen
    assert path == (
        f"/2010-04-01/Accounts/{ACCOUNT_SID}/IncomingPhoneNumbers.json"
        "?PhoneNumber=%2B14155550123&PageSize=1000"
    )
    assert headers["Authorization"].startswith("Basic ")


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("registered", "code", "seen", "hint"),
    [
        (
            "https://old.example.com/twilio/voice",
            4,
            "'https://old.example.com/twilio/voice', with the host old.example.com in place of"
            " api.example.com",
            "calls reach another deployment",
        ),
        (
            "http://api.example.com/twilio/voice",
            4,
            "'http://api.example.com/twilio/voice', with http in place of https",
            "the words of callers would travel unencrypted",
        ),
        (
            f"{PUBLIC}/twilio/voice/",
            4,
            "'https://api.example.com/twilio/voice/', with a slash at its end",
            "loses Twilio's form",
        ),
        (
            f"{PUBLIC}/twilio/voice?tenant=7",
            4,
            "'https://api.example.com/twilio/voice?tenant=7', with a query",
            "write the query behind the path",
        ),
        (None, 4, "no URL", "set it in Twilio's console"),
        (f"https://me:{AUTH_TOKEN}@api.example.com/twilio/voice#rc=2", 0, "", ""),
    ],
)
def test_a_number_whose_webhook_leads_elsewhere(
    gate: Gate, api: TwilioApi, registered: str | None, code: int, seen: str, hint: str
) -> None:
    api.numbers = [number_of(voice_url=registered)]

    ended = run(gate, number_check(api))

    check = ended.check("twilio::number_at_twilio")
    assert ended.code == code
    if code:
        assert (check["category"], check["message"]) == (
            "state",
            f"expected voice_url to be {PUBLIC}/twilio/voice, seen {seen}",
        )
        assert hint in check["hint"]


def test_a_number_that_is_not_the_accounts(gate: Gate, api: TwilioApi) -> None:
    """Twilio finds longer numbers too, and they are other numbers."""
    api.numbers = [number_of(f"{NUMBER}4", voice_url=f"{PUBLIC}/twilio/voice")]
    assert told(run(gate, number_check(api)), "twilio::number_at_twilio") == (
        3,
        "phone",
        "expected the number in 'phone_number' to be one of the Twilio account's, seen no such"
        " number in the account",
        "it can't be called: correct the number in the settings, or [twilio] account_sid if the"
        " number belongs to another account, such as a subaccount",
    )


@pytest.mark.exhaustive
def test_an_account_without_a_number_is_not_asked_about_at_twilio(
    gate: Gate, api: TwilioApi
) -> None:
    ended = run(gate, number_check(api), faults=["phone-none"])
    assert (ended.code, api.seen) == (0, [])


@pytest.mark.exhaustive
def test_an_application_stands_for_the_urls_of_its_number(gate: Gate, api: TwilioApi) -> None:
    api.numbers = [number_of(voice_application_sid=APPLICATION_SID, voice_url="https://unused")]
    api.applications[APPLICATION_SID] = {"voice_url": f"{PUBLIC}/twilio/voice"}
    assert run(gate, number_check(api)).code == 0


@pytest.mark.parametrize("status", thinned([401, 403, 404], every=3))
def test_credentials_that_twilio_refuses_are_the_gates_own_mistake(
    gate: Gate, api: TwilioApi, status: int
) -> None:
    api.always = status
    ended = run(gate, number_check(api), "--smoke-api=twilio", "--smoke-exit-codes=verdict")
    code, category, message, hint = told(ended, "twilio::number_at_twilio")
    assert (code, category, ended.report["verdict"]) == (3, "usage", "misconfigured")
    assert f"seen {status}, which says" in message
    assert "nothing about the target was judged" in hint
    assert len(api.seen) == 1


def test_a_limit_at_twilio_is_waited_for(gate: Gate, api: TwilioApi) -> None:
    api.script, api.headers = [429, 429], {"Retry-After": "0"}
    ended = run(gate, number_check(api))
    assert (ended.code, len(api.seen)) == (0, 3)


@pytest.mark.parametrize("table", thinned(["verdict", "category"]))
def test_a_limit_at_twilio_without_an_end_is_inconclusive(
    gate: Gate, api: TwilioApi, table: str
) -> None:
    api.always, api.headers = 429, {"Retry-After": "1000"}
    ended = run(gate, number_check(api), "--smoke-api=twilio", f"--smoke-exit-codes={table}")
    code, category, message, _ = told(ended, "twilio::number_at_twilio")
    assert (code, category) == ({"category": 5, "verdict": 2}[table], "budget")
    assert message == (
        "expected Twilio's REST API to answer within half of the budget, seen 429, which asks for"
        " a wait of 1000 s"
    )


@pytest.mark.exhaustive
@pytest.mark.parametrize("how", thinned(["down", "500"]))
def test_a_twilio_that_does_not_answer_is_inconclusive(
    gate: Gate, api: TwilioApi, how: str
) -> None:
    api.always = 500
    url = f'"http://127.0.0.1:{unused_port()}"' if how == "down" else f'"{api.url}"'
    ended = run(
        gate,
        number_check(api, api_url=url),
        "--smoke-api=twilio",
        "--smoke-exit-codes=verdict",
    )
    code, category, _, hint = told(ended, "twilio::number_at_twilio")
    assert (code, category) == (2, "unverified")
    assert hint.startswith("nothing about the target was judged")


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "body", thinned([b"<html>", b"[]", b'{"incoming_phone_numbers": 1}'], every=3)
)
def test_what_is_not_twilio_is_the_gates_own_mistake(
    gate: Gate, api: TwilioApi, body: bytes
) -> None:
    api.body = body
    ended = run(gate, number_check(api), "--smoke-api=twilio", "--smoke-exit-codes=verdict")
    code, category, _, hint = told(ended, "twilio::number_at_twilio")
    assert (code, category) == (3, "usage")
    assert hint.startswith("correct [twilio] api_url or account_sid")


@pytest.mark.exhaustive
def test_the_targets_headers_do_not_go_to_twilio_and_its_time_is_not_the_targets(
    gate: Gate, api: TwilioApi
) -> None:
    text = number_check(api) + '\n[headers]\nX-Api-Key = "${WALL_KEY}"\n'
    ended = run(gate, text, environ={"WALL_KEY": "canary-wall"})
    ((_, headers),) = api.seen
    assert (ended.code, "X-Api-Key" in headers) == (0, False)

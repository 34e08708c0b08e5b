"""The settings of a run: frozen, validated once, each value knowing where it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from pytest_apismoke.configuration import journal_dir
from pytest_apismoke.configuration.choosing import chosen_apis, chosen_profile, where_named
from pytest_apismoke.configuration.contract_settings import (
    ContractSettings,
    OperationChecks,
    contract_settings,
)
from pytest_apismoke.configuration.credentials import Credentials, read_credentials
from pytest_apismoke.configuration.options import TRUE
from pytest_apismoke.configuration.profiles import DEFAULT_PROFILE, TargetProfile
from pytest_apismoke.configuration.sources import RawSettings, Resolver, boolean, nearest
from pytest_apismoke.configuration.target_url import DEMO, EXAMPLE, check_target_url
from pytest_apismoke.configuration.tls import Trust, check
from pytest_apismoke.errors import SmokeError, misconfigured
from pytest_apismoke.verdict.exit_codes import ExitCodes

#: The APIs of the built-in suites, and that of the checks that an OpenAPI description gives.
API_NAMES = ("settings", "calendar", "twilio")
OPENAPI = "openapi"


class Mode(str, Enum):
    """How deep the run goes."""

    SMOKE = "smoke"
    FULL = "full"

    def __str__(self) -> str:
        return self.value


_DEFAULT_BUDGET_S: Mapping[Mode, float] = {Mode.SMOKE: 60.0, Mode.FULL: 300.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that a run was told.

    `target_url` has no trailing slash. With `embedded` it is filled in once the backend runs, and
    so is `state_dir`: the journal of a backend that ends with the run need not outlive it.
    `sources` pairs each name with where its value came from.
    """

    mode: Mode
    target_url: str
    embedded: bool
    target_wait_s: float
    target_version: str | None
    apis: tuple[str, ...]
    exit_codes: ExitCodes
    budget_s: float
    read_only: bool
    report_path: Path | None
    credentials: Credentials
    paths: tuple[str, ...]
    demo_faults: tuple[str, ...]
    state_dir: Path
    trust: Trust
    readback_wait_s: float
    persistence_delay_s: float
    contracts: ContractSettings = field(default_factory=ContractSettings)
    profile: TargetProfile = DEFAULT_PROFILE
    sources: tuple[tuple[str, str], ...] = ()

    @property
    def smoke(self) -> bool:
        """Whether this is the fast gate."""
        return self.mode is Mode.SMOKE

    @property
    def apis_were_chosen(self) -> bool:
        """Whether this very run was told which APIs to check; a configuration says it of all."""
        source = dict(self.sources).get("apis", "default")
        return source not in ("default", self.profile.origin)

    def has_test_of(self, api: str) -> bool:
        """Whether a user's test of an API, which need not be declared anywhere, is of this run."""
        if self.apis_were_chosen:
            return api in self.apis
        return self.profile.api(api).enabled


def resolve(
    given: RawSettings, *, declared: Sequence[str] = (), anonymous: bool = False
) -> Settings:
    """Decides every setting; the command line wins over the environment, that over the ini file.

    Args:
        given: what was given where.
        declared: the APIs that the files in `contracts/` declare checks of.
        anonymous: whether nobody is to log in, so that there need be no credentials.

    Raises:
        SmokeError: (`usage`) for the first mistake found.

    """
    pick = Resolver(given)
    url_text = pick.text("target_url", option="--target-url", environ="APISMOKE_TARGET_URL")
    mode = _mode(pick, given)
    url, embedded = _target(url_text, pick.sources["target_url"], mode)
    budget_s = pick.seconds("budget", _DEFAULT_BUDGET_S[mode], above_zero=True)
    exit_codes = exit_code_table(given)
    contracts = contract_settings(pick)
    # The configuration may speak of the API description also where a run has none.
    profile = chosen_profile(pick, given.configuration, (*API_NAMES, *declared, OPENAPI))
    with_checks = contracts.gives_checks(smoke=mode is Mode.SMOKE)
    known = (*API_NAMES, *declared, *([OPENAPI] if contracts.openapi else []))
    apis = chosen_apis(pick, profile, known)
    if not with_checks:
        apis = _without_operations(apis, contracts, pick, profile)
    pick.text("exit_codes", option="--smoke-exit-codes", ini="apismoke_exit_codes")
    if not anonymous:
        _check_login(apis, profile)
    nobody_logs_in = anonymous or embedded or not profile.login.enabled
    return Settings(
        mode=mode,
        target_url=url,
        embedded=embedded,
        target_wait_s=pick.seconds("target_wait", 60.0),
        target_version=_version(pick),
        profile=profile,
        apis=apis,
        exit_codes=exit_codes,
        budget_s=budget_s,
        read_only=pick.flag("read_only", option="--smoke-read-only", ini="apismoke_read_only"),
        report_path=report_path(given),
        credentials=Credentials() if nobody_logs_in else read_credentials(given.environ),
        paths=tuple(pick.texts("paths", ini="apismoke_paths")),
        demo_faults=_demo_faults(pick, embedded),
        state_dir=Path() if embedded else _state_dir(pick, given),
        trust=_trust(pick, given, embedded),
        readback_wait_s=pick.seconds("readback_wait", 2.0),
        persistence_delay_s=pick.seconds("persistence_delay", 2.0),
        contracts=contracts,
        sources=tuple(pick.sources.items()),
    )


def _check_login(apis: Sequence[str], profile: TargetProfile) -> None:
    """The built-in suites begin with a login; where there is none they can't be of the run."""
    built_in = [api for api in apis if api in API_NAMES]
    if built_in and not profile.login.enabled:
        switched_off = ", ".join(f"[apis.{api}] enabled = false" for api in built_in)
        raise misconfigured(
            expected="a login, for the built-in suites of the run",
            seen=f"none ([login] enabled = false), for {', '.join(built_in)}",
            where=profile.origin,
            hint=f"write {switched_off}; or leave enabled = false out of [login]",
        )


def _without_operations(
    apis: tuple[str, ...], contracts: ContractSettings, pick: Resolver, profile: TargetProfile
) -> tuple[str, ...]:
    """The APIs of a run whose description gives no checks, which must not have been asked for."""
    # What a configuration says holds for runs of both modes: full ones have what it asks for.
    in_full_runs = contracts.checks is OperationChecks.FULL
    asked = where_named(OPENAPI, pick, profile)
    if OPENAPI in apis and asked and not (in_full_runs and asked.in_profile):
        raise misconfigured(
            expected=f"operations to be checks, for the API {OPENAPI!r}",
            seen=f"--smoke-openapi-checks={contracts.checks}",
            where=asked.place,
            hint="give --smoke-openapi-checks=smoke, or =full for full runs only",
        )
    return tuple(api for api in apis if api != OPENAPI)


def exit_code_table(given: RawSettings) -> ExitCodes:
    """Which table was asked for; decided apart, because even a usage error needs its exit code."""
    pick = Resolver(given)
    text = pick.text("exit_codes", option="--smoke-exit-codes", ini="apismoke_exit_codes")
    if text is None:
        return ExitCodes.CATEGORY
    known = [table.value for table in ExitCodes]
    if text not in known:
        raise misconfigured(
            expected=f"one of {', '.join(known)}",
            seen=repr(text),
            where=pick.sources["exit_codes"],
            hint=nearest(text, known),
        )
    return ExitCodes(text)


def report_path(given: RawSettings) -> Path | None:
    """Where the JSON report goes; decided apart, because even a usage error leaves a report."""
    pick = Resolver(given)
    text = pick.text("report", option="--smoke-report", ini="apismoke_report")
    if text is None:
        return None
    path = given.directory / text
    place = pick.sources["report"]
    try:
        is_folder = path.is_dir()
    except OSError as error:
        raise misconfigured(
            expected="the path of a file to write",
            seen=error.strerror or str(error),
            where=place,
            hint="give a file, for instance apismoke.json",
        ) from None
    if not text or is_folder:
        raise misconfigured(
            expected="the path of a file to write",
            seen="nothing" if not text else f"the directory {text!r}",
            where=place,
            hint="give a file, for instance apismoke.json",
        )
    parent = path.parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir():
        raise misconfigured(
            expected="a path below a directory",
            seen=f"{text!r}, where {str(parent)!r} is a file",
            where=place,
            hint="give a path whose directories exist or can be made",
        )
    return path


def mode_of(given: RawSettings) -> Mode:
    """The mode that was asked for, as far as it can be told; for reports on refused runs."""
    lowered = given.environ.get("SMOKE_TEST", "").strip().lower()
    return Mode.SMOKE if given.options.get("--smoke") or lowered in TRUE else Mode.FULL


def target_of(given: RawSettings) -> str:
    """The target that was asked for, as far as it can be told; for reports on refused runs."""
    pick = Resolver(given)
    text = pick.text("target_url", option="--target-url", environ="APISMOKE_TARGET_URL")
    try:
        return _target(text, "", Mode.FULL)[0] or DEMO
    except SmokeError:
        return ""


def _mode(pick: Resolver, given: RawSettings) -> Mode:
    if given.options.get("--smoke"):
        pick.sources["mode"] = "--smoke"
        return Mode.SMOKE
    text = pick.text("mode", environ="SMOKE_TEST")
    smoke = text is not None and boolean(text, pick.sources["mode"])
    return Mode.SMOKE if smoke else Mode.FULL


def _target(text: str | None, source: str, mode: Mode) -> tuple[str, bool]:
    """The base URL, and whether it is the embedded backend's, which is known only later."""
    if text == DEMO:
        return "", True
    if text:
        return check_target_url(text, source), False
    asked = "a smoke run" if mode is Mode.SMOKE else "a run"
    raise misconfigured(
        expected=f"the URL of the API that {asked} is to check",
        seen="none" if text is None else "an empty one",
        where="--target-url" if text is None else source,
        hint=f"give it, {EXAMPLE}; if it comes from a variable, that variable is not set",
    )


def _version(pick: Resolver) -> str | None:
    text = pick.text("target_version", option="--target-version")
    if text == "":
        raise misconfigured(
            expected="the version that must be answering",
            seen="an empty text",
            where="--target-version",
            hint="give the version, tag or commit just deployed, or leave the option out;"
            " if it comes from a variable, that variable is not set",
        )
    return text


def state_dir(environ: Mapping[str, str]) -> Path:
    """Where the journal lies, as far as the environment says; for what is done without a run.

    Raises:
        SmokeError: (`usage`) where there is no place for it.

    """
    given = RawSettings(options={}, environ=environ, ini={}, directory=Path.cwd())
    return _state_dir(Resolver(given), given)


def _state_dir(pick: Resolver, given: RawSettings) -> Path:
    text = pick.text("state_dir", environ=journal_dir.VARIABLE, ini="apismoke_state_dir")
    if text is None:
        return journal_dir.default()
    seen = "an empty text"
    if text:
        try:
            return given.directory / Path(text).expanduser()
        except RuntimeError:
            seen = f"{text!r}, of a user who has no home"
    raise misconfigured(
        expected="a directory for the journal",
        seen=seen,
        where=pick.sources["state_dir"],
        hint="name a directory that can be written and outlives the run, or leave it out",
    )


#: Member of `Trust`, environment variable, ini option.
_TRUST = (
    ("ca_bundle", "APISMOKE_CA_BUNDLE", "apismoke_ca_bundle"),
    ("certificate", "APISMOKE_CLIENT_CERT", "apismoke_client_cert"),
    ("key", "APISMOKE_CLIENT_KEY", "apismoke_client_key"),
)


def _trust(pick: Resolver, given: RawSettings, embedded: bool) -> Trust:
    paths: dict[str, str] = {}
    for name, variable, option in _TRUST:
        text = pick.text(name, environ=variable, ini=option)
        if text == "":
            raise misconfigured(
                expected="the path of a PEM file",
                seen="an empty text",
                where=pick.sources[name],
                hint="name the file, or leave it out; if it comes from a variable, that variable"
                " is not set",
            )
        if text:
            paths[name] = str(given.directory / Path(text))
    # The embedded backend speaks plain HTTP on the loopback.
    return Trust() if embedded else check(Trust(**paths), pick.sources)


def _demo_faults(pick: Resolver, embedded: bool) -> tuple[str, ...]:
    faults = pick.texts("demo_faults", environ="APISMOKE_DEMO_FAULTS", ini="apismoke_demo_faults")
    if faults and not embedded:
        raise misconfigured(
            expected="faults for the embedded backend only",
            seen=f"{', '.join(faults)} with another target",
            where=pick.sources["demo_faults"],
            hint="use --target-url=demo, or take the faults away",
        )
    return tuple(faults)

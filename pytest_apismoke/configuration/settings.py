"""The settings of a run: resolved and validated once, with the source of each value. Frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path

from pytest_apismoke.configuration import setting_table as table
from pytest_apismoke.configuration.choosing import (
    check_login,
    check_pins,
    chosen_apis,
    chosen_profile,
)
from pytest_apismoke.configuration.contract_settings import ContractSettings, contract_settings
from pytest_apismoke.configuration.credentials import Credentials, read_credentials, sources_of
from pytest_apismoke.configuration.journal_dir import journal_dir, outlives_the_run
from pytest_apismoke.configuration.kinds import TRUE
from pytest_apismoke.configuration.profiles import API_NAMES, DEFAULT_PROFILE, TargetProfile
from pytest_apismoke.configuration.report_paths import report_paths
from pytest_apismoke.configuration.sources import NOWHERE, Place, RawSettings, Resolver, Source
from pytest_apismoke.configuration.target_url import DEMO, EXAMPLE, check_target_url
from pytest_apismoke.configuration.tls import TlsFiles, check, tls_files
from pytest_apismoke.errors import SmokeError, misconfigured
from pytest_apismoke.modes import ExitCodes, Mode
from pytest_apismoke.records import dataclass

#: The variable by which a CI system says which trace a command is a part of. It is no setting of
#: the gate: the name and the form of its value are OpenTelemetry's.
TRACEPARENT = "TRACEPARENT"

_FRESH_READS = {"full": table.FRESH_READS, "smoke": table.FRESH_READS.with_default(4)}
_BUDGET = {"full": table.BUDGET, "smoke": table.BUDGET.with_default(60.0)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of a run.

    `target_url` has no trailing slash. With `embedded` it is filled in once the backend runs, and
    so is `journal_dir`: the journal of a backend that ends with the run is of no use afterwards.
    `journal_outlives` says whether it is there for the next run, as far as anybody can know.
    `left_out_apis` are those that the target is said to have and this run does not check.
    `fresh_reads` is the number of reads in a round: what they agree on is what the target holds.
    `repeat` is how often each safe check is sent, `concurrency` the number of requests in flight at
    once, and `rate_per_s` how many a process may send a second, if that is limited. `traceparent`
    is the trace that the run is a part of, as its surroundings name it. `sources` pairs
    the name of each setting with where its value came from.
    """

    mode: Mode
    target_url: str
    embedded: bool
    target_wait_s: float
    target_version: str | None
    apis: tuple[str, ...]
    exit_codes: ExitCodes
    budget_s: float
    fresh_reads: int
    read_only: bool
    report_paths: Mapping[str, Path]
    credentials: Credentials
    paths: tuple[str, ...]
    demo_faults: tuple[str, ...]
    journal_dir: Path
    tls: TlsFiles
    readback_wait_s: float
    persistence_delay_s: float
    repeat: int = 1
    concurrency: int = 16
    rate_per_s: float | None = None
    contracts: ContractSettings = field(default_factory=ContractSettings)
    profile: TargetProfile = DEFAULT_PROFILE
    left_out_apis: tuple[str, ...] = ()
    journal_outlives: bool = True
    traceparent: str = ""
    sources: tuple[tuple[str, Source], ...] = ()

    @property
    def smoke(self) -> bool:
        """Whether this is the fast gate."""
        return self.mode == "smoke"

    def source(self, name: str) -> Source:
        """Where the value of a setting came from."""
        return dict(self.sources).get(name, NOWHERE)

    @property
    def lasting_journal(self) -> Path | None:
        """The directory of the journal, if it is there for the next run."""
        return self.journal_dir if self.journal_outlives and not self.embedded else None

    @property
    def signs_requests(self) -> bool:
        """Whether the run is to send a request with Twilio's signature."""
        is_chosen = "twilio" in self.apis and bool(self.profile.twilio.webhook.path)
        return is_chosen and not (self.smoke or self.read_only)

    @property
    def apis_were_chosen(self) -> bool:
        """Whether this run names its APIs itself; the configuration applies to every run."""
        return self.source("apis").place not in (Place.DEFAULT, Place.CONFIGURATION)

    @property
    def reads_settings(self) -> bool:
        """Whether a check of this run looks at the settings, or a pin of the account does."""
        pins = bool(self.profile.document.expect)
        return pins or any(name in API_NAMES for name in self.apis)

    def has_test_of(self, api: str) -> bool:
        """Whether this run includes users' tests of an API; the API need not be declared."""
        if self.apis_were_chosen:
            return api in self.apis
        return self.profile.api(api).enabled


def resolve(raw: RawSettings, *, declared: Sequence[str] = (), anonymous: bool = False) -> Settings:
    """Resolves every setting; the command line wins over the environment, that over the ini file.

    Args:
        raw: the values as they were given.
        declared: the APIs that have declared checks in `contracts/`.
        anonymous: whether no login is made, so that no credentials are needed.

    Raises:
        SmokeError: (`usage`) for the first mistake found.

    """
    resolver = Resolver(raw)
    url_text = resolver.value(table.TARGET_URL)
    mode: Mode = "smoke" if resolver.value(table.SMOKE) else "full"
    embedded = url_text == DEMO
    url = "" if embedded else _target_url(url_text, resolver.where(table.TARGET_URL))
    budget_s = resolver.value(_BUDGET[mode])
    exit_codes = resolver.value(table.EXIT_CODES)
    resolver.value(table.REHEARSE)  # `is_rehearsal` does not refuse it
    contracts = contract_settings(resolver)
    profile = chosen_profile(resolver, raw, declared)
    apis, left_out = chosen_apis(resolver, profile, declared, contracts, mode)
    if not anonymous:
        check_login(apis, profile)
    has_login = profile.login.enabled and not anonymous and not embedded
    credentials = read_credentials(raw.environ, profile.login) if has_login else Credentials()
    check_pins(profile, credentials)
    settings = Settings(
        mode=mode,
        target_url=url,
        embedded=embedded,
        target_wait_s=resolver.value(table.TARGET_WAIT),
        target_version=resolver.value(table.TARGET_VERSION),
        profile=profile,
        apis=apis,
        left_out_apis=left_out,
        exit_codes=exit_codes,
        budget_s=budget_s,
        fresh_reads=resolver.value(_FRESH_READS[mode]),
        repeat=resolver.value(table.REPEAT),
        concurrency=resolver.value(table.CONCURRENCY),
        rate_per_s=resolver.value(table.RATE),
        read_only=resolver.value(table.READ_ONLY),
        report_paths=report_paths(raw),
        credentials=credentials,
        paths=resolver.values(table.PATHS),
        demo_faults=_demo_faults(resolver, embedded=embedded),
        journal_dir=Path() if embedded else journal_dir(resolver, raw.directory),
        journal_outlives=embedded or outlives_the_run(resolver, raw.environ),
        tls=_tls(resolver, raw.directory, embedded=embedded),
        readback_wait_s=resolver.value(table.READBACK_WAIT),
        persistence_delay_s=resolver.value(table.PERSISTENCE_DELAY),
        contracts=contracts,
        traceparent=raw.environ.get(TRACEPARENT, ""),
    )
    return replace(settings, sources=_sources(resolver, settings, raw))


def _sources(
    resolver: Resolver, settings: Settings, raw: RawSettings
) -> tuple[tuple[str, Source], ...]:
    """The source of every setting, and of the credentials, in the order of the table."""
    found = {setting.name: resolver.source(setting) for setting in table.SETTINGS}
    found |= sources_of(settings.credentials, raw.environ)
    if settings.embedded:
        backend = Source(Place.EMBEDDED_BACKEND)
        found |= {table.STATE_DIR.name: backend, "credentials": backend}
    elif not settings.profile.login.enabled:
        found["credentials"] = Source(Place.CONFIGURATION, settings.profile.origin)
    return tuple(found.items())


def exit_code_table(raw: RawSettings) -> ExitCodes:
    """The table of exit codes; resolved apart, because even a usage error needs its exit code.

    Raises:
        SmokeError: (`usage`) for a name that is no table's.

    """
    return Resolver(raw).value(table.EXIT_CODES)


def is_rehearsal(raw: RawSettings | None) -> bool:
    """Whether the run is a rehearsal, refused or not.

    With a word that says neither yes nor no it is none; nor is it without a target, because a
    variable that is missing in a deploy script must never turn into a green run (SPEC, section 2).
    """
    if raw is None:
        return False
    resolver = Resolver(raw)
    try:
        return resolver.value(table.REHEARSE) and bool(resolver.value(table.TARGET_URL))
    except SmokeError:
        return False


def wait_of(raw: RawSettings) -> float:
    """For how many seconds a run waits for its target at most.

    Raises:
        SmokeError: (`usage`) for a value that is no such number.

    """
    return Resolver(raw).value(table.TARGET_WAIT)


def budget_of(raw: RawSettings) -> float:
    """How many seconds a run may take once its target is ready.

    Raises:
        SmokeError: (`usage`) for a value that is no such number.

    """
    return Resolver(raw).value(_BUDGET[mode_of(raw)])


def mode_of(raw: RawSettings) -> Mode:
    """The mode as far as it can be told, for the report of a refused run."""
    lowered = raw.environ.get(table.SMOKE.environ, "").strip().lower()
    return "smoke" if raw.options.get(table.SMOKE.option) or lowered in TRUE else "full"


def target_of(raw: RawSettings) -> str:
    """The target as far as it can be told, for the report of a refused run."""
    text = Resolver(raw).value(table.TARGET_URL)
    try:
        return DEMO if text == DEMO else _target_url(text, "")
    except SmokeError:
        return ""


def _target_url(text: str | None, where: str) -> str:
    if text:
        return check_target_url(text, where)
    raise misconfigured(
        expected="the URL of the API to check",
        seen="none" if text is None else "an empty string",
        where=table.TARGET_URL.option if text is None else where,
        hint=f"give it, {EXAMPLE}; if it comes from a variable, that variable is not set",
    )


def _tls(resolver: Resolver, directory: Path, *, embedded: bool) -> TlsFiles:
    files = tls_files(resolver, directory)
    if embedded:
        # The embedded backend speaks plain HTTP on the loopback.
        return TlsFiles()
    check(files, resolver)
    return files


def _demo_faults(resolver: Resolver, *, embedded: bool) -> tuple[str, ...]:
    faults = resolver.values(table.DEMO_FAULTS)
    if faults and not embedded:
        raise misconfigured(
            expected="faults for the embedded backend only",
            seen=f"{', '.join(faults)} with another target",
            where=resolver.where(table.DEMO_FAULTS),
            hint="use --target-url=demo, or remove the faults",
        )
    return faults

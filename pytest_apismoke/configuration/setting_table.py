"""The table of all settings that an option, an environment variable or an ini option gives.

From this one table come the options of pytest and its ini options, their help, the precedence, the
validation and the provenance that `pytest -v` shows; to add a setting, write it here. The order is
that of `pytest --help`. Loaded in every pytest run, so it imports no library.

Long because it is one table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_apismoke.configuration.kinds import one_of
from pytest_apismoke.configuration.setting import Setting
from pytest_apismoke.configuration.setting_kinds import (
    DURATION,
    NOTIFY_URL,
    NUMBER_AT_ONCE,
    NUMBER_OF_READS,
    NUMBER_OF_REPEATS,
    OPENAPI_SOURCE,
    PEM_FILE,
    PERCENT,
    REQUESTS_PER_SECOND,
    TEXT,
    TIME_LIMIT,
    VERSION,
    YES_OR_NO,
)

if TYPE_CHECKING:
    from pytest_apismoke.modes import (
        Drift,
        ExitCodes,
        NotifyWhen,
        OperationChecks,
        TellGitHub,
    )

SMOKE = Setting(
    "mode",
    YES_OR_NO,
    False,
    "run the fast gate against the target",
    details="Without it a run with a target makes all checks. A word in the variable that says"
    " neither yes nor no is refused.",
    usage="--smoke",
    environ="SMOKE_TEST",
    in_ini=False,
)
TARGET_URL: Setting[str | None] = Setting(
    "target_url",
    TEXT,
    None,
    "base URL of the API, or 'demo' for the embedded backend (repeatable)",
    details="A path prefix is allowed. With several, the same gate runs against each. An empty"
    " value is refused, so that a variable that is not set never makes a run green.",
    usage="--target-url URL",
    environ="APISMOKE_TARGET_URL",
    in_ini=False,
    repeats_run=True,
)
PATHS = Setting(
    "paths",
    TEXT,
    "",
    "files and directories whose marked tests belong to every active run",
    is_list=True,
)
TARGET_WAIT = Setting(
    "target_wait",
    DURATION,
    60.0,
    "how long to wait for the target to be ready (default: 60)",
    details="A target that is still starting refuses connections, or answers 404, 502, 503 or"
    " 504; the run polls its readiness page meanwhile.",
    usage="--target-wait SECONDS",
)
TARGET_VERSION: Setting[str | None] = Setting(
    "target_version",
    VERSION,
    None,
    "the version, image tag or commit that the target has to report (default: any)",
    details="The readiness page has to report it so often in a row that no old instance is"
    " left, and once more at the end.",
    usage="--target-version TEXT",
    in_ini=False,
)
PROFILE: Setting[str | None] = Setting(
    "profile",
    TEXT,
    None,
    "which profile of apismoke.toml to use (default: its top level)",
    usage="--target-profile NAME",
    environ="APISMOKE_TARGET_PROFILE",
)
APIS = Setting(
    "apis",
    TEXT,
    "",
    "check only this API: settings, calendar, twilio, openapi or your own (repeatable;"
    " default: all)",
    usage="--smoke-api NAME",
    is_list=True,
)
EXIT_CODES: Setting[ExitCodes] = Setting(
    "exit_codes",
    one_of("category", "api", "verdict"),
    "category",
    "which table of exit codes: category, api or verdict (default: category)",
    details="The codes of each table never change.",
    usage="--smoke-exit-codes TABLE",
)
REHEARSE = Setting(
    "rehearse",
    YES_OR_NO,
    False,
    "end with 0 whatever the verdict is, unless the target was left changed; every report tells it",
    usage="--smoke-rehearse",
    environ="APISMOKE_REHEARSE",
)
#: The default is that of full runs.
BUDGET = Setting(
    "budget",
    TIME_LIMIT,
    300.0,
    "deadline for everything after readiness (default: 60 with --smoke, else 300)",
    details="It holds for the login, all checks and the restoring, for which a part is reserved.",
    usage="--smoke-budget SECONDS",
)
#: The default is that of full runs.
FRESH_READS = Setting(
    "fresh_reads",
    NUMBER_OF_READS,
    8,
    "number of reads, sent side by side, that prove a write (default: 4 with --smoke, else 8)",
    usage="--smoke-fresh-reads N",
)
REPEAT = Setting(
    "repeat",
    NUMBER_OF_REPEATS,
    1,
    "send each safe check N times over fresh connections; one bad answer fails (default: 1)",
    details="For a fleet of which one instance may be broken.",
    usage="--smoke-repeat N",
)
CONCURRENCY = Setting(
    "concurrency",
    NUMBER_AT_ONCE,
    16,
    "number of requests that may be in flight at once (default: 16)",
    details="Declared GET requests are sent before their checks begin; 1 sends one after the"
    " other.",
    usage="--smoke-concurrency N",
)
RATE: Setting[float | None] = Setting(
    "rate",
    REQUESTS_PER_SECOND,
    None,
    "send at most so many requests a second (default: no limit)",
    usage="--smoke-rate N",
)
READ_ONLY = Setting(
    "read_only",
    YES_OR_NO,
    False,
    "send nothing but GET, HEAD, OPTIONS and the login",
    details="Checks that write are skipped: 0 then proves nothing about saving, and the verdict"
    " says so.",
    usage="--smoke-read-only",
)
REPORT: Setting[str | None] = Setting(
    "report",
    TEXT,
    None,
    "write the verdict as JSON to this file, device or pipe; - for standard output, at its end",
    details="It is written however the run ends. Links are followed.",
    usage="--smoke-report PATH",
    example="apismoke.json",
)
HTML: Setting[str | None] = Setting(
    "html",
    TEXT,
    None,
    "write a page for people to this file, in HTML; needs the extra 'html'",
    details="One file without network and script: what broke, every check, request and exchange.",
    usage="--smoke-html PATH",
    example="apismoke.html",
    library="jinja2",
)
CTRF: Setting[str | None] = Setting(
    "ctrf",
    TEXT,
    None,
    "write the checks in the Common Test Report Format (CTRF) to this file",
    details="Dashboards read it.",
    usage="--smoke-ctrf PATH",
    example="ctrf.json",
)
HAR: Setting[str | None] = Setting(
    "har",
    TEXT,
    None,
    "write all requests, redacted, as an HTTP Archive (HAR) to this file",
    details="Browsers and other tools show it as a waterfall.",
    usage="--smoke-har PATH",
    example="smoke.har",
)
MARKDOWN: Setting[str | None] = Setting(
    "markdown",
    TEXT,
    None,
    "write the verdict as Markdown to this file",
    details="It is made for the summary of a job, and for comments.",
    usage="--smoke-markdown PATH",
    example="smoke.md",
)
SARIF: Setting[str | None] = Setting(
    "sarif",
    TEXT,
    None,
    "write violations of contracts as SARIF, for code scanning, to this file",
    usage="--smoke-sarif PATH",
    example="smoke.sarif",
)
CODE_QUALITY: Setting[str | None] = Setting(
    "codequality",
    TEXT,
    None,
    "write violations of contracts as GitLab's code quality report to this file",
    details="Merge requests show it.",
    usage="--smoke-codequality PATH",
    example="gl-code-quality-report.json",
)
PROMETHEUS: Setting[str | None] = Setting(
    "prometheus",
    TEXT,
    None,
    "write metrics for the textfile collector of Prometheus' node_exporter to this file",
    details="It needs the extra 'prometheus'. Unlike the other reports, the file of an earlier run"
    " stays until the new one is written.",
    usage="--smoke-prometheus PATH",
    example="apismoke.prom",
    library="prometheus_client",
    # Series that are gone during each run would silence alerts; one has the time of the run.
    stays_until_written=True,
)
OPENAPI: Setting[str | None] = Setting(
    "openapi",
    OPENAPI_SOURCE,
    None,
    "OpenAPI document to validate every response against: a file, or a path of the target",
    usage="--smoke-openapi SOURCE",
)
OPENAPI_CHECKS: Setting[OperationChecks] = Setting(
    "openapi_checks",
    one_of("off", "smoke", "full"),
    "off",
    "make a check of each safe operation that can be requested: off, smoke or full (default: off)",
    details="'smoke' makes them in every run, 'full' in full runs only.",
    usage="--smoke-openapi-checks MODE",
)
OPENAPI_FLOOR = Setting(
    "openapi_floor",
    PERCENT,
    0.0,
    "percentage of the document's operations that a run has to exercise (default: 0)",
    details="A run below it does not pass.",
    usage="--smoke-openapi-floor PERCENT",
)
DRIFT: Setting[Drift] = Setting(
    "drift",
    one_of("off", "note", "strict"),
    "note",
    "report differences that break no contract: off, note or strict (default: note)",
    details="Drift is a property or a status that is not declared, or that is declared and"
    " never seen. With 'strict' it fails the run.",
    usage="--smoke-drift MODE",
)
GITHUB: Setting[TellGitHub] = Setting(
    "github",
    one_of("auto", "on", "off"),
    "auto",
    "write job summary, annotations and masks for GitHub Actions: auto, on or off (default: auto)",
    details="'auto' writes them where GITHUB_ACTIONS is true.",
    usage="--smoke-github MODE",
    environ="APISMOKE_GITHUB",
)
#: Not in an ini file, which everybody can read: the URL holds a token.
NOTIFY = Setting(
    "notify",
    NOTIFY_URL,
    "",
    "tell the people behind this Apprise URL of the verdict (repeatable)",
    details="The URL holds a token, so better give it in the variable, where line breaks"
    " may stand between several, and an empty string is none. It has no ini"
    " option, because a repository is no place for it. It needs the extra 'notify'.",
    usage="--smoke-notify URL",
    environ="APISMOKE_NOTIFY",
    is_list=True,
    in_ini=False,
)
NOTIFY_WHEN: Setting[NotifyWhen] = Setting(
    "notify_when",
    one_of("failure", "change", "always"),
    "failure",
    "tell them after which runs: failure, change or always (default: failure)",
    details="'change' is a verdict that is another than the last one on the same target.",
    usage="--smoke-notify-when MODE",
    environ="APISMOKE_NOTIFY_WHEN",
)
READBACK_WAIT = Setting(
    "readback_wait",
    DURATION,
    2.0,
    "seconds for which a read-back is repeated until the write shows (default: 2)",
)
PERSISTENCE_DELAY = Setting(
    "persistence_delay",
    DURATION,
    2.0,
    "seconds before the full run reads the document again (default: 2)",
)
STATE_DIR: Setting[str | None] = Setting(
    "state_dir",
    TEXT,
    None,
    "directory of the journal, which records the originals to restore (default: the user's state"
    " directory)",
    details="In a container, put it on a volume: a run that was killed is restored from it.",
    environ="APISMOKE_STATE_DIR",
)
CA_BUNDLE = Setting(
    "ca_bundle",
    PEM_FILE,
    "",
    "PEM file of the certificate authorities to trust (default: those of requests)",
    environ="APISMOKE_CA_BUNDLE",
)
CLIENT_CERT = Setting(
    "client_cert",
    PEM_FILE,
    "",
    "PEM file of the client certificate (default: none)",
    environ="APISMOKE_CLIENT_CERT",
)
CLIENT_KEY = Setting(
    "client_key",
    PEM_FILE,
    "",
    "PEM file of its private key, if that is a separate file (default: none)",
    environ="APISMOKE_CLIENT_KEY",
)
DEMO_FAULTS = Setting(
    "demo_faults",
    TEXT,
    "",
    "faults of --target-url=demo",
    environ="APISMOKE_DEMO_FAULTS",
    is_list=True,
)

SETTINGS: tuple[Setting[Any], ...] = tuple(
    value for value in tuple(globals().values()) if isinstance(value, Setting)
)
#: The reports of a run. The one that programs read comes last: it has the exit code of a run that
#: could not write another.
OUTPUTS: tuple[Setting[str | None], ...] = (
    HTML,
    CTRF,
    HAR,
    MARKDOWN,
    SARIF,
    CODE_QUALITY,
    PROMETHEUS,
    REPORT,
)

"""options.md: every setting of a run, from the table that pytest's options come from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from documenting.reference import markdown
from documenting.reference.markdown import code, link, prose, sentence
from pytest_apismoke.configuration.setting import Setting
from pytest_apismoke.configuration.setting_kinds import TEXT
from pytest_apismoke.configuration.setting_table import SETTINGS
from pytest_apismoke.redaction import SHORTEST_SECRET

#: The groups of the page, with the settings of each by their names.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "The target": ("mode", "target_url", "target_wait", "target_version", "profile"),
    "What is checked": ("apis", "paths", "read_only", "repeat"),
    "Contracts": ("openapi", "openapi_checks", "openapi_floor", "drift"),
    "The exit code": ("exit_codes", "rehearse"),
    "Time and load": (
        *("budget", "concurrency", "rate"),
        *("fresh_reads", "readback_wait", "persistence_delay"),
    ),
    "Reports": (
        *("report", "html", "markdown", "ctrf", "har", "sarif", "codequality", "prometheus"),
    ),
    "Telling people": ("github", "notify", "notify_when"),
    "The machine of the gate": ("state_dir", "ca_bundle", "client_cert", "client_key"),
    "The embedded backend": ("demo_faults",),
}
#: The page that tells how a setting is used, with the title of the link.
PAGES: Mapping[str, tuple[str, str]] = {
    "mode": ("When the gate is active", "runs.md"),
    "target_url": ("Several regions", "../how-to/regions.md"),
    "target_version": ("Several instances behind one address", "../how-to/fleets.md"),
    "profile": ("Profiles", "configuration.md#profiles"),
    "apis": ("The configuration of an API", "configuration.md#apisname"),
    "paths": ("Your own tests", "../how-to/your-own-tests.md"),
    "read_only": ("What the gate writes", "../how-to/writing-to-production.md"),
    "repeat": ("Several instances behind one address", "../how-to/fleets.md"),
    "openapi": ("OpenAPI", "../how-to/contracts.md#openapi"),
    "openapi_checks": ("OpenAPI", "../how-to/contracts.md#openapi"),
    "openapi_floor": ("OpenAPI", "../how-to/contracts.md#openapi"),
    "drift": ("Drift", "../how-to/contracts.md#drift"),
    "exit_codes": ("Exit codes", "exit-codes.md"),
    "rehearse": ("Rehearsal", "../how-to/rehearsal.md"),
    "budget": ("Deadlines and retries", "../explanation/deadlines-and-retries.md"),
    "concurrency": ("What is sent ahead", "../explanation/speed.md#what-is-sent-ahead"),
    "fresh_reads": ("The write protocol", "../explanation/write-protocol.md"),
    "report": ("The JSON report", "report.md"),
    "html": ("The page", "../how-to/reports.md#html"),
    "markdown": ("Markdown", "../how-to/reports.md#markdown"),
    "ctrf": ("CTRF", "../how-to/reports.md#ctrf"),
    "har": ("HAR", "../how-to/reports.md#har"),
    "sarif": ("SARIF and code quality", "../how-to/reports.md#sarif-and-code-quality"),
    "codequality": ("SARIF and code quality", "../how-to/reports.md#sarif-and-code-quality"),
    "prometheus": ("Metrics", "../how-to/history-and-metrics.md#metrics-for-prometheus"),
    "github": ("GitHub Actions", "../how-to/github.md"),
    "notify": ("Notifications", "../how-to/notifications.md"),
    "notify_when": ("Notifications", "../how-to/notifications.md"),
    "state_dir": ("What the gate writes", "../how-to/writing-to-production.md"),
    "demo_faults": ("Faults of the embedded backend", "commands.md#apismoke-demo"),
}
#: The variables that no setting has, with what they are for.
VARIABLES: Mapping[str, str] = {
    "APISMOKE_USERNAME": "The name of the account, for the one login of a run.",
    "APISMOKE_PASSWORD": f"Its password, of at least {SHORTEST_SECRET} characters.",
    "APISMOKE_TOKEN": "A token, instead of a login.",
    "APISMOKE_USERNAME_FILE": "A file whose first line is the name.",
    "APISMOKE_PASSWORD_FILE": "A file whose first line is the password, such as the secret of a"
    " container. It may be a pipe, and then has 5 s.",
    "APISMOKE_TOKEN_FILE": "A file whose first line is the token.",
    "APISMOKE_DEMO_USERNAME": "The account of 'apismoke demo'.",
    "APISMOKE_DEMO_PASSWORD": "Its password; by default one is generated, and printed.",
    "TRACEPARENT": "The trace that the run is a part of (W3C Trace Context), which each request"
    " names.",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "The collector that gets the run as a trace (extra 'otel'); the"
    " other variables of OpenTelemetry's SDK count as well.",
    "HTTPS_PROXY": "The proxy, and so HTTP_PROXY and NO_PROXY, as in requests. Credentials in"
    " .netrc are not used.",
    "REQUESTS_CA_BUNDLE": "The certificate authorities to trust, as in requests; the setting"
    " apismoke_ca_bundle wins.",
    "XDG_STATE_HOME": "The user's state directory, where the journal is by default.",
    "NO_COLOR": "Output without colour.",
    "GITHUB_TOKEN": "The token of 'apismoke issue' and 'apismoke comment'; also GH_TOKEN.",
}
_LINKED_VARIABLES: Mapping[str, tuple[str, str]] = {
    "TRACEPARENT": ("Tracing", "../how-to/tracing.md"),
    "OTEL_EXPORTER_OTLP_ENDPOINT": ("To a collector", "../how-to/tracing.md#to-a-collector"),
    "GITHUB_TOKEN": ("GitHub issues", "../how-to/github-issues.md"),
}
_PARENTHESIS = re.compile(r" \(([^()]*)\)$")


def blocks() -> Mapping[str, str]:
    """The blocks of the page."""
    by_name = {setting.name: setting for setting in SETTINGS}
    groups = {title: [by_name[name] for name in names] for title, names in GROUPS.items()}
    return {
        "list": markdown.bullets(
            f"**{title}**: {', '.join(map(_linked, group))}" for title, group in groups.items()
        ),
        "settings": markdown.blocks(
            part
            for title, group in groups.items()
            for part in (markdown.heading(2, title), *map(_section, group))
        ),
        "settings-variables": markdown.table(
            ("variable", "is the option"),
            [(code(one.environ), _linked(one)) for one in SETTINGS if one.environ],
        ),
        "other-variables": markdown.table(
            ("variable", "meaning"),
            [(code(name), _meaning(name, text)) for name, text in VARIABLES.items()],
        ),
    }


def default_of(setting: Setting[Any]) -> str:
    """The default in words: as the help has it, or as its kind says."""
    told = [part.removeprefix("default: ") for part in _notes(setting) if "default: " in part]
    if told:
        return told[0]
    return "off" if setting.default is False else "none"


def _linked(setting: Setting[Any]) -> str:
    name = setting.option or setting.ini
    return link(code(name), f"#{markdown.slug(name)}")


def _notes(setting: Setting[Any]) -> list[str]:
    """What the help says in parentheses at its end."""
    found = _PARENTHESIS.search(setting.help)
    notes = found[1].split("; ") if found else []
    return [note for note in notes if note == "repeatable" or note.startswith("default: ")]


def _section(setting: Setting[Any]) -> str:
    words = _PARENTHESIS.sub("", setting.help) if _notes(setting) else setting.help
    return markdown.blocks(
        (
            markdown.heading(3, code(setting.option or setting.ini)),
            f"{prose(sentence(words))} {prose(setting.details)}".rstrip(),
            markdown.bullets(_facts(setting)),
        )
    )


def _facts(setting: Setting[Any]) -> Iterator[str]:
    is_switch = bool(setting.option) and not setting.metavar
    if is_switch:
        yield f"Value: none; in a variable or an ini file {prose(setting.kind.words)}"
    else:
        named = [code(setting.metavar)] if setting.metavar else []
        words = [] if setting.kind is TEXT else [prose(setting.kind.words)]
        several = [] if setting.option or not setting.is_list else ["several with blanks between"]
        yield f"Value: {', '.join((*named, *words, *several)) or 'text'}"
    yield f"Default: {prose(default_of(setting))}"
    if "repeatable" in _notes(setting):
        yield "May be given several times"
    if setting.option and setting.ini:
        blanks = ", several with blanks between" if setting.is_list else ""
        yield f"Ini option: {code(setting.ini)}{blanks}"
    if setting.environ:
        commas = ", several with commas between" if setting.is_list or setting.repeats_run else ""
        yield f"Environment: {code(setting.environ)}{commas}"
    if setting.name in PAGES:
        yield f"More: {link(*PAGES[setting.name])}"


def _meaning(name: str, text: str) -> str:
    more = f" {link(*_LINKED_VARIABLES[name])}." if name in _LINKED_VARIABLES else ""
    return prose(text) + more

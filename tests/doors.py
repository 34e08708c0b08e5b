"""Every door of the gate to the outside: what leaves by it, and how the source reaches it.

`gate/test_doors.py` opens each of them with secrets behind it, and `unit/test_doors.py` finds the
ways out of the source that belong to no door. A new way gets a door here, with a scene there; or a
reason in `NO_DOORS`, if nothing that a target or a test says can take it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A door to the outside.

    `ways` has, for each module that goes through it, the words by which the source does so, as
    `doors_of_source.ways_out` writes them.
    """

    name: str
    ways: Mapping[str, tuple[str, ...]]


DOORS = (
    Door(
        name="the verdict on the terminal",
        ways={
            "run.showing": ("output.write", "print", "writer.line", "sys.stdout"),
            "run.several": ("sys.stdout",),
            "system.output": ("stdout.write", "sys.stdout"),
        },
    ),
    Door(
        name="pytest's own output",
        ways={
            "hooks.items": ("def reportinfo", "def repr_failure"),
            "hooks.session": ("report.longrepr", "item.user_properties", "report.user_properties"),
            "hooks.terminal": (
                *("def pytest_report_header", "def pytest_report_teststatus"),
                "def pytest_terminal_summary",
            ),
            "hooks.scrubbing": (
                *("def pytest_assertrepr_compare", "error.args", "error.msg"),
                "record.exc_text",
            ),
        },
    ),
    Door(name="log records", ways={"hooks.scrubbing": ("record.exc_text",)}),
    Door(
        name="the lines of a run while it is running",
        ways={
            "run.live": ("_stream.write", "os.fdopen", "sys.stdout"),
            "run.lively": ("sys.stdout",),
        },
    ),
    Door(
        name="tracebacks of the gate",
        ways={"run.preparation": ("stderr.write", "sys.stderr")},
    ),
    Door(
        name="the JSON report",
        ways={
            "reports.writing": (
                *("output_file.write", "output.write"),
                *("stderr.write", "sys.stderr"),
            ),
            "run.active": ("writing.write",),
            "run.several": ("writing.write",),
            "run.surroundings": ("writing.write",),
            "commands.main": ("writing.write",),
            "system.output_file": ("atomic_file.write", "os.open", "os.write"),
        },
    ),
    Door(
        name="GitHub Actions",
        ways={"run.github": ("Path(path).open", "file.write", "output.write", "sys.stdout")},
    ),
    Door(
        name="notifications",
        ways={
            "notifications.sending": ("services[number].send",),
            "notifications.last_verdict": ("atomic_file.write",),
            "run.audience": ("stderr.write", "sys.stderr"),
        },
    ),
    Door(
        name="the trace of a run",
        ways={"telemetry.export": ("exporter.export",)},
    ),
    Door(
        name="the JUnit file",
        ways={
            "reports.junit_file": ("output_file.write",),
            "run.several": ("output_file.write",),
            "run.surroundings": ("junit_file.write",),
            "commands.main": ("junit_file.write",),
        },
    ),
    Door(
        name="reports that are stored or sent",
        ways={
            "hooks.session": ("setattr", "output[]"),
            "hooks.scrubbing": ("def pytest_report_to_serializable",),
            "hooks.items": ("output[]",),
        },
    ),
    Door(
        name="the channel between xdist's processes",
        ways={
            "hooks.distribution": ("stop.send", "workerinput[]"),
            "hooks.worker": ("_place.send",),
            "http.token_broker": ("_channel.send", "channel.send"),
        },
    ),
    Door(
        name="hooks with the verdict",
        ways=dict.fromkeys(
            ("run.active", "run.several"),
            ("hook.pytest_apismoke_exit", "hook.pytest_apismoke_verdict"),
        ),
    ),
    Door(
        name="the verdict on one of several targets",
        ways={
            "run.active": ("_part.hand_back",),
            "run.part": ("unfinished.write_bytes",),
            "run.several": ("output.open", "output.write"),
        },
    ),
    Door(
        name="the journal",
        ways={
            "safewrite.journal": ("atomic_file.write",),
            "safewrite.sightings": ("atomic_file.write",),
        },
    ),
    Door(
        name="apismoke infer and apismoke init",
        ways={
            "commands.infer": ("new_files.write", "print", "sys.stderr"),
            "commands.infer_openapi": ("new_files.write",),
            "commands.init": ("new_files.write", "print", "sys.stderr"),
            "infer.new_files": ("atomic_file.write", "path.write_bytes"),
        },
    ),
    Door(
        name="apismoke openapi",
        ways={"commands.openapi": ("atomic_file.write", "print", "sys.stderr")},
    ),
    Door(
        name="apismoke known",
        ways={"commands.known": ("atomic_file.write", "print", "sys.stderr")},
    ),
    Door(
        name="apismoke issue and apismoke comment",
        ways={
            "commands.telling_github": ("print", "sys.stderr"),
            "github.api": ("wire.send",),
        },
    ),
    Door(name="apismoke restore", ways={"commands.restore": ("print", "sys.stderr")}),
    Door(
        name="the end of a command whose pytest broke off",
        ways={"commands.child": ("os.write", "print", "sys.exit", "sys.stderr")},
    ),
)

#: Ways that nothing takes which a target or a test says, each with the reason.
NO_DOORS: Mapping[str, Mapping[str, str]] = {
    "checks.declared.folder": {"file.open": "reads"},
    "commands.check": dict.fromkeys(
        ("atomic_file.write", "print", "sys.stderr"),
        "shows files of the user, which hold no secrets: it reads no credentials",
    ),
    "commands.gate": {"subprocess.Popen": "hands its own arguments and environment on"},
    "commands.import_requests": dict.fromkeys(
        ("new_files.write", "print", "sys.stderr"),
        "shows and writes files of the user without the secrets in them; it reads no credentials",
    ),
    "commands.main": {
        "print": "refuses its own arguments",
        "sys.stderr": "refuses its own arguments",
        "subprocess.Popen": "hands its own arguments and environment on",
    },
    "commands.schema": {"print": "shows files of the package"},
    "commands.show": dict.fromkeys(
        ("print", "sys.stderr"),
        "shows files of the user; the values of environment variables are left out",
    ),
    "commands.telling_github": {"Path(report).open": "reads"},
    "commands.trend": dict.fromkeys(
        ("output.write", "output_file.write", "print", "sys.stderr"),
        "shows reports of runs, whose secrets were removed when they were written",
    ),
    "commands.trend_files": {"path.open": "reads"},
    "configuration.option_clashes": {"setattr": "a method of a parser"},
    "configuration.secret_file": {"os.open": "reads"},
    "checks.runner": {"_ahead.send": "requests to the target"},
    "hooks.session": {"_session.shouldstop": "a sentence of the gate"},
    "notifications.last_verdict": {"_path.open": "reads"},
    "run.github": {"os.write": "secrets, for the runner alone, which masks them from then on"},
    "late_pattern": {"setattr": "a pattern's own attributes"},
    "records": {"setattr": "methods of classes"},
    "run.embedded": {"subprocess.Popen": "the embedded backend, which makes up its own password"},
    "run.ignored_options": {"setattr": "an option of pytest"},
    "run.several": {"subprocess.Popen": "hands its own arguments and environment on"},
    "run.watchdog": {"os.write": "a sentence of the gate"},
    "run.wiring": {"config.args": "the paths of contracts"},
    "system.atomic_file": dict.fromkeys(
        ("file.write", "os.fdopen", "os.open"), "writes for other modules"
    ),
    "system.output": dict.fromkeys(("devnull).open", "os.open", "setattr"), "opens a stream"),
}

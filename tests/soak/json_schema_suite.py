"""Runs the official JSON Schema test suite through the gate's own validation.

    python tests/soak/json_schema_suite.py SUITE [DRAFT...]

SUITE is a checkout of json-schema-org/JSON-Schema-Test-Suite, or the folder `json` of jsonschema's
source distribution; the drafts are draft2020-12 and draft7. A case is right when the gate agrees
with the suite. Each other one is named, with the reason where it is an exception that is known;
the script ends with 1 where one is not, or where a known exception is none any more.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_apismoke.errors import SmokeError
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.formats import CHECKER
from pytest_apismoke.schemas.store import Schemas

DIALECTS = {
    "draft2020-12": "https://json-schema.org/draft/2020-12/schema",
    "draft7": "http://json-schema.org/draft-07/schema#",
}
REMOTES = "http://localhost:1234/"
#: Files of formats that are not named after one that the gate checks.
OTHER_FORMATS = ("ecmascript-regex", "unknown")
#: Why cases of a file, or of a group of one, may be wrong; by the beginning of their names.
KNOWN: Mapping[str, Mapping[str, str]] = {
    "draft2020-12": {
        "format.json: ": "the formats that the gate checks are assertions in each draft",
        "vocabulary.json: schema that uses custom metaschema with with no validation vocabulary: ":
            "`apismoke check` refuses a $schema other than that of 2020-12 and of draft-07",
        "optional/dependencies-compatibility.json: ":
            "`dependencies` is no keyword of 2020-12: it is told as not looked at",
        "optional/cross-draft.json: ": "the gate knows 2020-12 and draft-07 only",
        "optional/format/idn-hostname.json: validation of internationalized host names: Bidi":
            "the library idna applies the Bidi rule to each label alone",
    },
    "draft7": {
        "optional/content.json: ": "contentEncoding and contentMediaType annotate, as in 2020-12",
        "optional/cross-draft.json: ": "the gate knows 2020-12 and draft-07 only",
        "optional/format/idn-hostname.json: validation of internationalized host names: Bidi":
            "the library idna applies the Bidi rule to each label alone",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case of the suite."""

    file: str
    name: str
    schema: Any
    value: Any
    is_valid: bool

    @property
    def kind(self) -> str:
        """The part of the suite that it belongs to."""
        parts = self.file.split("/")
        return {1: "required", 2: "optional"}.get(len(parts), "format")


def remotes(suite: Path, draft: str) -> dict[str, Any]:
    """The documents that references in the suite lead to, by their URIs."""
    folder = suite / "remotes"
    found = {}
    for path in folder.rglob("*.json"):
        relative = path.relative_to(folder)
        if not relative.parts[0].startswith("draft") or relative.parts[0] == draft:
            document = json.loads(path.read_text("utf-8"))
            if isinstance(document, dict):
                document.setdefault("$schema", DIALECTS[draft])
            found[f"{REMOTES}{relative.as_posix()}"] = document
    return found


def cases(suite: Path, draft: str) -> Iterator[Case]:
    """The cases of one draft, without those of formats that the gate does not check."""
    folder = suite / "tests" / draft
    formats = {*CHECKER.checkers, *OTHER_FORMATS}
    for path in sorted(folder.rglob("*.json")):
        file = path.relative_to(folder).as_posix()
        if "/format/" in file and path.stem not in formats:
            continue
        for group in json.loads(path.read_text("utf-8")):
            for case in group["tests"]:
                yield Case(
                    file=file,
                    name=f"{file}: {group['description']}: {case['description']}",
                    schema=group["schema"],
                    value=case["data"],
                    is_valid=case["valid"],
                )


def verdicts(suite: Path, draft: str) -> Iterator[tuple[Case, bool | str]]:
    """Each case with what the gate says: valid or not, or why it refuses the schema."""
    documents = remotes(suite, draft)
    known: tuple[Any, Schemas] | None = None
    for case in cases(suite, draft):
        schema = case.schema
        if isinstance(schema, dict):
            schema.setdefault("$schema", DIALECTS[draft])
        if known is None or known[0] is not schema:
            dialect = {"$schema": DIALECTS[draft], "allOf": [schema]}
            whole = schema if isinstance(schema, dict) else dialect
            known = schema, Schemas({**documents, "case.schema.json": whole})
        try:
            yield case, not known[1].check(case.value, "case", Redactor())
        except SmokeError as error:
            yield case, error.failure.message


def run(suite: Path, draft: str) -> bool:
    """Runs one draft and prints its table; true where each exception is known, and is one."""
    counts: dict[str, list[int]] = {}
    used, unknown = set[str](), 0
    for case, said in verdicts(suite, draft):
        count = counts.setdefault(case.kind, [0, 0])
        count[0] += 1
        if said == case.is_valid:
            count[1] += 1
            continue
        reason = next((one for one in KNOWN[draft] if case.name.startswith(one)), None)
        used |= {reason} if reason else set()
        unknown += reason is None
        wanted = "valid" if case.is_valid else "invalid"
        print(f"  {case.name}: wants {wanted}" + (f"; {said}" if isinstance(said, str) else ""))
        print(f"    {KNOWN[draft][reason] if reason else 'NOT KNOWN'}")
    for gone in KNOWN[draft].keys() - used:
        print(f"  no exception any more: {gone}")
    for kind, (number, right) in counts.items():
        print(f"{draft:12} {kind:8} {number:5} cases {right:5} right {number - right:3} exceptions")
    number, right = map(sum, zip(*counts.values(), strict=True))
    print(f"{draft:12} {'all':8} {number:5} cases {right:5} right {number - right:3} exceptions")
    return not unknown and used == KNOWN[draft].keys()


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    drafts = sys.argv[2:] or list(DIALECTS)
    right = [run(Path(sys.argv[1]), draft) for draft in drafts]
    return 0 if all(right) else 1


if __name__ == "__main__":
    raise SystemExit(main())

"""Runs the official JSON Schema test suite through the gate's own validation.

    python tests/soak/json_schema_suite.py SUITE [DRAFT...]

SUITE is a checkout of json-schema-org/JSON-Schema-Test-Suite, or the folder `json` of jsonschema's
source distribution; the drafts are draft2020-12 and draft7. A case is right when the gate agrees
with the suite; wrong cases in which jsonschema itself disagrees too are counted separately.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema.validators import validator_for

from pytest_apismoke.errors import SmokeError
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.formats import CHECKER
from pytest_apismoke.schemas.store import Schemas

DIALECTS = {
    "draft2020-12": "https://json-schema.org/draft/2020-12/schema",
    "draft7": "http://json-schema.org/draft-07/schema#",
}
REMOTES = "http://localhost:1234/"
#: The formats that the gate validates; the others of the suite are annotations to it.
FORMATS = ("date-time", "date", "time", "email", "uri", "uri-reference", "uuid", "ipv4", "ipv6")


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


def cases(suite: Path, draft: str) -> Iterator[tuple[str, str, Any, Any, bool]]:
    """Each case: its file, name, schema and value, and whether the value is valid."""
    folder = suite / "tests" / draft
    formats = [folder / "optional" / "format" / f"{name}.json" for name in FORMATS]
    for path in [*sorted(folder.glob("*.json")), *(p for p in formats if p.exists())]:
        for group in json.loads(path.read_text("utf-8")):
            for case in group["tests"]:
                name = f"{group['description']}: {case['description']}"
                file = path.relative_to(folder).as_posix()
                yield file, name, group["schema"], case["data"], case["valid"]


def run(suite: Path, draft: str) -> bool:
    """Runs one draft; true when the gate is right wherever jsonschema is."""
    documents = remotes(suite, draft)
    counts: Counter[str] = Counter()
    known: tuple[Any, Schemas] | None = None
    for file, name, schema, value, valid in cases(suite, draft):
        if isinstance(schema, dict):
            schema.setdefault("$schema", DIALECTS[draft])
        if known is None or known[0] is not schema:
            dialect = {"$schema": DIALECTS[draft], "allOf": [schema]}
            whole = schema if isinstance(schema, dict) else dialect
            known = schema, Schemas({**documents, "case.schema.json": whole})
        kind = "format" if file.startswith("optional") else "case"
        try:
            said = not known[1].check(value, "case", Redactor())
        except SmokeError as error:
            said = not valid
            print(f"  {file}: {name}: {error.failure.message}")
        counts[f"{kind}s"] += 1
        if said == valid:
            counts[f"{kind}s right"] += 1
            continue
        itself = validator_for(schema)(schema, format_checker=CHECKER)
        try:
            as_well = itself.is_valid(value) == said
        except Exception:
            as_well = False
        counts[f"{kind}s wrong as jsonschema" if as_well else f"{kind}s wrong"] += 1
        print(f"  {file}: {name}: wants {'valid' if valid else 'invalid'}"
              f"{' (jsonschema too)' if as_well else ''}")  # fmt: skip
    print(f"{draft}: {dict(counts)}")
    return not any(name.endswith("wrong") for name in counts)


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    drafts = sys.argv[2:] or list(DIALECTS)
    right = [run(Path(sys.argv[1]), draft) for draft in drafts]
    return 0 if all(right) else 1


if __name__ == "__main__":
    raise SystemExit(main())

"""The plugin's own schemas are trusted at run time, because they are validated here."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from pytest_apismoke.schemas import schema_lint, shipped
from pytest_apismoke.schemas.schema_lint import invalid, lint
from pytest_apismoke.schemas.store import Schemas, built_in


def held_against_their_metaschema(schemas: Schemas) -> list[Any]:
    """The documents that a look for mistakes holds against their metaschema."""
    with patch.object(schema_lint, "invalid", wraps=invalid) as called:
        assert schemas.mistakes() == ()
    return [call.args[0] for call in called.call_args_list]


def test_the_shipped_schemas_have_no_mistake() -> None:
    documents = shipped.documents()
    schemas = Schemas(documents)
    labels = {path: path for path in documents}
    assert lint(documents, labels, schemas.names, schemas._validation._registry, trusted=()) == ()
    assert len(documents) >= 5


def test_a_run_trusts_them() -> None:
    assert held_against_their_metaschema(built_in()) == []


def test_a_run_validates_those_of_the_user() -> None:
    own = {"type": "object"}
    schemas = built_in().with_documents({"order.schema.json": own}, {})
    assert held_against_their_metaschema(schemas) == [own]


def test_a_file_that_replaces_a_shipped_one_is_the_users_even_with_the_same_content() -> None:
    same = dict(shipped.documents()["settings.schema.json"])
    schemas = built_in().with_documents({"settings.schema.json": same}, {})
    assert held_against_their_metaschema(schemas) == [same]


def test_a_broken_reference_beside_them_is_found() -> None:
    broken = Schemas({**shipped.documents(), "mine.schema.json": {"$ref": "no.schema.json"}})
    assert [mistake.seen for mistake in broken.mistakes()] == ["'no.schema.json'"]


def test_the_shipped_files_are_read_once() -> None:
    assert (
        built_in().documents["settings.schema.json"]
        is (built_in().documents["settings.schema.json"])
    )

"""The SQLite database with the accounts and the settings document."""

import json
import sqlite3
from pathlib import Path

from .response import JsonObject

_SCHEMA = """
CREATE TABLE account (email TEXT PRIMARY KEY, password_hash BLOB NOT NULL);
CREATE TABLE business (id TEXT PRIMARY KEY, document TEXT NOT NULL);
"""


class Store:
    """A new database at a path where no file exists yet."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path)
        self._database.executescript(_SCHEMA)

    def ping(self) -> None:
        """Run a query.

        Raises:
            sqlite3.Error: the database does not respond.
        """
        self._database.execute("SELECT 1").fetchone()

    def add_account(self, email: str, password_hash: bytes) -> None:
        """Add an account."""
        with self._database:
            self._database.execute("INSERT INTO account VALUES (?, ?)", (email, password_hash))

    def password_hash(self, email: str) -> bytes | None:
        """Return the hash of this account's password, None for an unknown account."""
        row = self._database.execute(
            "SELECT password_hash FROM account WHERE email = ?", (email,)
        ).fetchone()
        return None if row is None else bytes(row[0])

    def save(self, document: JsonObject) -> None:
        """Store the document under its id; it is committed when this returns."""
        with self._database:
            self._database.execute(
                "INSERT OR REPLACE INTO business VALUES (?, ?)",
                (document["id"], json.dumps(document)),
            )

    def load(self) -> JsonObject:
        """Return the stored document."""
        row = self._database.execute("SELECT document FROM business").fetchone()
        document: JsonObject = json.loads(row[0])
        return document

    def close(self) -> None:
        """Close the file."""
        self._database.close()

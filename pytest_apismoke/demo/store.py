"""What the backend keeps: the account and its settings document, in SQLite."""

import json
import sqlite3
from pathlib import Path

from .response import JsonObject

_SCHEMA = """
CREATE TABLE account (username TEXT PRIMARY KEY, password_hash BLOB NOT NULL);
CREATE TABLE business (id TEXT PRIMARY KEY, document TEXT NOT NULL);
"""


class Store:
    """One database file with one account and one settings document."""

    def __init__(self, path: Path) -> None:
        """Create the database at a path where there is none yet."""
        self._database = sqlite3.connect(path)
        self._database.executescript(_SCHEMA)

    def ping(self) -> None:
        """Ask the database something.

        Raises:
            sqlite3.Error: it does not answer.
        """
        self._database.execute("SELECT 1").fetchone()

    def add_account(self, username: str, password_hash: bytes) -> None:
        """Keep an account."""
        with self._database:
            self._database.execute("INSERT INTO account VALUES (?, ?)", (username, password_hash))

    def password_hash(self, username: str) -> bytes | None:
        """Return the hash of this account's password, None for an unknown account."""
        row = self._database.execute(
            "SELECT password_hash FROM account WHERE username = ?", (username,)
        ).fetchone()
        return None if row is None else bytes(row[0])

    def save(self, document: JsonObject) -> None:
        """Keep the document under its id, committed before this returns."""
        with self._database:
            self._database.execute(
                "INSERT OR REPLACE INTO business VALUES (?, ?)",
                (document["id"], json.dumps(document)),
            )

    def load(self) -> JsonObject:
        """Return the document that was saved last."""
        row = self._database.execute("SELECT document FROM business").fetchone()
        document: JsonObject = json.loads(row[0])
        return document

    def close(self) -> None:
        """Release the file."""
        self._database.close()

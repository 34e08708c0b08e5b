"""Which entries of the journal are obeyed: a planted one must not send anything else. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.records import dataclass
from pytest_apismoke.safewrite.entry import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDocument:
    """A document that a run may write: the method of its updates, and the paths it may have."""

    method: str
    paths: re.Pattern[str]

    @classmethod
    def of(cls, document: Document) -> KnownDocument:
        """One document."""
        return cls(method=document.update_method, paths=re.compile(re.escape(document.path)))

    def is_of(self, entry: Entry) -> bool:
        """Whether an entry of the journal is about this document."""
        return entry.method == self.method and self.paths.fullmatch(entry.path) is not None


def refusal(
    entry: Entry,
    *,
    like: Document,
    account: str | None,
    known: Sequence[KnownDocument],
    named: bool,
    repair: str,
) -> str:
    """Why an entry is not obeyed; empty if it is.

    Args:
        entry: of the journal, for this target.
        like: the document of the profile whose shape that of the entry has.
        account: the id of the account's settings document, or empty if it has none or can't be
            fetched. None if all entries are known to be of this account.
        known: the documents that this run may write.
        named: whether a person named its run, so that its path counts as known.
        repair: the command that takes this entry back.

    """
    if not entry.is_read_as(like):
        return (
            f"the journal has an entry of {entry.who} for {entry.method} {entry.path}, whose"
            " document was elsewhere in the answer than [document] root and select of this profile"
            " say: nothing was sent; name the profile of that run with --target-profile, or"
            f" '{repair} --accept' forgets it"
        )
    if account is not None and entry.account != account:
        whose = "another account" if account else "an account that this run does not know"
        return f"the journal has an entry of the run {entry.run_id} for {whose}"
    if named or any(document.is_of(entry) for document in known):
        return ""
    return (
        f"the journal has an entry of {entry.who} for {entry.method} {entry.path}, which this"
        f" run does not write: nothing was sent; '{repair}' obeys it by name,"
        f" '{repair} --accept' forgets it"
    )


def account_of(document: Mapping[str, Any], id_field: str) -> str:
    """The account that a settings document belongs to; empty if it has no id."""
    value = document.get(id_field)
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""

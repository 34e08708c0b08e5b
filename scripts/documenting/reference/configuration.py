"""configuration.md: every table and key of apismoke.toml, from the records that are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from documenting.reference import markdown
from documenting.reference.markdown import anchor, code, link, prose
from pytest_apismoke.configuration import accounts, headers, resources
from pytest_apismoke.configuration.keys import Key, Shape, keys_of, records_of
from pytest_apismoke.configuration.profiles import ApiProfile, Document, TargetProfile
from pytest_apismoke.configuration.toml_text import toml_value

#: The page that tells how a table is used, with the title of the link.
PAGES: Mapping[str, tuple[str, str]] = {
    "readiness": ("Point it at your backend", "../how-to/your-backend.md"),
    "login": ("Point it at your backend", "../how-to/your-backend.md"),
    "document": ("Settings of any shape", "../how-to/settings-of-any-shape.md"),
    "calendar": ("Twilio and the calendar", "../how-to/twilio-and-calendar.md"),
    "twilio": ("Twilio and the calendar", "../how-to/twilio-and-calendar.md"),
    "limits": ("Deadlines and retries", "../explanation/deadlines-and-retries.md"),
    "openapi": ("OpenAPI", "../how-to/contracts.md#openapi"),
    "headers": ("Headers for every request", "#headers-for-every-request"),
    "resource": ("Several resources", "../how-to/resources.md"),
    "accounts.NAME": ("A test of permissions", "../how-to/your-own-tests.md#a-test-of-permissions"),
    "profiles.NAME": ("Profiles", "#profiles"),
}
#: Tables that are named by users.
_APIS, _ACCOUNTS, _PROFILES = "apis.NAME", "accounts.NAME", "profiles.NAME"
_OF_PROFILES = "All tables once more, for one environment."
_EXTENDS = "The profile that this one inherits from."
_HEADER = ("key", "value", "default", "meaning")
#: The default of a table in one cell, in characters.
_LONGEST = 60


def blocks() -> Mapping[str, str]:
    """The blocks of the page."""
    sections = {name: markdown.blocks(parts) for name, parts in _sections()}
    return {
        "tables": markdown.table(
            ("table", "describes"),
            [
                (link(code(_written(name)), f"#{markdown.slug(name)}"), _told(name))
                for name in sections
            ],
        ),
        "keys": markdown.blocks(sections.values()),
    }


def _written(table: str) -> str:
    return f"[[{table}]]" if table == resources.TABLE else f"[{table}]"


def _told(name: str) -> str:
    record = _records().get(name)
    own = {
        headers.TABLE: headers.DESCRIPTION.partition(". ")[0],
        resources.TABLE: resources.DESCRIPTION.partition(": ")[0],
        _ACCOUNTS: "A further account, for tests of permissions",
        _PROFILES: _OF_PROFILES,
    }
    text = own.get(name) or str(record.__doc__).partition("\n")[0]
    return prose(f"{text.rstrip('.')}.")


def _records() -> Mapping[str, type]:
    """The records by the tables that they are, those in tables among them."""
    found: dict[str, type] = {}
    for name, record in records_of(TargetProfile).items():
        found[name] = record
        found |= {f"{name}.{inner}": one for inner, one in records_of(record).items()}
    return {**found, _APIS: ApiProfile, _ACCOUNTS: accounts.Account}


def _sections() -> Iterator[tuple[str, Iterable[str]]]:
    for name, record in _records().items():
        if name == _APIS:
            yield headers.TABLE, (*_begun(headers.TABLE), prose(headers.DESCRIPTION))
            yield resources.TABLE, _of_resources()
        yield name, (*_begun(name), *_more(name), _keys(name, keys_of(record).values()))
    extends = (_cell(_PROFILES, "extends"), "the name of a profile", "the top level", _EXTENDS)
    yield _PROFILES, (*_begun(_PROFILES), prose(_OF_PROFILES), markdown.table(_HEADER, [extends]))


def _begun(name: str) -> Iterator[str]:
    yield markdown.heading(3, code(_written(name)))


def _more(name: str) -> Iterator[str]:
    more = f" More: {link(*PAGES[name])}." if name in PAGES else ""
    yield f"{_told(name)}{more}"


def _of_resources() -> Iterator[str]:
    yield from _begun(resources.TABLE)
    yield f"{prose(resources.DESCRIPTION)} More: {link(*PAGES[resources.TABLE])}."
    left_out = [name for name in keys_of(Document) if name not in resources.OF_DOCUMENT]
    needed = " and ".join(map(code, resources.NEEDED))
    yield (
        f"It takes the keys of {link(code('[document]'), '#document')} except"
        f" {', '.join(map(code, left_out))}; of these {needed} have no default here. It also takes"
        f" the keys of {link(code(f'[{_APIS}]'), f'#{markdown.slug(_APIS)}')}, and:"
    )
    yield _keys(resources.TABLE, [resources.NAME], needed=True)


def _keys(table: str, keys: Iterable[Key], *, needed: bool = False) -> str:
    rows = [
        (
            _cell(table, key.name),
            prose(_value(key)),
            "needed" if needed else _default(key),
            prose(key.description),
        )
        for key in keys
    ]
    return markdown.table(_HEADER, rows)


def _cell(table: str, key: str) -> str:
    return f"{anchor(f'{markdown.slug(table)}-{key}')}{code(key)}"


def _value(key: Key) -> str:
    words = key.kind.words
    return {
        Shape.VALUE: words,
        Shape.LIST: f"list: each {words}",
        Shape.VALUE_OR_LIST: f"{words}; or a list",
        Shape.TABLE: f"table: names, each {words}, and values",
        Shape.TABLE_OF_LISTS: f"table: names, each {words}, and values or lists",
    }[key.shape]


def _default(key: Key) -> str:
    if key.default is None:
        return "none"
    default = key.written_default
    is_whole = isinstance(default, float) and default.is_integer()
    text = toml_value(int(default) if is_whole else default)
    is_large = isinstance(default, dict) and len(text) > _LONGEST
    return "`apismoke show` prints it" if is_large else code(text)

"""Keys of `[document]` that contradict each other are refused before anything is sent."""

from __future__ import annotations

import pytest

from pytest_apismoke.configuration.loading import load
from pytest_apismoke.errors import Failure

FORM = 'update_method = "POST"\nupdate_format = "form"\nprobe = "/about"\n'
NAMED = '{ "/about" = "about" }'


def mistakes_in(text: str) -> list[Failure]:
    return list(load({"apismoke.toml": text})[1])


@pytest.mark.parametrize(
    ("lines", "key", "expected", "seen", "hint"),
    [
        (
            'update_format = "json-patch"',
            "update_format",
            'update_method = "PATCH" with JSON Patch',
            'update_method = "PUT"',
            'write update_method = "PATCH", or another update_format',
        ),
        (
            'update_format = "merge-patch"\nupdate_body = "whole"',
            "update_body",
            'update_body = "fields" with update_format = "merge-patch"',
            'update_body = "whole"',
            'a patch has only what changes: remove it, or write update_format = "json"',
        ),
        (
            'companions = ["name"]\nupdate_body = "whole"',
            "companions",
            'companions only with update_body = "fields"',
            'update_body = "whole", which sends every field',
            "remove companions; if some fields must not be sent, list the others in writable",
        ),
        (
            'writable = ["name"]',
            "writable",
            'writable only with update_body = "whole"',
            'update_body = "fields", which sends the changed fields alone',
            'write update_body = "whole", or remove writable',
        ),
        (
            'writable = ["name"]\nupdate_body = "whole"\nprobe = ["/name", "/a~1b/c"]',
            "writable",
            "every field of probe in writable",
            "/a~1b/c not in it",
            "add 'a/b', or name the writable ones alone in probe",
        ),
        (
            f"form_names = {NAMED}",
            "form_names",
            'form_names only with update_format = "form"',
            'update_format = "json"',
            'write update_format = "form", or remove form_names',
        ),
        (
            FORM,
            "form_names",
            "a name in the form for every field of probe",
            "none for /about",
            'add "/about" = "about", or name fewer fields in probe',
        ),
        (
            f'{FORM}form_names = {NAMED}\ncompanions = ["a/b"]',
            "form_names",
            "a name in the form for every field of companions",
            "none for /a~1b",
            'add "/a~1b" = "a/b"',
        ),
        (
            f'{FORM}form_names = {NAMED}\nversion_member = "/meta/version"',
            "form_names",
            "a name in the form for every field of version_member",
            "none for /meta/version",
            'add "/meta/version" = "meta"',
        ),
        (
            f'{FORM}form_names = {{ "/about" = 1 }}',
            "form_names",
            "the name of a field in the form for each JSON Pointer",
            "1 for /about",
            'write, for instance, form_names = { "/about" = "about" }',
        ),
        (
            f'{FORM}form_names = {NAMED}\nupdate_root = "/data"',
            "update_root",
            "no update_root with a form, which has no inner objects",
            'update_root = "/data"',
            "remove it, and write the names as the form has them in form_names",
        ),
        (
            'csrf_header = "X-CSRF"',
            "csrf_header",
            "one of csrf_from_header, csrf_from_cookie, csrf_from_pointer with it",
            "none",
            "name the one place where a read of the document has the value",
        ),
        (
            'csrf_header = "X-CSRF"\ncsrf_from_header = "A"\ncsrf_from_pointer = "/b"',
            "csrf_header",
            "one of csrf_from_header, csrf_from_cookie, csrf_from_pointer with it",
            "csrf_from_header and csrf_from_pointer",
            "name the one place where a read of the document has the value",
        ),
        (
            'csrf_from_cookie = "csrftoken"',
            "csrf_from_cookie",
            "csrf_header, the header that carries the value",
            "none",
            'write, for instance, csrf_header = "X-CSRF-Token", or remove csrf_from_cookie',
        ),
    ],
)
def test_a_contradiction_names_the_key_and_what_to_do(
    lines: str, key: str, expected: str, seen: str, hint: str
) -> None:
    (mistake,) = mistakes_in(f"[document]\n{lines}")
    assert (mistake.expected, mistake.seen, mistake.hint) == (expected, seen, hint)
    written = [n for n, line in enumerate(lines.split("\n"), 2) if line.startswith(key)]
    line = f"line {written[0]}, " if written else ""
    assert mistake.where == f"apismoke.toml, {line}document.{key}"


@pytest.mark.parametrize(
    "lines",
    [
        'update_body = "whole"\nwritable = ["name", "greeting_style"]',
        'update_method = "POST"\nupdate_format = "form"\nform_names = { "/industry" = "branch" }',
    ],
)
def test_of_the_default_candidates_those_that_can_be_sent_will_do(lines: str) -> None:
    assert mistakes_in(f"[document]\n{lines}") == []


def test_a_default_candidate_is_needed_all_the_same() -> None:
    (mistake,) = mistakes_in('[document]\nupdate_body = "whole"\nwritable = ["name"]')
    assert mistake.expected == "every field of probe in writable"


def test_a_contradiction_is_told_once_where_its_key_is_written() -> None:
    text = """
        [document]
        update_method = "PATCH"
        companions = ["name"]
        [profiles.a.document]
        update_format = "json-patch"
        [profiles.b]
        extends = "a"
        [profiles.b.document]
        update_method = "PUT"
        [profiles.c]
        extends = "b"
        [profiles.d.document]
        update_body = "whole"
    """
    assert [(one.where, one.seen) for one in mistakes_in(text)] == [
        ("apismoke.toml, line 6, profiles.a.document.update_format", 'update_method = "PUT"'),
        (
            "apismoke.toml, line 4, document.companions",
            'update_body = "whole", which sends every field',
        ),
    ]


def test_another_mistake_is_told_first() -> None:
    """What is left out because of it might seem to be missing."""
    text = "[document]\nupdate_format = 'json-patch'\nupdate_method = 'patch'"
    assert [one.where for one in mistakes_in(text)] == [
        "apismoke.toml, line 3, document.update_method"
    ]

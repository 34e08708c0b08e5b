"""`[[resource]]`: further documents with the same proof, each an API with a name."""

from __future__ import annotations

import pytest

from pytest_apismoke.configuration.effective_toml import toml_of
from pytest_apismoke.configuration.loading import load
from pytest_apismoke.configuration.profiles import ApiProfile, Document, TargetProfile

PROFILE = '[[resource]]\nname = "profile"\npath = "/api/profile"\nprobe = "/bio"\n'


def loaded(text: str, name: str | None = None) -> TargetProfile:
    profile, mistakes = load({"apismoke.toml": text}, name=name)
    assert mistakes == ()
    return profile


def mistakes_in(text: str) -> list[str]:
    return [str(mistake) for mistake in load({"apismoke.toml": text})[1]]


def test_a_resource_is_a_document_with_a_name() -> None:
    profile = loaded(f'{PROFILE}update_method = "PATCH"\nexpect = {{ "/id" = 7 }}\n')
    assert profile.resources == (
        Document(
            name="profile",
            path="/api/profile",
            probe=("/bio",),
            update_method="PATCH",
            expect=(("/id", 7),),
        ),
    )


def test_its_suite_comes_after_the_built_in_ones() -> None:
    flag = PROFILE.replace("profile", "flag")
    assert loaded(PROFILE + flag).suites == ("settings", "calendar", "twilio", "profile", "flag")


@pytest.mark.parametrize(
    "text",
    [
        f"{PROFILE}exit_code = 12\nrequired = false\n",
        f"{PROFILE}[apis.profile]\nexit_code = 12\nrequired = false\n",
    ],
    ids=["in its own table", "in that of its API"],
)
def test_the_keys_of_its_api_stand_in_either_table(text: str) -> None:
    assert loaded(text).apis == (ApiProfile(name="profile", exit_code=12, required=False),)


def test_a_profile_changes_those_of_the_same_name_and_adds_others() -> None:
    eu = (
        "[profiles.eu]\n[[profiles.eu.resource]]\n"
        'name = "profile"\nprobe = ["/motto", "/bio"]\n'
        '[[profiles.eu.resource]]\nname = "flag"\npath = "/api/flag"\nprobe = "/note"\n'
    )
    assert loaded(PROFILE + eu, "eu").resources == (
        Document(name="profile", path="/api/profile", probe=("/motto", "/bio")),
        Document(name="flag", path="/api/flag", probe=("/note",)),
    )
    assert [one.name for one in loaded(PROFILE + eu).resources] == ["profile"]


def test_a_value_of_it_knows_its_line() -> None:
    profile = loaded(f"{PROFILE}[[resource]]\nname = 'flag'\npath = '/f'\nprobe = '/note'")
    origin = profile.origin_of("resource", "flag", "probe")
    assert origin.where == "apismoke.toml, line 8, resource.flag.probe"


def test_what_is_shown_of_it_loads_again() -> None:
    profile = loaded(
        f"{PROFILE}exit_code = 12\nexpect = {{ '/id' = 7 }}\n" + PROFILE.replace("profile", "flag")
    )
    assert loaded(toml_of(profile, {})) == profile


OVERLAP = (
    "  what to do: leave one of them out: a proof holds for the document as a whole; several"
    " fields to try are a list in probe"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[resource]\nname = 'profile'",
            "expected a list of tables, seen a table\n"
            "  where: apismoke.toml, line 1, resource\n"
            "  what to do: write [[resource]] in double brackets, and its keys below",
        ),
        (
            "[[resource]]\npath = '/api/profile'",
            "expected a name, which is that of its API, seen none\n"
            "  where: apismoke.toml, line 1, resource.0\n"
            '  what to do: write, for instance, name = "profile"',
        ),
        (
            "[[resource]]\nname = 'My Profile'",
            "expected a name of lower-case letters, digits, '_' and '-' that begins with a letter,"
            " seen the string 'My Profile'\n"
            "  where: apismoke.toml, line 2, resource.0.name\n"
            '  what to do: write, for instance, name = "profile"',
        ),
        (
            "[[resource]]\nname = 'calendar'",
            "expected a name other than settings, calendar, twilio, tests, apismoke, known,"
            " openapi, seen 'calendar'\n"
            "  where: apismoke.toml, line 2, resource.0.name\n"
            "  what to do: these name something else: choose another name",
        ),
        (
            PROFILE + PROFILE,
            "expected each resource once, seen 'profile' twice\n"
            "  where: apismoke.toml, line 6, resource.1.name\n"
            "  what to do: give one of them another name, or write all keys into one table",
        ),
        (
            "[[resource]]\nname = 'profile'\nprobe = '/bio'",
            "expected path in [[resource]] 'profile', seen none\n"
            "  where: apismoke.toml, line 2, resource.profile.name\n"
            '  what to do: write, for instance, path = "/api/profile"',
        ),
        (
            "[[resource]]\nname = 'profile'\npath = '/api/profile'",
            "expected probe in [[resource]] 'profile', seen none\n"
            "  where: apismoke.toml, line 2, resource.profile.name\n"
            '  what to do: write, for instance, probe = "/bio"',
        ),
        (
            f"{PROFILE}exit_code = 7",
            "expected a whole number from 10 to 63, seen the number 7\n"
            "  where: apismoke.toml, line 5, resource.profile.exit_code\n"
            "  what to do: write, for instance, exit_code = 10",
        ),
        (
            f"{PROFILE}exit_code = 11\n[apis.profile]\nexit_code = 12",
            "expected exit_code of the API 'profile' once, seen one in [[resource]], and one in"
            " [apis.profile]\n"
            "  where: apismoke.toml, line 5, apis.profile.exit_code\n"
            "  what to do: remove one of them",
        ),
        (
            f'{PROFILE}update_format = "json-patch"',
            'expected update_method = "PATCH" with JSON Patch, seen update_method = "PUT"\n'
            "  where: apismoke.toml, line 5, resource.profile.update_format\n"
            '  what to do: write update_method = "PATCH", or another update_format',
        ),
        (
            "[[resource]]\nname = 'hours'\npath = '/api/business/me'\nprobe = '/business_hours'",
            "expected a document of its own, seen the probe /business_hours, which is that of the"
            " settings too\n"
            f"  where: apismoke.toml, line 3, resource.hours.path\n{OVERLAP}",
        ),
        (
            "[document]\nprobe = '/profile/bio'\n"
            "[[resource]]\nname = 'p'\npath = '/api/business/me'\nroot = '/profile'\n"
            "probe = '/bio'",
            "expected a document of its own, seen the probe /profile/bio, which is that of the"
            " settings too\n"
            f"  where: apismoke.toml, line 5, resource.p.path\n{OVERLAP}",
        ),
        (
            f"{PROFILE}[[resource]]\nname = 'motto'\npath = '/api/profile'\nprobe = '/motto'",
            "expected a document of its own, seen the document at /api/profile, which is that of"
            " 'profile' too\n"
            f"  where: apismoke.toml, line 7, resource.motto.path\n{OVERLAP}",
        ),
        (
            f"{PROFILE}[[resource]]\nname = 'me'\npath = '/api/me'\nupdate_path = '/api/profile'\n"
            "probe = '/bio'",
            "expected a document of its own, seen the probe /bio, sent with PUT /api/profile, which"
            " is that of 'profile' too\n"
            f"  where: apismoke.toml, line 7, resource.me.path\n{OVERLAP}",
        ),
    ],
)
def test_a_mistake_is_told_in_three_parts_with_its_line(text: str, message: str) -> None:
    assert mistakes_in(text) == [message]


@pytest.mark.parametrize(
    "text",
    [
        "[apis.settings]\nenabled = false\n"
        "[[resource]]\nname = 'hours'\npath = '/api/business/me'\nprobe = '/business_hours'",
        "[document]\nroot = '/business'\n"
        "[[resource]]\nname = 'p'\npath = '/api/business/me'\nroot = '/profile'\nprobe = '/bio'",
        "[[resource]]\nname = 'a'\npath = '/flags'\nupdate_path = '/flags/1'\n"
        "select = { '/id' = 1 }\nprobe = '/note'\n"
        "[[resource]]\nname = 'b'\npath = '/flags'\nupdate_path = '/flags/2'\n"
        "select = { '/id' = 2 }\nprobe = '/note'",
    ],
    ids=["the settings are not checked", "beside each other", "two of a list"],
)
def test_documents_that_are_apart_are_no_mistake(text: str) -> None:
    assert mistakes_in(text) == []

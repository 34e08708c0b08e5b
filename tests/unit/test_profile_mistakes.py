"""The mistakes that people make in a profile, each with its whole message, as one reads it."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from pytest_apismoke.configuration.keys import keys_of, records_of
from pytest_apismoke.configuration.loading import load
from pytest_apismoke.configuration.profiles import Document, Login, Readiness, TargetProfile
from pytest_apismoke.errors import Category

#: A secret that no message may show.
CANARY = "canary-that-nobody-sees"
ENVIRON = {
    "LOGIN_PATH": "in",
    "EMPTY": "",
    "SHORT": "abc",
    "LINE_END": f"{CANARY}\n",
    "MARKED": f"\ufeff{CANARY}",
    "ACCENTED": f"{CANARY}-é",
    "KEY_OF_THE_WALL": CANARY,
    "TOKEN_OF_THE_PROXY": CANARY,
}


def keys(record: type) -> str:
    """The keys of a table, as messages list them."""
    return ", ".join((*keys_of(record), *records_of(record)))


LOGIN, DOCUMENT, READINESS = keys(Login), keys(Document), keys(Readiness)
TABLES = ", ".join(
    (*records_of(TargetProfile), "headers", "resource", "apis", "accounts", "profiles")
)


class Case(NamedTuple):
    """A configuration with a mistake, and the message for it."""

    name: str
    text: str
    message: str


MISTAKES = [
    Case(
        "a secret in the query of a path",
        "[readiness]\npath = '/up?v=1&api_key=9f86d081'",
        "expected a reference such as \"${API_KEY}\" for 'api_key', seen a secret in the file (not"
        " shown)\n"
        "  where: apismoke.toml, line 2, readiness.path\n"
        "  what to do: put it into an environment variable, and refer to that; where others have"
        " read the file, replace the secret",
    ),
    Case(
        "what has the form of a token",
        "[headers]\nX-Wall = 'Bearer 9f86d081884c7d65'",
        "expected a reference such as \"${X_WALL}\" for 'X-Wall', seen a secret in the file (not"
        " shown)\n"
        "  where: apismoke.toml, line 2, headers.X-Wall\n"
        "  what to do: put it into an environment variable, and refer to that; where others have"
        " read the file, replace the secret",
    ),
    Case(
        "a version page with a login, and no such page",
        "[readiness]\nversion_needs_login = true",
        "expected version_path with it: the readiness path itself is asked before the login, seen"
        " none\n"
        "  where: apismoke.toml, line 2, readiness.version_needs_login\n"
        '  what to do: write, for instance, version_path = "/api/version"',
    ),
    Case(
        "a version page with a login, and no login",
        "[readiness]\nversion_path = '/v'\nversion_needs_login = true\n[login]\nenabled = false",
        "expected a login, whose token the version page wants, seen enabled = false below"
        " [login]\n"
        "  where: apismoke.toml, line 3, readiness.version_needs_login\n"
        "  what to do: remove version_needs_login, or describe the login",
    ),
    Case(
        "a table that is nearly known",
        "[logn]\npath = '/in'",
        f"expected one of the keys {TABLES}, seen 'logn'\n"
        "  where: apismoke.toml, line 1, logn\n"
        "  what to do: did you mean 'login'?",
    ),
    Case(
        "a key that is nearly known",
        "[login]\npth = '/in'",
        f"expected one of the keys {LOGIN}, seen 'pth'\n"
        "  where: apismoke.toml, line 2, login.pth\n"
        "  what to do: did you mean 'path'?",
    ),
    Case(
        "a key of a profile that is nearly known",
        "[profiles.staging.document]\nprob = '/about'",
        f"expected one of the keys {DOCUMENT}, seen 'prob'\n"
        "  where: apismoke.toml, line 2, profiles.staging.document.prob\n"
        "  what to do: did you mean 'probe'?",
    ),
    Case(
        "a key of another table",
        "[readiness]\n# seconds\nread_timeout_s = 3",
        f"expected one of the keys {READINESS}, seen 'read_timeout_s'\n"
        "  where: apismoke.toml, line 3, readiness.read_timeout_s\n"
        "  what to do: 'read_timeout_s' is a key of [limits]",
    ),
    Case(
        "a key of an API",
        "[document]\nrequired = false",
        f"expected one of the keys {DOCUMENT}, seen 'required'\n"
        "  where: apismoke.toml, line 2, document.required\n"
        "  what to do: 'required' is a key of [apis.NAME]",
    ),
    Case(
        "a table with another name",
        "[settings]\npath = '/me'",
        f"expected one of the keys {TABLES}, seen 'settings'\n"
        "  where: apismoke.toml, line 1, settings\n"
        "  what to do: the table for this is [document]",
    ),
    Case(
        "credentials",
        "[login]\nusername = 'me@example.com'\npassword = 'canary-that-nobody-sees'",
        f"expected one of the keys {LOGIN}, seen 'username'\n"
        "  where: apismoke.toml, line 2, login.username\n"
        "  what to do: credentials come from the environment only: APISMOKE_USERNAME,"
        " APISMOKE_PASSWORD",
    ),
    Case(
        "a secret in a header",
        "[headers]\nX-Api-Key = 'canary-that-nobody-sees'\n[login]\nheader = 'X-Token'",
        "expected a reference such as \"${X_API_KEY}\" for 'X-Api-Key', seen a secret in"
        " the file (not shown)\n"
        "  where: apismoke.toml, line 2, headers.X-Api-Key\n"
        "  what to do: put it into an environment variable, and refer to that; where"
        " others have read the file, replace the secret",
    ),
    Case(
        "a target",
        "target_url = 'https://api.example.com'",
        f"expected one of the keys {TABLES}, seen 'target_url'\n"
        "  where: apismoke.toml, line 1, target_url\n"
        "  what to do: the URL is not part of the configuration: give it with"
        " --target-url or APISMOKE_TARGET_URL",
    ),
    Case(
        "a URL in the place of a path",
        "[readiness]\npath = 'https://api.example.com/health'",
        "expected a path that begins with '/', percent-encoded, seen the string"
        " 'https://api.example.com/health'\n"
        "  where: apismoke.toml, line 2, readiness.path\n"
        "  what to do: the host is that of --target-url: write, for instance, path ="
        ' "/health"',
    ),
    Case(
        "a URL with credentials in the place of a path",
        "[readiness]\npath = 'https://me:canary-that-nobody-sees@api.example.com/health'",
        "expected a path that begins with '/', percent-encoded, seen a URL with"
        " credentials (not shown)\n"
        "  where: apismoke.toml, line 2, readiness.path\n"
        "  what to do: the host is that of --target-url: write, for instance, path ="
        ' "/health"',
    ),
    Case(
        "a value in the place of a table",
        "login = '/in'",
        "expected a table, seen the string '/in'\n"
        "  where: apismoke.toml, line 1, login\n"
        "  what to do: write [login], and its keys below",
    ),
    Case(
        "a list in the place of a table",
        "[[apis]]\nname = 'orders'",
        "expected a table, seen a list of 1\n"
        "  where: apismoke.toml, line 1, apis\n"
        "  what to do: write [apis], and its keys below",
    ),
    Case(
        "a pointer without a slash",
        "[login]\ntoken_pointer = 'data.token'",
        "expected a JSON Pointer such as '/data/token', seen the string 'data.token'\n"
        "  where: apismoke.toml, line 2, login.token_pointer\n"
        '  what to do: write, for instance, token_pointer = "/access_token"',
    ),
    Case(
        "one item of several",
        "[document]\nprobe = [\n  '/about',\n  'hours',\n]",
        "expected a JSON Pointer to a property, such as '/description', or a list of at"
        " least one item of that kind, seen the string 'hours' in it\n"
        "  where: apismoke.toml, line 2, document.probe\n"
        '  what to do: write, for instance, probe = ["/business_hours",'
        ' "/greeting_style", "/common_services", "/industry"]',
    ),
    Case(
        "a status that there is none",
        "[login]\nstatuses = [200, 99]",
        "expected a list of at least one item, each a status from 200 to 599, seen the"
        " number 99 in it\n"
        "  where: apismoke.toml, line 2, login.statuses\n"
        "  what to do: write, for instance, statuses = [200, 201]",
    ),
    Case(
        "one status in the place of a list",
        "[login]\nstatuses = 200",
        "expected a list of at least one item, each a status from 200 to 599, seen the"
        " number 200\n"
        "  where: apismoke.toml, line 2, login.statuses\n"
        "  what to do: write, for instance, statuses = [200, 201]",
    ),
    Case(
        "a number as a string",
        "[limits]\nread_timeout_s = '10'",
        "expected a number of seconds from 0.01 to 3600, seen the string '10'\n"
        "  where: apismoke.toml, line 2, limits.read_timeout_s\n"
        "  what to do: write, for instance, read_timeout_s = 10.0",
    ),
    Case(
        "a number from the environment",
        "[limits]\nread_timeout_s = '${TIMEOUT_S}'",
        "expected a number of seconds from 0.01 to 3600, seen the string '${TIMEOUT_S}'\n"
        "  where: apismoke.toml, line 2, limits.read_timeout_s\n"
        "  what to do: only strings come from the environment: write, for instance,"
        " read_timeout_s = 10.0",
    ),
    Case(
        "a method in lower case",
        "[document]\nupdate_method = 'patch'",
        "expected PUT, PATCH or POST, seen the string 'patch'\n"
        "  where: apismoke.toml, line 2, document.update_method\n"
        "  what to do: did you mean 'PATCH'?",
    ),
    Case(
        "a word that is nearly known",
        "[document]\nupdate_body = 'hole'",
        "expected 'fields' or 'whole', seen the string 'hole'\n"
        "  where: apismoke.toml, line 2, document.update_body\n"
        "  what to do: did you mean 'whole'?",
    ),
    Case(
        "a URL in the place of a host",
        "[calendar]\nauthorize_host = 'https://accounts.google.com'",
        "expected a host in lower case, with its port where it has one, seen the string"
        " 'https://accounts.google.com'\n"
        "  where: apismoke.toml, line 2, calendar.authorize_host\n"
        '  what to do: write, for instance, authorize_host = "accounts.google.com"',
    ),
    Case(
        "a pin without a pointer",
        "[login]\nexpect = { user = 'x' }",
        "expected a table of strings, numbers and booleans, each key a JSON Pointer to a"
        " property, such as '/description', seen the key 'user' in it\n"
        "  where: apismoke.toml, line 2, login.expect\n"
        '  what to do: write, for instance, expect = { "/user/email" ='
        ' "smoke@example.com" }',
    ),
    Case(
        "an unknown API",
        "[apis.calender]\nenabled = false",
        "expected the name of an API (settings, calendar, twilio), seen 'calender'\n"
        "  where: apismoke.toml, line 1, apis.calender\n"
        "  what to do: did you mean 'calendar'? (a declared API has its checks in"
        " contracts/calender.toml)",
    ),
    Case(
        "an exit code of a built-in API",
        "[apis.twilio]\nexit_code = 20",
        "expected exit codes for declared APIs only, seen one for the built-in API"
        " 'twilio'\n"
        "  where: apismoke.toml, line 2, apis.twilio.exit_code\n"
        "  what to do: remove it: the exit code of 'twilio' is 3 for ever",
    ),
    Case(
        "a profile with the name of the top level",
        "[profiles.default.login]\npath = '/in'",
        "expected a name other than 'default', seen 'default'\n"
        "  where: apismoke.toml, line 1, profiles.default\n"
        "  what to do: write keys for every profile at the top level, without"
        " [profiles.*]",
    ),
    Case(
        "a profile with a space in its name",
        "[profiles.'my staging']",
        "expected a name of letters, digits, '_', '.' and '-' that begins with one of the"
        " first two, seen 'my staging'\n"
        '  where: apismoke.toml, line 1, profiles."my staging"\n'
        "  what to do: rename the profile",
    ),
    Case(
        "an unknown profile to extend",
        "[profiles.staging]\n[profiles.live]\nextends = 'stagin'",
        "expected the name of a profile (default, staging, live), seen 'stagin'\n"
        "  where: apismoke.toml, line 3, profiles.live.extends\n"
        "  what to do: did you mean 'staging'?",
    ),
    Case(
        "profiles that extend each other",
        "[profiles.a]\nextends = 'b'\n[profiles.b]\nextends = 'a'",
        "expected profiles that do not extend themselves, seen a extends b extends a\n"
        "  where: apismoke.toml, line 2, profiles.a.extends\n"
        "  what to do: remove one of these 'extends'",
    ),
    Case(
        "a header for the token",
        "[headers]\nAuthorization = '${TOKEN_OF_THE_PROXY}'",
        "expected a header that the gate does not set itself, seen 'Authorization'\n"
        "  where: apismoke.toml, line 2, headers.Authorization\n"
        "  what to do: the login's token goes into it: give APISMOKE_TOKEN, or a username"
        " and a password; [login] header and scheme say how it is sent",
    ),
    Case(
        "a header that is the URL's",
        "[headers]\nhost = 'api.example.com'",
        "expected a header that the gate does not set itself, seen 'host'\n"
        "  where: apismoke.toml, line 2, headers.host\n"
        "  what to do: remove it: the host is that of --target-url",
    ),
    Case(
        "a header that each request computes",
        "[headers]\nContent-Length = '0'",
        "expected a header that the gate does not set itself, seen 'Content-Length'\n"
        "  where: apismoke.toml, line 2, headers.Content-Length\n"
        "  what to do: remove it: each request computes its own",
    ),
    Case(
        "a header with a space in its name",
        "[headers]\n'X Tenant' = 'acme'",
        "expected the name of a header, seen 'X Tenant'\n"
        '  where: apismoke.toml, line 2, headers."X Tenant"\n'
        "  what to do: letters, digits and hyphens make a name, such as X-Tenant",
    ),
    Case(
        "a header that is a number",
        "[headers]\nX-Tenant = 7",
        "expected printable ASCII without a space at either end, or '' to drop the"
        " header, seen the number 7\n"
        "  where: apismoke.toml, line 2, headers.X-Tenant\n"
        '  what to do: write, for instance, X-Tenant = "acme"',
    ),
    Case(
        "a header with a line end",
        '[headers]\nX-Tenant = "acme\\n"',
        "expected printable ASCII without a space at either end, or '' to drop the"
        " header, seen the string 'acme\\n'\n"
        "  where: apismoke.toml, line 2, headers.X-Tenant\n"
        '  what to do: write, for instance, X-Tenant = "acme"',
    ),
    Case(
        "a header twice",
        "[headers]\nX-Tenant = 'acme'\nx-tenant = 'other'",
        "expected each header once, in upper or lower case, seen 'X-Tenant' and"
        " 'x-tenant'\n"
        "  where: apismoke.toml, line 3, headers.x-tenant\n"
        "  what to do: remove one of them",
    ),
    Case(
        "the header of the token",
        "[login]\nheader = 'X-Api-Key'\n[headers]\nx-api-key = '${KEY_OF_THE_WALL}'",
        "expected a header other than that of the token ([login] header), seen"
        " 'x-api-key'\n"
        "  where: apismoke.toml, line 4, headers.x-api-key\n"
        "  what to do: remove it here, and give the token as APISMOKE_TOKEN; if there is"
        " no login, write enabled = false below [login]",
    ),
    Case(
        "a variable that is not set",
        "headers.X-Wall = '${NOT_SET}'",
        "expected a value in the environment variable NOT_SET, seen none\n"
        "  where: apismoke.toml, line 1, headers.X-Wall\n"
        "  what to do: set NOT_SET where the gate runs; or, if the text ${NOT_SET} itself"
        " is meant, write $${NOT_SET}",
    ),
    Case(
        "a variable that is empty",
        "headers.X-Wall = '${EMPTY}'",
        "expected a value in the environment variable EMPTY, seen an empty string\n"
        "  where: apismoke.toml, line 1, headers.X-Wall\n"
        "  what to do: set EMPTY where the gate runs; or, if the text ${EMPTY} itself is"
        " meant, write $${EMPTY}",
    ),
    Case(
        "a secret that is too short",
        "headers.X-Wall-Token = '${SHORT}'",
        "expected at least 4 characters in the environment variable SHORT, seen 3\n"
        "  where: apismoke.toml, line 1, headers.X-Wall-Token\n"
        "  what to do: use a longer one: a secret this short can't be kept out of the"
        " output",
    ),
    Case(
        "a secret with a line end",
        "headers.X-Wall = '${LINE_END}'",
        "expected a secret without control characters in the environment variable LINE_END, seen a"
        " line end at its end\n"
        "  where: apismoke.toml, line 1, headers.X-Wall\n"
        "  what to do: take it out of LINE_END, which may have been copied with it",
    ),
    Case(
        "a secret with a byte order mark",
        "headers.X-Wall = '${MARKED}'",
        "expected a secret without control characters in the environment variable MARKED, seen one"
        " in it\n"
        "  where: apismoke.toml, line 1, headers.X-Wall\n"
        "  what to do: take it out of MARKED, which may have been copied with it",
    ),
    Case(
        "a secret that no header can carry",
        "headers.X-Wall = '${ACCENTED}'",
        "expected printable ASCII without a space at either end, or '' to drop the header, seen"
        " another value (a secret, not shown) from the environment variable ACCENTED\n"
        "  where: apismoke.toml, line 1, headers.X-Wall\n"
        "  what to do: correct ACCENTED",
    ),
    Case(
        "headers in a table of something else",
        "[login]\nheaders = { X-Tenant = 'acme' }",
        f"expected one of the keys {LOGIN}, seen 'headers'\n"
        "  where: apismoke.toml, line 2, login.headers\n"
        "  what to do: 'headers' is a key of the top level and each profile",
    ),
    Case(
        "a variable with a value of another kind",
        "[login]\npath = '${LOGIN_PATH}'",
        "expected a path that begins with '/', percent-encoded, seen the string 'in' from"
        " the environment variable LOGIN_PATH\n"
        "  where: apismoke.toml, line 2, login.path\n"
        "  what to do: correct LOGIN_PATH",
    ),
    Case(
        "a variable without a valid name",
        "[login]\npath = '/in/${login-path}'",
        "expected ${NAME}, with the name of an environment variable, seen '${login-path}'\n"
        "  where: apismoke.toml, line 2, login.path\n"
        "  what to do: correct the name; for these characters themselves write $${",
    ),
    Case(
        "a variable without an end",
        "[login]\npath = '/in/${LOGIN_PATH'",
        "expected ${NAME}, with the name of an environment variable, seen '${LOGIN_PATH'\n"
        "  where: apismoke.toml, line 2, login.path\n"
        "  what to do: correct the name; for these characters themselves write $${",
    ),
    Case(
        "a key without a value",
        "[login]\npath '/in'",
        "expected valid TOML, seen Expected '=' after a key in a key/value pair\n"
        "  where: apismoke.toml, line 2, column 6\n"
        "  what to do: correct the file",
    ),
    Case(
        "a table twice",
        "[login]\n[login]",
        "expected valid TOML, seen Cannot declare ('login',) twice\n"
        "  where: apismoke.toml, line 2, column 7\n"
        "  what to do: correct the file",
    ),
    Case(
        "a bracket that is not closed",
        "[login]\npath = '/in'\n[limits\n",
        "expected valid TOML, seen Expected ']' at the end of a table declaration\n"
        "  where: apismoke.toml, line 3, column 8\n"
        "  what to do: correct the file",
    ),
]


@pytest.mark.parametrize(
    ("text", "message"), [pytest.param(c.text, c.message, id=c.name) for c in MISTAKES]
)
def test_a_mistake_is_told_in_three_parts_with_its_line(text: str, message: str) -> None:
    _, mistakes = load({"apismoke.toml": text}, environ=ENVIRON)
    assert str(mistakes[0]) == message
    assert mistakes[0].category is Category.USAGE


def test_no_message_shows_a_secret() -> None:
    for case in MISTAKES:
        _, mistakes = load({"apismoke.toml": case.text}, environ=ENVIRON)
        assert CANARY not in str(mistakes)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        pytest.param(
            {"apismoke.toml": "[login]", "pyproject.toml": "[tool.apismoke.login]"},
            "expected a configuration in apismoke.toml, or one in [tool.apismoke] of"
            " pyproject.toml, seen both\n"
            "  where: apismoke.toml and pyproject.toml\n"
            "  what to do: move all of it into one of them",
            id="two files",
        ),
        pytest.param(
            {"pyproject.toml": "[project]\nname = 'x'\n\n[tool.apismoke.logn]"},
            f"expected one of the keys {TABLES}, seen 'logn'\n"
            "  where: pyproject.toml, line 4, tool.apismoke.logn\n"
            "  what to do: did you mean 'login'?",
            id="a mistake in the file of all tools",
        ),
    ],
)
def test_a_mistake_may_be_in_either_file(files: dict[str, str], message: str) -> None:
    _, (mistake, *_) = load(files)
    assert str(mistake) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "[profiles.staging]\n[profiles.live]",
            "expected the name of a profile in apismoke.toml (staging, live), seen 'stagign'\n"
            "  where: --target-profile\n"
            "  what to do: did you mean 'staging'?",
            id="a name that is nearly known",
        ),
        pytest.param(
            "[login]",
            "expected the name of a profile in apismoke.toml, seen 'stagign', and no profiles\n"
            "  where: --target-profile\n"
            "  what to do: write [profiles.stagign] into it, or name no profile",
            id="no profiles",
        ),
    ],
)
def test_a_run_with_an_unknown_profile_is_told_the_nearest(text: str, message: str) -> None:
    _, (mistake,) = load({"apismoke.toml": text}, name="stagign", source="--target-profile")
    assert str(mistake) == message

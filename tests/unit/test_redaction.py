"""No known secret survives redaction, in whatever encoding a server or a tool returns it."""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import json
import quopri
import re
import shlex
import subprocess
from collections.abc import Callable, Mapping
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape as xml_escape

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pytest_apismoke.documents import step
from pytest_apismoke.redaction import REPLACEMENT, Redactor, is_sensitive, sensitive_keys

JWT = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
    ".eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ"
    ".SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV-adQssw5c"
)
#: Long, in one part, and without a repetition.
OPAQUE = "".join(f"{number:03x}" for number in range(200, 230))
PASSWORD = "Pa55/w:o'rd+ \"%&é"

ENCODINGS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "URL-encoded": lambda s: quote(s, safe=""),
    "URL-encoded but for slashes": quote,
    "URL-encoded in lower case": lambda s: re.sub(
        "%..", lambda code: code.group().lower(), quote(s, safe="")
    ),
    "form-encoded": quote_plus,
    "hex": lambda s: s.encode().hex(),
    "hex in upper case": lambda s: s.encode().hex().upper(),
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64 without padding": lambda s: base64.b64encode(s.encode()).decode().rstrip("="),
    "URL-safe base64": lambda s: base64.urlsafe_b64encode(s.encode()).decode(),
    "URL-safe base64 without padding": lambda s: (
        base64.urlsafe_b64encode(s.encode()).decode().rstrip("=")
    ),
    "JSON": lambda s: json.dumps(s)[1:-1],
    "JSON with its letters": lambda s: json.dumps(s, ensure_ascii=False)[1:-1],
    "HTML": html.escape,
    "repr": lambda s: repr(s)[1:-1],
    "repr of JSON": lambda s: repr(json.dumps(s))[2:-2],
    "JSON Pointer": step,
}

#: What else the standard library can make of a string, and take back.
REVERSIBLE: dict[str, Callable[[str], str]] = {
    "hex with colons": lambda s: s.encode().hex(":"),
    "hex with blanks": lambda s: s.encode().hex(" "),
    "hex as in C": lambda s: ", ".join(map(hex, s.encode())),
    "base64 on lines": lambda s: base64.encodebytes(s.encode()).decode().strip(),
    "base64 of UTF-16": lambda s: base64.b64encode(s.encode("utf-16-le")).decode(),
    "base64 of JSON": lambda s: base64.b64encode(json.dumps(s)[1:-1].encode()).decode(),
    "base64 in a URL": lambda s: quote(base64.b64encode(s.encode()).decode(), safe=""),
    "base32": lambda s: base64.b32encode(s.encode()).decode(),
    "base32 in lower case": lambda s: base64.b32encode(s.encode()).decode().lower(),
    "base32 in its other alphabet": lambda s: base64.b32hexencode(s.encode()).decode(),
    "base85": lambda s: base64.b85encode(s.encode()).decode(),
    "ASCII 85": lambda s: base64.a85encode(s.encode()).decode(),
    "uuencode": lambda s: "".join(
        binascii.b2a_uu(s.encode()[at : at + 45]).decode()[1:].strip("\n")
        for at in range(0, len(s.encode()), 45)
    ),
    "quoted-printable": lambda s: quopri.encodestring(s.encode(), quotetabs=True).decode(),
    "quoted-printable, each byte": lambda s: "".join(f"={byte:02X}" for byte in s.encode()),
    "ROT13": lambda s: codecs.encode(s, "rot13"),
    "reversed": lambda s: s[::-1],
    "reversed and in hex": lambda s: s[::-1].encode().hex(),
    "other case": str.swapcase,
    "UTF-7": lambda s: s.encode("utf-7").decode(),
    "UTF-16": lambda s: s.encode("utf-16-le").decode("latin-1"),
    "UTF-32": lambda s: s.encode("utf-32-be").decode("latin-1"),
    "repr of UTF-16": lambda s: repr(s.encode("utf-16-be"))[2:-1],
    "repr of bytes": lambda s: repr(s.encode())[2:-1],
    "ascii": lambda s: ascii(s)[1:-1],
    "each character as in JSON": lambda s: "".join(f"\\u{ord(char):04x}" for char in s),
    "each character as in JavaScript": lambda s: "".join(f"\\u{{{ord(char):x}}}" for char in s),
    "each character as in Python": lambda s: "".join(f"\\U{ord(char):08X}" for char in s),
    "each character in hex": lambda s: "".join(f"\\x{ord(char):02x}" for char in s),
    "each character in octal": lambda s: "".join(f"\\{ord(char):03o}" for char in s),
    "each byte as in a URL": lambda s: "".join(f"%{byte:02x}" for byte in s.encode()),
    "each byte as in a URL in a URL": lambda s: "".join(f"%25{byte:02X}" for byte in s.encode()),
    "each character as in HTML": lambda s: "".join(f"&#{ord(char)};" for char in s),
    "each character as in HTML, in hex": lambda s: "".join(f"&#x{ord(char):X};" for char in s),
    "each character as in HTML in JSON": lambda s: json.dumps(
        "".join(f"&#x{ord(char):X};" for char in s)
    )[1:-1].replace("&", "\\u0026"),
    "HTML with names": lambda s: "".join(
        {"/": "&sol;", ":": "&colon;", "'": "&apos;", "é": "&eacute;"}.get(char, char) for char in s
    ),
    "JSON in HTML in a URL": lambda s: quote(html.escape(json.dumps(s)[1:-1]), safe=""),
    "URL in JSON in HTML": lambda s: html.escape(json.dumps(quote(s, safe=""))[1:-1]),
    "a list of its bytes": lambda s: repr(list(s.encode()))[1:-1],
    "its bits": lambda s: "".join(f"{byte:08b}" for byte in s.encode()),
    "a number": lambda s: str(int.from_bytes(s.encode(), "big")),
    "CSV": lambda s: s.replace('"', '""'),
    "SQL": lambda s: s.replace("'", "''"),
    "a shell": lambda s: shlex.quote(s).strip("'"),
    "XML": lambda s: xml_escape(s, {'"': "&quot;"}),
    "behind a backslash": lambda s: f"\\{s}",
    "UTF-8 taken for Latin-1": lambda s: s.encode().decode("latin-1"),
    "UTF-8 taken for Latin-1 in JSON": lambda s: json.dumps(s.encode().decode("latin-1"))[1:-1],
    "Latin-1 in a URL": lambda s: quote(s.encode("latin-1"), safe=""),
}

B64 = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", min_size=40)
SECRETS = st.one_of(
    st.text(min_size=4),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=4),
    st.tuples(B64, B64, B64).map(".".join),
)


def knowing(*secrets: str) -> Redactor:
    redactor = Redactor()
    for number, secret in enumerate(secrets):
        redactor.learn(secret, f"SECRET_{number}")
    return redactor


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("secret", [PASSWORD, JWT], ids=["password", "JWT"])
def test_a_secret_is_removed_from_text_in_every_encoding(encoding: str, secret: str) -> None:
    encoded = ENCODINGS[encoding](secret)
    assert knowing(secret).text(f"<{encoded}>").rstrip("=>") == f"<{REPLACEMENT}"


#: With a letter that `nothing` and `\\n` begin with, and one that is no digit of any base.
PLAIN = "nothing-c0rrect_horse!"


@pytest.mark.parametrize("encoding", REVERSIBLE)
@pytest.mark.parametrize("secret", [PASSWORD, JWT, PLAIN], ids=["password", "JWT", "plain"])
def test_a_secret_is_removed_in_every_reversible_encoding(encoding: str, secret: str) -> None:
    encoded = REVERSIBLE[encoding](secret)
    left = knowing(secret).text(f"begin|{encoded}|end")
    assert REPLACEMENT in left
    # At the ends there may be a prefix of hex, and halves of characters that are zero.
    assert re.fullmatch(r"begin\|(?:\\x00|[\\\0=]|0x)*\|end", left.replace(REPLACEMENT, ""))


@given(
    before=st.binary(max_size=6),
    after=st.binary(max_size=6),
    encode=st.sampled_from([base64.b32encode, base64.b85encode, base64.a85encode]),
)
@settings(max_examples=100, deadline=None)
def test_what_is_left_of_an_encoding_of_a_longer_value_has_not_half_of_the_secret(
    before: bytes, after: bytes, encode: Callable[[bytes], bytes]
) -> None:
    """At both ends some characters, or a group, share bits with what stands beside the secret."""
    whole = encode(before + PLAIN.encode() + after).decode()
    left = knowing(PLAIN).text(whole)
    assert REPLACEMENT in left
    assert len(left) - len(REPLACEMENT) <= len(encode(before + after)) + 16


@given(
    secret=SECRETS,
    ways=st.lists(st.integers(0, 6), min_size=1, max_size=12),
)
@settings(max_examples=150, deadline=None)
def test_no_mixture_of_escapes_hides_a_secret(secret: str, ways: list[int]) -> None:
    def escaped(at: int, char: str) -> str:
        way, code = ways[at % len(ways)], ord(char)
        if way == 0 and (char.isalnum() or code > 127):
            return char
        if way == 1 and code < 0x10000:
            return f"\\u{code:04x}"
        if way == 2:
            return "".join(f"%{byte:02x}" for byte in char.encode())
        if way == 3 and code:
            return f"&#{code};"
        if way == 4 and code < 128:
            return f"\\x{code:02x}"
        if way == 5:
            return "".join(f"%2525{byte:02X}" for byte in char.encode())
        return f"\\\\u{{{code:x}}}"

    encoded = "".join(escaped(at, char) for at, char in enumerate(secret))
    assume(len(secret.replace("\0", "").rstrip("\\")) >= 4)
    assert knowing(secret).text(f"<{encoded}>") == f"<{REPLACEMENT}>"


@given(
    secret=SECRETS, encoding=st.sampled_from(sorted(ENCODINGS)), before=st.text(), after=st.text()
)
@settings(max_examples=150, deadline=None)
def test_no_secret_survives_in_text(secret: str, encoding: str, before: str, after: str) -> None:
    encoded = ENCODINGS[encoding](secret)
    assume(encoded.strip() not in REPLACEMENT)
    assert encoded not in knowing(secret).text(f"{before} {encoded} {after}")


@given(secret=SECRETS, encoding=st.sampled_from(sorted(ENCODINGS)))
@settings(max_examples=100, deadline=None)
def test_no_secret_survives_in_headers_json_and_urls(secret: str, encoding: str) -> None:
    encoded = ENCODINGS[encoding](secret)
    assume(encoded.strip() not in REPLACEMENT)
    redactor = knowing(secret)
    document = {"note": [f"it is {encoded}", {encoded: encoded}], "number": 1}

    cleaned = redactor.json(document)

    blank = redactor.text(encoded)
    assert cleaned == {
        "note": [redactor.text(f"it is {encoded}"), {blank: blank}],
        "number": 1,
    }
    assert encoded not in json.dumps(cleaned, ensure_ascii=False)
    assert encoded not in str(redactor.headers({"X-Echo": f"a {encoded}"}))
    assert encoded not in redactor.text(f"https://api.example.com/?q={encoded}#x")


@given(
    token=st.sampled_from([JWT, OPAQUE]),
    kept=st.integers(16, 36),
    dots=st.sampled_from(["...", "…", "<snip>"]),
)
@settings(max_examples=50, deadline=None)
def test_both_pieces_of_a_token_that_was_cut_in_the_middle_are_removed(
    token: str, kept: int, dots: str
) -> None:
    cut = f"token = '{token[:kept]}{dots}{token[-kept:]}'"

    cleaned = knowing(token).text(cut)

    pieces = [token[i : i + 8] for i in range(len(token) - 7)]
    assert [piece for piece in pieces if piece in cleaned] == []


@given(kept=st.integers(16, len(JWT) - 1))
@settings(max_examples=50, deadline=None)
def test_the_start_of_a_jwt_is_removed_wherever_it_was_cut(kept: int) -> None:
    assert knowing(JWT).text(f"'{JWT[:kept]}…'") == f"'{REPLACEMENT}…'"


@pytest.mark.parametrize("part", JWT.split("."), ids=["header", "payload", "signature"])
def test_each_part_of_a_jwt_is_a_secret(part: str) -> None:
    assert knowing(JWT).text(f"part: {part} end") == f"part: {REPLACEMENT} end"


def test_a_short_value_is_no_secret() -> None:
    """Redacting three letters would blank ordinary words."""
    redactor = knowing("abc", "")
    assert (redactor.text("an abc"), redactor.secrets()) == ("an abc", ())


def test_a_secret_that_is_not_utf8_is_removed_too() -> None:
    """`os.environ` holds bytes that are not UTF-8 as lone surrogates."""
    cleaned = knowing("abcd\udce9").text("<abcd\udce9> <abcd%E9>")
    assert cleaned == f"<{REPLACEMENT}> <{REPLACEMENT}>"


def test_the_secrets_can_be_handed_to_another_process() -> None:
    assert knowing("first secret", JWT, JWT).secrets() == (
        ("first secret", "SECRET_0"),
        (JWT, "SECRET_1"),
    )


SENSITIVE = """
    password Passwd passphrase passcode pwd userPwd new_passwords userPassword password_hash
    passwordHash db_pass user[password] client_secret clientSecret access_token accesstoken
    refreshToken X-Api-Key api_key access_key private_key Authorization Proxy-Authorization Cookie
    Set-Cookie credentials session_id sessionKey PHPSESSID JSESSIONID otp otp_code totp_code jwt
    signature X-Signature sig tokens recovery_tokens refreshTokens used_tokens input_token token_id
    access_token_details max_token prompt_token notification_tokens new_access_tokens
    minted_tokens nonce_tokens api_tokens user_tokens reset_tokens tokens_list token_secret
    max_tokens_secret input_tokens_password
"""
HARMLESS = """
    token_type tokenType tokenized tokenizer expires_in passenger compass author authorized
    authorized_at keyboard key sort_key secretary account_sid assign signal option optional session
    name X-Request-ID input_tokens output_tokens max_tokens maxTokens maxtokens max_new_tokens
    maxOutputTokens total_tokens prompt_tokens completion_tokens cache_read_input_tokens
    cached_tokens reasoning_tokens prompt_tokens_details output_token_details promptTokensDetails
    token_count candidatesTokenCount access_token_count number_of_refresh_tokens num_tokens
    token_limit token_usage tokens_used tokens_per_minute max_tokens_to_sample budget_tokens
    X-RateLimit-Remaining-Tokens X-RateLimit-Reset-Tokens anthropic-ratelimit-tokens-reset
"""


@pytest.mark.parametrize("key", SENSITIVE.split())
def test_the_value_of_a_sensitive_key_is_redacted(key: str) -> None:
    redactor = Redactor()
    assert is_sensitive(key)
    assert redactor.headers({key: "anything"}) == {key: REPLACEMENT}
    assert redactor.json({key: "anything", "id": 1}) == {key: REPLACEMENT, "id": 1}


@pytest.mark.parametrize("key", sorted(sensitive_keys._USUAL_KEYS))
def test_the_usual_keys_are_sensitive_by_the_patterns_too(key: str) -> None:
    by_patterns = sensitive_keys._is_sensitive_by_patterns
    assert [by_patterns(one) for one in (key, key.upper(), key.title())] == [True] * 3


@given(
    st.lists(st.sampled_from((*SENSITIVE.split(), *HARMLESS.split(), *"-_ aKk\u212aİ"))).map(
        "".join
    )
    | st.from_regex(re.compile(sensitive_keys._SENSITIVE.pattern, re.VERBOSE))
)
def test_a_key_is_what_the_patterns_say(key: str) -> None:
    """Also one that nobody looks at with them."""
    assert is_sensitive(key) is sensitive_keys._is_sensitive_by_patterns(key)


@pytest.mark.parametrize("key", HARMLESS.split())
def test_the_value_of_a_harmless_key_is_kept(key: str) -> None:
    redactor = knowing(JWT)
    assert not is_sensitive(key)
    assert redactor.headers({key: "anything"}) == {key: "anything"}
    assert redactor.json({key: "anything"}) == {key: "anything"}


def test_booleans_null_and_objects_under_a_sensitive_key_are_kept() -> None:
    document = {"password": None, "list": [1, 2.5, True, None], "nested": {"token": {"id": 1}}}
    assert knowing(JWT).json(document) == document


def test_a_number_of_tokens_is_a_count_and_a_number_that_is_a_token_is_not() -> None:
    usage = {"tokens": 532, "usedTokens": 1.5, "token": 123456, "otp": 654321, "pwd": 1}
    assert Redactor().json(usage) == {
        "tokens": 532,
        "usedTokens": 1.5,
        "token": REPLACEMENT,
        "otp": REPLACEMENT,
        "pwd": REPLACEMENT,
    }


def test_counts_of_tokens_are_kept_in_text_and_in_urls() -> None:
    assert Redactor().prose('"max_tokens": 100, max-tokens=5') == '"max_tokens": 100, max-tokens=5'
    assert Redactor().url("https://a.example/?max_tokens=5&token=5") == (
        f"https://a.example/?max_tokens=5&token={REPLACEMENT}"
    )


def test_a_list_under_a_sensitive_key_is_redacted_whole() -> None:
    assert Redactor().json({"recovery_tokens": ["canary"]}) == {"recovery_tokens": REPLACEMENT}


@given(text=st.text("abcdefghij KLMNOPQ.,:/-\n", max_size=200))
@settings(max_examples=50, deadline=None)
def test_harmless_text_is_untouched(text: str) -> None:
    assert knowing(JWT, PASSWORD).text(text) == text
    assert Redactor().text(text) == text


def test_a_long_word_comes_back_untouched() -> None:
    """A quadratic search would take minutes for a word this long."""
    word = "A" * 200_000
    assert knowing(JWT).text(word) == word


# -- bodies -----------------------------------------------------------------------------------


def test_a_json_body_is_redacted_property_by_property() -> None:
    document = {
        "id": 1,
        "users": [{"name": "é", "password": "canary"}, {"apiKey": 5, "token": None}],
        "recovery_tokens": ["canary"],
    }
    assert json.loads(Redactor().body(json.dumps(document))) == {
        "id": 1,
        "users": [{"name": "é", "password": REPLACEMENT}, {"apiKey": REPLACEMENT, "token": None}],
        "recovery_tokens": REPLACEMENT,
    }


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("password=canary&page=2", f"password={REPLACEMENT}&page=2"),
        ("page=2;api-key = canary;x", f"page=2;api-key = {REPLACEMENT};x"),
        ("client_secret: 'a canary', id: 1", f"client_secret: {REPLACEMENT}, id: 1"),
        (
            r"""<pre>"access_token": "can\"ary", "id": "1"</pre>""",
            f"""<pre>"access_token": {REPLACEMENT}, "id": "1"</pre>""",
        ),
        ("{'password': 'canary', 'id': 1}", f"{{'password': {REPLACEMENT}, 'id': 1}}"),
        ("<b>passenger=me&token_type=bearer</b>", "<b>passenger=me&token_type=bearer</b>"),
    ],
)
def test_any_other_body_is_redacted_after_the_sensitive_keys_in_it(text: str, cleaned: str) -> None:
    assert Redactor().body(text) == cleaned


@pytest.mark.parametrize("body", ["<p>{}</p>", '{{"note": "it is {}"}}'], ids=["HTML", "JSON"])
def test_known_secrets_are_removed_from_a_body_too(body: str) -> None:
    assert knowing(JWT).body(body.format(JWT)) == body.format(REPLACEMENT)


def test_a_body_nested_too_deeply_to_parse_is_redacted_as_text() -> None:
    deep = "[" * 5000 + '{"password": "canary"}' + "]" * 5000
    assert Redactor().body(deep) == deep.replace('"canary"', REPLACEMENT)


def test_only_the_beginning_of_a_long_body_is_kept() -> None:
    cleaned = Redactor().body("password=canary " + "x " * 100_000)
    assert cleaned.startswith(f"password={REPLACEMENT} x x ")
    assert len(cleaned) < 101_000


@pytest.mark.parametrize(
    ("quoted", "cleaned"),
    [
        ("login failed: password=canary, again", f"login failed: password={REPLACEMENT}, again"),
        ('{"pwd": "canary", "id": 1}', f'{{"pwd": {REPLACEMENT}, "id": 1}}'),
        ("Cookie: a=canary; b=canary", f"Cookie: {REPLACEMENT}"),
        ("username=me&password=canary", f"username=me&password={REPLACEMENT}"),
        ("at 10:30, a=b", "at 10:30, a=b"),
    ],
)
def test_a_json_string_is_redacted_after_the_sensitive_keys_in_it(
    quoted: str, cleaned: str
) -> None:
    assert Redactor().json({"note": [quoted]}) == {"note": [cleaned]}
    assert json.loads(Redactor().body(json.dumps({"note": quoted}))) == {"note": cleaned}


# -- tokens of well-known formats -------------------------------------------------------------


@pytest.mark.parametrize(
    "secret",
    [
        JWT,
        *("sk_live_51Habcdefghijkl", "pk_test_51Habcdefghijkl", "ghp_abcdefghijklmnopqrstuv"),
        *("xoxb-123456789-abcdef", "AKIAIOSFODNN7EXAMPLE", "AIzaSyD0123456789abcdef"),
        *("sk-proj-0123456789abcdefghij", "glpat-0123456789abcdefghij", "AKIAIOSFODNNEXAMPLE"),
        "ghp_abcdefghijklmnopqrstuvwxyzABCDEFGHIJ",
    ],
)
def test_a_token_of_a_well_known_format_is_redacted_anywhere(secret: str) -> None:
    redactor = Redactor()
    assert redactor.text(f"a {secret}, b") == f"a {REPLACEMENT}, b"
    assert redactor.json({secret: [secret]}) == {REPLACEMENT: [REPLACEMENT]}
    assert redactor.text(f"/keys/{secret}/id") == f"/keys/{REPLACEMENT}/id"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Authorization is Bearer abcdef123, b", f"Authorization is Bearer {REPLACEMENT}, b"),
        ("postgres://me:canary@db/x", f"postgres://{REPLACEMENT}@db/x"),
        ("https://user:pw@example.com/x", f"https://{REPLACEMENT}@example.com/x"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nb",
            f"{REPLACEMENT}\nb",
        ),
    ],
)
def test_a_secret_is_recognised_by_what_surrounds_it(text: str, cleaned: str) -> None:
    assert Redactor().text(text) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "a Bearer token, or Basic authentication",
        "sk_live, pk_orders_customer, xoxo, task-force-of-the-whole-company-of-2025",
        "http://localhost:8000/a@b and me@example.com at 10:30",
        "0a1b2c3d-0a1b-4a1b-8a1b-0a1b2c3d4e5f ord_17 eyJust.a.word",
        "bearer of bad news, cus_NffrFeUfNV2Hib",
    ],
)
def test_anything_else_is_kept_as_evidence(text: str) -> None:
    assert Redactor().text(text) == text


@pytest.mark.parametrize("part", ["sk-", "eyJ", "://a:", "SG.", "Bearer ", "-----BEGIN ", "?a="])
def test_the_search_for_tokens_takes_linear_time(part: str) -> None:
    """A quadratic search would take minutes for a string this long."""
    text = part * 100_000
    assert Redactor().text(text) == text
    assert Redactor().url(text) == text


# -- URLs -------------------------------------------------------------------------------------

URL = "https://api.example.com/orders"


@pytest.mark.parametrize(
    ("url", "cleaned"),
    [
        (f"{URL}?api_key=canary&page=2", f"{URL}?api_key={REPLACEMENT}&page=2"),
        (f"{URL}?page=2&api%5Fkey=canary#top", f"{URL}?page=2&api%5Fkey={REPLACEMENT}#top"),
        (f"{URL}?auth%5Btoken%5D=can?ary;x", f"{URL}?auth%5Btoken%5D={REPLACEMENT}"),
        (f"{URL};token=canary/5", f"{URL};token={REPLACEMENT}"),
        (f"{URL}#access_token=canary&state=1", f"{URL}#access_token={REPLACEMENT}&state=1"),
        (f"{URL}?next=%2Fa%3Ftoken%3Dcanary&b=1", f"{URL}?next={REPLACEMENT}&b=1"),
        (f"{URL}?key=0123456789abcdef", f"{URL}?key={REPLACEMENT}"),
        (f"{URL}?code=0123456789abcdef", f"{URL}?code={REPLACEMENT}"),
        ("http://me:canary@127.0.0.1:80/a@b?c=d", "http://127.0.0.1:80/a@b?c=d"),
        ("http://canary@127.0.0.1/", "http://127.0.0.1/"),
        (f"{URL}?key=name&q=a+b&token=&passenger=me", f"{URL}?key=name&q=a+b&token=&passenger=me"),
        (f"{URL}?code=EUR&api%5Fkey=a%20b", f"{URL}?code=EUR&api%5Fkey={REPLACEMENT}"),
        ("no URL?", "no URL?"),
    ],
)
def test_sensitive_parameters_of_a_url_are_redacted(url: str, cleaned: str) -> None:
    assert Redactor().url(url) == cleaned
    assert Redactor().shell_url(url).strip("'") == cleaned


def test_a_known_secret_in_a_url_becomes_a_variable_in_a_shell_line() -> None:
    redactor = knowing("canary-token")
    line = redactor.shell_url(f"{URL}?token=canary-token&pwd=canary")
    assert line == f"'{URL}?token='\"$SECRET_0\"'&pwd={REPLACEMENT}'"


# -- shell lines ------------------------------------------------------------------------------

SAMPLES = [
    "plain",
    "two words",
    'it\'s; $HOME `id` \\ "quoted" *',
    "line one\nline two",
    "",
    f"Authorization: Bearer {JWT}",
    json.dumps({"username": "me", "password": "pass word$1", "again": ["pass word$1"]}),
    f"{JWT}{JWT} and pass word$1'pass word$1",
]


def expanded(line: str, environ: Mapping[str, str]) -> str:
    """The argument that a shell makes of the line."""
    printed = subprocess.run(
        ["/bin/sh", "-c", f"printf %s {line or chr(39) * 2}"],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    return printed.stdout


@pytest.mark.parametrize("text", SAMPLES)
def test_a_shell_expands_the_line_back_to_the_text_and_the_line_holds_no_secret(text: str) -> None:
    redactor = Redactor()
    known = {"APISMOKE_TOKEN": JWT, "APISMOKE_PASSWORD": "pass word$1"}
    for name, value in known.items():
        redactor.learn(value, name)

    line = redactor.shell(text)

    assert [value for value in known.values() if value in line] == []
    assert expanded(line, known) == text


def test_a_secret_that_is_part_of_a_variables_name_does_not_break_the_line() -> None:
    redactor = Redactor()
    known = {"APISMOKE_TOKEN": "the longer token", "APISMOKE_PASSWORD": "SMOKE"}
    for name, value in known.items():
        redactor.learn(value, name)
    text = "x the longer token y SMOKE"
    assert expanded(redactor.shell(text), known) == text


def test_an_encoded_secret_is_redacted_in_a_shell_line() -> None:
    redactor = knowing("pass word$1")
    assert redactor.shell("q=pass%20word%241&x=1") == "'q=[redacted]&x=1'"


@given(before=st.binary(max_size=5), behind=st.binary(max_size=5))
@settings(max_examples=60, deadline=None)
def test_a_secret_is_removed_from_the_base64_of_a_longer_value(
    before: bytes, behind: bytes
) -> None:
    redactor = Redactor()
    redactor.learn("canary-password", "APISMOKE_PASSWORD")
    whole = base64.b64encode(before + b"canary-password" + behind).decode()
    inside = base64.b64encode(b"canary-password").decode()
    shown = redactor.text(f"Basic {whole}")
    assert "[redacted]" in shown
    # At most the characters at both ends that share bits with the secret remain.
    assert len(shown.replace("[redacted]", "")) - len("Basic ") <= len(whole) - len(inside) + 8

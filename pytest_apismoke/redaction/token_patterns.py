"""Recognise tokens and keys of well-known formats, such as JWTs, without knowing their values."""

from __future__ import annotations

import re

from pytest_apismoke.late_pattern import late_pattern

#: Whole responses are searched: each alternative starts with a rare prefix, and takes linear time.
_TOKEN = late_pattern(
    r"""
    (?<![\w-])eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)*       # a JSON Web Token
    | (?<=[Bb]earer\x20)(?:(?=[\w.~+/-]*\d)[\w.~+/=-]{8,}|[\w.~+/=-]{20,})
    | (?<=[Bb]asic\x20)(?=[\w+/-]*[\dA-Z])[\w+/-]{8,}=*
    | (?<![\w-])sk-(?=[\w-]*\d)[\w-]{20,}             # OpenAI and others
    | (?<![A-Za-z0-9])(?:
        [spr]k_(?:live|test)_\w{8,}                   # Stripe
      | gh[oprsu]_[A-Za-z0-9]{16,}                    # GitHub
      | github_pat_\w{20,}
      | glpat-[\w-]{16,}
      | xox[abeoprs]-[\w-]{8,}                        # Slack
      | (?:AKIA|ASIA)[A-Z0-9]{12,}                    # Amazon
      | AIza[\w-]{12,}                                # Google
      | ya29\.[\w-]{16,}
      | SG\.[\w-]{16,}\.[\w-]{16,}                    # SendGrid
      | shp(?:at|ca|pa|ss)_[0-9a-f]{16,}              # Shopify
      | npm_[A-Za-z0-9]{30,}
      )
    | (?<=://)[^\s/?\#@:"'<>]*:[^\s/?\#@"'<>]+(?=@)   # userinfo in a URL
    | -----BEGIN[A-Z\x20]*\x20PRIVATE\x20KEY-----[^-]*(?:-----END[A-Z\x20]*-----)?
    """,
    re.VERBOSE,
)
#: What stands in each of them; in the order of the alternatives.
_SIGNS = (
    *("eyJ", "earer ", "asic ", "sk-", "k_live_", "k_test_"),
    *("gho_", "ghp_", "ghr_", "ghs_", "ghu_", "github_pat_", "glpat-", "xox", "AKIA", "ASIA"),
    *("AIza", "ya29.", "SG.", "shpat_", "shpca_", "shppa_", "shpss_", "npm_", "-----BEGIN"),
)


def may_contain_token(text: str) -> bool:
    """Whether one can be in the string, or in a part of it: a cheap and cautious answer."""
    for sign in _SIGNS:
        if sign in text:
            return True
    return "@" in text and "://" in text


def contains_token(text: str) -> bool:
    """Whether the string contains a token or key of a well-known format."""
    return may_contain_token(text) and _TOKEN.search(text) is not None


def redact_tokens(text: str, replacement: str) -> str:
    """The string with every token and key of a well-known format replaced."""
    return _TOKEN.sub(replacement, text) if may_contain_token(text) else text

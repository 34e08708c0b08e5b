"""By which forms a secret is recognised that nobody has named: tokens and keys of known kinds."""

from __future__ import annotations

import re

#: Each way begins with what is seldom, and none has to be tried anew: it runs over whole answers.
_FORM = re.compile(
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
    | (?<=://)[^\s/?\#@:"'<>]*:[^\s/?\#@"'<>]+(?=@)   # who asks, in a URL
    | -----BEGIN[A-Z\x20]*\x20PRIVATE\x20KEY-----[^-]*(?:-----END[A-Z\x20]*-----)?
    """,
    re.VERBOSE,
)


def has_secret_form(text: str) -> bool:
    """Whether a text holds a token or a key of a known kind."""
    return _FORM.search(text) is not None


def without_forms(text: str, replacement: str) -> str:
    """The text without any of them."""
    return _FORM.sub(replacement, text)

"""The table `[headers]`: headers that go with every request to the target. Pure.

Source: RFC 9110, 5.1 (names), 5.5 (values); SPEC section 8.
"""

from __future__ import annotations

from collections.abc import Mapping

from pytest_apismoke.configuration.keys import HEADER, Key, Shape
from pytest_apismoke.configuration.kinds import Kind
from pytest_apismoke.configuration.tables import Given, Mistakes, Steps

#: The name of the table.
TABLE = "headers"
DESCRIPTION = (
    "Headers that go with every request to the target, and to no other host. A value may be"
    ' "${NAME}", the environment variable NAME. An empty string drops an inherited header, and'
    " one that the gate sends by itself: User-Agent, X-Request-ID, traceparent."
)
VALUE = Kind(
    words="printable ASCII without a space at either end, or '' to drop the header",
    of=str,
    pattern=r"^([!-~]([ -~]*[!-~])?)?$",
)
#: Headers that can't be given here, in lower case, with the place of what they are meant for.
ELSEWHERE: Mapping[str, str] = {
    "authorization": "the login's token goes into it: give APISMOKE_TOKEN, or a username and a"
    " password; [login] header and scheme say how it is sent",
    "connection": "remove it: the gate opens and closes the connections itself",
    "content-length": "remove it: each request computes its own",
    "content-type": "remove it: each request has that of its body",
    "host": "remove it: the host is that of --target-url",
    "proxy-authorization": "write the proxy's credentials into the URL of HTTPS_PROXY",
    "transfer-encoding": "remove it: each request computes its own",
}
#: Headers that each request has by itself, in lower case: an empty string says not to send them.
OWN = frozenset({"traceparent", "user-agent", "x-request-id"})


def read(mistakes: Mistakes, raw: object, steps: Steps) -> dict[Steps, Given]:
    """The valid headers of a table by their places."""
    found: dict[Steps, Given] = {}
    names: dict[str, str] = {}
    for name, value in mistakes.items(raw, steps):
        place = (*steps, name)
        lowered = name.lower()
        if not HEADER.fits(name):
            hint = "letters, digits and hyphens make a name, such as X-Tenant"
            mistakes.add(place, expected=HEADER.words, seen=repr(name), hint=hint)
        elif lowered in ELSEWHERE:
            mistakes.add(
                place,
                expected="a header that the gate does not set itself",
                seen=repr(name),
                hint=ELSEWHERE[lowered],
            )
        elif lowered in names:
            mistakes.add(
                place,
                expected="each header once, in upper or lower case",
                seen=f"{names[lowered]!r} and {name!r}",
                hint="remove one of them",
            )
        elif valid := mistakes.value(_key(name), value, place):
            found[place] = valid
        names.setdefault(lowered, name)
    return found


def _key(name: str) -> Key:
    return Key(name=name, kind=VALUE, shape=Shape.VALUE, description="", default="acme")

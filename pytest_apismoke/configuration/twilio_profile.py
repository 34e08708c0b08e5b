"""What a target has to do with Twilio, as frozen records with the keys below `[twilio]`.

Source: SPEC sections 5 and 8.
"""

from __future__ import annotations

from dataclasses import field

from pytest_apismoke.configuration.keys import (
    ACCOUNT_SID_OR_NONE,
    BASE_URL,
    BASE_URL_OR_NONE,
    NAME,
    NUMBER_URL,
    PATH_OR_NONE,
    SECRET_OR_NONE,
    STATUS,
    Scalar,
    key,
    list_key,
    table_key,
)
from pytest_apismoke.records import dataclass

#: A number that Twilio keeps for tests: it belongs to nobody, so that nothing reaches anybody.
_NOBODYS_NUMBER = "+15005550006"
#: The status callback of a call that there never was and that took no time. An application finds no
#: call with this SID, and has no minutes to count.
_NO_CALL: tuple[tuple[str, Scalar], ...] = (
    ("AccountSid", "AC00000000000000000000000000000000"),
    ("ApiVersion", "2010-04-01"),
    ("CallDuration", "0"),
    ("CallSid", "CA00000000000000000000000000000000"),
    ("CallStatus", "completed"),
    ("CallbackSource", "call-progress-events"),
    ("Direction", "inbound"),
    ("Duration", "0"),
    ("From", _NOBODYS_NUMBER),
    ("SequenceNumber", "0"),
    ("To", _NOBODYS_NUMBER),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """The webhook that has to tell Twilio's requests from others; it is not asked without a path.

    Choose the one that does the least: a status callback.
    """

    path: str = key(
        PATH_OR_NONE,
        "",
        "The path of the webhook, such as '/twilio/status'. Full runs then POST to it once without"
        " a signature and once with one; empty for no such check.",
    )
    fields: tuple[tuple[str, Scalar], ...] = table_key(
        NAME,
        _NO_CALL,
        "The fields of the form that is sent; by default the status callback of a call that there"
        " never was.",
    )
    statuses: tuple[int, ...] = list_key(
        STATUS, (200, 202, 204), "The statuses of a signed request that is accepted."
    )
    refused_statuses: tuple[int, ...] = list_key(
        STATUS, (403,), "The statuses of a request that is refused because it is not signed."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Twilio:
    """The fields with the phone's state; and what full runs look at besides, where it is given.

    A field is a name, or a JSON Pointer where it begins with '/'; a missing `recommended` one is a
    warning. `account_sid` and `auth_token` are those of the account that has the number.
    """

    number_field: str = key(
        NAME,
        "phone_number",
        "The field of the settings with the number: a name, or a JSON Pointer such as"
        " '/phones/0/number', or '/phones/*/number' for each of a list.",
    )
    enabled_field: str = key(
        NAME,
        "receptionist_enabled",
        "The boolean field that tells whether the receptionist is enabled: a name, or a JSON"
        " Pointer.",
    )
    recommended: tuple[str, ...] = list_key(
        NAME,
        ("greeting_style", "business_hours"),
        "Fields that an enabled receptionist should have.",
    )
    account_sid: str = key(ACCOUNT_SID_OR_NONE, "", "The SID of the account; for number_webhooks.")
    auth_token: str = key(
        SECRET_OR_NONE,
        "",
        "The auth token of the account, as a reference such as ${TWILIO_AUTH_TOKEN}: it signs the"
        " request to the webhook, and asks Twilio for the number.",
    )
    api_url: str = key(
        BASE_URL, "https://api.twilio.com", "The base URL of Twilio's REST API: another region's."
    )
    public_url: str = key(
        BASE_URL_OR_NONE,
        "",
        "The base URL under which Twilio reaches the target, where a proxy makes it another than"
        " --target-url; it is what signatures are about.",
    )
    number_webhooks: tuple[tuple[str, Scalar], ...] = table_key(
        NUMBER_URL,
        (),
        "Properties of the number at Twilio, such as voice_url, and the path that each has to lead"
        " to at this target. Full runs then ask Twilio for them; empty for no such check.",
    )
    webhook: Webhook = field(default_factory=Webhook)

"""Where two readings of a contract differ, and what is done about each case. Pure.

An answer is red only where every reading of the contract's own specification refuses it. Where they
differ, it is a note with the reason, and red in strict runs (`--smoke-drift=strict`). The
table in docs/how-to/contracts.md shows the same cases.
"""

from __future__ import annotations

from pytest_apismoke.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Something in a contract that can be read in two ways.

    Attributes:
        keyword: the keyword that a finding of the strict reading names.
        message: the message of its error.
        what: what is in the contract and in the answer.
        accepted_because: the reading that accepts the answer.
        refused_because: the reading that refuses it.
        advice: what to write so that there is one reading.

    """

    keyword: str
    message: str
    what: str
    accepted_because: str
    refused_because: str
    advice: str

    @property
    def reason(self) -> str:
        """The case as a phrase of a note."""
        return f"{self.what}: {self.refused_because}, but {self.accepted_because}; {self.advice}"


MEANS_NONE = Case(
    keyword="discriminator",
    message="a branch fits, but the discriminator means none",
    what="a branch of oneOf or anyOf fits, and the discriminator is absent or names no schema",
    accepted_because="the branches alone decide (OpenAPI 3.0.4 and 3.1.1)",
    refused_because="such a value should fail (OpenAPI 3.0.3)",
    advice="give the discriminator a mapping with every value",
)
MEANS_ANOTHER = Case(
    keyword="discriminator",
    message="a branch fits, but the discriminator means another one",
    what="a branch of oneOf or anyOf fits, and the discriminator names another one",
    accepted_because="the branches alone decide (OpenAPI 3.0.4 and 3.1.1)",
    refused_because="the one that it names has to fit (OpenAPI 3.0.3)",
    advice="correct the response or the mapping",
)
SEVERAL_BUT_DISCRIMINATED = Case(
    keyword="discriminator",
    message="several branches fit, one of which the discriminator means",
    what="several branches of oneOf fit, and the discriminator names one of them",
    accepted_because="the discriminator says which is meant",
    refused_because="exactly one has to fit (JSON Schema)",
    advice="write anyOf, or list in each branch its own values of the discriminator",
)
SUBTYPE = Case(
    keyword="discriminator",
    message="the schema fits, but not the one that its discriminator means",
    what="a schema without oneOf and anyOf fits, and its discriminator names one that does not",
    accepted_because="the declared one alone decides (OpenAPI 3.0.4 and 3.1.1)",
    refused_because="the one that it names has to fit (OpenAPI 3.0.3)",
    advice="correct the response or the mapping",
)
NULLABLE = Case(
    keyword="nullable",
    message="null where nullable is without effect",
    what="null where nullable stands beside $ref, allOf, anyOf, oneOf or an enum without null, or"
    " in a part of allOf",
    accepted_because="its author means that null is allowed",
    refused_because="nullable only adds null to a type beside it (OpenAPI 3.0.3)",
    advice="write it beside the type, and null in the enum",
)
REPEATED_NAME = Case(
    keyword="",
    message="a name that stands twice",
    what="a name stands more than once in one object of the response",
    accepted_because="most parsers take the last one, and names only should be unique (RFC 8259)",
    refused_because="no object may have two members of one name (RFC 7493, I-JSON)",
    advice="send each name once",
)
RELATIVE_URI = Case(
    keyword="format",
    message="a path where an absolute URI is meant",
    what="a path such as /orders/7 where the format is uri",
    accepted_because="OpenAPI defines no uri, and a reference leads to the same place",
    refused_because="a URI has a scheme (JSON Schema, RFC 3986)",
    advice="write the format uri-reference",
)
LOCAL_TIME = Case(
    keyword="format",
    message="a time of day without an offset",
    what="a time of day without an offset, such as 17:00:00, where the format is time",
    accepted_because="OpenAPI defines no time, and JSON Schema meant that one until draft 3",
    refused_because="a time has an offset (JSON Schema since draft 7, RFC 3339)",
    advice="leave the format out, or send the offset",
)
PARTS_OF_A_SECOND = Case(
    keyword="format",
    message="a duration with parts of a second",
    what="a duration with parts of a second, such as PT1.5S, where the format is duration",
    accepted_because="OpenAPI defines no duration, and ISO 8601 has them",
    refused_because="a duration has whole numbers (JSON Schema, RFC 3339)",
    advice="leave the format out, or send whole seconds",
)
CASES = (
    MEANS_NONE,
    MEANS_ANOTHER,
    SEVERAL_BUT_DISCRIMINATED,
    SUBTYPE,
    NULLABLE,
    REPEATED_NAME,
    RELATIVE_URI,
    LOCAL_TIME,
    PARTS_OF_A_SECOND,
)

"""Healthy stores whose document has an ETag."""

import hashlib
import re
from collections.abc import Callable

from ..behaviour import Behaviour
from ..request import FETCH, Request
from ..response import JsonObject, Response, json_response, problem
from .registry import fault

# An entity tag, weak or strong, and a list of them (RFC 9110, sections 8.8.3 and 5.6.1.2).
_ENTITY_TAG = r'(W/)?("[!#-~\x80-\xff]*")'
_ENTITY_TAGS = rf"[ \t,]*(?:{_ENTITY_TAG}[ \t]*(?:,[ \t,]*|\Z))*"


@fault(api="settings", stage="persist", category=None)
def etags() -> Behaviour:
    """the settings carry an ETag, and saving honours If-Match"""
    return _with_etags(_matches)


@fault(api="settings", stage="persist", category=None)
def etags_unmatchable() -> Behaviour:
    """the settings carry an ETag, saving with If-Match answers 412"""
    return _with_etags(lambda if_match, etag: False)


def _with_etags(matches: Callable[[str, str], bool]) -> Behaviour:
    """Send a strong ETag with the document; ``matches`` compares If-Match with the current one."""

    def refuse(request: Request, shown: JsonObject) -> Response | None:
        if request.if_match is None or matches(request.if_match, _etag(json_response(shown))):
            return None
        return problem(
            412, "precondition_failed", "If-Match does not match the ETag of the settings"
        )

    def add_etag(request: Request, response: Response) -> Response:
        # An update is answered with an acknowledgement, which is not what the ETag is of.
        if request.route == FETCH and response.status == 200 and response.json_object():
            return response.with_header("ETag", _etag(response))
        return response

    return Behaviour(refuse_update=refuse, transform_response=add_etag)


def _etag(response: Response) -> str:
    # A strong validator promises the same bytes (RFC 9110, section 8.8.1).
    return f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'


def _matches(if_match: str, etag: str) -> bool:
    """Compare If-Match with a strong ETag (RFC 9110, section 13.1.1): weak tags never match."""
    if if_match.strip() == "*":
        return True
    # A malformed list matches nothing: rather refuse an update than make it by mistake.
    is_list = re.fullmatch(_ENTITY_TAGS, if_match) is not None
    return is_list and ("", etag) in re.findall(_ENTITY_TAG, if_match)

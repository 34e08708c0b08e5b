"""The faults `etags` and `etags-unmatchable`: ETag and If-Match (RFC 9110)."""

import http.client
import re

import pytest
import requests
from demo.running import LIMIT_S, ME, Demo, Start


def etag_of(response: requests.Response) -> str:
    assert response.status_code == 200
    etag = response.headers["ETag"]
    assert re.fullmatch('"[0-9a-f]{32}"', etag)
    return etag


def save_if_match(demo: Demo, if_match: str, industry: str = "x") -> requests.Response:
    return demo.save({"industry": industry}, {**demo.bearer(), "If-Match": if_match})


def is_refused(demo: Demo, if_match: str) -> bool:
    """Whether the save is a structured 412; it must leave the document and its ETag unchanged."""
    before = demo.fetch()
    response = save_if_match(demo, if_match, "not stored")
    after = demo.fetch()
    assert (after.text, etag_of(after)) == (before.text, etag_of(before))
    detail = "If-Match does not match the ETag of the settings"
    problem = {"error": "precondition_failed", "detail": detail}
    return (response.status_code, response.json()) == (412, problem)


def test_etag_changes_with_the_document(start: Start) -> None:
    """Each other document has another ETag, the same for GET and HEAD; no other one matches."""
    demo = start("etags")
    first = etag_of(demo.fetch())
    assert etag_of(demo.fetch()) == first
    assert etag_of(demo.request("HEAD", ME, headers=demo.bearer())) == first
    assert save_if_match(demo, first).status_code == 200
    second = etag_of(demo.fetch())
    assert (second == first, demo.document()["industry"]) == (False, "x")
    assert is_refused(demo, first)
    assert demo.save({"industry": "y"}).status_code == 200
    assert etag_of(demo.fetch()) not in (first, second)
    assert demo.document()["industry"] == "y"


def test_unmatchable(start: Start) -> None:
    """Any If-Match is refused; without one a save works."""
    demo = start("etags-unmatchable")
    etag = etag_of(demo.fetch())
    assert [is_refused(demo, if_match) for if_match in (etag, f"W/{etag}", "*")] == [True] * 3
    assert demo.save({"industry": "x"}).status_code == 200
    assert demo.document()["industry"] == "x"
    assert etag_of(demo.fetch()) != etag


@pytest.mark.parametrize(
    ("if_match", "matches"),
    [
        ("{etag}", True),
        ("*", True),
        ('"other" , {etag}', True),
        (',, "with,comma",\t{etag},', True),
        ('W/"weak", {etag}', True),
        ('"other"', False),
        ('"other", W/{etag}', False),
        ("W/{etag}", False),
        ('{etag}, "unfinished', False),
        ('"other" {etag}', False),
        ('"other", *', False),
        ("unquoted-{etag}", False),
        ("", False),
        (",", False),
    ],
)
def test_if_match(tagged_demo: Demo, if_match: str, matches: bool) -> None:
    """One strong ETag of the list, or the star, must match; a malformed list never matches."""
    header = if_match.format(etag=etag_of(tagged_demo.fetch()))
    if matches:
        assert save_if_match(tagged_demo, header).status_code == 200
    else:
        assert is_refused(tagged_demo, header)


def test_if_match_on_several_lines(tagged_demo: Demo) -> None:
    """Several If-Match lines are one list."""
    etag = etag_of(tagged_demo.fetch())
    connection = http.client.HTTPConnection(*tagged_demo.address, timeout=LIMIT_S)
    connection.putrequest("PUT", ME)
    lines = (*tagged_demo.bearer().items(), ("If-Match", '"other"'), ("If-Match", etag))
    for name, value in (*lines, ("Content-Length", "2")):
        connection.putheader(name, value)
    connection.endheaders(b"{}")
    assert connection.getresponse().status == 200
    connection.close()


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [(b"{}", {"Authorization": "Bearer wrong"}, 401), (b"[]", {}, 500)],
)
def test_if_match_comes_last(
    tagged_demo: Demo, body: bytes, headers: dict[str, str], status: int
) -> None:
    """A save that is refused without If-Match is refused for the same reason with it."""
    all_headers = {**tagged_demo.bearer(), "If-Match": '"other"', **headers}
    response = tagged_demo.request("PUT", ME, data=body, headers=all_headers)
    assert (response.status_code, "ETag" in response.headers) == (status, False)


@pytest.mark.parametrize("faults", [("etags", "phone-none"), ("phone-none", "etags")])
def test_etag_is_of_the_document_shown(start: Start, faults: tuple[str, ...]) -> None:
    """A document that another fault changes has the ETag of the changed one, in either order."""
    demo = start(*faults)
    etag = etag_of(demo.fetch())
    assert save_if_match(demo, etag).status_code == 200
    assert etag_of(demo.fetch()) != etag


def test_etag_of_a_lagging_fetch_is_stale(start: Start) -> None:
    """A fetch that shows the document before a save has the ETag from before it."""
    demo = start("write-lags", "etags")
    first = etag_of(demo.fetch())
    assert save_if_match(demo, first).status_code == 200
    stale = etag_of(demo.fetch())
    assert stale == first
    assert save_if_match(demo, stale).status_code == 412
    assert etag_of(demo.fetch()) == first
    assert save_if_match(demo, etag_of(demo.fetch())).status_code == 200


def test_only_the_document_has_an_etag(start: Start) -> None:
    """No other response carries an ETag, nor does the acknowledgement of an update."""
    demo = start("etags", "me-html")
    others = (demo.login(), demo.get("/health"), demo.get("/nowhere"))
    for response in (demo.fetch(), demo.save({"industry": "x"}), *others):
        assert "ETag" not in response.headers

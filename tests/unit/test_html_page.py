"""What the page of a report shows, as records."""

from __future__ import annotations

from dataclasses import replace

import pytest
from verdict_parts import TARGET, exchange, not_run, passed
from verdicts import FACTS, RESTORE, of_name, scene

from pytest_apismoke.errors import Violation
from pytest_apismoke.reports.facts import OwnExchange, RunFacts
from pytest_apismoke.reports.html.page import page_of
from pytest_apismoke.reports.html.view import (
    ApiRow,
    Band,
    Card,
    CheckGroup,
    CheckRow,
    Chip,
    Fact,
    Filter,
    Item,
    Jump,
    Marked,
    Part,
    Place,
    Requests,
    State,
    Step,
    Told,
)
from pytest_apismoke.reports.report import Report
from pytest_apismoke.verdict.causes import Cause
from pytest_apismoke.verdict.outcome import Outcome, Result, SkipReason

FIVE = ("pass", "several-causes", "category-unready", "category-usage", "dirty")


def part_of(name: str) -> Part:
    (part,) = page_of(of_name(name).report).parts
    return part


def requests_of(part: Part) -> Requests:
    assert part.requests is not None
    return part.requests


def reported(*outcomes: Outcome, facts: RunFacts = FACTS) -> Part:
    (part,) = page_of(scene("one", outcomes, facts).report).parts
    return part


# -- the band -------------------------------------------------------------------------------------


def test_the_band_has_the_reason_what_it_means_and_the_facts() -> None:
    report = of_name("several-causes").report
    assert page_of(report).band == Band(
        verdict="fail",
        word="FAIL",
        reason=report.summary,
        plain="The target is bad: settings, calendar and twilio fail at fetch, orders fails at"
        " the list of orders, tests fails at test_no_price_is_negative."
        " Roll back, or repair and run again.",
        title="FAIL: GET /api/business/me answers 500, and 2 more causes",
        started_at="2026-11-27T17:42:05Z",
        moment="Friday 27 November 2026, 17:42 UTC",
        command="",
        chips=(
            Chip(text="settings FAIL", state=State.BAD),
            Chip(text="calendar FAIL", state=State.BAD),
            Chip(text="twilio FAIL", state=State.BAD),
            Chip(text="orders FAIL", state=State.BAD),
            Chip(text="tests FAIL", state=State.BAD),
            Chip(text="catalog flaky", state=State.FLAKY),
        ),
        facts=(
            Fact("Exit code", "2", "fetch: no usable response"),
            Fact("Target", "api.example.com", TARGET),
            Fact("Version", "2026.11.27-3", "as asked for"),
            Fact("Mode", "smoke", "table of exit codes: category"),
            Fact("Took", "6.2 s", "8 requests, at most 4 at once"),
            Fact("Left behind", "nothing", "PUT /api/business/me: restored and proven"),
        ),
    )


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("pass", "The target may take traffic."),
        (
            "pass-with-notes",
            "The target may take traffic. Worth a look: 1 flaky check, 1 optional failure,"
            " 2 drifts, 1 known violation and 1 gone violation.",
        ),
        (
            "category-unready",
            "It could not be told whether the target is good."
            " This is no evidence against the target, and none for it.",
        ),
        (
            "category-usage",
            "The gate was called or configured wrongly; nothing was sent, so this says nothing of"
            " the target.",
        ),
        (
            "dirty",
            "The target was left changed. Once it takes updates again, restore it with this"
            " command:",
        ),
    ],
)
def test_each_verdict_says_what_it_means(name: str, plain: str) -> None:
    assert page_of(of_name(name).report).band.plain == plain


def test_a_target_that_was_left_changed_has_the_command_in_the_band() -> None:
    band = page_of(of_name("dirty").report).band
    assert (band.command, band.facts[-1]) == (
        RESTORE,
        Fact("Left behind", "a change", "PUT /api/business/me: left changed"),
    )


def test_a_refused_call_has_no_apis_no_requests_and_no_checks() -> None:
    part = part_of("category-usage")
    assert (part.apis, part.requests, part.checks, part.exchanges) == ((), None, None, ())
    facts = page_of(of_name("category-usage").report).band.facts
    assert [fact.small for fact in facts[-2:]] == ["nothing was sent", "nothing was sent"]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("several-causes", "What broke"),
        ("dirty", "What broke"),
        ("category-unready", "What stood in the way"),
        ("category-usage", "What stood in the way"),
    ],
)
def test_only_a_target_that_is_bad_is_called_broken(name: str, title: str) -> None:
    assert part_of(name).causes_title == title


@pytest.mark.parametrize(
    ("seen", "wanted", "fact"),
    [
        ("1.2", "1.2", Fact("Version", "1.2", "as asked for")),
        ("1.2", "1.3", Fact("Version", "1.2", "asked for: 1.3")),
        ("1.2", None, Fact("Version", "1.2", "none was asked for")),
        (None, "1.3", Fact("Version", "not known", "asked for: 1.3")),
        (None, None, Fact("Version", "not known", "none was named")),
    ],
)
def test_the_version_is_told_with_what_was_asked_for(
    seen: str | None, wanted: str | None, fact: Fact
) -> None:
    report = of_name("pass").report
    facts = replace(report.facts, target_version=seen, expected_version=wanted)
    assert page_of(replace(report, facts=facts)).band.facts[2] == fact


def test_a_title_is_at_most_70_characters_long() -> None:
    titles = [page_of(of_name(name).report).band.title for name in (*FIVE, "hostile")]
    assert [len(title) > 70 for title in titles] == [False] * len(titles)


def test_the_jumps_lead_to_the_parts_that_are_there_with_their_counts() -> None:
    assert page_of(of_name("several-causes").report).jumps == (
        Jump("#causes", "What broke", 3),
        Jump("#apis", "APIs", 6),
        Jump("#requests", "Requests", 8),
        Jump("#checks", "Checks", 20),
        Jump("#unseen", "Not looked at", 3),
        Jump("#notes", "Notes", 2),
        Jump("#settings", "Settings", 3),
    )


# -- what broke -----------------------------------------------------------------------------------


def test_a_card_has_the_cause_its_request_and_what_was_not_run() -> None:
    assert part_of("several-causes").causes[0] == Card(
        number=1,
        title="GET /api/business/me answers 500",
        who="settings::fetch, calendar::fetch and twilio::fetch share this cause; category fetch",
        expected="200 with the settings document",
        got="500 with application/json, 88 bytes",
        where=f"GET {TARGET}/api/business/me",
        request=3,
        to_do="look into the target's log at the request id",
        request_id="c9f0f895fb98ab9159f51fd0297e236d",
        curl=f"curl -sS -i -H \"Authorization: Bearer $APISMOKE_TOKEN\" '{TARGET}/api/business/me'",
        response='{\n  "error": "internal_error",\n'
        '  "detail": "column businesses.greeting_style does not exist"\n}',
        places=(),
        more_places=0,
        difference=(),
        received=(),
        not_run=(
            "settings: contract, save, persist, restore",
            "calendar: state, oauth",
            "twilio: phone, state",
        ),
        not_run_count=8,
    )


def test_a_violation_has_the_contract_and_the_response_with_the_broken_lines_marked() -> None:
    broken = replace(
        next(one for one in of_name("category-invalid").verdict.checks if one.violations),
        violations=(
            Violation(
                pointer="/items/3/total",
                expected="a number",
                actual="the string '129.00'",
                schema_location="contracts/order.schema.json#/properties/total/type",
                contract=('! "type": "number"', '  "minimum": 0'),
            ),
        ),
        difference=(
            "@@ /items/3 @@",
            '  "id": "ord_1039"',
            '- "total": a number',
            '+ "total": "129.00"',
            '- "currency": … (required)',
        ),
    )
    (card,) = reported(broken).causes
    assert (card.places, card.difference, card.received, card.response) == (
        (
            Place(
                pointer="/items/3/total",
                expected="a number",
                got="the string '129.00'",
                contract="contracts/order.schema.json#/properties/total/type",
                schema=(Marked("!", '"type": "number"'), Marked(" ", '"minimum": 0')),
            ),
        ),
        (
            Marked("@", "@@ /items/3 @@"),
            Marked(" ", '  "id": "ord_1039"'),
            Marked("-", '- "total": a number'),
            Marked("+", '+ "total": "129.00"'),
            Marked("-", '- "currency": … (required)'),
        ),
        (
            Marked("@", "/items/3"),
            Marked(" ", '"id": "ord_1039"'),
            Marked("!", '"total": "129.00"'),
        ),
        "",
    )


def test_of_many_places_a_card_shows_the_first_and_counts_the_rest() -> None:
    broken = next(one for one in of_name("category-invalid").verdict.checks if one.violations)
    many = tuple(Violation(pointer=f"/{number}", expected="a", actual="b") for number in range(8))
    (card,) = reported(replace(broken, violations=many)).causes
    assert ([place.pointer for place in card.places], card.more_places) == (
        ["/0", "/1", "/2", "/3", "/4"],
        3,
    )


def test_every_check_that_failed_or_was_not_run_leads_to_its_cause() -> None:
    part = part_of("several-causes")
    assert part.checks is not None
    led = {(row.state, row.cause is not None) for group in part.checks.groups for row in group.rows}
    assert led == {
        (State.BAD, True),
        (State.IDLE, True),
        (State.OK, False),
        (State.FLAKY, False),
    }


# -- the APIs and the checks ----------------------------------------------------------------------


def test_the_stages_of_a_suite_are_a_track_that_breaks_off() -> None:
    part = part_of("several-causes")
    assert (part.apis[0], part.apis[2].took, part.is_cut) == (
        ApiRow(
            name="settings",
            word="FAIL",
            state=State.BAD,
            is_chain=True,
            steps=(
                Step(text="login", state=State.OK),
                Step(text="fetch FAILED", state=State.BAD, is_cut=True),
                *(
                    Step(text=text, state=State.IDLE, unseen="not run")
                    for text in ("contract", "save", "persist", "restore")
                ),
            ),
            bars=None,
            took="1.0 s",
        ),
        "shared",
        True,
    )


def test_an_api_that_was_not_run_has_no_time_and_a_track_that_is_broken_from_its_start() -> None:
    login = next(one for one in of_name("category-auth").verdict.checks if one.category)
    part = reported(login, *not_run(["calendar::login", "calendar::fetch"], login.name))
    calendar = next(api for api in part.apis if api.name == "calendar")
    assert (calendar.took, [(one.state, one.is_cut) for one in calendar.steps]) == (
        "",
        [(State.IDLE, True), (State.IDLE, False)],
    )


def test_what_broke_comes_first_among_the_apis_and_in_the_band() -> None:
    report = of_name("several-causes").report
    states = [api.state for api in page_of(report).parts[0].apis]
    assert states == [*[State.BAD] * 5, State.FLAKY]
    assert [chip.state for chip in page_of(report).band.chips] == states


def test_an_api_of_many_checks_has_a_bar_for_each() -> None:
    part = part_of("fail-200-checks")
    rows = {api.name: api for api in part.apis if api.bars}
    checks = [one for one in of_name("fail-200-checks").verdict.checks if one.api in rows]
    drawn = {
        state: sum(getattr(api.bars, state).count("M") for api in rows.values())
        for state in ("ok", "bad", "idle", "flaky")
    }
    failing = sum(one.outcome.is_failure for one in checks)
    assert drawn == {"ok": len(checks) - failing, "bad": failing, "idle": 0, "flaky": 0}
    assert {api.steps for api in rows.values()} == {()}


def test_own_tests_have_their_names() -> None:
    tests = next(api for api in part_of("pass").apis if api.name == "tests")
    assert [step.text for step in tests.steps] == [
        "test_search_finds_a_known_product",
        "test_status_page_is_public",
    ]


def test_a_skipped_test_is_called_and_counted_so_wherever_it_stands() -> None:
    names = ("test_a.py::test_skipped", "test_a.py::test_ran")
    skips, runs = (
        Outcome(api="tests", stage="call", name=name, outcome=outcome, skip_reason=reason)
        for name, outcome, reason in (
            (names[0], Result.SKIPPED, SkipReason.USER),
            (names[1], Result.PASSED, None),
        )
    )
    part = reported(passed("settings::login"), skips, runs)
    assert part.checks is not None
    assert (part.checks.lead, part.checks.filters) == (
        "3 checks: 2 passed, 1 skipped.",
        (Filter("all", "all", 3), Filter("idle", "skipped", 1), Filter("ok", "passed", 2)),
    )
    (group,) = (one for one in part.checks.groups if one.api == "tests")
    assert (group.counts, [row.outcome for row in group.rows]) == (
        "1 passed, 1 skipped",
        ["passed", "skipped"],
    )
    (api,) = (one for one in part.apis if one.name == "tests")
    assert [step.unseen for step in api.steps] == ["", "skipped"]


def test_the_table_of_checks_has_each_with_its_outcome_by_api() -> None:
    checks = part_of("several-causes").checks
    assert checks is not None
    assert (checks.lead, checks.is_closed, checks.filters) == (
        "20 checks: 7 passed, 1 of them flaky, 5 failed of 3 causes, 8 not run.",
        False,
        (
            Filter("all", "all", 20),
            Filter("bad", "failed", 5),
            Filter("idle", "not run", 8),
            Filter("flaky", "flaky", 1),
            Filter("ok", "passed", 7),
        ),
    )
    assert next(group for group in checks.groups if group.api == "catalog") == CheckGroup(
        api="catalog",
        counts="1 passed, 1 of them flaky",
        rows=(
            CheckRow(
                name="the catalog",
                note="GET answered 503; asked again once",
                outcome="passed, flaky",
                took="143 ms",
                state=State.FLAKY,
                cause=None,
            ),
        ),
    )


@pytest.mark.parametrize(
    ("name", "is_closed"), [("pass", False), ("pass-200-checks", True), ("fail-200-checks", False)]
)
def test_only_a_long_table_of_a_pass_starts_closed(name: str, is_closed: bool) -> None:
    checks = part_of(name).checks
    assert checks is not None
    assert checks.is_closed is is_closed


# -- the requests ---------------------------------------------------------------------------------


def test_each_request_is_there_once_in_the_order_in_which_it_was_sent() -> None:
    groups = requests_of(part_of("several-causes")).groups
    rows = [row for group in groups for row in group.rows]
    assert [(row.number, row.request, row.answer, row.note) for row in rows[1:4]] == [
        (
            2,
            "POST /api/auth/login",
            "200",
            "shared by settings::login, calendar::login and twilio::login",
        ),
        (
            3,
            "GET /api/business/me",
            "500",
            "shared by settings::fetch, calendar::fetch and twilio::fetch",
        ),
        (4, "GET /api/orders?limit=5", "200", "orders::the list of orders"),
    ]
    assert [group.title for group in groups] == ["Readiness", "Login and checks"]


def test_a_request_that_was_sent_again_keeps_its_lane_while_it_waits() -> None:
    first = exchange("GET", "/a", 503, duration_s=0.1, started_s=0.0)
    second = exchange("GET", "/a", duration_s=0.1, attempt=2, started_s=0.9)
    other = exchange("GET", "/b", duration_s=0.1, started_s=0.5)
    verdict = scene("one", [passed("a::a", "", first, second), passed("a::b", "", other)]).verdict
    outcomes = [
        replace(one, exchanges=of)
        for one, of in zip(verdict.checks, [(first, second), (other,)], strict=True)
    ]
    report = Report(
        verdict=replace(verdict, checks=tuple(outcomes)), facts=replace(FACTS, exchanges=())
    )
    requests = requests_of(page_of(report).parts[0])
    (group,) = requests.groups
    assert [(row.request, row.lane, row.state) for row in group.rows] == [
        ("GET /a", 1, State.FLAKY),
        ("GET /b", 2, State.NONE),
        ("GET /a", 1, State.NONE),
    ]
    assert requests.drawing is not None
    (wait,) = requests.drawing.waits
    assert (wait.x, wait.end_x, requests.drawing.lanes) == (100, 900, 2)


def test_the_wait_for_the_target_has_a_group_and_an_axis_of_its_own() -> None:
    polls = [
        exchange("GET", "/health", status, duration_s=0.1, started_s=start_s)
        for start_s, status in ((0.0, 503), (1.0, None), (1.9, 200))
    ]
    login = exchange("POST", "/login", duration_s=0.1, started_s=2.0)
    own = [OwnExchange(purpose="readiness", exchange=poll) for poll in polls]
    facts = replace(
        FACTS, exchanges=(*own, OwnExchange(purpose="the version at the end", exchange=login))
    )
    report = replace(of_name("category-usage").report, facts=facts)
    requests = requests_of(page_of(report).parts[0])
    readiness, rest = requests.groups
    assert (readiness.title, readiness.small, readiness.ticks) == (
        "Readiness",
        "asked again twice",
        ("0.0 s", "0.5", "1.0", "1.5", "2.0 s"),
    )
    assert [(row.answer, row.state, row.wait is not None) for row in readiness.rows] == [
        ("503", State.FLAKY, False),
        ("no response", State.FLAKY, True),
        ("200", State.NONE, True),
    ]
    assert rest.ticks == ("2.00 s", "2.02", "2.05", "2.07", "2.10 s")
    assert requests.drawing is not None
    assert requests.drawing.sentence == "1 request, at most 1 in flight at once"


def test_a_wait_in_vain_ends_with_the_poll_that_is_the_cause() -> None:
    groups = requests_of(part_of("category-unready")).groups
    assert (groups[0].title, groups[0].rows[-1].state) == ("Readiness", State.BAD)


def test_without_the_start_of_each_request_a_sentence_stands_for_the_drawing() -> None:
    report = of_name("pass").report
    checks = tuple(
        replace(one, exchanges=tuple(replace(e, started_s=None) for e in one.exchanges))
        for one in report.verdict.checks
    )
    requests = requests_of(
        page_of(replace(report, verdict=replace(report.verdict, checks=checks))).parts[0]
    )
    assert (requests.is_timed, requests.lead, requests.drawing) == (
        False,
        "When each of them was sent is not known: there is no drawing.",
        None,
    )
    assert {row.bar for group in requests.groups for row in group.rows} == {None}


def test_above_60_requests_the_table_has_those_that_tell_something() -> None:
    part = part_of("pass-200-checks")
    requests = requests_of(part)
    shown = [row for group in requests.groups for row in group.rows]
    assert requests.count > 200
    assert len(shown) < 60
    assert any(row.request.startswith("POST") for row in shown)
    assert [one.number for one in part.exchanges] == sorted(row.number for row in shown)
    assert requests.groups[-1].title == "Login, writes, retries, failures and the slowest"


def test_a_table_of_failures_has_an_end() -> None:
    rows = [row for group in requests_of(part_of("fail-200-checks")).groups for row in group.rows]
    assert len(rows) <= 200
    assert sum(row.state is State.BAD for row in rows) == 100


def test_an_exchange_has_what_was_sent_and_what_came() -> None:
    assert part_of("several-causes").exchanges[2] == Told(
        number=3,
        request="GET /api/business/me",
        answer="500, 212 ms",
        purpose="shared by settings::fetch, calendar::fetch and twilio::fetch",
        sent="GET /api/business/me\nHost: api.example.com\nAccept: application/json\n"
        "Authorization: [redacted]\n"
        "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        received="500 Internal Server Error\ncontent-type: application/json\nserver: nginx\n\n"
        '{\n  "error": "internal_error",\n'
        '  "detail": "column businesses.greeting_style does not exist"\n}',
    )


def test_a_request_without_a_response_says_why() -> None:
    reset = exchange("GET", "/a", None, error="connection reset by peer")
    told = reported(passed("orders::a", "", reset)).exchanges[-1]
    assert (told.answer, told.received) == (
        "no response, 50 ms",
        "no response: connection reset by peer",
    )


# -- the rest -------------------------------------------------------------------------------------


def test_what_is_worth_a_look_is_told_in_front_of_a_pass() -> None:
    part = part_of("pass-with-notes")
    assert part.look == (
        Item(
            tag="flaky",
            state=State.FLAKY,
            text="catalog::the catalog",
            more="GET /api/catalog answered 503; asked again once",
            request=9,
        ),
        Item(
            tag="not required",
            state=State.LAX,
            text="orders::the archive",
            more="failed, not required: expected 200, seen 404",
        ),
        Item(tag="drift", text="GET /api/orders: /items/*/channel is not declared"),
        Item(tag="drift", text="GET /api/orders: /total is declared and was never seen"),
        Item(
            tag="known",
            text="GET /api/orders (200): type at /items/*/total",
            more="a known violation of contracts/known.toml: a string until release 12",
        ),
        Item(
            tag="known and gone",
            text="GET /api/business/me (200): type at /fax",
            more="no response breaks it any longer: delete it in contracts/known.toml",
        ),
    )


def test_beside_a_failure_it_is_a_note() -> None:
    part = part_of("several-causes")
    assert (part.look, part.notes[0].tag) == ((), "flaky")


def test_what_was_not_looked_at_begins_with_what_a_cause_has_stopped() -> None:
    assert [item.text for item in part_of("several-causes").unseen] == [
        "8 checks behind cause 1",
        "GET /api/items/{id}/photo: image/webp, which nothing validates",
        "the API invoices (left out by --smoke-api)",
    ]


def test_the_environment_begins_with_the_run_and_its_trace() -> None:
    part = part_of("pass")
    assert (part.environment[:3], part.settings[0]) == (
        (
            ("run", "1198f038"),
            ("trace", "4bf92f3577b34da6a3ce929d0e0e4736"),
            ("apismoke", "0.2.0"),
        ),
        ("target_url", TARGET, "command line"),
    )


def test_each_of_several_targets_has_a_part_and_ids_of_its_own() -> None:
    page = page_of(of_name("several-targets").report)
    assert [(part.prefix, part.target, part.word, part.state) for part in page.parts] == [
        ("t1-", "https://eu.example.com", "PASS", State.OK),
        ("t2-", "https://us.example.com", "FAIL", State.BAD),
        ("t3-", "https://ap.example.com", "INCONCLUSIVE", State.IDLE),
    ]
    assert page.band.chips[1] == Chip(
        text="https://us.example.com FAIL", state=State.BAD, href="#t2-part"
    )
    assert page.notes == (Item(text="the targets answer with different versions"),)


def test_the_numbers_of_causes_are_those_of_every_other_report() -> None:
    report = of_name("several-causes").report
    causes: tuple[Cause, ...] = report.causes
    assert [(card.number, card.title) for card in page_of(report).parts[0].causes] == [
        (cause.number, cause.summary) for cause in causes
    ]

"""The table of statuses, and what was shown when."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.impact import (
    component_status,
    day_shares,
    flatten,
    incident_impact,
    incident_spans,
    page_status,
    precedence,
    unknown_spans,
)
from incidents.model import (
    ComponentStatus,
    Impact,
    Incident,
    IncidentStatus,
    Judgement,
    Span,
    StatusChange,
)
from incidents.policy import Counts, CountsMode
from tests.incidents.world import at, component

OK, SLOW, PARTIAL, MAJOR, WORK, UNKNOWN = (
    ComponentStatus.OPERATIONAL,
    ComponentStatus.DEGRADED,
    ComponentStatus.PARTIAL_OUTAGE,
    ComponentStatus.MAJOR_OUTAGE,
    ComponentStatus.MAINTENANCE,
    ComponentStatus.UNKNOWN,
)
LETTERS = dict(zip("hdpfu", Judgement, strict=True))
WORST, BEST = Counts(), Counts(CountsMode.BEST)


def at_least(number: int) -> Counts:
    return Counts(CountsMode.AT_LEAST, number)


@pytest.mark.parametrize(
    ("counts", "judgements", "status"),
    [
        (WORST, "", OK),
        (WORST, "h", OK),
        (WORST, "d", SLOW),
        (WORST, "p", PARTIAL),
        (WORST, "f", MAJOR),
        (WORST, "u", UNKNOWN),
        (WORST, "uu", UNKNOWN),
        (WORST, "uh", OK),
        (WORST, "hdpf", MAJOR),
        (BEST, "hdpf", OK),
        (BEST, "df", SLOW),
        (BEST, "ff", MAJOR),
        (BEST, "fu", MAJOR),
        (at_least(2), "fhh", OK),
        (at_least(2), "ffh", MAJOR),
        (at_least(2), "fdh", SLOW),
        (at_least(2), "f", OK),
        (at_least(2), "uu", UNKNOWN),
    ],
)
def test_a_component_is_what_its_checks_make_it(counts, judgements, status):
    shop = component("shop", counts=counts)
    assert component_status(shop, [LETTERS[one] for one in judgements]) is status


@pytest.mark.parametrize(
    ("ceiling", "status"),
    [
        (Impact.NONE, OK),
        (Impact.MINOR, SLOW),
        (Impact.MAJOR, PARTIAL),
        (Impact.CRITICAL, MAJOR),
    ],
)
def test_a_ceiling_bounds_what_a_component_can_come_to(ceiling, status):
    shop = component("shop", impact_at_most=ceiling)
    assert component_status(shop, [Judgement.FAILING]) is status
    assert component_status(shop, [Judgement.HEALTHY]) is OK


@pytest.mark.parametrize(
    ("statuses", "indicator", "description"),
    [
        ([], "none", "All Systems Operational"),
        ([OK], "none", "All Systems Operational"),
        ([OK, UNKNOWN], "none", "All Systems Operational"),
        ([MAJOR], "critical", "Major System Outage"),
        ([MAJOR, MAJOR], "critical", "Major System Outage"),
        ([MAJOR, OK], "major", "Partial System Outage"),
        ([MAJOR, PARTIAL], "major", "Partial System Outage"),
        ([PARTIAL], "major", "Partial System Outage"),
        ([PARTIAL, PARTIAL], "major", "Partial System Outage"),
        ([PARTIAL, OK], "minor", "Minor Service Outage"),
        ([PARTIAL, SLOW], "minor", "Minor Service Outage"),
        ([SLOW, SLOW], "minor", "Degraded System Service"),
        ([SLOW], "minor", "Partially Degraded Service"),
        ([SLOW, OK], "minor", "Partially Degraded Service"),
        ([WORK], "maintenance", "Service Under Maintenance"),
        ([WORK, OK], "maintenance", "Service Under Maintenance"),
        ([WORK, SLOW], "minor", "Partially Degraded Service"),
    ],
)
def test_the_top_line_is_word_for_word_what_readers_match_on(statuses, indicator, description):
    found = page_status(statuses)
    assert (found.indicator, found.description) == (indicator, description)


# Spans ----------------------------------------------------------------------------------------


def incident(*changes: StatusChange, **more) -> Incident:
    given = {"published_at": at(5), "timeline": {"shop": changes}}
    return Incident("one", "", IncidentStatus.INVESTIGATING, at(0), at(5), **{**given, **more})


FAILED_THEN_SLOW = (StatusChange(at(0), MAJOR), StatusChange(at(60), SLOW))


def test_an_incident_is_seen_from_its_onset_on():
    assert incident_spans(incident(*FAILED_THEN_SLOW)) == (
        Span("shop", at(0), at(60), MAJOR, "one"),
        Span("shop", at(60), None, SLOW, "one"),
    )


def test_what_is_well_again_leaves_no_span():
    changes = (*FAILED_THEN_SLOW, StatusChange(at(90), OK))
    assert incident_spans(incident(*changes))[-1].to_at == at(90)


def test_an_operators_end_is_the_end():
    assert incident_spans(incident(*FAILED_THEN_SLOW, resolved_at=at(80)))[-1].to_at == at(80)


@pytest.mark.parametrize("more", [{"published_at": None}, {"discarded_at": at(9)}])
def test_what_is_not_public_leaves_no_span(more):
    assert incident_spans(incident(*FAILED_THEN_SLOW, **more)) == ()


def test_an_incidents_impact_is_the_worst_it_ever_had():
    assert incident_impact(incident(*FAILED_THEN_SLOW, suffered={MAJOR: 1})) is Impact.CRITICAL


def test_each_time_without_knowledge_is_a_cause_of_its_own():
    first, second = unknown_spans("shop", at(0), at(9)), unknown_spans("shop", at(20), None)
    assert first[0].cause != second[0].cause
    assert unknown_spans("shop", at(9), at(9)) == ()


def test_the_worst_is_shown_and_what_lies_under_it_comes_back():
    shown = flatten(
        [Span("shop", at(0), None, SLOW, "a"), Span("shop", at(10), at(20), MAJOR, "b")]
    )
    assert [(span.from_at, span.to_at, span.status) for span in shown] == [
        (at(0), at(10), SLOW),
        (at(10), at(20), MAJOR),
        (at(20), None, SLOW),
    ]


def test_what_was_shown_can_be_asked_for_between_two_instants():
    shown = flatten([Span("shop", at(0), None, SLOW, "a")], at(10), at(30))
    assert shown == (Span("shop", at(10), at(30), SLOW, "a"),)
    assert flatten([Span("shop", at(0), at(5), SLOW, "a")], at(10), at(30)) == ()


SPANS = st.lists(
    st.builds(
        lambda component, start, length, status, cause: Span(
            component, at(start), None if length is None else at(start + length), status, cause
        ),
        st.sampled_from(["shop", "mail"]),
        st.integers(0, 100),
        st.none() | st.integers(0, 50),
        st.sampled_from([SLOW, PARTIAL, MAJOR, WORK, UNKNOWN]),
        st.sampled_from(["a", "b", "monitoring"]),
    ),
    max_size=12,
)


def holding(spans, component, count) -> list[ComponentStatus]:
    instant = at(count + 0.5)
    return [
        span.status
        for span in spans
        if span.component == component
        and span.from_at <= instant
        and (span.to_at is None or instant < span.to_at)
    ]


@given(SPANS)
def test_shown_spans_cover_exactly_what_was_given_without_overlap(spans):
    shown = flatten(spans)
    for name in ("shop", "mail"):
        for count in range(160):
            given_here = holding(spans, name, count)
            expected = [min(given_here, key=precedence)] if given_here else []
            assert holding(shown, name, count) == expected


@given(SPANS, st.randoms())
def test_the_order_in_which_spans_come_does_not_matter(spans, random):
    shuffled = random.sample(spans, len(spans))
    assert flatten(shuffled) == flatten(spans)


@given(SPANS)
def test_what_is_shown_stays_as_it_is(spans):
    assert flatten(flatten(spans)) == flatten(spans)


# Days -----------------------------------------------------------------------------------------


def midnights(first: datetime, days: int) -> list[datetime]:
    return [(first + timedelta(days=day)).astimezone(UTC) for day in range(days + 1)]


def test_local_days_have_23_and_25_hours_when_clocks_change():
    berlin = ZoneInfo("Europe/Berlin")
    for first, hours in (
        (datetime(2026, 3, 29, tzinfo=berlin), 23),
        (datetime(2026, 10, 25, tzinfo=berlin), 25),
    ):
        bounds = midnights(first, 1)
        (day,) = day_shares([], bounds, since_at=bounds[0], until_at=bounds[-1])
        assert day.seconds == {OK: hours * 3600}


def test_a_day_holds_what_was_shown_and_the_rest_is_well():
    bounds = [at(0), at(100), at(200)]
    spans = [Span("shop", at(80), at(130), MAJOR, "a")]
    first, second = day_shares(spans, bounds, since_at=at(0), until_at=at(150))
    assert first.seconds == {MAJOR: 20, OK: 80}
    assert second.seconds == {MAJOR: 30, OK: 20}
    assert second.worst is MAJOR


def test_before_it_existed_a_component_has_no_days():
    bounds = [at(0), at(100), at(200)]
    first, second = day_shares([], bounds, since_at=at(150), until_at=at(200))
    assert (first.seconds, first.worst) == ({}, None)
    assert second.seconds == {OK: 50}


@given(SPANS, st.integers(0, 120), st.integers(0, 160))
def test_a_components_days_add_up_to_the_time_it_existed(spans, since, until):
    own = [span for span in spans if span.component == "shop"]
    bounds = [at(count) for count in range(0, 161, 20)]
    days = day_shares(own, bounds, since_at=at(since), until_at=at(until))
    total = sum(sum(day.seconds.values()) for day in days)
    assert total == pytest.approx(max(0, until - since))

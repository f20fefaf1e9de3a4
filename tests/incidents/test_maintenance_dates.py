"""When a plan takes place, over clock changes and under rules that mean no good."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.maintenance_dates import (
    AHEAD,
    MOST_AHEAD,
    ahead,
    first,
    more_from,
    occurrences,
    problem,
)
from incidents.policy import MaintenancePlan

BERLIN = "Europe/Berlin"


def local(*parts: int) -> datetime:
    return datetime(*parts)  # noqa: DTZ001 - as the file has it


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def plan(repeat=None, starts=None, hours=2.0, zone=BERLIN):
    begins = starts or local(2026, 1, 4, 2)
    return MaintenancePlan("p", "Work", begins, zone, timedelta(hours=hours), repeat=repeat)


def starts(found) -> list[datetime]:
    return [one.starts_at for one in found]


def test_a_plan_without_a_rule_has_one_date():
    assert starts(occurrences(plan(), utc(2025, 1, 1))) == [utc(2026, 1, 4, 1)]
    assert first(plan()).ends_at == utc(2026, 1, 4, 3)


def test_a_date_that_is_over_does_not_come_again():
    assert ahead(plan(), utc(2026, 1, 4, 3)) == ()


def test_local_time_stays_when_the_clock_changes():
    found = ahead(plan("FREQ=WEEKLY;BYDAY=SU"), utc(2026, 10, 17))
    assert starts(found)[:3] == [utc(2026, 10, 18, 0), utc(2026, 10, 25, 0), utc(2026, 11, 1, 1)]


@pytest.mark.parametrize(
    ("begins", "at"),
    [
        pytest.param(local(2026, 3, 29, 2, 30), utc(2026, 3, 29, 1, 30), id="skipped"),
        pytest.param(local(2026, 10, 25, 2, 30), utc(2026, 10, 25, 0, 30), id="twice: the first"),
    ],
)
def test_a_time_that_is_not_there_or_there_twice_is_one_instant(begins, at):
    assert first(plan(starts=begins)).starts_at == at


def test_it_lasts_as_long_on_a_day_with_a_clock_change():
    found = first(plan(starts=local(2026, 3, 28, 23), hours=8))
    assert found.ends_at - found.starts_at == timedelta(hours=8)


def test_the_next_date_is_known_however_far_off_and_those_within_sixty_days():
    assert len(ahead(plan("FREQ=YEARLY"), utc(2026, 2, 1))) == 1
    assert len(ahead(plan("FREQ=MONTHLY"), utc(2026, 2, 1))) == 2
    assert len(ahead(plan("FREQ=DAILY"), utc(2026, 2, 1))) == MOST_AHEAD


def test_it_is_known_when_a_further_date_comes_within_reach():
    rule = plan("FREQ=MONTHLY")
    at = more_from(rule, utc(2026, 2, 1))
    assert at == utc(2026, 4, 4, 0) - AHEAD
    assert len(ahead(rule, at)) == len(ahead(rule, at - timedelta(seconds=1))) + 1
    assert more_from(plan("FREQ=DAILY"), utc(2026, 2, 1)) is None


@pytest.mark.parametrize("until", ["20260118", "20260118T020000", "20260118T010000Z"])
def test_the_last_day_counts_however_it_is_written(until):
    found = ahead(plan(f"FREQ=WEEKLY;UNTIL={until}"), utc(2026, 1, 1))
    assert starts(found) == [utc(2026, 1, 4, 1), utc(2026, 1, 11, 1), utc(2026, 1, 18, 1)]


def test_a_counted_rule_counts_from_its_first_date():
    assert len(ahead(plan("FREQ=DAILY;COUNT=3"), utc(2026, 1, 5, 12))) == 1


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=WEEKLY;BYDAY=SU", ""),
        ("RRULE:FREQ=DAILY;BYHOUR=2,14", ""),
        ("freq=weekly", ""),
        ("every sunday", "it is no RFC 5545 rule"),
        ("FREQ=DAILY\nEXDATE:20260101T020000", "it is no RFC 5545 rule"),
        ("FREQ=DAILY;BYDAY=XX", "invalid 'BYDAY': XX"),
        ("FREQ=SECONDLY", "FREQ is DAILY, WEEKLY, MONTHLY or YEARLY"),
        ("FREQ=DAILY;FREQ=SECONDLY", "FREQ is DAILY, WEEKLY, MONTHLY or YEARLY"),
        ("BYDAY=SU", "FREQ is DAILY, WEEKLY, MONTHLY or YEARLY"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL is between 1 and 1000"),
        ("FREQ=DAILY;INTERVAL=-1", "INTERVAL is between 1 and 1000"),
        ("FREQ=DAILY;COUNT=999999999", "COUNT is between 1 and 5000"),
        ("FREQ=DAILY;COUNT=X", "COUNT is between 1 and 5000"),
        ("FREQ=DAILY;BYSECOND=1,2", "BYSECOND is nothing that a maintenance can go by"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "there is no such date"),
        ("FREQ=DAILY;UNTIL=20200101", "there is no such date"),
        ("FREQ=DAILY;BYHOUR=2,3", "it begins again before it is over"),
    ],
)
def test_a_rule_that_leads_nowhere_or_never_ends_is_refused_in_words(rule, said):
    assert problem(plan(rule)) == said


RULES = st.sampled_from(
    ["FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH", "FREQ=MONTHLY"]
)
INSTANTS = st.datetimes(local(2026, 1, 5), local(2031, 1, 1), timezones=st.just(UTC))


@given(RULES, INSTANTS, st.sampled_from([BERLIN, "America/New_York", "Asia/Kathmandu"]))
def test_looking_from_later_leads_to_the_same_dates(rule, at, zone):
    found = plan(rule, zone=zone)
    counted = plan(f"{rule};COUNT=5000", zone=zone)
    assert ahead(found, at) == ahead(counted, at)


@given(RULES, INSTANTS)
def test_dates_come_in_order_and_none_begins_within_another(rule, at):
    found = ahead(plan(rule, hours=23), at)
    assert found[0].ends_at > at
    assert all(one.ends_at <= two.starts_at for one, two in itertools.pairwise(found))

"""The timetable: everything in its slot, nothing twice, nothing lost, no stampede."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.model import Check, ProbeRequest
from monitor.schedule import FIRST_PROBES_PER_SECOND, Timetable
from tests.clock import START
from tests.monitor.samples import sample_check

SECOND = timedelta(seconds=1)
intervals = st.timedeltas(min_value=SECOND, max_value=timedelta(hours=2))
ids = st.from_regex(r"[a-z0-9]{1,8}/[a-z0-9_-]{1,8}", fullmatch=True)


def timetable(*checks: Check, location: str = "here") -> Timetable:
    table = Timetable(location)
    table.replace(checks, START)
    return table


def popped_exactly(table: Timetable, span: timedelta) -> list[ProbeRequest]:
    """What comes due within a span when every probe is taken at its very instant."""
    due: list[ProbeRequest] = []
    while (at := table.next_at()) is not None and at < START + span:
        due += table.pop_due(at)
    return due


def test_an_empty_timetable_has_nothing_to_do():
    table = timetable()
    assert table.next_at() is None
    assert table.pop_due(START + SECOND) == []


@given(ids, intervals)
def test_every_check_is_probed_once_per_interval_and_never_drifts(id: str, interval: timedelta):
    table = timetable(sample_check(id, interval=interval))
    first, *regular = [request.due_at for request in popped_exactly(table, 6.5 * interval)]
    assert START <= first < START + interval
    assert interval / 2 <= regular[0] - first + timedelta(microseconds=1)
    assert regular[0] - first <= 1.5 * interval
    assert {after - before for before, after in pairwise(regular)} == {interval}


@given(ids, intervals, st.lists(st.floats(0, 0.99), min_size=5, max_size=30))
def test_being_late_within_the_interval_shifts_no_slot(
    id: str, interval: timedelta, delays: list[float]
):
    table = timetable(sample_check(id, interval=interval))
    table.pop_due(table.next_at() or START)
    slots = []
    for delay in delays:
        due = table.next_at()
        assert due is not None
        assert [request.due_at for request in table.pop_due(due + delay * interval)] == [due]
        slots.append(due)
    assert {after - before for before, after in pairwise(slots)} == {interval}
    assert table.skipped == 0


@given(ids, intervals, st.integers(1, 1000), st.floats(0, 0.99))
def test_after_a_long_delay_a_check_is_probed_once_and_the_missed_slots_are_counted(
    id: str, interval: timedelta, missed: int, rest: float
):
    table = timetable(sample_check(id, interval=interval))
    table.pop_due(table.next_at() or START)
    due = table.next_at()
    assert due is not None
    now = due + missed * interval + rest * interval
    assert len(table.pop_due(now)) == 1
    assert table.skipped == missed
    following = table.next_at()
    assert following is not None
    assert now < following <= now + interval
    assert (following - due) % interval == timedelta(0)


@given(ids, intervals, st.integers(2, 7))
def test_locations_take_turns_at_even_distances(id: str, interval: timedelta, count: int):
    locations = tuple(f"l{number}" for number in range(count))
    check = sample_check(id, interval=interval, locations=locations)
    slots = []
    for location in locations:
        table = timetable(check, location=location)
        slots += [request.due_at for request in popped_exactly(table, 4 * interval)][1:]
    steady = [slot for slot in sorted(slots) if slot >= START + 2 * interval]
    share = interval / count
    assert all(
        abs(after - before - share) <= timedelta(microseconds=1)
        for before, after in pairwise(steady)
    )


@given(st.sets(ids, min_size=1, max_size=60), intervals)
def test_each_pop_gives_a_check_at_most_once(names: set[str], interval: timedelta):
    table = timetable(*(sample_check(id, interval=interval) for id in names))
    for late in (0.7, 1.4, 1.9, 5.2):
        found = Counter(request.check for request in table.pop_due(START + late * interval))
        assert set(found.values()) <= {1}
    table.pop_due(START + 7 * interval)
    assert len(table.pop_due(START + 8 * interval)) == len(names)


def test_checks_spread_evenly_over_their_interval():
    checks = [sample_check(f"shop/c{n}", interval=timedelta(minutes=1)) for n in range(6000)]
    table = timetable(*checks)
    per_second = Counter(
        int((request.due_at - START).total_seconds())
        for request in popped_exactly(table, timedelta(minutes=3))
        if request.due_at >= START + timedelta(minutes=2)
    )
    assert sum(per_second.values()) == 6000
    assert len(per_second) == 60
    # 100 a second are expected; a hash scatters like chance, which strays by 10.
    assert min(per_second.values()) >= 55
    assert max(per_second.values()) <= 145


def test_the_first_probes_come_within_moments_but_are_no_stampede():
    checks = [sample_check(f"shop/c{n}", interval=timedelta(hours=1)) for n in range(2000)]
    first = popped_exactly(timetable(*checks), timedelta(minutes=20))[:2000]
    assert {request.check for request in first} == {check.id for check in checks}
    window = timedelta(seconds=2000 / FIRST_PROBES_PER_SECOND)
    assert max(request.due_at for request in first) <= START + window
    per_second = Counter(int((request.due_at - START).total_seconds()) for request in first)
    assert max(per_second.values()) < 1.3 * FIRST_PROBES_PER_SECOND


def test_more_checks_than_fit_the_pace_start_on_their_grid():
    checks = [sample_check(f"shop/c{n}", interval=timedelta(seconds=2)) for n in range(5000)]
    requests = popped_exactly(timetable(*checks), timedelta(seconds=2))
    assert Counter(request.check for request in requests) == {check.id: 1 for check in checks}


def test_a_timetable_made_anew_keeps_the_rhythm_of_the_old_one():
    check = sample_check(interval=timedelta(minutes=5))
    old, new = timetable(check), Timetable("here")
    popped_exactly(old, timedelta(minutes=31))
    new.replace([check], START + timedelta(minutes=31))
    new.pop_due(new.next_at() or START)
    assert (new.next_at() or START) - (old.next_at() or START) in (
        timedelta(0),
        timedelta(minutes=5),
    )


def test_a_recheck_is_probed_at_its_instant_and_shifts_nothing():
    table = timetable(sample_check())
    table.pop_due(START + timedelta(seconds=1))
    regular = table.next_at()
    assert regular is not None
    at = regular - timedelta(seconds=3)
    table.expedite("shop/front", at, timedelta(seconds=2))
    [recheck] = table.pop_due(at)
    assert recheck == ProbeRequest("shop/front", "here", at, timedelta(seconds=2), recheck=True)
    assert table.next_at() == regular


def test_a_recheck_without_a_timeout_takes_the_checks_own():
    table = timetable(sample_check(timeout=timedelta(seconds=7)))
    table.pop_due(START + timedelta(seconds=1))
    table.expedite("shop/front", START + timedelta(milliseconds=1100))
    [recheck] = table.pop_due(START + timedelta(milliseconds=1100))
    assert recheck.timeout == timedelta(seconds=7)


def test_a_recheck_of_a_check_that_is_not_here_is_passed_over():
    table = timetable()
    table.expedite("gone/check", START)
    assert table.next_at() is None


def test_a_limit_leaves_the_least_overdue_for_the_next_time():
    table = timetable(*(sample_check(f"shop/c{n}") for n in range(10)))
    first = table.pop_due(START + timedelta(seconds=1), limit=4)
    rest = table.pop_due(START + timedelta(seconds=1))
    assert (len(first), len(rest)) == (4, 6)
    assert max(r.due_at for r in first) <= min(r.due_at for r in rest)


@given(st.integers(2, 60), st.integers(2, 5))
def test_overload_is_shared_alike(count: int, overload: int):
    interval = timedelta(seconds=10)
    table = timetable(*(sample_check(f"shop/c{n}", interval=interval) for n in range(count)))
    served: Counter[str] = Counter()
    for turn in range(count * 20):
        now = START + turn * overload * interval / count
        served.update(request.check for request in table.pop_due(now, limit=1))
    assert len(served) == count
    assert max(served.values()) - min(served.values()) <= 2


def test_a_check_of_another_location_is_not_ours():
    assert len(timetable(sample_check(locations=("there",)))) == 0


# Reload ---------------------------------------------------------------------------------------

LATER = START + timedelta(seconds=40)


def running(*checks: Check) -> Timetable:
    table = timetable(*checks)
    table.pop_due(START + timedelta(seconds=1))
    table.pop_due(LATER)
    return table


def test_an_unchanged_check_keeps_its_timers_and_rechecks_over_a_reload():
    table = running(sample_check())
    regular, recheck = table.next_at(), LATER + timedelta(milliseconds=1)
    table.expedite("shop/front", recheck)
    table.replace([sample_check(name="Renamed"), sample_check("shop/new")], LATER)
    due = [request.due_at for request in table.pop_due(LATER + timedelta(seconds=30))]
    assert {recheck, regular} <= set(due)


@pytest.mark.parametrize("revision", ["", "other question"])
def test_only_a_check_that_asks_something_else_is_probed_at_once(revision: str):
    table = running(sample_check(interval=timedelta(hours=1)))
    table.replace([sample_check(interval=timedelta(hours=1), revision=revision)], LATER)
    assert bool(table.pop_due(LATER + timedelta(seconds=1))) is bool(revision)


def test_a_changed_interval_takes_effect_at_once():
    table = running(sample_check(interval=timedelta(hours=1)))
    table.replace([sample_check(interval=timedelta(seconds=10))], LATER)
    at = table.next_at()
    assert at is not None
    assert LATER <= at < LATER + timedelta(seconds=10)


def test_a_changed_timeout_changes_nothing_else():
    table = running(sample_check())
    before = table.next_at()
    table.replace([sample_check(timeout=timedelta(seconds=9))], LATER)
    assert table.next_at() == before
    [request] = table.pop_due(before or LATER)
    assert request.timeout == timedelta(seconds=9)


def test_a_removed_check_is_not_probed_again():
    table = running(sample_check(), sample_check("shop/other"))
    table.expedite("shop/other", LATER)
    table.replace([sample_check()], LATER)
    requests = table.pop_due(LATER + timedelta(hours=1))
    assert {request.check for request in requests} == {"shop/front"}


def test_a_draft_may_be_made_while_probing_goes_on():
    table = running(sample_check(), sample_check("shop/other"))
    draft = table.drafted([sample_check(), sample_check("shop/new")], LATER)
    meanwhile = table.pop_due(LATER + timedelta(seconds=30))
    assert {request.check for request in meanwhile} == {"shop/front", "shop/other"}
    table.take_over(draft)
    after = table.pop_due(LATER + timedelta(seconds=30))
    assert {request.check for request in after} == {"shop/new"}


@given(st.lists(st.sampled_from([10, 20, 3600]), min_size=1, max_size=20))
def test_however_often_a_rhythm_changes_a_check_is_probed_in_the_last_one_only(seconds: list[int]):
    table = timetable(sample_check())
    for one in seconds:
        table.replace([sample_check(interval=one * SECOND)], START)
    _, *regular = [request.due_at for request in popped_exactly(table, timedelta(hours=3))]
    assert {after - before for before, after in pairwise(regular)} == {seconds[-1] * SECOND}


# After a stop, or a step of the clock ---------------------------------------------------------


@pytest.mark.parametrize("away", [timedelta(hours=9), timedelta(hours=-9)], ids=["later", "back"])
def test_realigned_the_timetable_goes_on_from_the_new_instant(away: timedelta):
    checks = [sample_check(f"shop/c{n}") for n in range(1000)]
    table = running(*checks)
    now = LATER + away
    table.realign(now)
    assert table.pop_due(now - SECOND) == []
    soon = table.pop_due(now + timedelta(seconds=1000 / FIRST_PROBES_PER_SECOND))
    assert Counter(r.check for r in soon) == Counter(check.id for check in checks)
    assert len(table.pop_due(now + timedelta(seconds=120))) == 1000


def test_what_was_missed_while_stopped_is_counted():
    table = running(sample_check(interval=timedelta(seconds=10)))
    due, before = table.next_at(), table.skipped
    assert due is not None
    table.realign(due + timedelta(seconds=35))
    assert table.skipped - before == 3

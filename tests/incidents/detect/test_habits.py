"""What heals by itself again and again is waited for; what lasts is never excused."""

from itertools import product

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.detect.learned import habits
from incidents.detect.learned.habits import (
    AGAIN,
    LONGEST,
    MEMORY,
    NO_CUSTOMS,
    Customs,
    Habits,
    Healed,
    Settled,
    Sort,
)
from tests.incidents.detect.scripted import DAY, HOUR, MINUTE, Scripted, down, learning
from tests.incidents.world import component

BASE = 9.5
HEALED = st.builds(Healed, st.floats(0, 1e9), st.sampled_from(Sort), st.floats(0, 1e5))


def outages(*lasted: float) -> tuple[Healed, ...]:
    return tuple(Healed(DAY * number, Sort.OUTAGE, span) for number, span in enumerate(lasted))


# Patience -------------------------------------------------------------------------------------


@pytest.mark.parametrize("lasted", [20.0, 40.0, 60.0])
def test_what_healed_once_is_waited_for_a_little_longer_than_it_took(lasted):
    patience = habits.patience(Sort.OUTAGE, BASE, outages(lasted), NO_CUSTOMS, DAY)
    assert lasted < patience <= 2 * lasted


@pytest.mark.parametrize("sort", Sort)
def test_the_longest_habit_bounds_the_patience(sort):
    longest = habits.healed(0.0, sort, LONGEST[sort], unseen=20.0)
    assert longest is not None
    assert habits.healed(0.0, sort, LONGEST[sort] + 1, unseen=20.0) is None
    patience = habits.patience(sort, BASE, (longest,) * 3, NO_CUSTOMS, DAY)
    assert LONGEST[sort] < patience <= 1.6 * LONGEST[sort]


def test_what_began_between_two_probes_may_have_lasted_longer_than_was_seen():
    assert habits.healed(0.0, Sort.OUTAGE, 22.0, unseen=20.0) == Healed(0.0, Sort.OUTAGE, 42.0)


def test_one_sort_of_trouble_says_nothing_of_another():
    healed = outages(40.0, 40.0, 40.0)
    assert habits.patience(Sort.SLOW, 90.0, healed, NO_CUSTOMS, 3 * DAY) == 90.0


SLOWER = (Sort.SLIGHT, Sort.SLOW, Sort.MUCH)
FAILING = (Sort.ERRORS, Sort.MANY)


@pytest.mark.parametrize(
    ("ladder", "known", "sort"),
    [(ladder, *pair) for ladder in (SLOWER, FAILING) for pair in product(ladder, ladder)],
)
def test_who_is_used_to_much_is_used_to_less_and_not_the_other_way_round(ladder, known, sort):
    patience = habits.patience(sort, 90.0, (Healed(0.0, known, 200.0),), NO_CUSTOMS, DAY)
    assert (patience > 200.0) is (ladder.index(known) >= ladder.index(sort))


@pytest.mark.parametrize(
    ("since", "again", "remembered"),
    [(None, 0, True), (AGAIN + 1, 5, True), (AGAIN - 1, 0, False), (AGAIN - 1, 1, True)],
)
def test_what_was_back_soon_is_no_habit_unless_it_comes_back_all_the_time(since, again, remembered):
    before = None if since is None else Settled(DAY - since, None, again)
    healed = Healed(DAY + 200, Sort.SLOW, 200.0)
    found = habits.settled(before, DAY, DAY + 200, healed)
    assert (found.healed == healed) is remembered


def test_a_habit_is_forgotten_after_a_month():
    healed, later = outages(40.0, 40.0, 40.0), MEMORY + 3 * DAY
    assert habits.patience(Sort.OUTAGE, BASE, healed, NO_CUSTOMS, later) == BASE


def test_a_habit_from_the_future_is_none():
    healed = outages(40.0, 40.0, 40.0)
    assert habits.patience(Sort.OUTAGE, BASE, healed, NO_CUSTOMS, -DAY) == BASE


@given(st.lists(HEALED, max_size=20), st.sampled_from(Sort), st.floats(0, 1e9))
def test_patience_is_never_less_than_what_is_set_or_the_fleets(own, sort, now):
    customs = Customs(outage=33.0)
    patience = habits.patience(sort, BASE, own, customs, now)
    assert patience >= max(BASE, customs.of(sort))


@given(st.lists(HEALED, max_size=50))
def test_only_the_latest_are_remembered(healed):
    known: tuple[Healed, ...] = ()
    for one in healed:
        known = habits.remembered(known, one)
    assert len(known) <= 8
    assert known == tuple(healed[-8:])


# The fleet ------------------------------------------------------------------------------------


def fleet(*lasted: float, months: float = 1.0) -> Habits:
    known = Habits(0.0)
    for number, span in enumerate(lasted):
        known = known.with_one(Healed(months * MEMORY - 100 + number, Sort.OUTAGE, span))
    return known


def test_where_such_outages_are_common_the_whole_fleet_waits():
    now = MEMORY
    rare, common = fleet(40.0), fleet(*[40.0] * 30)
    assert rare.customs(1000, now).outage == 0.0
    assert 40.0 < common.customs(10, now).outage < 80.0


@pytest.mark.parametrize(("worse", "less"), [(Sort.MUCH, Sort.SLOW), (Sort.MANY, Sort.ERRORS)])
def test_that_some_were_in_great_trouble_excuses_the_others_from_less_only(worse, less):
    known = Habits(0.0)
    for number in range(40):
        known = known.with_one(Healed(MEMORY - 100 + number, worse, 300.0))
    customs = known.customs(10, MEMORY)
    assert customs.of(worse) == 0.0
    assert customs.of(less) > 300.0


def test_without_any_there_is_no_patience():
    assert Habits(0.0).customs(10, MEMORY) == NO_CUSTOMS


@given(st.lists(HEALED, max_size=600))
def test_what_the_fleet_remembers_is_bounded_and_can_be_kept(healed):
    known = Habits(0.0)
    for one in sorted(healed, key=lambda one: one.at):
        known = known.with_one(one)
    assert len(known.healed) <= 400
    assert msgspec.json.decode(msgspec.json.encode(known), type=Habits) == known


# In the world ---------------------------------------------------------------------------------


def days(lasts: float, count: int = 6) -> list[tuple[float, float]]:
    """The same outage once a day, each at another hour."""
    begins = [day * DAY + (6 + 2.3 * day) * HOUR for day in range(count)]
    return [(begin, begin + lasts) for begin in begins]


def test_a_reboot_that_was_told_twice_is_waited_for_from_then_on():
    world = Scripted(learning(), down(*days(40.0)))
    counts = [len(world.run(DAY * day).incidents) for day in range(1, 8)]
    assert counts[1] <= 2
    assert counts[1:] == [counts[1]] * len(counts[1:])


def test_an_outage_of_five_minutes_is_told_each_time():
    world = Scripted(learning(), down(*days(5 * MINUTE))).run(7 * DAY)
    assert len(world.incidents) == 6
    assert world.state.habits == ()


def test_what_comes_back_every_twenty_minutes_is_a_habit_in_the_end():
    begins = [DAY + 20 * MINUTE * number for number in range(30)]
    world = Scripted(learning(), down(*[(begin, begin + 40) for begin in begins]))
    world.run(2 * DAY)
    assert len(world.incidents) <= len(begins) / 4
    assert world.state.habits


def test_an_outage_that_outlasts_the_habit_is_told_a_little_later():
    spans = [*days(40.0, 3), (4 * DAY, 4 * DAY + HOUR)]
    world = Scripted(learning(), down(*spans)).run(4 * DAY - 1)
    so_far = len(world.incidents)
    assert len(world.run(4 * DAY + 2 * MINUTE + 20).incidents) == so_far + 1


def test_what_two_checks_learned_the_others_of_a_small_fleet_wait_for():
    begins = {"till/api": DAY + 6 * HOUR, "shop/api": 2 * DAY + 9 * HOUR, "mail/api": 5 * DAY}
    lasts = {"till/api": 40.0, "shop/api": 42.0, "mail/api": 33.0}

    def script(look):
        begin = begins[look.check]
        return down((begin, begin + lasts[look.check]))(look)

    parts = (component("till"), component("shop"), component("mail"))
    world = Scripted(learning(*parts), script).run(6 * DAY)
    assert {name for found in world.incidents for name in found.timeline} == {"till", "shop"}

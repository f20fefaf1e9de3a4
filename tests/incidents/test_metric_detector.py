"""Is this number unusual: the summary of a spread, the seven views, and the score."""

import math
import random
from bisect import bisect_left, bisect_right

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.detect.metric.detector import THRESHOLD, Memory, Sight, observe
from incidents.detect.metric.hours import Hours, hour_of_week, with_value
from incidents.detect.metric.spread import REMEMBERED, Spread, seen, surprise
from incidents.detect.metric.views import View, looks, steady

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0


def spread_of(values) -> Spread:
    found = Spread()
    for value in values:
        found = seen(found, value)
    return found


def exactly(values, value) -> float:
    """The surprise among values that are all kept, of one that is not rare."""
    ordered, count = sorted(values), len(values)
    below = (bisect_left(ordered, value) + bisect_right(ordered, value)) / 2
    share = 2 * min(below + 0.5, count - below + 0.5) / (count + 1)
    return max(0.0, -math.log10(min(1.0, share)))


def noise(count: int, seed: str = "a") -> list[float]:
    chance = random.Random(seed)
    return [chance.gauss(100, 10) for _ in range(count)]


# The spread --------------------------------------------------------------------------------


def test_nothing_is_surprising_before_anything_is_known():
    assert surprise(spread_of(range(19)), 1e9) == 0.0
    assert surprise(spread_of(range(20)), 1e9) > 2.0


@pytest.mark.parametrize("count", [200, 2_000, 9_000])
def test_a_summary_ranks_as_all_values_would(count):
    values = noise(count)
    spread = spread_of(values)
    for value in (82, 90, 97, 100, 103, 110, 118):
        assert surprise(spread, value) == pytest.approx(exactly(values, value), abs=0.06)


@pytest.mark.parametrize("count", [500, 2_000, 9_000])
def test_the_tails_begin_where_two_per_cent_lie_beyond(count):
    values = sorted(noise(count))
    spread = spread_of(noise(count))
    above = count - bisect_right(values, spread.high.begins)
    below = bisect_left(values, spread.low.begins)
    assert above / count == pytest.approx(0.02, abs=0.005)
    assert below / count == pytest.approx(0.02, abs=0.005)


def test_farther_out_is_more_surprising_and_never_without_bound():
    spread = spread_of(noise(2_000))
    found = [surprise(spread, value) for value in (100, 125, 130, 150, 200, 1e6, 1e150)]
    assert found == sorted(found)
    assert math.isfinite(found[-1])


def test_a_summary_stays_small_however_much_it_has_seen():
    spread = spread_of(noise(3 * REMEMBERED))
    assert len(spread.points) == len(spread.weights) < 500 * 8
    assert spread.total == pytest.approx(REMEMBERED, rel=0.02)


def test_what_is_long_gone_is_forgotten():
    spread = spread_of([1e6] * 50 + noise(4 * REMEMBERED))
    assert spread.high.begins < 200
    assert surprise(spread, 1e6) > 5


def test_a_line_that_never_moved_is_surprised_by_the_least_move_but_not_by_rounding():
    spread = spread_of([5.0] * 300)
    assert surprise(spread, 5.0) == 0.0
    assert surprise(spread, 5.1) > 3
    assert surprise(spread, 5.0 + 1e-12) < 2


@given(st.lists(st.floats(-1e150, 1e150), min_size=1, max_size=300), st.floats(-1e150, 1e150))
def test_whatever_was_seen_a_surprise_is_a_number(values, value):
    spread = spread_of(values)
    assert 0.0 <= surprise(spread, value) < 1e4
    assert spread.total == pytest.approx(len(values))


@given(st.lists(st.integers(0, 5), min_size=20, max_size=400))
def test_a_summary_does_not_depend_on_the_unit(values):
    plain, scaled = spread_of(map(float, values)), spread_of(value * 1024.0 for value in values)
    for value in (-1.0, 0.0, 2.5, 5.0, 9.0):
        assert surprise(scaled, value * 1024) == pytest.approx(surprise(plain, value), abs=1e-6)


# Hours and views ------------------------------------------------------------------------------


def test_an_hour_of_the_week_comes_again_after_a_week():
    monday = 4 * DAY  # 1970-01-05
    assert [hour_of_week(monday + at) for at in (0, HOUR, DAY, 7 * DAY)] == [0, 1, 24, 0]


def test_an_hour_has_its_own_mean_which_follows_slowly():
    hours = Hours()
    assert hours.mean(7) is None
    for value in [100.0] * 50 + [200.0]:
        hours = with_value(hours, 7, value, 300.0)
    assert hours.mean(7) == pytest.approx(105.0)
    assert hours.mean(8) is None


@pytest.mark.parametrize("spacing", [0.0, 0.1, 1.0, 60.0, 3600.0, 1e9])
def test_half_an_hour_out_of_line_does_not_make_another_hour_of_it(spacing):
    hours = Hours()
    for _ in range(500):
        hours = with_value(hours, 7, 100.0, spacing)
    for _ in range(int(min(1800 / max(spacing, 1.0), 5))):
        hours = with_value(hours, 7, 200.0, spacing)
    assert hours.mean(7) < 130


def test_views_look_back_only_over_enough_values():
    assert looks([3.0], None) == [3.0] + [None] * 6
    assert looks([3.0], 1.0)[View.HOUR] == 2.0
    window = [float(number) for number in range(100)]
    shown = looks(window, None)
    assert shown[View.SHORT_MEAN] == pytest.approx(74.5)
    assert shown[View.LONG_MEAN] == pytest.approx(49.5)
    assert (shown[View.LEAST], shown[View.GREATEST]) == (50, 99)
    assert math.exp(shown[View.VARIATION]) == pytest.approx(28.87, abs=0.01)


def test_a_single_odd_value_is_not_seen_by_a_steady_look():
    window = [1.0, 2.0] * 49 + [1e9, 1.0]
    assert looks(window, None)[View.SHORT_MEAN] > 1e6
    assert steady(window)[View.SHORT_MEAN] == pytest.approx(1.5, abs=0.1)
    assert steady(window)[View.GREATEST] == 2.0


# The score ------------------------------------------------------------------------------------


def watch(values, every: float = MINUTE) -> tuple[Memory, list[Sight]]:
    memory, sights = Memory(), []
    for number, value in enumerate(values):
        memory, sight = observe(memory, number * every, value)
        sights.append(sight)
    return memory, sights


def test_a_jump_is_one_alarm_and_not_a_hundred():
    _, sights = watch([*noise(1_440), *(value + 80 for value in noise(60, "b"))])
    scores = [sight.score for sight in sights]
    assert scores[1_440] >= THRESHOLD
    assert sum(score >= THRESHOLD for score in scores[1_440:]) <= 5


def test_a_line_that_goes_flat_is_noticed_though_each_value_is_usual():
    _, sights = watch([*noise(1_440), *[100.0] * 110])
    assert max(sight.score for sight in sights[1_440:]) >= THRESHOLD
    assert sights[-1].sides[View.VARIATION] == -1
    assert sights[-1].sides[View.VALUE] == 0


def test_the_same_value_is_unusual_at_one_hour_and_usual_at_another():
    def load(number: int) -> float:
        return 100.0 if 8 <= number * 300 // HOUR % 24 < 20 else 10.0

    values = [load(number) + value / 50 for number, value in enumerate(noise(21 * 288))]
    night = 20 * 288 + 24  # two in the morning
    values[night : night + 3] = [100.0] * 3
    _, sights = watch(values, every=300.0)
    assert sights[night].sides[View.VALUE] == 0
    assert sights[night].sides[View.HOUR] == 1
    assert sights[night].score >= THRESHOLD


def test_memory_is_a_value_that_can_be_kept_and_stays_small():
    memory, _ = watch(noise(12_000))
    kept = msgspec.json.encode(memory)
    assert msgspec.json.decode(kept, type=Memory) == memory
    assert len(kept) < 64 * 1024
    assert observe(memory, 0.0, 1.0) == observe(memory, 0.0, 1.0)


@settings(max_examples=30)
@given(
    st.lists(
        st.one_of(st.floats(allow_nan=False), st.sampled_from([0.0, 1e308, -1e308])), max_size=250
    )
)
def test_whatever_comes_a_score_lies_between_nothing_and_one(values):
    _, sights = watch(values)
    assert all(0.0 <= sight.score < 1.0 for sight in sights)

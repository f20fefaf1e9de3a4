"""What pages can ask of the rollups, for every adapter."""

from datetime import UTC, datetime, timedelta

import pytest

from checks.model import Outcome
from monitor.storage import open_store
from tests.contracts.examples import MINUTE, numbered, passing

MIDNIGHT = datetime(2026, 11, 21, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


async def measure(store, *results):
    after = await store.signals.last_position()
    await store.signals.add(numbered(*results, after=after))
    await store.signals.last_position()


async def points(store, step=QUARTER, from_at=MIDNIGHT, check="shop/api"):
    return list((await store.latencies.latency([check], from_at, step))[check])


async def test_a_check_without_results_has_no_points(store):
    assert await points(store) == []


async def test_results_show_at_once(store):
    await measure(store, passing(MIDNIGHT + MINUTE, latency=0.2))
    [point] = await points(store)
    assert (point.at, point.count, point.failed) == (MIDNIGHT, 1, 0)
    assert point.p50_seconds == pytest.approx(0.2, rel=0.03)


async def test_steps_without_results_are_empty_and_failures_are_not_timed(store):
    await measure(
        store,
        passing(MIDNIGHT + MINUTE),
        passing(MIDNIGHT + 3 * QUARTER, outcome=Outcome.FAIL, reason="refused"),
    )
    found = await points(store)
    assert [(point.count, point.failed) for point in found] == [(1, 0), (0, 0), (0, 0), (1, 1)]
    assert [point.p95_seconds is None for point in found] == [False, True, True, True]


async def test_locations_and_revisions_of_a_check_are_one(store):
    await measure(
        store,
        *[passing(MIDNIGHT, location="fra", latency=0.1) for _ in range(90)],
        *[passing(MIDNIGHT, location="iad", revision="r2", latency=1.0) for _ in range(10)],
        passing(MIDNIGHT, check="pay/api", latency=9.0),
    )
    [point] = await points(store)
    assert point.count == 100
    assert point.p50_seconds == pytest.approx(0.1, rel=0.03)
    assert point.p95_seconds == pytest.approx(1.0, rel=0.03)


@pytest.mark.parametrize("step", [MINUTE, QUARTER, HOUR, DAY], ids=str)
async def test_the_answer_is_the_same_whatever_was_summed_up_by_then(store, address, step):
    def day(number):
        start = MIDNIGHT + number * DAY
        return [
            passing(start + hour * HOUR + minute * MINUTE, latency=0.01 * (1 + hour))
            for hour in (0, 7, 23)
            for minute in (0, 14, 15, 59)
        ]

    async def answer(opened):
        return [
            (point.at, point.count, point.p50_seconds and round(point.p50_seconds, 3))
            for point in await points(opened, step)
        ]

    await measure(store, *day(0), *day(1))
    first = await answer(store)
    assert sum(count for _, count, _ in first) == 24
    await store.prune(MIDNIGHT + DAY + HOUR)
    assert await answer(store) == first
    await store.prune(MIDNIGHT + 3 * DAY)
    assert await answer(store) == first
    await store.close()
    again = open_store(address)
    await again.start()
    assert await answer(again) == first
    await again.close()


async def test_days_that_begin_at_noon_are_made_of_quarter_hours(store):
    await measure(store, *[passing(MIDNIGHT + hour * HOUR) for hour in range(48)])
    await store.prune(MIDNIGHT + 3 * DAY)
    found = await points(store, DAY, MIDNIGHT + 12 * HOUR)
    assert [point.count for point in found] == [24, 12]


async def test_a_straggler_is_counted_in_sums_that_are_closed(store):
    await measure(store, passing(MIDNIGHT), passing(MIDNIGHT + DAY))
    await store.prune(MIDNIGHT + 2 * DAY)
    await measure(
        store,
        passing(MIDNIGHT + MINUTE),
        passing(MIDNIGHT + 5 * HOUR),
        passing(MIDNIGHT + MINUTE, location="late"),
    )
    await store.prune(MIDNIGHT + 2 * DAY + MINUTE)
    assert [point.count for point in await points(store, DAY)] == [4, 1]
    assert [point.count for point in await points(store, QUARTER)][:2] == [3, 0]


async def test_days_stay_when_all_else_is_deleted(store):
    await measure(store, *[passing(MIDNIGHT + number * MINUTE) for number in range(100)])
    await store.prune(MIDNIGHT + 2 * DAY)
    await store.prune(MIDNIGHT + timedelta(days=1_000))
    [point] = await points(store, DAY)
    assert point.count == 100
    assert await points(store, QUARTER, MIDNIGHT) == []


async def test_many_checks_are_asked_at_once(store):
    names = [f"shop/c{number}" for number in range(300)]
    await measure(store, *[passing(MIDNIGHT, check=name) for name in names])
    found = await store.latencies.latency([*names, "shop/none"], MIDNIGHT, QUARTER)
    assert {name for name, series in found.items() if series[0].count} == set(names)


async def test_all_that_was_timed_since_an_instant_is_one_sketch_whatever_was_summed_up(store):
    async def answer():
        found = await store.latencies.sketches(["shop/api", "shop/none"], MIDNIGHT + DAY)
        return {check: (sketch.count, sketch.classes) for check, sketch in found.items()}

    await measure(
        store,
        passing(MIDNIGHT, latency=5.0),
        *[passing(MIDNIGHT + DAY + hour * HOUR, latency=0.1) for hour in range(30)],
        passing(MIDNIGHT + DAY, location="iad", latency=1.0),
        passing(MIDNIGHT + DAY, outcome=Outcome.FAIL, reason="refused"),
    )
    first = await answer()
    assert {check: count for check, (count, _) in first.items()} == {"shop/api": 31}
    await store.prune(MIDNIGHT + 4 * DAY)
    assert await answer() == first

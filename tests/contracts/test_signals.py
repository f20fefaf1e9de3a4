"""What the record of signals promises, for every adapter."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.model import Outcome, Result
from incidents.ports import FoldState, StorageError
from incidents.signals import Beat, DeployMarker, Gap, LocationState, ReportSurge, Tick, Value
from monitor.storage import open_store
from tests.contracts.examples import MINUTE, NOW, SECOND, numbered, passing

FAILURE = passing(
    outcome=Outcome.FAIL,
    latency=0.25,
    reason="status 503, expected 200-299",
    phases={"connect": 0.0125},
    facts={"status": 503, "address": "192.0.2.1"},
    warnings=("certificate left 3d, below 14d",),
    recheck=True,
)


async def kept(signals, position=0):
    return [item async for item in signals.since(position)]


async def test_nothing_is_kept_at_first(store):
    assert await kept(store.signals) == []
    assert await store.signals.last_position() == 0
    assert await store.signals.load_states() == (0, [])


@pytest.mark.parametrize(
    "signal",
    [
        passing(),
        msgspec.structs.replace(FAILURE, known_at=FAILURE.at + timedelta(milliseconds=300)),
        passing(outcome=Outcome.SLOW, latency=12.3456, reason="latency 12 s, above 1 s"),
        msgspec.structs.replace(
            passing(outcome=Outcome.ERROR), latency_seconds=None, known_at=NOW + SECOND
        ),
        passing(warnings=("certificate left 3d, below 14d",)),
        passing(at=datetime(2041, 1, 1, tzinfo=UTC)),
        Tick("shop/api", NOW),
        Beat("shop/job", NOW, "255", "no space left on device\n\u2028“\x00"),
        Value("shop/orders", NOW, NOW - MINUTE, 812.5, Outcome.FAIL, "value 812.5", ("warned",)),
        passing(facts={"value": 812.5, "address": "192.0.2.1"}),
        Gap(NOW, NOW - MINUTE),
        DeployMarker("shop", NOW, began=True),
        ReportSurge("shop", NOW, reporters=7),
        LocationState("fra", NOW, blind=True),
    ],
    ids=lambda signal: type(signal).__name__,
)
async def test_a_signal_comes_back_as_it_was(store, signal):
    await store.signals.add(numbered(signal))
    assert await kept(store.signals) == numbered(signal)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    outcome=st.sampled_from(Outcome),
    latency=st.none() | st.floats(0, 100_000),
    waited=st.floats(0, 100_000),
    recheck=st.booleans(),
    reason=st.text(st.characters(exclude_categories=["Cs"])),
    at=st.timedeltas(timedelta(-4_000), timedelta(10_000)).map(lambda span: NOW + span),
)
async def test_of_any_result_all_that_a_fold_needs_comes_back(
    store, outcome, latency, waited, recheck, reason, at
):
    known_at = at + timedelta(seconds=(latency or 0) + waited)
    result = Result("shop/api", "here", at, known_at, outcome, latency, reason, recheck=recheck)
    after = await store.signals.last_position()
    await store.signals.add(numbered(result, after=after))
    [item] = await kept(store.signals, after)
    found = item.signal
    assert (found.at, found.outcome, found.recheck) == (at, outcome, recheck)
    assert abs(found.known_at - known_at) <= timedelta(milliseconds=1)
    assert found.reason == ("" if outcome is Outcome.PASS else reason)
    assert (found.latency_seconds is None) == (latency is None)
    assert found.latency_seconds == pytest.approx(latency, abs=0.0001)


async def test_results_and_other_signals_come_in_one_order(store):
    mixed = numbered(*[passing(), Tick("shop/api", NOW), passing(), Gap(NOW, NOW)] * 700)
    for start in range(0, len(mixed), 97):
        await store.signals.add(mixed[start : start + 97])
    assert await kept(store.signals) == mixed
    assert await kept(store.signals, 1_500) == mixed[1_500:]
    assert await store.signals.last_position() == 2_800


async def test_a_result_keeps_what_passing_ones_need_not(store):
    plain = passing(phases={"connect": 0.1}, facts={"status": 200})
    await store.signals.add(numbered(plain, FAILURE))
    first, second = (item.signal for item in await kept(store.signals))
    assert (first.phases, first.facts) == ({}, {})
    assert (second.phases, second.facts) == (FAILURE.phases, FAILURE.facts)
    assert second.warnings == FAILURE.warnings


async def test_series_are_told_apart(store):
    results = [
        passing(check=check, location=location, revision=revision)
        for check in ("a/a", "b/b")
        for location in ("fra", "iad")
        for revision in ("", "r2")
    ]
    await store.signals.add(numbered(*results))
    assert [item.signal for item in await kept(store.signals)] == results


async def test_signals_outlive_the_process(store, address):
    await store.signals.add(numbered(FAILURE))
    await store.close()
    again = open_store(address)
    await again.start()
    assert len(await kept(again.signals)) == 1
    assert await again.signals.last_position() == 1
    await again.close()


async def test_what_was_synced_is_there_for_everybody(store, address):
    await store.signals.add(numbered(Beat("shop/job", NOW)))
    await store.signals.sync()
    await store.signals.sync()
    with sqlite3.connect(address.partition(":")[2]) as other:
        assert other.execute("SELECT count(*) FROM signals").fetchone() == (1,)


async def test_nothing_is_synced_while_the_store_cannot_write(store):
    await store.close()
    with pytest.raises(StorageError):
        await store.signals.sync()


async def test_states_are_replaced_with_their_position(store):
    first = FoldState("failures", "shop/api", 1, b"{}")
    made_one_by_one = iter([first, FoldState("failures", "shop/web", 1, b"[]")])
    await store.signals.save_states(made_one_by_one, 5)
    await store.signals.save_states([replace(first, version=2, data=b"\x00\xff")], 9)
    await store.signals.save_states([FoldState("failures", "shop/web", 1, b"")], 10)
    position, states = await store.signals.load_states()
    assert position == 10
    assert list(states) == [FoldState("failures", "shop/api", 2, b"\x00\xff")]


async def test_positions_go_on_after_the_signals_were_deleted(store):
    await store.signals.add(numbered(passing(), Tick("shop/api", NOW)))
    await store.prune(NOW + MINUTE)
    await store.prune(NOW + timedelta(days=30))
    assert await kept(store.signals) == []
    assert await store.signals.last_position() >= 1


async def test_signals_that_a_state_still_needs_are_not_deleted(store):
    await store.signals.add(numbered(passing(), passing(), passing()))
    await store.signals.save_states([FoldState("failures", "shop/api", 1, b"{}")], 2)
    await store.prune(NOW + timedelta(days=30))
    assert [item.position for item in await kept(store.signals)] == [3]


async def test_what_is_kept_of_a_renamed_check_is_found_under_its_new_id(store):
    await store.signals.add(numbered(passing(), passing(NOW + SECOND)))
    for _ in range(2):
        await store.signals.rename({"shop/api": "till/api", "shop/gone": "till/gone"})
    assert {item.signal.check for item in await kept(store.signals)} == {"till/api"}
    await store.signals.add(numbered(passing(NOW + 2 * SECOND, check="till/api"), after=2))
    found = await store.latencies.latency(["till/api", "shop/api"], NOW - MINUTE, MINUTE)
    assert [sum(point.count for point in found[name]) for name in found] == [3, 0]


async def test_renamed_onto_a_check_that_has_results_both_are_counted(store):
    await store.signals.add(numbered(passing(), passing(NOW + SECOND, check="till/api")))
    await store.signals.rename({"shop/api": "till/api"})
    assert len(await kept(store.signals)) == 2  # on disk by then
    found = await store.latencies.latency(["till/api"], NOW - MINUTE, MINUTE)
    assert sum(point.count for point in found["till/api"]) == 2

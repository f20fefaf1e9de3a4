"""The made-up past of the demo: whole, over, told to nobody, and the same for a seed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from incidents.board import Board
from incidents.events import Recorded
from incidents.impact import flatten
from incidents.model import ComponentStatus, Incident
from monitor.app import App
from monitor.config.config import Config
from monitor.demo.episodes import EPISODES
from monitor.demo.history import make_up
from tests.monitor.demo.folders import config_in

NOW = datetime.now(UTC)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return config_in(tmp_path)


@pytest.fixture
async def store(config: Config):
    made = App(config).store
    await made.start()
    yield made
    await made.close()


async def incidents(store) -> dict[str, Incident]:
    board = Board()
    async for recorded in store.events.since(0):
        board.apply(recorded)
    return board.incidents


async def test_every_incident_of_the_past_is_public_and_over(store, config):
    assert await make_up(store, config, NOW, seed=1) == len(EPISODES)
    found = await incidents(store)
    assert len(found) == len(EPISODES)
    for incident in found.values():
        assert incident.public
        assert incident.status.over
        assert incident.resolved_at is not None
        assert incident.resolved_at < NOW - timedelta(days=3)


async def test_nobody_is_told_of_the_past_and_nothing_is_judged_by_it(store, config):
    await make_up(store, config, NOW, seed=1)
    assert await store.outbox.fan_outs(10) == ()
    position, states = await store.signals.load_states()
    assert list(states) == []
    assert [one async for one in store.signals.since(position)] == []


async def test_bars_and_latencies_have_something_to_show(store, config):
    await make_up(store, config, NOW, seed=1)
    spans = await store.events.spans(NOW - timedelta(days=92))
    shown = {span.status for span in flatten(spans)}
    assert {
        ComponentStatus.MAJOR_OUTAGE,
        ComponentStatus.DEGRADED,
        ComponentStatus.UNKNOWN,
    } <= shown
    assert all(span.to_at is not None for span in spans)
    series = await store.latencies.latency(
        ["checkout/answers"], NOW - timedelta(hours=24), timedelta(minutes=15)
    )
    timed = [point for point in series["checkout/answers"] if point.p50_seconds]
    assert len(timed) > 90


async def logged(store) -> list[Recorded]:
    return [recorded async for recorded in store.events.since(0)]


async def test_the_log_is_in_the_order_of_time(store, config):
    await make_up(store, config, NOW, seed=1)
    instants = [recorded.at for recorded in await logged(store)]
    assert instants == sorted(instants)


async def test_a_seed_decides_the_past(store, config, tmp_path):
    await make_up(store, config, NOW, seed=1)
    first = set(await incidents(store))
    for seed, same in ((1, True), (2, False)):
        other = App(config_in(tmp_path / str(seed))).store
        await other.start()
        await make_up(other, config, NOW, seed)
        assert (set(await incidents(other)) == first) is same
        await other.close()

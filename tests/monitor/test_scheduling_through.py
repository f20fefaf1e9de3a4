"""Scheduler, transport and agents together, as one process runs them."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

from checks.model import Check, Outcome, ProbeRequest, Result
from monitor.agent import Agent
from monitor.engine import Engine
from monitor.transport.local import LocalTransport
from tests.clock import FakeClock
from tests.monitor.samples import sample_check


async def test_hosts_that_hang_delay_no_other_check_and_a_reload_reaches_the_agents():
    clock, transport, results = FakeClock(), LocalTransport(), list[Result]()
    healthy = [sample_check(f"shop/c{n}", host=f"h{n}") for n in range(300)]
    hanging = [sample_check(f"dead/c{n}", host="dead") for n in range(300)]
    configured = {check.id: check for check in (*healthy, *hanging)}

    async def probe(check: Check, request: ProbeRequest) -> Result:
        at = clock.now()
        if check.options.host == "dead":
            await clock.sleep(request.timeout)
            return Result(check.id, request.location, at, clock.now(), Outcome.FAIL)
        return Result(check.id, request.location, at, clock.now(), Outcome.PASS, 0.1)

    async def collect() -> None:
        while True:
            results.extend(await transport.results())

    engine = Engine(transport, clock)
    agent = Agent(["here"], configured.get, transport, probe, clock, at_once=100, per_host=10)
    engine.replace(list(configured.values()))
    tasks = [asyncio.create_task(work) for work in (engine.run(), agent.run(), collect())]

    await clock.advance(timedelta(seconds=60))
    results.clear()
    await clock.advance(timedelta(seconds=90))
    seen = Counter(result.check for result in results if result.outcome is Outcome.PASS)
    assert seen == {check.id: 3 for check in healthy}
    failed = Counter(result.check for result in results if result.outcome is Outcome.FAIL)
    assert 150 <= failed.total() <= 190

    for check in hanging:
        del configured[check.id]
    engine.replace(healthy)
    await clock.advance(timedelta(seconds=5))
    results.clear()
    await clock.advance(timedelta(seconds=30))
    assert Counter(result.check for result in results) == {check.id: 1 for check in healthy}
    assert agent.backlog() == 0

    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert asyncio.all_tasks() == {asyncio.current_task()}

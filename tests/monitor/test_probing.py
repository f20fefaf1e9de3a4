"""Canaries answer while every other probe hangs: they have a line of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from checks.model import Check, Outcome, ProbeRequest, Result
from incidents.signals import Recheck
from monitor.probing import Line
from monitor.transport.local import LocalTransport
from tests.clock import FakeClock
from tests.monitor.samples import sample_check


class Taken:
    """Stands where the pipeline does."""

    def __init__(self) -> None:
        self.results: list[Result] = []

    async def take(self, results: Sequence[Result]) -> None:
        self.results += results


async def test_a_canary_is_asked_at_once_while_all_checks_wait_for_an_answer():
    clock, taken = FakeClock(), Taken()
    canary = sample_check("_connectivity/1", host="canary", interval=timedelta(hours=1))
    hanging = [
        sample_check(f"shop/c{n}", host=f"h{n}", timeout=timedelta(seconds=30)) for n in range(900)
    ]
    known = {check.id: check for check in (canary, *hanging)}

    async def probe(check: Check, request: ProbeRequest) -> Result:
        at = clock.now()
        if check is not canary:
            await clock.sleep(request.timeout)
            return Result(check.id, request.location, at, clock.now(), Outcome.FAIL)
        return Result(
            check.id, request.location, at, clock.now(), Outcome.PASS, recheck=request.recheck
        )

    checks, canaries = (Line(LocalTransport(), known.get, probe, clock) for _ in range(2))
    await checks.adopt(hanging, ["here"])
    await canaries.adopt([canary], ["here"])
    tasks = [
        asyncio.create_task(part)
        for line in (checks, canaries)
        for part in line.parts(taken)  # type: ignore[arg-type]
    ]
    await clock.advance(timedelta(seconds=20))
    assert checks.backlog()[0] > 0
    before = len([one for one in taken.results if one.check == canary.id])
    canaries.expedite(Recheck(canary.id, clock.now(), ("here",), timedelta(seconds=3)))
    await clock.advance(timedelta(milliseconds=200))
    answered = [one for one in taken.results if one.check == canary.id][before:]
    assert [(one.outcome, one.recheck) for one in answered] == [(Outcome.PASS, True)]

    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)

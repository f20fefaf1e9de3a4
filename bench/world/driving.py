"""Drive a world through the product's own replay: feed what arrives, grant what is wished for."""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bench.world.almanac import instant, since_start
from bench.world.characters import LOCATIONS, Character
from bench.world.scenario import Plan, World
from bench.world.stream import planned
from checks.model import Result
from incidents.events import Recorded
from incidents.policy import CheckPolicy, Component, Confirm, Policy
from incidents.replay import Replay
from incidents.signals import Recheck, Signal, Tick, Wish

_TO_BEGIN = 0.05
"""Seconds from a wish until the probe can begin."""


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a world: the log, what it cost, and when checks were probed out of turn."""

    log: Sequence[Recorded]
    results: int
    rechecks: Sequence[tuple[float, str]]
    feeding_seconds: float


def policy(world: World, confirm: Confirm | None = None) -> Policy:
    """A component with one check for each service; by a plain rule, if one is given."""
    return Policy(
        components={
            who.name: Component(who.name, who.name, checks=(who.check,)) for who in world.services
        },
        checks={who.check: _check(who, world.plan, confirm) for who in world.services},
        canaries={who.check: _check(who, world.plan, confirm) for who in world.canaries},
    )


def _check(who: Character, plan: Plan, confirm: Confirm | None) -> CheckPolicy:
    return CheckPolicy(
        check=who.check,
        interval=timedelta(seconds=plan.interval * who.every),
        timeout=timedelta(seconds=plan.timeout),
        locations=LOCATIONS,
        confirm=confirm,
    )


def run(world: World, confirm: Confirm | None = None) -> Run:
    """Drive the world from its beginning to its end."""
    driver = Driver(world, confirm)
    for at, result in planned(world):
        driver.arrive(at, result)
    return driver.finish()


@dataclass(slots=True)
class Driver:
    """A replay with a queue of what was wished for."""

    world: World
    confirm: Confirm | None = None
    replay: Replay = field(init=False)
    rechecks: list[tuple[float, str]] = field(default_factory=list)
    now: float = 0.0
    results: int = 0
    nanoseconds: int = 0
    _queue: list[tuple[float, int, Signal]] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _wakes: dict[str, Tick] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.replay = Replay(policy(self.world, self.confirm), self._grant)
        self.replay.start(instant(0))

    def arrive(self, at: float, result: Result) -> None:
        """Feed a result, after all that was due before it."""
        self._catch_up(at)
        self._feed(at, result)

    def finish(self) -> Run:
        """Bring the world to its end."""
        end = self.world.plan.end
        self._catch_up(end)
        self.replay.advance(instant(end))
        return Run(self.replay.log, self.results, self.rechecks, self.nanoseconds / 1e9)

    def _catch_up(self, until: float) -> None:
        while self._queue and self._queue[0][0] <= until:
            at, _, signal = heapq.heappop(self._queue)
            if isinstance(signal, Tick) and self._wakes.get(signal.check) is not signal:
                continue
            self._feed(at, signal)

    def _feed(self, at: float, signal: Signal) -> None:
        self.now = max(self.now, at)
        self.results += isinstance(signal, Result)
        began = time.perf_counter_ns()
        self.replay.feed(signal)
        self.nanoseconds += time.perf_counter_ns() - began

    def _grant(self, wish: Wish) -> None:
        if isinstance(wish, Recheck):
            began = time.perf_counter_ns()
            self._recheck(wish)
            self.nanoseconds -= time.perf_counter_ns() - began
            return
        tick = self._wakes[wish.check] = Tick(wish.check, wish.at)
        self._push(since_start(wish.at), tick)

    def _recheck(self, wish: Recheck) -> None:
        at = max(since_start(wish.at), self.now + _TO_BEGIN)
        timeout = wish.timeout.total_seconds() if wish.timeout else self.world.plan.timeout
        for location in wish.locations or LOCATIONS:
            self.rechecks.append((at, wish.check))
            result = self.world.recheck(wish.check, location, at, timeout)
            if result is not None:
                self._push(since_start(result.known_at), result)

    def _push(self, at: float, signal: Signal) -> None:
        heapq.heappush(self._queue, (at, next(self._numbers), signal))

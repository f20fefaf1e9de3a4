"""A world that goes by a script: probes on schedule, canaries, rechecks granted, seeded chance."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random

from checks.model import Outcome, Result
from incidents.detect.learned.state import Learned
from incidents.events import Relapsed
from incidents.model import Incident, Judgement, Verdict
from incidents.policy import CheckPolicy, Component, Policy
from incidents.replay import Replay
from incidents.signals import Recheck, Signal, Tick, Wish
from tests.incidents.world import NOON, THREE, at, component, seconds

CHECK = "checkout/api"
CANARIES = ("_connectivity/1", "_connectivity/2", "_connectivity/3")
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
WRONG = (Judgement.DEGRADED, Judgement.PARTIAL, Judgement.FAILING)


@dataclass(frozen=True)
class Look:
    """What a probe looks at: which check, from where, how many seconds after noon."""

    check: str
    location: str
    at: float
    chance: Random

    @property
    def of_canary(self) -> bool:
        return self.check in CANARIES

    def within(self, *spans: tuple[float, float]) -> bool:
        return any(begin <= self.at < end for begin, end in spans)


Sight = tuple[Outcome, float]
"""What it sees: the outcome, and how many seconds the answer took; failures are refusals."""
Script = Callable[[Look], Sight]


def well(look: Look, usual: float = 0.1, spread: float = 0.1) -> Sight:
    """A healthy answer: its time varies as those of real services do."""
    return Outcome.PASS, usual * math.exp(look.chance.gauss(0, spread))


def down(*spans: tuple[float, float]) -> Script:
    """Every check refuses within these spans; the canaries answer."""

    def script(look: Look) -> Sight:
        if look.within(*spans) and not look.of_canary:
            return Outcome.FAIL, 0.01
        return well(look)

    return script


def learning(*parts: Component, canaries: Iterable[str] = (), **changes) -> Policy:
    """A policy whose checks are judged by what is learned, at one probe a minute."""
    given = {"interval": seconds(60), "timeout": seconds(10), "locations": THREE, **changes}
    found = parts or (component("checkout"),)
    names = [check for one in found for check in one.checks]
    return Policy(
        components={one.id: one for one in found},
        checks={name: CheckPolicy(name, **given) for name in names},
        canaries={
            name: CheckPolicy(name, seconds(30), seconds(3), given["locations"])
            for name in canaries
        },
    )


@dataclass
class Scripted:
    """Drives a replay through a script; what a wish asks for happens unless it is not granted."""

    policy: Policy
    script: Script
    seed: int = 1
    granting: bool = True
    planned: int = 0
    rechecked: int = 0
    replay: Replay = field(init=False)
    _queue: list[tuple[float, int, Callable[[], Signal | None]]] = field(default_factory=list)
    _count: itertools.count[int] = field(default_factory=itertools.count)
    _wakes: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._chance = Random(self.seed)
        self.replay = Replay(self.policy, self._wish)
        self.replay.start(NOON)
        every = [*self.policy.checks.values(), *self.policy.canaries.values()]
        for number, check in enumerate(every):
            interval = check.interval.total_seconds()
            for place, location in enumerate(check.locations):
                begin = interval * place / len(check.locations) + 0.37 * number % interval
                self._regularly(check, location, begin)

    def run(self, until: float) -> Scripted:
        """Let it go on until so many seconds after noon."""
        while self._queue and self._queue[0][0] <= until:
            signal = heapq.heappop(self._queue)[2]()
            if signal is not None:
                self.replay.feed(signal)
        self.replay.advance(at(until))
        return self

    def tell(self, signal: Signal) -> Scripted:
        """Feed a signal that does not come from a probe."""
        self.replay.feed(signal)
        return self

    @property
    def incidents(self) -> list[Incident]:
        return sorted(self.replay.board.incidents.values(), key=lambda found: found.opened_at)

    @property
    def relapses(self) -> int:
        return sum(isinstance(one.event, Relapsed) for one in self.replay.log)

    @property
    def told(self) -> list[Verdict]:
        """The verdicts on the first check, in their order."""
        return [one for one in self.replay.verdicts if one.check == self._first]

    @property
    def state(self) -> Learned:
        """What the fold of the first check remembers."""
        state = self.replay.folds.states[self._first]
        assert isinstance(state, Learned)
        return state

    @property
    def _first(self) -> str:
        return next(iter(self.policy.checks))

    def first_wrong(self) -> Verdict:
        """The first verdict that is not good news."""
        return next(one for one in self.told if one.judgement in WRONG)

    def _regularly(self, check: CheckPolicy, location: str, due: float) -> None:
        def happen() -> None:
            self.planned += check.check not in self.policy.canaries
            self._regularly(check, location, due + check.interval.total_seconds())
            self._probe(check, location, due)

        self._at(due, happen)

    def _probe(self, check: CheckPolicy, location: str, due: float, recheck: bool = False) -> None:
        outcome, took = self.script(Look(check.check, location, due, self._chance))
        took = min(took, check.timeout.total_seconds())
        answered = None if outcome is Outcome.FAIL else took
        reason = "" if outcome is Outcome.PASS else "connection refused"
        result = Result(
            check.check, location, at(due), at(due + took), outcome, answered, reason,
            recheck=recheck,
        )  # fmt: skip
        self._at(due + took, lambda: result)

    def _wish(self, wish: Wish) -> None:
        due = (wish.at - NOON) / timedelta(seconds=1)
        if not isinstance(wish, Recheck):
            self._wakes[wish.check] = due
            self._at(due, lambda: self._tick(wish.check, due))
        elif self.granting:
            check = self.policy.canaries.get(wish.check) or self.policy.checks[wish.check]
            check = replace(check, timeout=wish.timeout or check.timeout)
            for location in wish.locations:
                self.rechecked += check.check not in self.policy.canaries
                self._recheck(check, location, due)

    def _recheck(self, check: CheckPolicy, location: str, due: float) -> None:
        self._at(due, lambda: self._probe(check, location, due, recheck=True))

    def _tick(self, check: str, due: float) -> Signal | None:
        return Tick(check, at(due)) if self._wakes.get(check) == due else None

    def _at(self, due: float, happen: Callable[[], Signal | None]) -> None:
        heapq.heappush(self._queue, (due, next(self._count), happen))

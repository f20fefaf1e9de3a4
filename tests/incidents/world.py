"""A small world to test judging in: policies, results, and probes that happen on schedule."""

import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from checks.model import Outcome, Result
from incidents.events import Event, UpdatePosted
from incidents.model import Incident, Judgement, Verdict
from incidents.policy import CheckPolicy, Component, Confirm, Policy, Quorum
from incidents.replay import Replay
from incidents.signals import Recheck, Signal, Tick, Wish

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PASS, SLOW, FAIL, ERROR = Outcome.PASS, Outcome.SLOW, Outcome.FAIL, Outcome.ERROR
REASONS = {PASS: "", SLOW: "latency 1.2 s", FAIL: "connection refused", ERROR: "no file handles"}
THREE = ("fra", "iad", "sin")

Outcomes = Callable[[str, str, datetime], Outcome]


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def at(count: float) -> datetime:
    """That many seconds after noon."""
    return NOON + timedelta(seconds=count)


def rule(fail: str = "3/3", recover: str = "2/2") -> Confirm:
    def quorum(text: str) -> Quorum:
        needed, _, of = text.partition("/")
        return Quorum(int(needed), int(of))

    return Confirm(quorum(fail), quorum(recover))


def check_policy(check: str = "checkout/api", **changes) -> CheckPolicy:
    given = {
        "interval": seconds(30),
        "timeout": seconds(5),
        "locations": ("local",),
        "confirm": rule(),
    }
    return CheckPolicy(check, **{**given, **changes})


def result(
    outcome: Outcome, count: float, *, check: str = "checkout/api", location: str = "local", **more
) -> Result:
    began = at(count)
    given = {"known_at": began, "latency_seconds": 0.1, "reason": REASONS[outcome]}
    return Result(check, location, began, outcome=outcome, **{**given, **more})


def verdict(
    judgement: Judgement = Judgement.FAILING, onset: float = 0, check: str = "checkout/api"
) -> Verdict:
    return Verdict(check, judgement, at(onset), at(onset + 10), "3 of 3 probes failed", "refused")


def component(id: str, *checks: str, **more) -> Component:
    names = checks or ("api",)
    return Component(
        id, more.pop("name", id.title()), checks=tuple(f"{id}/{name}" for name in names), **more
    )


def policy(*components: Component, watch: timedelta = timedelta(minutes=5), **checks) -> Policy:
    """These components, each of their checks with the same settings."""
    found = components or (component("checkout"),)
    names = [check for one in found for check in one.checks]
    return Policy(
        components={one.id: one for one in found},
        checks={name: check_policy(name, **checks) for name in names},
        watch=watch,
    )


class World:
    """Probes every check on schedule, grants wishes, and replays what comes of it."""

    def __init__(self, policy: Policy, outcomes: Outcomes) -> None:
        self.replay = Replay(policy, self._grant)
        self.outcomes = outcomes
        self.rechecks = 0
        self._queue: list[tuple[datetime, int, Callable[[], Signal | None]]] = []
        self._count = itertools.count()
        self._wakes: dict[str, datetime] = {}
        self.replay.start(NOON)
        for check in policy.checks.values():
            for number, location in enumerate(check.locations):
                offset = check.interval * number / len(check.locations)
                self._regularly(check, location, NOON + offset)

    def run(self, until: float) -> "World":
        while self._queue and self._queue[0][0] <= at(until):
            _, _, happen = heapq.heappop(self._queue)
            signal = happen()
            if signal is not None:
                self.replay.feed(signal)
        self.replay.advance(at(until))
        return self

    @property
    def incidents(self) -> list[Incident]:
        return sorted(self.replay.board.incidents.values(), key=lambda found: found.opened_at)

    @property
    def story(self) -> list[str]:
        """The updates in order: status and words."""
        posted = [one.event for one in self.replay.log if isinstance(one.event, UpdatePosted)]
        return [f"{update.status}: {update.body}" for update in posted]

    def events(self, kind: type[Event]) -> list[Event]:
        return [one.event for one in self.replay.log if isinstance(one.event, kind)]

    def _regularly(self, check: CheckPolicy, location: str, due: datetime) -> None:
        def happen() -> Signal | None:
            self._regularly(check, location, due + check.interval)
            return self._probe(check.check, location, due)

        self._at(due, happen)

    def _probe(self, check: str, location: str, due: datetime, recheck: bool = False) -> Result:
        outcome = self.outcomes(check, location, due)
        return Result(check, location, due, due, outcome, 0.1, REASONS[outcome], recheck=recheck)

    def _grant(self, wish: Wish) -> None:
        if isinstance(wish, Recheck):
            for location in wish.locations:
                self.rechecks += 1
                self._at(wish.at, self._recheck(wish.check, location, wish.at))
        else:
            self._wakes[wish.check] = wish.at
            self._at(wish.at, self._tick(wish.check, wish.at))

    def _recheck(self, check: str, location: str, due: datetime) -> Callable[[], Signal]:
        return lambda: self._probe(check, location, due, recheck=True)

    def _tick(self, check: str, due: datetime) -> Callable[[], Signal | None]:
        return lambda: Tick(check, due) if self._wakes.get(check) == due else None

    def _at(self, due: datetime, happen: Callable[[], Signal | None]) -> None:
        heapq.heappush(self._queue, (due, next(self._count), happen))


def always(outcome: Outcome) -> Outcomes:
    return lambda check, location, when: outcome


def between(begin: float, end: float, outcome: Outcome = FAIL, *checks: str) -> Outcomes:
    """That outcome in this span, for these checks or all; otherwise pass."""
    return lambda check, location, when: (
        outcome if at(begin) <= when < at(end) and (not checks or check in checks) else PASS
    )

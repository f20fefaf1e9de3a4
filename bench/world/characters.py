"""What a service is like: its speed, its customers' day, its failures, its habits."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from bench.world.almanac import HOUR, MONTH, ZONES
from bench.world.chance import between_by_ratio, stream
from bench.world.loads import LOADS
from bench.world.shapes import Shape, canary, drawn

LOCATIONS = ("ams", "nyc", "syd")
CANARIES = ("_connectivity/1", "_connectivity/2", "_connectivity/3")
RESOLVED_ANEW = 0.3
"""Share of probes whose name is not in the resolver's cache."""
_ROUND_TRIPS = (0.014, 0.09, 0.21)
_FARTHEST = 0.35
_TRIPS = 3
"""Round trips before the server begins: connection, TLS, request."""

HABITS: Mapping[str, float] = {
    "nightly batch": 0.3,
    "weekday batch": 0.15,
    "hourly job": 0.15,
    "release": 0.5,
    "reboot": 0.25,
    "maintenance restart": 0.15,
    "fail-over": 0.25,
    "small leak": 0.15,
    "surge": 0.35,
    "level shift": 0.35,
    "new address": 0.2,
    "rate limit": 0.2,
    "blip": 0.4,
    "lossy path": 0.6,
}
"""Share of the services that have each habit."""
MOST_HABITS = 5


@dataclass(frozen=True, slots=True)
class Wave:
    """One slow swing of the level."""

    height: float
    period: float
    phase: float


@dataclass(frozen=True, slots=True)
class Pause:
    """The server stops for a moment at fixed intervals, as to collect garbage."""

    every: float
    lasts: float
    add: float


@dataclass(frozen=True, slots=True)
class Character:
    """A service, or a canary.

    Attributes:
        round_trips: Seconds from each location.
        strain: Share of its capacity that the busiest hour takes.
        drift: Change of the level's logarithm in a month.
        fails: Share of probes that fail on an ordinary day.
        quantum: Step of the clock that latency is read off, 0 for a fine one.
        every: How many intervals lie between probes of one location.
        cold: Factor on the first request after a while, 1 where it does not matter.
    """

    name: str
    check: str
    shape: Shape
    round_trips: tuple[float, ...]
    zone: str
    load: str
    strain: float
    drift: float
    waves: tuple[Wave, ...]
    fails: float
    loss: float
    resolver: float
    phased: bool
    quantum: float = 0.0
    pause: Pause | None = None
    every: int = 1
    cold: float = 1.0
    habits: tuple[str, ...] = ()

    @property
    def network(self) -> float:
        """Seconds on the way, as seen from the location in the middle."""
        middle = sorted(self.round_trips)[len(self.round_trips) // 2]
        return _TRIPS * middle + RESOLVED_ANEW * self.resolver

    def factor_for(self, whole: float) -> float:
        """What the server must slow down by, for the whole to take so many times as long."""
        usual = self.shape.median * self.cold
        return 1 + (whole - 1) * (usual + self.network) / usual

    def level(self) -> Callable[[float], float]:
        """The logarithm of the factor on its usual speed at an instant, without happenings."""
        load, zone, strain, drift = LOADS[self.load], self.zone, self.strain, self.drift / MONTH
        waves = [(wave.height, math.tau / wave.period, wave.phase) for wave in self.waves]

        def level(at: float) -> float:
            swing = sum(height * math.sin(speed * at + phase) for height, speed, phase in waves)
            return swing + drift * at - math.log(1 - strain * load.busy(zone, at))

        return level


def services(seed: str, count: int) -> tuple[Character, ...]:
    """So many services of a world."""
    order = list(range(count))
    stream(seed, "order").shuffle(order)
    return tuple(
        _service(stream(seed, "service", name), order[name], name) for name in range(count)
    )


def canaries(seed: str) -> tuple[Character, ...]:
    """Three well-known names that only our own network keeps from answering."""
    return tuple(_canary(stream(seed, name), name) for name in CANARIES)


def _service(rng: Random, shape: int, number: int) -> Character:
    load = rng.choice(tuple(LOADS))
    rare = rng.random() < 0.08
    return Character(
        name=f"svc{number:02d}",
        check=f"svc{number:02d}/http",
        shape=drawn(rng, shape),
        round_trips=_round_trips(rng),
        zone=rng.choice(ZONES),
        load=load,
        strain=rng.choice((0.0, rng.uniform(0.05, 0.3), rng.uniform(0.05, 0.3), 0.4))
        * (0.75 if load == "weekend" else 1),
        drift=rng.choice((0.0, 0.0, rng.uniform(-0.4, 0.4))),
        waves=_waves(rng),
        fails=between_by_ratio(rng, 2e-4, 5e-3),
        loss=rng.choice((0.0, between_by_ratio(rng, 1e-4, 2e-3))),
        resolver=between_by_ratio(rng, 0.002, 0.06),
        phased=rng.random() < 0.6,
        quantum=rng.choice((0.0, 0.0, 0.0, 0.001, 0.001, 0.01)),
        pause=_pause(rng),
        every=10 if rare else 1,
        cold=rng.uniform(2.5, 6) if rare else 1.0,
        habits=_habits(rng),
    )


def _canary(rng: Random, name: str) -> Character:
    trips = tuple(rng.uniform(0.004, 0.03) for _ in LOCATIONS)
    return Character(
        name, name, canary(), trips, "UTC", "even", 0.0, 0.0, (), 2e-4, 1e-4, 0.003, phased=True
    )


def _round_trips(rng: Random) -> tuple[float, ...]:
    """From three places in no order; now and then one of them is ten times as far."""
    trips = [trip * rng.uniform(0.4, 1.4) for trip in _ROUND_TRIPS]
    rng.shuffle(trips)
    if rng.random() < 0.2:
        far = rng.randrange(len(trips))
        trips[far] = min(trips[far] * 10, _FARTHEST)
    return tuple(trips)


def _waves(rng: Random) -> tuple[Wave, ...]:
    height = between_by_ratio(rng, 0.005, 0.05)
    periods = (rng.uniform(15, 60) * 60, rng.uniform(1, 4) * HOUR, rng.uniform(5, 40) * HOUR)
    return tuple(Wave(height, period, rng.uniform(0, math.tau)) for period in periods)


def _pause(rng: Random) -> Pause | None:
    if rng.random() >= 0.25:
        return None
    return Pause(rng.uniform(40, 900), rng.uniform(0.5, 3), rng.uniform(0.1, 0.7))


def _habits(rng: Random) -> tuple[str, ...]:
    found = [habit for habit, share in HABITS.items() if rng.random() < share]
    if "nightly batch" in found and "weekday batch" in found:
        found.remove("weekday batch")
    return tuple(sorted(rng.sample(found, min(len(found), MOST_HABITS))))

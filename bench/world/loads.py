"""How busy customers keep a service, by the hours of their own clocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.world.almanac import DAY, HOUR, is_weekend, local

_MOST = 9
_HOURS = 24


@dataclass(frozen=True, slots=True)
class Load:
    """A day in 24 digits, 9 for the busiest hour, with factors for the parts of the week."""

    hours: str
    weekday: float = 1.0
    weekend: float = 1.0

    def busy(self, zone: str, at: float) -> float:
        """The share of the busiest hour at an instant, in the zone's time."""
        clock = local(zone, at)
        hour, part = divmod(clock % DAY / HOUR, 1)
        here, there = self.hours[int(hour)], self.hours[(int(hour) + 1) % _HOURS]
        share = (int(here) * (1 - part) + int(there) * part) / _MOST
        return share * (self.weekend if is_weekend(int(clock // DAY)) else self.weekday)


LOADS: Mapping[str, Load] = {
    "office": Load("000012479998789986422110", weekend=0.25),
    "evening": Load("211112333445454567899986", weekend=1.1),
    "weekend": Load("321111235788888888765443", weekday=0.25),
    "machines": Load("449974444444444444444444"),
    "even": Load("555555555555555555555555"),
}

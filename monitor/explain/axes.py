"""Where things are in a picture: round values on an axis, and a panel that has them to scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_SPANS = (10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)
MOST_TICKS = 10


@dataclass(slots=True)
class Band:
    """A panel: its upper edge, its height, and the values at its upper and its lower edge."""

    top: float
    height: float
    top_value: float = 1.0
    low_value: float = 0.0

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.height

    @property
    def middle(self) -> float:
        """Half-way down."""
        return self.top + self.height / 2

    def y(self, value: float) -> float:
        """Where a value is."""
        share = (value - self.low_value) / (self.top_value - self.low_value)
        return self.bottom - self.height * min(1.0, max(0.0, share))


def value_ticks(most: float, least: float = 0.0) -> Sequence[float]:
    """Round values from 0, or from below the smallest, to beyond the largest: three to seven."""
    raw = max(most - least, 1e-6) / 4
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= raw)
    numbers = range(math.floor(least / step), math.ceil(most / step) + 1)
    return [float(f"{step * number:.9g}") for number in numbers]


def clock_ticks(
    from_at: datetime, until: datetime, most: float = MOST_TICKS
) -> Sequence[tuple[datetime, str]]:
    """Round times of day within a span, with their words; a date at the day's first."""
    seconds = max(1.0, (until - from_at).total_seconds())
    step = next((span for span in _SPANS if seconds / span <= most), _SPANS[-1])
    first = math.ceil(from_at.timestamp() / step) * step
    ticks = []
    at = datetime.fromtimestamp(first, UTC)
    while at <= until:
        ticks.append((at, at.strftime("%H:%M:%S" if step < 60 else "%H:%M")))
        at += timedelta(seconds=step)
    return [
        (at, at.strftime("%d %b") if at.hour == at.minute == at.second == 0 else words)
        for at, words in ticks
    ]

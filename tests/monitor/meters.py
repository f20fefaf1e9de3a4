"""A meter that remembers, for the tests of this folder."""

from __future__ import annotations

from collections import Counter, defaultdict


class RecordingMeter:
    """Implements `checks.meter.Meter`; keeps what it was told by name alone."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.values: dict[str, float] = {}
        self.observed: defaultdict[str, list[float]] = defaultdict(list)

    def count(self, name: str, amount: float = 1, /, **labels: str) -> None:
        self.counts[name] += int(amount)

    def gauge(self, name: str, value: float, /, **labels: str) -> None:
        self.values[name] = value

    def observe(self, name: str, value: float, /, **labels: str) -> None:
        self.observed[name].append(value)

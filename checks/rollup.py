"""Results summed over a minute, quarter-hour or day: counts and a mergeable latency sketch."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from checks.model import Outcome

GAMMA = 1.04
"""Ratio of neighbouring latency classes: quantiles are within 2 % (DDSketch, VLDB 2019)."""

_LOG_GAMMA = math.log(GAMMA)
_SMALLEST = 1e-5
_LARGEST = 86_400.0


@dataclass(slots=True)
class Sketch:
    """How often each latency class was seen; merging is exact and in any order the same."""

    classes: dict[int, int] = field(default_factory=dict)

    def add(self, latency_seconds: float) -> None:
        """Count one latency; what is not a number is left out, extremes are clamped."""
        if math.isnan(latency_seconds):
            return
        clamped = min(max(latency_seconds, _SMALLEST), _LARGEST)
        found = math.ceil(math.log(clamped) / _LOG_GAMMA)
        self.classes[found] = self.classes.get(found, 0) + 1

    def merge(self, other: Sketch) -> None:
        """Add another sketch's counts."""
        for found, count in other.classes.items():
            self.classes[found] = self.classes.get(found, 0) + count

    @property
    def count(self) -> int:
        """How many latencies were added."""
        return sum(self.classes.values())

    def quantile(self, share: float) -> float | None:
        """The latency in seconds below which that share lies; None when empty."""
        rest = share * (self.count - 1)
        for found in sorted(self.classes):
            rest -= self.classes[found]
            if rest < 0:
                return 2 * GAMMA**found / (GAMMA + 1)
        return None

    def to_bytes(self) -> bytes:
        """Differences of classes and counts as variable-length integers, low bits first."""
        out = bytearray()
        last = 0
        for found in sorted(self.classes):
            _write(out, _zigzag(found - last))
            _write(out, self.classes[found])
            last = found
        return bytes(out)

    @classmethod
    def from_bytes(cls, data: bytes) -> Sketch:
        """The sketch that `to_bytes` wrote."""
        numbers = list(_read(data))
        sketch = cls()
        last = 0
        for step, count in zip(numbers[::2], numbers[1::2], strict=True):
            last += (step >> 1) ^ -(step & 1)
            sketch.classes[last] = count
        return sketch


def _zigzag(number: int) -> int:
    return number * 2 if number >= 0 else -number * 2 - 1


def _write(out: bytearray, number: int) -> None:
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)


def _read(data: bytes) -> Iterable[int]:
    number = shift = 0
    for byte in data:
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield number
            number = shift = 0


@dataclass(slots=True)
class Rollup:
    """One check at one location over one span: results by outcome, and latencies."""

    passed: int = 0
    slow: int = 0
    failed: int = 0
    errors: int = 0
    latency: Sketch = field(default_factory=Sketch)

    def add(self, outcome: Outcome, latency_seconds: float | None) -> None:
        """Count one result; only results that got an answer are timed."""
        if outcome is Outcome.PASS:
            self.passed += 1
        elif outcome is Outcome.SLOW:
            self.slow += 1
        elif outcome is Outcome.FAIL:
            self.failed += 1
        else:
            self.errors += 1
        if latency_seconds is not None and outcome in (Outcome.PASS, Outcome.SLOW):
            self.latency.add(latency_seconds)

    def merge(self, other: Rollup) -> None:
        """Add another rollup's counts and latencies."""
        self.passed += other.passed
        self.slow += other.slow
        self.failed += other.failed
        self.errors += other.errors
        self.latency.merge(other.latency)

    def copy(self) -> Rollup:
        """The same sums, which later results do not change."""
        sketch = Sketch(self.latency.classes.copy())
        return Rollup(self.passed, self.slow, self.failed, self.errors, sketch)

    @property
    def count(self) -> int:
        """How many results it sums up."""
        return self.passed + self.slow + self.failed + self.errors


@dataclass(frozen=True, slots=True)
class LatencyPoint:
    """Latency over one step from `at`; None where nothing was timed."""

    at: datetime
    p50_seconds: float | None
    p95_seconds: float | None
    count: int = 0
    failed: int = 0

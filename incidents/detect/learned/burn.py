"""How fast the error budget goes: multi-window, multi-burn-rate, as the SRE workbook has it.

The table is from "The Site Reliability Workbook", chapter 5, table 5-8. Each window is an
exponential average of the same mean age, so that the state is two numbers a window.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, slots=True)
class Alarm:
    """Told when the budget burns that fast over both windows, given in seconds."""

    long: float
    short: float
    burn: float
    pages: bool


ALARMS = (
    Alarm(3600.0, 300.0, 14.4, pages=True),
    Alarm(21_600.0, 1800.0, 6.0, pages=True),
    Alarm(86_400.0, 7200.0, 3.0, pages=False),
    Alarm(259_200.0, 21_600.0, 1.0, pages=False),
)
WINDOWS = tuple(sorted({span for alarm in ALARMS for span in (alarm.long, alarm.short)}))
LEAST_RESULTS = 30
"""Results before a burn rate means something."""
LEAST_FAILURES = 5.0
"""Failures in the long window, as it weighs them: less is chance."""


class Burn(msgspec.Struct, array_like=True):
    """For each window what failed and what was seen, fading with age."""

    at: float = 0.0
    count: int = 0
    failed: list[float] = msgspec.field(default_factory=lambda: [0.0] * len(WINDOWS))
    seen: list[float] = msgspec.field(default_factory=lambda: [0.0] * len(WINDOWS))


def copied(known: Burn) -> Burn:
    """The same once more, to be changed."""
    return Burn(known.at, known.count, known.failed.copy(), known.seen.copy())


def count(known: Burn, at: float, failed: bool) -> None:
    """Count one more result."""
    span = max(at - known.at, 0.0) if known.count else 0.0
    for number in range(len(WINDOWS)):
        fade = math.exp(-2 * span / WINDOWS[number])
        known.failed[number] = known.failed[number] * fade + failed
        known.seen[number] = known.seen[number] * fade + 1
    known.at = max(at, known.at)
    known.count += 1


def alarm(known: Burn, availability: float) -> Alarm | None:
    """The first alarm of the table that holds against an objective such as 0.999."""
    if known.count < LEAST_RESULTS:
        return None
    budget = 1 - availability
    for found in ALARMS:
        long, short = WINDOWS.index(found.long), WINDOWS.index(found.short)
        if known.failed[long] < LEAST_FAILURES:
            continue
        if min(_share(known, long), _share(known, short)) > found.burn * budget:
            return found
    return None


def _share(known: Burn, window: int) -> float:
    return known.failed[window] / known.seen[window] if known.seen[window] else 0.0

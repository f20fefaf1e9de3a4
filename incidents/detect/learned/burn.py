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


class Burn(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """For each window what failed and what was seen, fading with age."""

    at: float = 0.0
    count: int = 0
    failed: tuple[float, ...] = (0.0,) * len(WINDOWS)
    seen: tuple[float, ...] = (0.0,) * len(WINDOWS)


NO_BURN = Burn()


def counted(known: Burn, at: float, *, failed: bool) -> Burn:
    """The same with one more result."""
    span = max(at - known.at, 0.0) if known.count else 0.0
    fades = [math.exp(-2 * span / window) for window in WINDOWS]
    return Burn(
        max(at, known.at),
        known.count + 1,
        tuple(kept * fade + failed for kept, fade in zip(known.failed, fades, strict=True)),
        tuple(kept * fade + 1 for kept, fade in zip(known.seen, fades, strict=True)),
    )


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

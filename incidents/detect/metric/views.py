"""The seven ways in which a value is looked at, all with the same say.

Each is a number whose own spread is learned: the value itself; how far it is from what is usual
at this hour of the week; the means of the last 50 and 100; how much the last 100 vary; and the
least and the greatest of the last 50, which move when a floor rises or a ceiling comes down.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import IntEnum

LONG, SHORT = 100, 50
STRANGEST = 2


class View(IntEnum):
    """A way of looking; its number is its place."""

    VALUE = 0
    HOUR = 1
    SHORT_MEAN = 2
    LONG_MEAN = 3
    VARIATION = 4
    LEAST = 5
    GREATEST = 6


AT_ONCE = (View.VALUE, View.HOUR)
"""Those that tell of the newest value alone; the others look back."""


def looks(window: Sequence[float], usual: float | None) -> list[float | None]:
    """What each view shows; None where it has too little to look at.

    `window` holds the last values, the newest last, `usual` what is usual at this hour.
    """
    value = window[-1]
    found: list[float | None] = [value, None if usual is None else value - usual]
    found += [None] * 5
    if len(window) >= SHORT:
        last = window[-SHORT:]
        found[View.SHORT_MEAN] = math.fsum(last) / SHORT
        found[View.LEAST], found[View.GREATEST] = min(last), max(last)
    if len(window) >= LONG:
        mean = math.fsum(window) / len(window)
        found[View.LONG_MEAN] = mean
        found[View.VARIATION] = _variation(window, mean)
    return found


def _variation(window: Sequence[float], mean: float) -> float:
    """The logarithm of the standard deviation; a flat line still has a finite one."""
    deviation = math.hypot(*(value - mean for value in window)) / math.sqrt(len(window))
    return math.log(deviation + 1e-9 * (1e-9 + abs(mean)))


def steady(window: Sequence[float]) -> list[float | None]:
    """What the views that look back would show without the few strangest values.

    One odd value moves a mean for as long as it is in the window; that alone is no change.
    """
    found: list[float | None] = [None] * len(View)
    if len(window) >= SHORT:
        last = sorted(window[-SHORT:])[STRANGEST:-STRANGEST]
        found[View.SHORT_MEAN] = math.fsum(last) / len(last)
        found[View.LEAST], found[View.GREATEST] = last[0], last[-1]
    if len(window) >= LONG:
        whole = sorted(window)[STRANGEST:-STRANGEST]
        mean = math.fsum(whole) / len(whole)
        found[View.LONG_MEAN] = mean
        found[View.VARIATION] = _variation(whole, mean)
    return found

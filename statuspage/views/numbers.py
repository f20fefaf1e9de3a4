"""Shares and latencies as text that claims no more than the data carries."""

from __future__ import annotations

import math
from datetime import timedelta

from babel.numbers import format_decimal

from incidents.words import Words

MOST_DECIMALS = 2


def percent(words: Words, good: float, resolution: float) -> str:
    """A share in per cent, rounded down: 100 % is said only when nothing was lost.

    `resolution` is the smallest share that the data can tell apart; it bounds the decimals.
    """
    if good >= 1:
        return words("number.percent", number=_decimal(words, 100, 0))
    decimals = _decimals(resolution)
    scale = 10**decimals
    down = math.floor(good * 100 * scale + 1e-9) / scale
    # What was lost may be less than the last decimal shows.
    down = min(down, 100 - 1 / scale)
    return words("number.percent", number=_decimal(words, down, decimals))


def share(words: Words, wanted: float) -> str:
    """A share as somebody wrote it: "99.95 %", "95 %"."""
    written = str(format_decimal(wanted * 100, "0.####", locale=words.locale))
    return words("number.percent", number=written)


def latency(words: Words, seconds: float | None) -> str:
    """A latency with two or three significant digits: "84 ms", "1.9 s"."""
    if seconds is None:
        return words("number.none")
    if seconds < 0.9995:
        milliseconds = seconds * 1000
        decimals = 1 if milliseconds < 9.95 else 0
        number = _decimal(words, round(milliseconds, decimals), decimals)
        return words("number.milliseconds", number=number)
    decimals = 1 if seconds < 99.95 else 0
    return words("number.seconds", number=_decimal(words, round(seconds, decimals), decimals))


def resolution(observed: timedelta, interval: timedelta) -> float:
    """The share of an observed span that one interval is."""
    return min(1.0, interval / observed) if observed else 1.0


def _decimals(resolution: float) -> int:
    if resolution <= 0:
        return MOST_DECIMALS
    return max(0, min(MOST_DECIMALS, math.floor(-math.log10(resolution * 100) + 1e-9)))


def _decimal(words: Words, number: float, decimals: int) -> str:
    pattern = "0." + "0" * decimals if decimals else "0"
    return str(format_decimal(number, pattern, locale=words.locale))

"""What is told of a number, so that a person checks it in seconds."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from incidents.detect.evidence import clock
from incidents.detect.metric.alarm import LEARNING_VALUES, Alarm
from incidents.detect.metric.detector import Memory, Sight
from incidents.detect.metric.views import LONG, SHORT, View

_SHOWS = {
    View.VALUE: "value",
    View.HOUR: "value",
    View.SHORT_MEAN: f"the mean of the last {SHORT} values is",
    View.LONG_MEAN: f"the mean of the last {LONG} values is",
    View.VARIATION: f"the last {LONG} values vary by",
    View.LEAST: f"the least of the last {SHORT} values is",
    View.GREATEST: f"the greatest of the last {SHORT} values is",
}


def instant(at: float) -> datetime:
    """The instant of epoch seconds."""
    return datetime.fromtimestamp(at, UTC)


def unusual(alarm: Alarm, sight: Sight) -> str:
    """As in "value 812 since 14:02:10 UTC; usual at this hour 90 to 140"."""
    shown = _shown(alarm.view, sight)
    return f"{shown} since {clock(instant(alarm.since))}; {_range(alarm, sight)}"


def usual_again(alarm: Alarm, sight: Sight) -> str:
    """As in "value 103; usual at this hour 90 to 140"."""
    return f"{_shown(alarm.view, sight)}; {_range(alarm, sight)}"


def normal_now(alarm: Alarm, sight: Sight) -> str:
    """That what lasted so long is taken for usual from now on."""
    return f"{_shown(alarm.view, sight)}, and that is taken for usual from now on"


def well(value: float, memory: Memory, *, learning: bool) -> str:
    """As in "value 103; what is usual is being learned, from 37 values so far"."""
    if not learning:
        return f"value {number(value)}"
    of = f" of at least {LEARNING_VALUES}" if memory.count < LEARNING_VALUES else ""
    count = "1 value" if memory.count == 1 else f"{memory.count} values"
    return f"value {number(value)}; what is usual is being learned, from {count}{of} so far"


def number(value: float) -> str:
    """A number as people write it: three digits that count, more only before the point."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}".removeprefix("-") if value == 0 else f"{value}"
    size = math.floor(math.log10(abs(value)))
    if not -4 <= size < 9:
        return f"{value:.3g}"
    text = f"{value:.{max(0, 2 - size)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _shown(view: View, sight: Sight) -> str:
    value = sight.shown[View.VALUE if view is View.HOUR else view]
    assert value is not None
    return f"{_SHOWS[view]} {number(_plain(view, value))}"


def _range(alarm: Alarm, sight: Sight) -> str:
    low, high = _plain(alarm.view, alarm.low), _plain(alarm.view, alarm.high)
    if alarm.view is View.HOUR:
        low, high = low + (sight.usual or 0.0), high + (sight.usual or 0.0)
    when = "usual at this hour" if alarm.view is View.HOUR else "usual"
    return f"{when} {number(low)} to {number(high)}"


def _plain(view: View, shown: float) -> float:
    """What a view shows as the number that a person would compute."""
    return math.exp(shown) if view is View.VARIATION else shown

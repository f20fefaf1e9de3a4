"""From unusual values to an alarm and back: what it takes, and when it is over.

A score above the threshold makes suspicious. An alarm needs more: that one view stays outside
of what is usual for some values in a row, and not because of a few strange ones.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from incidents.detect.metric.detector import THRESHOLD, Memory, Sight
from incidents.detect.metric.views import AT_ONCE, SHORT, View, steady
from incidents.policy import Sensitivity

THRESHOLDS = {
    Sensitivity.CALM: 0.45,
    Sensitivity.BALANCED: THRESHOLD,
    Sensitivity.EAGER: 0.33,
}
IN_A_ROW = 3
"""So many values must be unusual, and then usual again, before that is told."""
IN_A_ROW_LOOKING_BACK = SHORT // 2
"""So many of a view that looks back: two neighbouring looks share nearly all of their values."""
RARE = 2.0
"""The surprise that each of them must have at least: one in a hundred."""
SUSPECT_FOR = 50
"""A suspicion that nothing came of is forgotten after so many values."""
LEARNING_VALUES = 100
LEARNING_SECONDS = 7 * 86_400.0
"""Before so many values over a whole week nothing is known to be usual: weekends differ."""
NORMAL_AFTER_SECONDS = 6 * 3600.0
NORMAL_AFTER_VALUES = 100
"""What lasts for so long and for so many values is not unusual any more."""


class Run(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Rare values in a row that one view shows on the same side, since when."""

    side: int = 0
    count: int = 0
    since: float = 0.0


class Alarm(msgspec.Struct, frozen=True, array_like=True):
    """What is unusual: in which view, since when, and the range that was usual then.

    `values` counts those since it was told at `told_at`, `back` those in a row that are usual.
    """

    view: View
    since: float
    low: float
    high: float
    told_at: float
    values: int = 0
    back: int = 0

    @property
    def over(self) -> bool:
        """Whether it is usual again."""
        return self.back >= IN_A_ROW

    def normal(self, at: float) -> bool:
        """Whether it has lasted for so long that it has become usual."""
        lasted = at - self.told_at >= NORMAL_AFTER_SECONDS
        return lasted and self.values >= NORMAL_AFTER_VALUES


class Watch(msgspec.Struct, frozen=True, array_like=True):
    """What is watched of a stream: a run for each view, the last suspicion, and the alarm."""

    began_at: float | None = None
    runs: tuple[Run, ...] = (Run(),) * len(View)
    suspected: int | None = None
    alarm: Alarm | None = None


def watched(
    watch: Watch, before: Memory, after: Memory, sight: Sight, at: float, threshold: float
) -> Watch:
    """The watch with one more value, which may raise the alarm; only the caller ends one."""
    began_at = at if watch.began_at is None else watch.began_at
    runs = tuple(_followed(watch.runs[view], _side(sight, view), at) for view in View)
    suspected = after.count if sight.score >= threshold else watch.suspected
    if watch.alarm is not None:
        return Watch(began_at, runs, None, _continued(watch.alarm, sight))
    if learning(watch, before, at) or suspected is None:
        return Watch(began_at, runs)
    if after.count - suspected > SUSPECT_FOR:
        return Watch(began_at, runs)
    alarm = _raised(before, after, sight, runs, at)
    return Watch(began_at, runs, None if alarm else suspected, alarm)


def learning(watch: Watch, memory: Memory, at: float) -> bool:
    """Whether too little is known still to call anything unusual."""
    since = at if watch.began_at is None else watch.began_at
    return memory.count < LEARNING_VALUES or at - since < LEARNING_SECONDS


def _side(sight: Sight, view: View) -> int:
    """On which side of what is usual a view is, if it is rarely there."""
    return sight.sides[view] if sight.surprises[view] >= RARE else 0


def _followed(run: Run, side: int, at: float) -> Run:
    if side == 0:
        return Run()
    return Run(side, run.count + 1, run.since) if side == run.side else Run(side, 1, at)


def _raised(
    before: Memory,
    after: Memory,
    sight: Sight,
    runs: Sequence[Run],
    at: float,
) -> Alarm | None:
    """The alarm about the view that a person understands best, else the most surprised one."""
    lasting = [view for view in View if runs[view].count >= _needed(view)]
    found = [view for view in reversed(AT_ONCE) if view in lasting]
    if not found and lasting:
        without = steady(after.window)
        others = [view for view in lasting if _still(before, view, without[view], runs[view])]
        found = sorted(others, key=lambda view: -sight.surprises[view])
    if not found:
        return None
    spread = before.spreads[found[0]]
    return Alarm(found[0], runs[found[0]].since, spread.low.begins, spread.high.begins, at)


def _needed(view: View) -> int:
    return IN_A_ROW if view in AT_ONCE else IN_A_ROW_LOOKING_BACK


def _still(before: Memory, view: View, number: float | None, run: Run) -> bool:
    return number is not None and before.spreads[view].side(number) == run.side


def _continued(alarm: Alarm, sight: Sight) -> Alarm:
    number = sight.shown[alarm.view]
    usual = number is not None and alarm.low <= number <= alarm.high
    return msgspec.structs.replace(
        alarm, values=alarm.values + 1, back=alarm.back + 1 if usual else 0
    )

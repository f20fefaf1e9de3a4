"""How fast a check usually answers, from each location and at this hour, and how far that wanders.

The logarithm of the latency is compared with a level for each location that follows slow change
(a robust moving average of three quarters of an hour) and with what is usual at this time of
the week. What is left is the deviation that `shift` and `tail` judge.
"""

from __future__ import annotations

import math

import msgspec

from incidents.detect.learned.bounds import within
from incidents.detect.learned.parameters import SOFT_FLOOR
from incidents.detect.learned.season import NOTHING, Usual, remembered, slot_at, usual_in

FOLLOWS = 2700.0
"""Seconds in which the level follows a change."""
LEARNED = 60
"""Answers from a location before its deviations mean something."""
BLOCK = 600.0
"""Seconds over which deviations are averaged to see how far the check wanders."""
_FIRST_WANDER = 0.0025
_LEAST_WANDER, _MOST_WANDER = 0.0016, 0.06
_BOUND = 1.5
_UNSTEADY, _FELT = 0.25, 0.15
_SEEN = 3
"""Answers of a slot before they say whether it goes as usual."""
_DAY = 86_400.0


class Level(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is usual from one location: level and spread of log seconds, after so many answers.

    `fast` follows the deviations of the last few answers.
    """

    base: float
    spread: float = 0.25
    count: int = 0
    fast: float = 0.0


class Course(msgspec.Struct, frozen=True, array_like=True):
    """How latency went: the block and the slot under way, the wander, the week so far."""

    since: float
    block_from: float
    slot: int = -1
    usual: Usual = Usual()
    wander: float = _FIRST_WANDER
    block_sum: float = 0.0
    block_count: int = 0
    slot_sum: float = 0.0
    slot_count: int = 0
    week: bytes = NOTHING


def logarithm(seconds: float) -> float:
    """The logarithm of a latency, in which a millisecond more of very little does not count."""
    if not 0.0 <= seconds <= _DAY:
        seconds = min(max(seconds, 0.0), _DAY)
    return math.log(seconds + SOFT_FLOOR)


def seconds(logarithm_: float) -> float:
    """The latency that a logarithm stands for."""
    return max(0.0, math.exp(logarithm_) - SOFT_FLOOR)


def begun(at: float) -> Course:
    """The course of a check that nothing is known of."""
    return Course(since=at, block_from=at)


def turned(course: Course, at: float, *, quiet: bool) -> Course:
    """The course at an instant: blocks and slots that are over are taken into account.

    The wander is learned only while all is quiet, what is usual at this hour always.
    """
    slot = slot_at(at)
    block_over = at - course.block_from > BLOCK
    if slot == course.slot and not block_over:
        return course
    wander, usual, week = course.wander, course.usual, course.week
    block_from, block_sum, block_count = course.block_from, course.block_sum, course.block_count
    slot_sum, slot_count = course.slot_sum, course.slot_count
    if block_over:
        if quiet and block_count >= 6 and block_from - course.since > _DAY / 2:
            mean = block_sum / block_count
            wander += 0.03 * (min(mean * mean, _MOST_WANDER) - wander)
        block_from, block_sum, block_count = at, 0.0, 0
    if slot != course.slot:
        if slot_count >= 3 and course.slot >= 0:
            week = remembered(week, course.slot, slot_sum / slot_count)
        usual = usual_in(week, slot, 2.5 * math.sqrt(wander))
        slot_sum, slot_count = 0.0, 0
    return Course(
        course.since, block_from, slot, usual, wander,
        block_sum, block_count, slot_sum, slot_count, week,
    )  # fmt: skip


def counted(course: Course, deviation: float, *, planned: bool) -> Course:
    """The course with one more answer's deviation from its level; a recheck's counts no block."""
    planned = planned and not missing(course)
    left = within(deviation - course.usual.middle, 0.5) if planned else 0.0
    return Course(
        course.since, course.block_from, course.slot, course.usual, course.wander,
        course.block_sum + left, course.block_count + planned,
        course.slot_sum + within(deviation, _BOUND), course.slot_count + 1, course.week,
    )  # fmt: skip


def followed(level: Level, deviation: float, above: float, gain: float, *, frozen: bool) -> Level:
    """The level after one more answer that lay so far from the usual, and above its high end.

    `gain` is the share of the way to go; a frozen level does not move.
    """
    fast = level.fast + 0.4 * (above - level.fast)
    count = level.count + 1
    if frozen:
        return Level(level.base, level.spread, count, fast)
    gain = max(gain, 1.0 / count)
    moved = deviation if count <= 20 else within(deviation, 2.5 * level.spread)
    aside = 1.2533 * abs(within(deviation, 4 * level.spread))  # a normal law's mean is 0.8 sd
    spread = level.spread + max(0.004, 1.0 / (count + 5)) * (aside - level.spread)
    return Level(level.base + gain * moved, min(max(spread, 0.03), 1.0), count, fast)


def unsteady(course: Course) -> bool:
    """Whether this hour says little of the level, which had better stay where it is.

    Days differ much at this hour, or what is usual of it has not come today.
    """
    return course.usual.rise > _UNSTEADY or missing(course)


def missing(course: Course) -> bool:
    """Whether this hour's usual rise or fall has not come: a holiday, clocks that were changed."""
    middle = course.usual.middle
    if abs(middle) <= _FELT:
        return False
    return course.slot_count < _SEEN or course.slot_sum / middle < 0.5 * course.slot_count


def variance(spread: float, wander: float) -> float:
    """How much an answer's deviation varies, the wander of the whole included."""
    return spread * spread + max(0.07 * 0.07, 1.5 * max(wander, _LEAST_WANDER))


def margin(wander: float) -> float:
    """How far a shift must exceed what is looked for, where the check wanders far."""
    return 0.02 + 1.2 * max(0.0, math.sqrt(wander) - 0.05)

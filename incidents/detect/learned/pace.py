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
from incidents.detect.learned.season import nothing, remember, slot_at, usual_in

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


class Level(msgspec.Struct, array_like=True, gc=False):
    """What is usual from one location: level and spread of log seconds, after so many answers.

    `fast` follows the deviations of the last few answers.
    """

    base: float
    spread: float = 0.25
    count: int = 0
    fast: float = 0.0


class Course(msgspec.Struct, array_like=True, gc=False):
    """How latency went: the block and the slot under way, the wander, the week so far.

    `middle` and `high` are how far it usually is from its level at this hour.
    """

    since: float
    block_from: float
    slot: int = -1
    middle: float = 0.0
    high: float = 0.0
    wander: float = _FIRST_WANDER
    block_sum: float = 0.0
    block_count: int = 0
    slot_sum: float = 0.0
    slot_count: int = 0
    week: bytearray = msgspec.field(default_factory=nothing)


def logarithm(seconds: float) -> float:
    """The logarithm of a latency, in which a millisecond more of very little does not count."""
    if not 0.0 <= seconds <= _DAY:
        seconds = min(max(seconds, 0.0), _DAY)
    return math.log(seconds + SOFT_FLOOR)


def seconds(logarithm_: float) -> float:
    """The latency that a logarithm stands for."""
    return max(0.0, math.exp(logarithm_) - SOFT_FLOOR)


def copied(course: Course) -> Course:
    """The same once more, to be changed."""
    return msgspec.structs.replace(course, week=course.week.copy())


def begun(at: float) -> Course:
    """The course of a check that nothing is known of."""
    return Course(since=at, block_from=at)


def turn(course: Course, at: float, quiet: bool) -> None:
    """Bring the course to an instant: blocks and slots that are over are taken into account.

    The wander is learned only while all is quiet, what is usual at this hour always.
    """
    if at - course.block_from > BLOCK:
        _end_block(course, at, quiet)
    slot = slot_at(at)
    if slot == course.slot:
        return
    if course.slot_count >= _SEEN and course.slot >= 0:
        remember(course.week, course.slot, course.slot_sum / course.slot_count)
    course.middle, course.high = usual_in(course.week, slot, 2.5 * math.sqrt(course.wander))
    course.slot = slot
    course.slot_sum, course.slot_count = 0.0, 0


def _end_block(course: Course, at: float, quiet: bool) -> None:
    if quiet and course.block_count >= 6 and course.block_from - course.since > _DAY / 2:
        mean = course.block_sum / course.block_count
        course.wander += 0.03 * (min(mean * mean, _MOST_WANDER) - course.wander)
    course.block_from, course.block_sum, course.block_count = at, 0.0, 0


def count(course: Course, deviation: float, planned: bool) -> None:
    """Count one more answer that lay so far from its level; a recheck's counts no block."""
    if planned and not missing(course):
        course.block_sum += within(deviation - course.middle, 0.5)
        course.block_count += 1
    course.slot_sum += within(deviation, _BOUND)
    course.slot_count += 1


def follow(level: Level, deviation: float, above: float, share: float, frozen: bool) -> None:
    """Let the level follow one more answer that lay so far from the usual, and above its high end.

    It goes that share of the way; a frozen level does not move.
    """
    level.fast += 0.4 * (above - level.fast)
    level.count += 1
    if frozen:
        return
    share = max(share, 1.0 / level.count)
    moved = deviation if level.count <= 20 else within(deviation, 2.5 * level.spread)
    aside = 1.2533 * abs(within(deviation, 4 * level.spread))  # a normal law's mean is 0.8 sd
    spread = level.spread + max(0.004, 1.0 / (level.count + 5)) * (aside - level.spread)
    level.base += share * moved
    level.spread = min(max(spread, 0.03), 1.0)


def rise(course: Course) -> float:
    """How far above the middle is no news at this hour."""
    return course.high - course.middle


def unsteady(course: Course) -> bool:
    """Whether this hour says little of the level, which had better stay where it is.

    Days differ much at this hour, or what is usual of it has not come today.
    """
    return rise(course) > _UNSTEADY or missing(course)


def missing(course: Course) -> bool:
    """Whether this hour's usual rise or fall has not come: a holiday, clocks that were changed."""
    if abs(course.middle) <= _FELT:
        return False
    if course.slot_count < _SEEN:
        return True
    return course.slot_sum / course.middle < 0.5 * course.slot_count


def variance(spread: float, wander: float) -> float:
    """How much an answer's deviation varies, the wander of the whole included."""
    return spread * spread + max(0.07 * 0.07, 1.5 * max(wander, _LEAST_WANDER))


def margin(wander: float) -> float:
    """How far a shift must exceed what is looked for, where the check wanders far."""
    return 0.02 + 1.2 * max(0.0, math.sqrt(wander) - 0.05)

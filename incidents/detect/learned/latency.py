"""What the time of an answer says of a check, and what is usual of it after that."""

from __future__ import annotations

import math
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple

from incidents.detect.learned import pace, shift, tail
from incidents.detect.learned.pace import LEARNED, Course, Level
from incidents.detect.learned.parameters import BY_SENSITIVITY
from incidents.detect.learned.shift import Drift, Law
from incidents.detect.learned.tail import Tail
from incidents.policy import Sensitivity

REFUSED = math.inf
"""What `timed` says of an answer that it did not take in."""
_SHIFTING = 0.4
"""The share of the evidence for a shift from which on the level had better stay where it is."""


class Terms(NamedTuple):
    """By what the times of a check are judged.

    `share` is that of the way that a level goes with each answer, `shifting` the evidence for a
    shift from which on it does not. An answer that may bring more evidence than `most_drift` or
    `most_tail` is refused. The wander and the tail are learned only while it is `quiet`.
    """

    law: Law
    share: float
    shifting: float
    enough_tail: float
    most_drift: float
    most_tail: float
    quiet: bool


@lru_cache(maxsize=256)
def of_all(interval: timedelta, sensitivity: Sensitivity, *, quiet: bool) -> Terms:
    """How every answer is judged where it is asked so often."""
    parameters, seconds = BY_SENSITIVITY[sensitivity], interval.total_seconds()
    law, share = shift.law(seconds, parameters.shift), seconds / pace.FOLLOWS
    shifting = _SHIFTING * parameters.shift
    return Terms(law, share, shifting, parameters.tail, math.inf, math.inf, quiet)


@lru_cache(maxsize=256)
def of_quiet(interval: timedelta, sensitivity: Sensitivity) -> Terms:
    """The same of answers that give no reason to look closer; others are refused."""
    parameters, found = BY_SENSITIVITY[sensitivity], of_all(interval, sensitivity, quiet=True)
    return found._replace(most_drift=parameters.suspicion, most_tail=parameters.outliers)


def timed(
    level: Level, course: Course, drift: Drift, slow: Tail, terms: Terms, place: int, began: float,
    took: float, planned: bool,
) -> float:  # fmt: skip
    """Take in an answer's time; how far that lay above the usual, as a logarithm.

    The course must have been brought to that instant. `REFUSED`, and nothing has changed, if
    the terms refuse it.
    """
    from_level = pace.logarithm(took) - level.base
    deviation, above = from_level - course.middle, from_level - course.high
    shifted = shift.value(drift)
    frozen = not terms.quiet or shifted > terms.shifting or pace.unsteady(course)
    if level.count >= LEARNED:
        outlier = tail.is_outlier(above, level.spread)
        if tail.most(slow, outlier=outlier) > terms.most_tail:
            return REFUSED
        if not shift.adds_nothing(drift, above):
            varies, margin = pace.variance(level.spread, course.wander), pace.margin(course.wander)
            said = shift.news(above, varies, margin, terms.law.weight)
            if shifted + max(said[0], said[1], 0.0) > terms.most_drift:
                return REFUSED
            shift.move(drift, began, place, above, said, terms.law)
        tail.move(slow, began, place, terms.enough_tail, outlier=outlier, learn=not frozen)
    pace.follow(level, deviation, above, terms.share, frozen=frozen)
    pace.count(course, from_level, planned=planned)
    return above

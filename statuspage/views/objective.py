"""What a component is held to, and what is left of that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from checks.rollup import LatencyPoint
from incidents.model import ComponentStatus
from incidents.policy import LatencyGoal
from incidents.slo import WEIGHTS, Budget, budget
from incidents.words import Words
from statuspage.views import numbers
from statuspage.views.standing import Standing
from statuspage.views.times import Times

_PARTS = 1000
"""So many parts of the budget can be told apart in the drawing."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One goal: what it is, how it stands, and whether it is kept.

    `left` is the part of the error budget that is left in thousandths, None where the goal
    has no budget.
    """

    goal: str
    stands: str
    kept: bool
    left: int | None = None


def goals(standing: Standing, window: LatencyPoint | None, times: Times) -> tuple[Kept, ...]:
    """How a component stands by its objective; `window` is all of its window in one point."""
    objective = standing.component.objective
    if objective is None:
        return ()
    span = times.span(objective.window)
    kept = [_latency(goal, window, span, times) for goal in objective.latency]
    found = [one for one in kept if one]
    if objective.availability is not None:
        found.insert(0, _availability(standing, objective.availability, objective.window, times))
    return tuple(found)


def counting(words: Words) -> str:
    """What an outage counts for, to be read beside the goals."""
    return words(
        "objective.weights", partial=numbers.share(words, WEIGHTS[ComponentStatus.PARTIAL_OUTAGE])
    )


def _availability(standing: Standing, target: float, window: timedelta, times: Times) -> Kept:
    words = times.words
    found = budget(standing.stretches, target, window, existed_at=standing.existed_at, at=times.now)
    share = numbers.share(words, target)
    return Kept(
        goal=words("objective.availability", share=share, span=times.span(window)),
        stands=_budget(found, times),
        kept=found.kept,
        left=round(found.share_left * _PARTS),
    )


def _budget(found: Budget, times: Times) -> str:
    words = times.words
    key = "objective.left" if found.kept else "objective.missed"
    if not found.lost:
        key = "objective.untouched"
    return words(
        key,
        left=times.span(found.left),
        lost=times.span(found.lost),
        allowed=times.span(found.allowed),
    )


def _latency(
    goal: LatencyGoal, window: LatencyPoint | None, span: str, times: Times
) -> Kept | None:
    """A goal for the median or for nineteen in twenty; other shares are not summed up."""
    if window is None:
        return None
    seconds = {0.5: window.p50_seconds, 0.95: window.p95_seconds}.get(goal.share)
    if seconds is None:
        return None
    words = times.words
    below = numbers.latency(words, goal.below.total_seconds())
    return Kept(
        goal=words("objective.latency", share=numbers.share(words, goal.share), below=below),
        stands=words("objective.measured", latency=numbers.latency(words, seconds), span=span),
        kept=seconds < goal.below.total_seconds(),
    )

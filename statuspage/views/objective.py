"""What a component is held to, and what is left of that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from checks.rollup import Sketch
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


def goals(standing: Standing, window: Sketch | None, times: Times) -> tuple[Kept, ...]:
    """How a component stands by its objective; `window` has all response times of its window."""
    objective = standing.component.objective
    if objective is None:
        return ()
    span = times.span(objective.window)
    found = [_latency(goal, window, span, times) for goal in objective.latency] if window else []
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


def _latency(goal: LatencyGoal, window: Sketch, span: str, times: Times) -> Kept:
    words, seconds = times.words, window.quantile(goal.share)
    assert seconds is not None, "a window without response times is none"
    below = numbers.latency(words, goal.below.total_seconds())
    return Kept(
        goal=words("objective.latency", share=numbers.share(words, goal.share), below=below),
        stands=words("objective.measured", latency=numbers.latency(words, seconds), span=span),
        kept=seconds < goal.below.total_seconds(),
    )

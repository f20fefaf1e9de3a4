"""Availability over a period and what is left of an objective, from status spans alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.impact import flatten, overlap_seconds
from incidents.model import ComponentStatus, Span

WEIGHTS: Mapping[ComponentStatus, float] = {
    ComponentStatus.MAJOR_OUTAGE: 1.0,
    ComponentStatus.PARTIAL_OUTAGE: 0.3,
    ComponentStatus.DEGRADED: 0.0,
}
"""How much of a span counts as lost, unless an agreement says otherwise."""

LEFT_OUT = frozenset({ComponentStatus.MAINTENANCE, ComponentStatus.UNKNOWN})
"""What counts neither for nor against: announced maintenance, and what we cannot know."""

ENOUGH_COVERAGE = 0.9
"""Below this the number must say how much is missing."""


@dataclass(frozen=True, slots=True)
class Availability:
    """The share of a period in which a component was available.

    `share` is None when nothing was measured. `counted` is what the share is of. `coverage`
    is the part of the period that we know about, `unknown` the rest of it.
    """

    share: float | None
    coverage: float
    lost: timedelta
    counted: timedelta
    unknown: timedelta


def availability(
    spans: Iterable[Span],
    from_at: datetime,
    to_at: datetime,
    weights: Mapping[ComponentStatus, float] = WEIGHTS,
) -> Availability:
    """The availability of the one component that the spans are of; they may overlap."""
    period = max(0.0, (to_at - from_at).total_seconds())
    lost = left_out = unknown = 0.0
    for span in flatten(spans):
        seconds = overlap_seconds(span, from_at, to_at)
        lost += seconds * weights.get(span.status, 0.0)
        left_out += seconds if span.status in LEFT_OUT else 0.0
        unknown += seconds if span.status is ComponentStatus.UNKNOWN else 0.0
    measured = period - left_out
    return Availability(
        share=max(0.0, 1 - lost / measured) if measured > 1e-6 else None,
        coverage=1 - unknown / period if period else 0.0,
        lost=timedelta(seconds=lost),
        counted=timedelta(seconds=max(0.0, measured)),
        unknown=timedelta(seconds=unknown),
    )


@dataclass(frozen=True, slots=True)
class Budget:
    """The error budget: what an objective lets be lost in its window, and what was lost of it."""

    allowed: timedelta
    lost: timedelta

    @property
    def left(self) -> timedelta:
        """What may still be lost; nothing once the objective is missed."""
        return max(timedelta(0), self.allowed - self.lost)

    @property
    def kept(self) -> bool:
        """Whether the objective is met as things stand."""
        return self.lost <= self.allowed

    @property
    def share_left(self) -> float:
        """The part of the budget that is left, from 0 to 1."""
        return self.left / self.allowed if self.allowed else float(self.kept)


def budget(
    spans: Iterable[Span],
    objective: float,
    window: timedelta,
    *,
    existed_at: datetime,
    at: datetime,
) -> Budget:
    """The error budget of one component over the window that ends at an instant.

    What counts neither for nor against leaves the window, and the budget with it. A component
    younger than the window has the whole of it.
    """
    from_at = max(existed_at, at - window)
    found = availability(spans, from_at, at)
    left_out = max(timedelta(0), at - from_at - found.counted)
    return Budget((window - left_out) * (1 - objective), found.lost)

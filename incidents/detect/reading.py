"""What a fold makes of a check at one instant: its evidence beside what it takes to tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from incidents.model import Judgement


@dataclass(frozen=True, slots=True)
class Measure:
    """One kind of evidence: how much there is, and how much is needed before it may tell.

    `value` and `threshold` are in nats of log-likelihood for the learned folds, in results for
    a plain rule; at `value >= threshold` the evidence itself suffices. `waits_for` says in a
    few words what else is being waited for then ("lasts 4 of 9.5 s").
    """

    name: str
    value: float
    threshold: float
    waits_for: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """The judgement held at an instant, and what speaks for another one.

    `latest_seconds` is the last answer's time; `usual_seconds` the range that is usual at this
    hour, None while it is not learned.
    """

    at: datetime
    judgement: Judgement
    measures: tuple[Measure, ...] = ()
    latest_seconds: float | None = None
    usual_seconds: tuple[float, float] | None = None
    notes: tuple[str, ...] = field(default=())

"""What happened: the truth that detection is held against."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bench.world.effects import Effect
from incidents.model import ComponentStatus

DEGRADED = ComponentStatus.DEGRADED
PARTIAL = ComponentStatus.PARTIAL_OUTAGE
MAJOR = ComponentStatus.MAJOR_OUTAGE


class Truth(StrEnum):
    """What a happening is, by decree."""

    BENIGN = "benign"
    FAULT = "fault"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to services, or to our own probing.

    `accept` holds the worst statuses that a person would accept for a fault. `step` is the
    level (a logarithm) at which the services go on after it, None when they go on as before.
    """

    kind: str
    truth: Truth
    services: tuple[str, ...]
    start: float
    end: float
    effects: tuple[Effect, ...] = ()
    locations: tuple[str, ...] = ()
    accept: tuple[ComponentStatus, ...] = ()
    step: float | None = None

    def touches(self, start: float, end: float) -> bool:
        """Whether any of it lies between two instants."""
        return self.start < end and start < self.end

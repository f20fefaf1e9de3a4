"""What the folds are fed: results, the passing of time, and what else bears on a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from checks.model import Outcome, Result


@dataclass(frozen=True, slots=True)
class Tick:
    """An instant that a fold asked to be woken at has come."""

    check: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Beat:
    """Somebody reported to a check that is not probed: a word of its kind, and text with it."""

    check: str
    at: datetime
    word: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """Somebody sent us a number, measured at `measured_at`, and what its limits say of it."""

    check: str
    at: datetime
    measured_at: datetime
    number: float
    outcome: Outcome = Outcome.PASS
    reason: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """We were not running, or the clock was stepped: from here to there is no data."""

    at: datetime
    from_at: datetime


@dataclass(frozen=True, slots=True)
class DeployMarker:
    """A release of a component began or ended; the note is what operators called it."""

    component: str
    at: datetime
    began: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReportSurge:
    """More customers than usual report a problem with a component."""

    component: str
    at: datetime
    reporters: int


@dataclass(frozen=True, slots=True)
class LocationState:
    """A location can no longer be trusted, or can be again."""

    location: str
    at: datetime
    blind: bool


Signal = Result | Beat | Value | Tick | Gap | DeployMarker | ReportSurge | LocationState


def known_at(signal: Signal) -> datetime:
    """When a signal was there to be judged by."""
    return signal.known_at if isinstance(signal, Result) else signal.at


@dataclass(frozen=True, slots=True)
class Positioned:
    """A signal with its place in the one order that all signals are folded in."""

    position: int
    signal: Signal


@dataclass(frozen=True, slots=True)
class Recheck:
    """A wish: probe this check again from these locations (empty: all) at that instant."""

    check: str
    at: datetime
    locations: tuple[str, ...] = ()
    timeout: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Wake:
    """A wish: feed a Tick for this check at that instant; replaces an earlier one."""

    check: str
    at: datetime


Wish = Recheck | Wake

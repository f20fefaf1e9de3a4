"""Says loudly when a location goes blind, so that no probe from there tells us anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from checks.duration import say_span
from checks.meter import SILENT, Meter
from checks.model import Outcome, Result
from incidents.board import Board
from incidents.commands import Command, Warn
from incidents.fleet import Fleet
from incidents.policy import CheckPolicy, Policy
from monitor.config.config import CANARIES

LASTING = timedelta(minutes=1)
"""What is over sooner is for the log: mails about it would say nothing that is still true."""

_UP = {Outcome.PASS: 1.0, Outcome.SLOW: 1.0, Outcome.FAIL: 0.0, Outcome.ERROR: float("nan")}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sighted:
    """A location has been blind for a while, since then, or sees again: for operators to know."""

    location: str
    position: int
    blind_since: datetime | None = None

    def commands(self, fleet: Fleet, board: Board, policy: Policy) -> tuple[Command, ...]:
        """The warning that holds now, or that none does."""
        warnings: tuple[str, ...] = ()
        if self.blind_since is not None:
            since = f"{self.blind_since:%H:%M} UTC"
            told = f"No canary answers from {self.location} since {since}"
            warnings = (f"{told}: what fails there says nothing of your services.",)
        return (Warn(f"{CANARIES}/{self.location}", warnings, self.position),)


class Sight:
    """Where we can see from, as the canaries tell; what changes goes into the log.

    The folds hold a location for blind only as long as they need, and ask anew. Here it stays
    blind until a canary answers there, so that nobody is told of each time.
    """

    def __init__(self, meter: Meter = SILENT) -> None:
        """Take every location to see."""
        self._meter = meter
        self._since: dict[str, datetime] = {}
        self._answering: set[str] = set()
        self._told: set[str] = set()
        self._all_blind = False

    @property
    def blind(self) -> frozenset[str]:
        """The locations from which nothing can be seen now."""
        return frozenset(self._since)

    def count(self, answer: Result) -> None:
        """Take note of what a canary answered."""
        up = _UP[answer.outcome]
        self._meter.gauge("upfront_canary_up", up, canary=answer.check, location=answer.location)
        if up == 1:
            self._answering.add(answer.location)

    def look(
        self, blind: frozenset[str], canaries: Mapping[str, CheckPolicy], at: datetime,
        position: int = 0,
    ) -> list[Sighted]:  # fmt: skip
        """Log which locations went blind since the last time, or see again.

        Returns what operators are to be told of, as it stands at a signal's position.
        """
        self._answering -= blind
        if not blind and not self._since:
            return []
        places = locations_of(canaries)
        for location in sorted(blind - self._since.keys()):
            self._lose(location, at)
        seeing = {name for name in self._since if name in self._answering or name not in places}
        over = [self._regain(name, at, position) for name in sorted(seeing - blind)]
        self._tell_of_all(places <= self._since.keys())
        return [one for one in over if one] + self._lasting(at, position)

    def _lose(self, location: str, at: datetime) -> None:
        self._since[location] = at
        log.error(
            "a location is blind: no canary answers there, so what fails there says nothing of"
            " your services",
            location=location,
        )

    def _regain(self, location: str, at: datetime, position: int) -> Sighted | None:
        span = max(at - self._since.pop(location), timedelta(0))
        log.warning("a location sees again", location=location, blind_for=say_span(span))
        if location not in self._told:
            return None
        self._told.remove(location)
        return Sighted(location, position)

    def _lasting(self, at: datetime, position: int) -> list[Sighted]:
        """The locations that have been blind for long enough now."""
        found = [
            Sighted(location, position, since)
            for location, since in sorted(self._since.items())
            if location not in self._told and at - since >= LASTING
        ]
        self._told.update(one.location for one in found)
        return found

    def _tell_of_all(self, all_blind: bool) -> None:
        if all_blind and not self._all_blind:
            log.error("Upfront is blind at all locations: nothing is judged until a canary answers")
        self._all_blind = all_blind


def locations_of(canaries: Mapping[str, CheckPolicy]) -> frozenset[str]:
    """Where canaries are asked from: of other places nobody knows whether they see."""
    return frozenset(name for policy in canaries.values() for name in policy.locations)


def remarks(blind: frozenset[str], canaries: Mapping[str, CheckPolicy]) -> Sequence[str]:
    """What a person who asks how we are is to know, a line each."""
    if not blind:
        return ()
    everywhere = " (that is everywhere: nothing is judged)" * (blind >= locations_of(canaries))
    return (f"no canary answers at {', '.join(sorted(blind))}{everywhere}",)

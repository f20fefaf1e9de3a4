"""Deploy markers: an operator or a CI job says that a release of a component begins or ends."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import msgspec
import structlog

from checks.clock import Clock
from incidents.detect.learned.fold import LONGEST_DEPLOY
from incidents.policy import Component, Policy
from incidents.signals import DeployMarker
from monitor.config.suggestions import unknown

LONGEST_NOTE = 200
"""Characters: a version or the first line of a commit, not its story."""

log = structlog.get_logger(__name__)


class NoSuchComponent(Exception):
    """There is none of that name; the words say which one was probably meant."""


class Marked(msgspec.Struct, frozen=True):
    """What was marked: `phase` is `start` or `end`; so many checks heed it.

    A start holds until `until`, unless an end is marked before. `began_at` is when the release
    began: None at an end where no check knows of one that runs. `as_ever` checks of the
    component are judged without regard to releases.
    """

    component: str
    phase: str
    at: datetime
    checks: int
    as_ever: int = 0
    until: datetime | None = None
    note: str = ""
    began_at: datetime | None = None


class Judging(Protocol):
    """What judges, as far as releases concern it."""

    @property
    def policy(self) -> Policy:
        """What is gone by at present."""
        ...

    def release_until(self, component: str) -> datetime | None:
        """When the release that was marked last is over; None where none is known."""
        ...

    async def hear(self, marker: DeployMarker, /) -> None:
        """Fold in a marker; it is on disk when this returns."""
        ...


class Deploys:
    """Takes the markers of what runs; one is on disk when it is said to be taken."""

    def __init__(self, judging: Judging, clock: Clock) -> None:
        """Go by the policy as it is then."""
        self._judging = judging
        self._clock = clock

    async def mark(self, component: str, *, began: bool, note: str = "") -> Marked:
        """Take a marker; a component is found by an earlier id, too.

        Raises:
            NoSuchComponent: That runs here.
            StorageError: It cannot be kept now, and is to be marked again.
        """
        policy = self._judging.policy
        found = _component(component, policy)
        at, phase = self._clock.now(), "start" if began else "end"
        note = " ".join(note.split())[:LONGEST_NOTE]
        began_at = at if began else self._began_at(found.id, at)
        await self._judging.hear(DeployMarker(found.id, at, began, note))
        log.info(f"deploy: {phase}", component=found.id, note=note)
        until = at + LONGEST_DEPLOY if began else None
        heeding = sum(policy.checks[id].learned for id in found.checks)
        as_ever = len(found.checks) - heeding
        return Marked(found.id, phase, at, heeding, as_ever, until, note, began_at)

    def _began_at(self, component: str, at: datetime) -> datetime | None:
        """When the release began that runs at an instant."""
        until = self._judging.release_until(component)
        return until - LONGEST_DEPLOY if until and until > at else None


def _component(name: str, policy: Policy) -> Component:
    known = policy.components
    if name in known:
        return known[name]
    for component in known.values():
        if name in component.aliases:
            return component
    raise NoSuchComponent(unknown("component", name, known))

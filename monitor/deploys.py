"""Deploy markers: an operator or a CI job says that a release of a component begins or ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

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

    A start holds until `until`, unless an end is marked before. `as_ever` checks of the
    component are judged without regard to releases.
    """

    component: str
    phase: str
    at: datetime
    checks: int
    as_ever: int = 0
    until: datetime | None = None
    note: str = ""


class Deploys:
    """Takes the markers of what runs; one is on disk when it is said to be taken."""

    def __init__(
        self, hear: Callable[[DeployMarker], Awaitable[None]], policy: Callable[[], Policy],
        clock: Clock,
    ) -> None:  # fmt: skip
        """Go by the policy as it is then; `hear` returns once a marker is on disk."""
        self._hear = hear
        self._policy = policy
        self._clock = clock

    async def mark(self, component: str, *, began: bool, note: str = "") -> Marked:
        """Take a marker; a component is found by an earlier id, too.

        Raises:
            NoSuchComponent: That runs here.
            StorageError: It cannot be kept now, and is to be marked again.
        """
        policy = self._policy()
        found = _component(component, policy)
        at, phase = self._clock.now(), "start" if began else "end"
        note = " ".join(note.split())[:LONGEST_NOTE]
        await self._hear(DeployMarker(found.id, at, began, note))
        log.info(f"deploy: {phase}", component=found.id, note=note)
        until = at + LONGEST_DEPLOY if began else None
        heeding = sum(policy.checks[id].learned for id in found.checks)
        as_ever = len(found.checks) - heeding
        return Marked(found.id, phase, at, heeding, as_ever, until, note)


def _component(name: str, policy: Policy) -> Component:
    known = policy.components
    if name in known:
        return known[name]
    for component in known.values():
        if name in component.aliases:
            return component
    raise NoSuchComponent(unknown("component", name, known))

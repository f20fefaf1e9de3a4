"""Beats from the web to the folds: whose an address is, and who may report how often."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from checks.clock import Clock
from checks.meter import SILENT, Meter
from checks.model import Check
from incidents.signals import Beat
from monitor.addresses import Addresses, Keys, address_of
from statuspage.guards import RateLimit
from statuspage.ports import BeatAnswer

WAY = "beat"
A_MINUTE, AN_HOUR = 60, 3600
"""How many beats of a check are taken in that time."""


def heartbeat_url(check: Check, address: str, keys: Keys) -> str:
    """Where a job reports to a check; `/start`, `/fail` or an exit status may follow."""
    return address_of(check, WAY, address, keys)


class Heartbeats:
    """Implements `statuspage.ports.Beats`."""

    def __init__(
        self, keys: Keys, hear: Callable[[Beat], Awaitable[None]], clock: Clock,
        meter: Meter = SILENT,
    ) -> None:  # fmt: skip
        """Know no check yet; `hear` returns once a beat is on disk."""
        self._addresses = Addresses(WAY, keys)
        self._hear = hear
        self._clock = clock
        self._meter = meter
        self._rate = RateLimit(A_MINUTE, AN_HOUR)

    def replace(self, checks: Iterable[Check]) -> None:
        """Take beats for these checks; one that moved is still reached where it was."""
        self._addresses.replace(check for check in checks if check.kind.pushed)

    async def beat(self, token: str, word: str, body: str) -> BeatAnswer:
        """Take a beat; it is on disk when it is said to be taken.

        Raises:
            StorageError: It cannot be kept now; the job is to try again.
        """
        check = self._addresses.find(token)
        if check is None or not check.kind.pushed or not check.kind.pushed.accepts(word):
            return BeatAnswer.UNKNOWN
        if not await self._rate.allows(check.id):
            return BeatAnswer.TOO_OFTEN
        await self._hear(Beat(check.id, self._clock.now(), word, body))
        self._meter.count("upfront_beats_total", check=check.id)
        return BeatAnswer.TAKEN

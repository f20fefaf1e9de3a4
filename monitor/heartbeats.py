"""Beats from the web to the folds: whose an address is, and who may report how often."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Iterable, Sequence

from checks.clock import Clock
from checks.meter import SILENT, Meter
from checks.model import Check
from incidents.signals import Beat
from statuspage.guards import RateLimit
from statuspage.ports import BeatAnswer

TOKEN_BYTES = 18
"""144 bits: nobody guesses an address, and it stays short enough for a crontab."""
A_MINUTE, AN_HOUR = 60, 3600

Keys = Sequence[bytes]
"""The instance's keys, the newest last: addresses made with any of them are answered."""


def heartbeat_url(check: Check, address: str, keys: Keys) -> str:
    """Where a job reports to a check; `/start`, `/fail` or an exit status may follow."""
    return f"{address.rstrip('/')}/beat/{token_of(check, check.id, keys[-1])}"


def token_of(check: Check, name: str, key: bytes) -> str:
    """The secret in a check's address, under its name or one that it had before."""
    rotated = getattr(check.options, "rotate", 1)
    written = f"beat\0{name}\0{rotated}".encode()
    digest = hmac.digest(key, written, hashlib.sha256)
    return urlsafe_b64encode(digest[:TOKEN_BYTES]).decode()


class Heartbeats:
    """Implements `statuspage.ports.Beats`."""

    def __init__(
        self, keys: Keys, hear: Callable[[Beat], Awaitable[None]], clock: Clock,
        meter: Meter = SILENT,
    ) -> None:  # fmt: skip
        """Know no check yet; `hear` returns once a beat is on disk."""
        self._keys = keys
        self._hear = hear
        self._clock = clock
        self._meter = meter
        self._checks: dict[bytes, Check] = {}
        self._rate = RateLimit(A_MINUTE, AN_HOUR)

    def replace(self, checks: Iterable[Check]) -> None:
        """Take beats for these checks; one that moved is still reached where it was."""
        self._checks = {
            self._place(token_of(check, name, key)): check
            for check in checks
            if check.kind.pushed
            for name in (*check.aliases, check.id)
            for key in self._keys
        }

    async def beat(self, token: str, word: str, body: str) -> BeatAnswer:
        """Take a beat; it is on disk when it is said to be taken.

        Raises:
            StorageError: It cannot be kept now; the job is to try again.
        """
        check = self._checks.get(self._place(token))
        if check is None or not check.kind.pushed or not check.kind.pushed.accepts(word):
            return BeatAnswer.UNKNOWN
        if not await self._rate.allows(check.id):
            return BeatAnswer.TOO_OFTEN
        await self._hear(Beat(check.id, self._clock.now(), word, body))
        self._meter.count("upfront_beats_total", check=check.id)
        return BeatAnswer.TAKEN

    def _place(self, token: str) -> bytes:
        """Where a token is looked up: how long that takes tells nothing of those that are right."""
        return hmac.digest(self._keys[-1], token.encode(errors="replace"), hashlib.sha256)

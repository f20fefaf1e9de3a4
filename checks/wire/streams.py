"""A connection for dialogues: text goes out, lines come in."""

from __future__ import annotations

import asyncio
import ssl

from checks.expectations import quoted
from checks.failures import ProbeFailure, network_failure
from checks.patterns import Pattern
from checks.wire.tls import tls_failure

_LONGEST = 64 << 10


class Stream(asyncio.Protocol):
    """What was received and not yet read, up to a bound, and the way out."""

    def __init__(self) -> None:
        """Not connected yet."""
        self.transport: asyncio.Transport | None = None
        self.place = ""
        self.last_line = ""
        self.waiting = "in the dialogue"
        self._buffer = bytearray()
        self._end: ProbeFailure | None = None
        self._news = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        """Keep what came."""
        if self._end:
            return
        self._buffer += data
        self._news.set()
        if len(self._buffer) > _LONGEST:
            self._close(ProbeFailure(f"{self.place} sends more than {_LONGEST >> 10} KiB"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more will come."""
        if isinstance(exc, ssl.SSLError):
            self._close(tls_failure(exc, self.place))
        elif isinstance(exc, OSError):
            self._close(network_failure(exc, self.place))
        else:
            self._close(ProbeFailure(f"connection closed by {self.place}"))

    def send(self, data: bytes) -> None:
        """Send, without waiting for the other side to read it."""
        if self.transport:
            self.transport.write(data)

    async def line_matching(self, pattern: Pattern) -> str:
        """Wait for a line that matches, passing over those before it.

        The last line counts before it has ended, since a prompt never does.

        Raises:
            ProbeFailure: The connection ended before there was one.
        """
        self.waiting = f"waiting for a line matching {pattern.text}"
        while True:
            if (line := self._take(pattern)) is not None:
                return line
            if self._end:
                raise self._unmatched(pattern, self._end)
            if self.last_line:
                self.waiting = f"expected a line matching {pattern.text}, got {self._got}"
            self._news.clear()
            await self._news.wait()

    def _take(self, pattern: Pattern) -> str | None:
        while self._buffer:
            end = self._buffer.find(b"\n")
            raw = self._buffer if end < 0 else self._buffer[:end]
            self.last_line = raw.decode("utf-8", "replace").rstrip("\r")
            matched = pattern.found_in(self.last_line)
            if matched or end >= 0:
                del self._buffer[: len(raw) + 1]
            if matched:
                return self.last_line
            if end < 0:
                return None
        return None

    def _unmatched(self, pattern: Pattern, end: ProbeFailure) -> ProbeFailure:
        wanted = f"expected a line matching {pattern.text}"
        return ProbeFailure(f"{wanted}, {f'got {self._got}' if self.last_line else end.reason}")

    @property
    def _got(self) -> str:
        return quoted(self.last_line)

    def _close(self, end: ProbeFailure) -> None:
        self._end = self._end or end
        self._news.set()

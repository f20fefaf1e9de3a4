"""A connection for dialogues: text goes out, lines come in."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable

from checks.failures import ProbeFailure, network_failure
from checks.patterns import Pattern
from checks.wire.tls import tls_failure
from checks.words import quoted

_LONGEST = 64 << 10


class Stream(asyncio.Protocol):
    """What was received and not yet read, up to a bound, and the way out."""

    def __init__(self, most: int = _LONGEST) -> None:
        """Not connected yet; keeps at most that many bytes unread."""
        self._most = most
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
        if len(self._buffer) > self._most:
            self._close(ProbeFailure(f"{self.place} sends more than {self._most >> 10} KiB"))

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

    def take_over(self, transport: asyncio.Transport, place: str, received: bytes) -> None:
        """Go on with a connection on which others have spoken, and what came since."""
        self.transport, self.place = transport, place
        transport.set_protocol(self)
        self.data_received(received)
        if transport.is_closing():
            self.connection_lost(None)

    async def some(self) -> bytes:
        """Wait for what comes next: all that is there, at least one byte.

        Raises:
            ProbeFailure: The connection ended, and all was read.
        """
        while not self._buffer:
            await self._more()
        return await self.exactly(len(self._buffer))

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

    async def line(self) -> str:
        """Wait for the next whole line.

        Raises:
            ProbeFailure: The connection ended before.
        """
        while (end := self._buffer.find(b"\n")) < 0:
            await self._more()
        self.last_line = (await self.exactly(end + 1)).decode("utf-8", "replace").rstrip("\r\n")
        return self.last_line

    async def exactly(self, count: int) -> bytes:
        """Wait for that many bytes.

        Raises:
            ProbeFailure: The connection ended before.
        """
        while len(self._buffer) < count:
            await self._more()
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    @property
    def unread(self) -> int:
        """How many bytes came that nobody has asked for yet."""
        return len(self._buffer)

    async def _more(self) -> None:
        if self._end:
            raise self._end
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


BeforeTls = Callable[[Stream], Awaitable[None]]
"""A dialogue that both sides hold in plain text before they go over to TLS."""

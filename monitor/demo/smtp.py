"""A receiver for mails on loopback: as much of SMTP as our own sender speaks, and no more."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from monitor.demo.place import HOST

LONGEST_LINE = 64 * 1024
LARGEST_MAIL = 4 * 1024 * 1024
MOST_RECIPIENTS = 100

_PATH = re.compile(rb"(?:FROM|TO):\s*<([^<>\s]*)>", re.IGNORECASE)

Take = Callable[[str, str, bytes], None]
"""Given sender, recipient and content of each mail that was taken."""


@dataclass
class Envelope:
    """Who the mail under way is from, and to whom."""

    sender: str | None = None
    recipients: tuple[str, ...] = ()


class Session:
    """One connection: commands as they come, each with its answer."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, take: Take
    ) -> None:
        """Talk over this connection."""
        self._reader = reader
        self._writer = writer
        self._take = take
        self._envelope = Envelope()

    async def run(self) -> None:
        """Greet, and answer until the other side quits."""
        await self._say("220 demo ready")
        while line := await self._reader.readline():
            verb, _, rest = line.strip().partition(b" ")
            word = verb.upper()
            if word == b"QUIT":
                return await self._say("221 bye")
            await self._say(await self._data() if word == b"DATA" else self._answer(word, rest))
        return None

    def _answer(self, verb: bytes, rest: bytes) -> str:
        match verb:
            case b"EHLO":
                self._envelope = Envelope()
                return f"250-demo\r\n250-8BITMIME\r\n250 SIZE {LARGEST_MAIL}"
            case b"HELO" | b"RSET":
                self._envelope = Envelope()
                return "250 ok"
            case b"NOOP":
                return "250 ok"
            case b"MAIL":
                return self._mail(rest)
            case b"RCPT":
                return self._recipient(rest)
        return "502 not spoken here"

    def _mail(self, rest: bytes) -> str:
        path = _PATH.match(rest)
        if path is None:
            return "501 MAIL FROM:<address>"
        self._envelope = Envelope(path[1].decode("ascii", "replace"))
        return "250 ok"

    def _recipient(self, rest: bytes) -> str:
        path = _PATH.match(rest)
        if self._envelope.sender is None:
            return "503 MAIL comes first"
        if path is None or not path[1]:
            return "501 RCPT TO:<address>"
        if len(self._envelope.recipients) == MOST_RECIPIENTS:
            return "452 too many recipients"
        self._envelope.recipients += (path[1].decode("ascii", "replace"),)
        return "250 ok"

    async def _data(self) -> str:
        envelope, self._envelope = self._envelope, Envelope()
        if envelope.sender is None or not envelope.recipients:
            return "503 MAIL and RCPT come first"
        await self._say("354 go on, end with a dot")
        content = await self._content()
        if content is None:
            return "552 too large"
        for recipient in envelope.recipients:
            self._take(envelope.sender, recipient, content)
        return "250 taken"

    async def _content(self) -> bytes | None:
        """The mail up to the line with a dot, None when it is too large to be kept."""
        content = bytearray()
        while (line := await self._reader.readline()) != b".\r\n":
            if not line:
                raise ConnectionResetError
            if len(content) <= LARGEST_MAIL:
                content += line.removeprefix(b".")
        return bytes(content) if len(content) <= LARGEST_MAIL else None

    async def _say(self, answer: str) -> None:
        self._writer.write(f"{answer}\r\n".encode())
        await self._writer.drain()


@contextlib.asynccontextmanager
async def receive(take: Take) -> AsyncIterator[int]:
    """Receive mails at a free port, which is given, until the end of the block."""
    sessions: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = asyncio.current_task()
        assert session is not None
        sessions.add(session)
        try:
            # ValueError: a line beyond the limit.
            with contextlib.suppress(OSError, ValueError, asyncio.CancelledError):
                await Session(reader, writer, take).run()
        finally:
            sessions.discard(session)
            writer.close()

    server = await asyncio.start_server(serve, HOST, 0, limit=LONGEST_LINE)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for session in tuple(sessions):
            session.cancel()
        await asyncio.gather(*sessions, return_exceptions=True)

"""The answer to an HTTP/1.1 request, read within bounds."""

from __future__ import annotations

import asyncio
import ssl

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from checks.failures import ProbeFailure, network_failure
from checks.wire.bodies import Body, Headers
from checks.wire.stopwatch import Stopwatch
from checks.wire.tls import tls_failure
from checks.words import quoted

_MOST_HEADERS = 256
_LONGEST_HEAD = 64 << 10
_TLS_RECORDS = (0x15, 0x16)


class AnswerReader(asyncio.Protocol):
    """Reads one answer; `done` comes true when it is there, or fails with what went wrong.

    After status 101, `rest` is what came in the protocol changed to.
    """

    __slots__ = (
        "_chunks", "_first", "_head_size", "_in_body", "_limit", "_parser", "_size", "_watch",
        "bodiless", "done", "headers", "place", "rest", "status", "truncated",
    )  # fmt: skip

    def __init__(self, watch: Stopwatch, limit: int, bodiless: bool) -> None:
        """Expect an answer with a body up to that limit, or none at all."""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.headers: list[tuple[bytes, bytes]] = []
        self.status = 0
        self.truncated = False
        self.bodiless = bodiless
        self.place = ""
        self.rest = b""
        self._parser = HttpResponseParser(self)
        self._watch = watch
        self._limit = limit
        self._chunks: list[bytes] = []
        self._size = self._head_size = 0
        self._in_body = False
        self._first = b""

    def body(self) -> Body:
        """The body as far as it was read."""
        raw = b"".join(self._chunks)[: self._limit]
        return Body(raw, Headers(self.headers), self._limit, self.truncated)

    # From the transport --------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Feed the parser, which calls back below."""
        if self.done.done():
            self.rest += data if self.status == 101 else b""
            return
        if not self._first:
            self._first = data[:80]
            self._watch.enter("transfer")
        self._head_size += 0 if self._in_body else len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            self.rest = data[upgrade.args[0] :]
            self._finish()
        except HttpParserError as refused:
            self._fail(self._not_http(refused))
        if not self._in_body and self._head_size > _LONGEST_HEAD:
            self._fail(f"headers of {self.place} are longer than {_LONGEST_HEAD >> 10} KiB")

    def connection_lost(self, exc: Exception | None) -> None:
        """The end of the body, where nothing else says so; else something is missing."""
        if self.done.done():
            return
        if isinstance(exc, ssl.SSLError):
            self.done.set_exception(tls_failure(exc, self.place))
        elif isinstance(exc, OSError):
            failure = network_failure(exc, self.place)
            failure.reason += self._where()
            self.done.set_exception(failure)
        elif self._in_body and not self._length_known():
            self._finish()
        else:
            self._fail(f"connection closed by {self.place}{self._where()}")
        # Nobody waits for it when the handshake failed: an error never looked at would be logged.
        self.done.exception()

    # From the parser -----------------------------------------------------------------------

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header."""
        self.headers.append((name, value))
        if len(self.headers) > _MOST_HEADERS:
            self._fail(f"{self.place} sends more than {_MOST_HEADERS} headers")

    def on_headers_complete(self) -> None:
        """The head is there; of some answers it is all there will be."""
        self.status = self._parser.get_status_code()
        self._in_body = True
        if self.bodiless and self.status >= 200:
            self._finish()

    def on_body(self, data: bytes) -> None:
        """Keep a piece of the body, up to the limit."""
        self._chunks.append(data)
        self._size += len(data)
        if self._size > self._limit:
            self.truncated = True
            self._finish()

    def on_message_complete(self) -> None:
        """All is there; unless it was one of those that only announce the answer."""
        if 100 <= self.status < 200 and self.status != 101:
            self.headers = []
            self._in_body = False
        else:
            self._finish()

    # Ends ----------------------------------------------------------------------------------

    def _finish(self) -> None:
        if not self.done.done():
            self._watch.enter("")
            self.done.set_result(None)

    def _fail(self, reason: str) -> None:
        if not self.done.done():
            self.done.set_exception(ProbeFailure(reason))

    def _length_known(self) -> bool:
        names = {name.lower() for name, _ in self.headers}
        return b"content-length" in names or b"transfer-encoding" in names

    def _where(self) -> str:
        if self._in_body:
            length = Headers(self.headers).get("Content-Length")
            return f" in the middle of the body, after {self._size}{_of(length)} bytes"
        if self._first:
            return " in the middle of the headers"
        return " without an answer"

    def _not_http(self, refused: HttpParserError) -> str:
        if self._first[0] in _TLS_RECORDS:
            return f"{self.place} answers in TLS: use https"
        if self._in_body:
            return f"body of {self.place} breaks HTTP: {refused}"
        if not self._first.startswith(b"HTTP/"):
            return f"{self.place} does not speak HTTP: {quoted(self._first.decode('latin-1'))}"
        return f"headers of {self.place} break HTTP: {refused}"


def _of(length: str) -> str:
    return f" of {length}" if length.isdecimal() else ""

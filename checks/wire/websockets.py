"""The client's side of RFC 6455: the handshake, and messages in frames."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

from yarl import URL

from checks.failures import ProbeFailure
from checks.model import Net
from checks.wire.bodies import Headers
from checks.wire.requests import Ask, parse_url, request_to, shown
from checks.wire.streams import Stream
from checks.words import quoted

MOST = 1 << 20
OWN_HEADERS = ("connection", "upgrade", "sec-websocket-key", "sec-websocket-version")

_SCHEMES = {"ws://": "http://", "wss://": "https://"}
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0, 1, 2, 8, 9, 10
_LONGEST_CONTROL = 125
_NO_CODE = 1005
_MEANINGS: Mapping[int, str] = {
    1000: "normal end",
    1001: "going away",
    1002: "protocol error",
    1003: "kind of data not accepted",
    _NO_CODE: "no code",
    1007: "data not understood",
    1008: "policy violated",
    1009: "message too big",
    1011: "internal error",
    1012: "restarting",
    1013: "try again later",
    3000: "not authorized",
}


def parse_address(text: object) -> URL:
    """Read a ws or wss URL; it comes back as the http or https URL that is asked.

    Raises:
        ValueError: It is none, with what is wrong about it.
    """
    written = str(text).strip()
    for scheme, asked in _SCHEMES.items():
        if written.lower().startswith(scheme):
            return parse_url(asked + written[len(scheme) :])
    raise ValueError("a WebSocket has an address with ws:// or wss://")


def address_of(url: URL) -> str:
    """The address for people, without login and query."""
    return shown(url.with_scheme("wss" if url.scheme == "https" else "ws"))


async def open_websocket(net: Net, url: URL, ask: Ask, protocols: Sequence[str]) -> WebSocket:
    """Shake hands.

    Raises:
        ProbeFailure: The server does not change to WebSocket, or not as it must.
    """
    key = base64.b64encode(os.urandom(16)).decode()
    own = [("Connection", "Upgrade"), ("Upgrade", "websocket")]
    own += [("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", key)]
    if protocols:
        own.append(("Sec-WebSocket-Protocol", ", ".join(protocols)))
    asked = replace(ask, headers=(*own, *ask.headers), max_body=MOST)
    answer, stream = await net.upgrade(replace(request_to(url, asked), bodiless=True))
    headers = Headers(answer.headers)
    _check(answer.status, headers, key, protocols, answer.place)
    return WebSocket(stream, headers)


def _check(status: int, headers: Headers, key: str, protocols: Sequence[str], place: str) -> None:
    if status != 101:
        raise ProbeFailure(f"{place} does not change to WebSocket: status {status}")
    if headers.get("Upgrade").lower() != "websocket":
        raise ProbeFailure(f"{place} changes to {quoted(headers.get('Upgrade'))}, not WebSocket")
    if headers.get("Sec-WebSocket-Accept") != accept(key):
        raise ProbeFailure(f"{place} answers another handshake: wrong Sec-WebSocket-Accept")
    if headers.get("Sec-WebSocket-Extensions"):
        raise ProbeFailure(f"{place} uses extensions that were not offered")
    chosen = headers.get("Sec-WebSocket-Protocol")
    if chosen not in (protocols or [""]):
        spoken = f"speaks {quoted(chosen)}" if chosen else "agrees to no subprotocol"
        raise ProbeFailure(f"{place} {spoken}, asked for {', '.join(protocols) or 'none'}")


def accept(key: str) -> str:
    """What a server answers to a key."""
    return base64.b64encode(hashlib.sha1(key.encode() + _MAGIC).digest()).decode()  # noqa: S324


class Closed(Exception):
    """The server closed the conversation, with a code and maybe a reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        """The code with its meaning, and the reason given."""
        meaning = _MEANINGS.get(self.code, "")
        told = [str(self.code), f"({meaning})" if meaning else ""]
        return " ".join(filter(None, [*told, quoted(self.reason) if self.reason else ""]))


class WebSocket:
    """A conversation in messages; pings are answered while one waits for the next message."""

    def __init__(self, stream: Stream, headers: Headers) -> None:
        """Go on after the handshake, whose answer had these headers."""
        self.headers = headers
        self._stream = stream

    @property
    def place(self) -> str:
        """Whom one talks to."""
        return self._stream.place

    def waiting(self, what: str) -> None:
        """Say what for, should it take too long."""
        self._stream.waiting = what

    def send(self, text: str) -> None:
        """Send a message."""
        self._send(_TEXT, text.encode())

    def close(self) -> None:
        """Say goodbye."""
        self._send(_CLOSE, (1000).to_bytes(2))

    async def message(self) -> str:
        """Wait for the next whole message; bytes are read as UTF-8.

        Raises:
            Closed: The server ended the conversation.
            ProbeFailure: What came is no message, or a connection lost.
        """
        heard = bytearray()
        first = 0
        while True:
            final, opcode, payload = await self._data_frame()
            if (opcode == _CONTINUATION) != bool(first):
                raise self._broken("a message that is mixed with another")
            first = first or opcode
            heard += payload
            if len(heard) > MOST:
                raise self._broken(f"a message of more than {MOST >> 20} MiB")
            if final:
                return self._read(first, bytes(heard))

    # Frames --------------------------------------------------------------------------------

    async def _data_frame(self) -> tuple[bool, int, bytes]:
        """The next frame of a message; those that control the connection are acted on."""
        while True:
            final, opcode, payload = await self._frame()
            if opcode == _PING:
                self._send(_PONG, payload)
            elif opcode == _CLOSE:
                raise self._closed(payload)
            elif opcode != _PONG:
                return final, opcode, payload

    async def _frame(self) -> tuple[bool, int, bytes]:
        first, second = await self._stream.exactly(2)
        final, opcode, size = bool(first & 0x80), first & 15, second & 127
        if first & 0x70 or opcode not in (_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG):
            raise self._broken("what is no frame of WebSocket")
        if second & 0x80:
            raise self._broken("a masked frame, which only clients do")
        if opcode >= _CLOSE and (size > _LONGEST_CONTROL or not final):
            raise self._broken("a control frame that is too long or in pieces")
        if size > _LONGEST_CONTROL:
            size = int.from_bytes(await self._stream.exactly(2 if size == 126 else 8))
        if size > MOST:
            raise self._broken(f"a message of more than {MOST >> 20} MiB")
        await asyncio.sleep(0)  # A flood of small frames is not to hold up other probes.
        return final, opcode, await self._stream.exactly(size)

    def _send(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        if size <= _LONGEST_CONTROL:
            head = bytes((0x80 | opcode, 0x80 | size))
        elif size < 1 << 16:
            head = bytes((0x80 | opcode, 0x80 | 126)) + size.to_bytes(2)
        else:
            head = bytes((0x80 | opcode, 0x80 | 127)) + size.to_bytes(8)
        mask = os.urandom(4)
        self._stream.send(head + mask + masked(payload, mask))

    # Ends ----------------------------------------------------------------------------------

    def _read(self, opcode: int, payload: bytes) -> str:
        try:
            return payload.decode("utf-8", "strict" if opcode == _TEXT else "replace")
        except UnicodeDecodeError:
            raise self._broken("text that is not UTF-8") from None

    def _closed(self, payload: bytes) -> Closed:
        self._send(_CLOSE, payload[:2])
        code = int.from_bytes(payload[:2]) if len(payload) >= 2 else _NO_CODE
        return Closed(code, payload[2:].decode("utf-8", "replace"))

    def _broken(self, what: str) -> ProbeFailure:
        return ProbeFailure(f"{self.place} sends {what}")


def masked(payload: bytes, mask: bytes) -> bytes:
    """A payload under a mask of four bytes; done again, it comes off."""
    size = len(payload)
    stretched = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(stretched)).to_bytes(size)

"""Datagrams to one peer and back, such as questions to a name server."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

from checks.failures import ProbeFailure, network_failure
from checks.wire.peers import place

_MOST_UNREAD = 64


class Datagrams(asyncio.DatagramProtocol):
    """What came from the peer and was not yet read, up to a bound, and the way out."""

    transport: asyncio.DatagramTransport

    def __init__(self, place: str) -> None:
        """Not connected yet; the place is what the peer is called."""
        self.place = place
        self.waiting = f"waiting for an answer of {place}"
        self._unread: asyncio.Queue[bytes | ProbeFailure] = asyncio.Queue(_MOST_UNREAD)

    def datagram_received(self, data: bytes, addr: object) -> None:
        """Keep what came; the system lets in only what the peer sends."""
        with suppress(asyncio.QueueFull):
            self._unread.put_nowait(data)

    def error_received(self, exc: Exception) -> None:
        """Keep what the system says, such as that nobody listens there."""
        if isinstance(exc, OSError):
            with suppress(asyncio.QueueFull):
                self._unread.put_nowait(network_failure(exc, self.place))

    def send(self, data: bytes) -> None:
        """Send one datagram; whether it arrives nobody says."""
        self.transport.sendto(data)

    async def receive(self) -> bytes:
        """Wait for the next datagram.

        Raises:
            ProbeFailure: Nobody listens there.
        """
        came = await self._unread.get()
        if isinstance(came, ProbeFailure):
            raise came
        return came


async def open_datagrams(address: str, port: int) -> Datagrams:
    """Open a way to one address; raises ProbeFailure where there is none."""
    here = place(address, port)
    talk = Datagrams(here)
    try:
        make = asyncio.get_running_loop().create_datagram_endpoint
        talk.transport, _ = await make(lambda: talk, sock=_connected(address, port))
    except OSError as refused:
        raise network_failure(refused, here) from None
    return talk


def _connected(address: str, port: int) -> socket.socket:
    """A socket that lets in only what this address sends."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = socket.socket(family, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        made.connect((address, port))
    except OSError:
        made.close()
        raise
    return made

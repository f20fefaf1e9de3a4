"""Pings of all probes over one socket for each version of IP, paced so that none is lost here.

A datagram socket needs no privilege where the system lets our group use it; else a raw one is
tried. A burst would overflow the socket's buffer, and look like loss on the way.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import select
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from checks.failures import OwnFailure, ProbeFailure, network_failure
from checks.wire.icmp import (
    V4,
    V6,
    Reply,
    Trouble,
    read_answer,
    read_returned,
    without_ip,
    write_request,
)
from checks.wire.ping_sockets import MakeSocket, open_socket, trouble_in, waited

TOKEN_SIZE = 16

_PACE_SECONDS = 1 / 2500
_BURST_SECONDS = 0.01
_LONGEST = 64 << 10
_ROOM_FOR_NOTES = 512
_AT_ONCE = 256

Time = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Series:
    """What is sent to one address: how many packets, how far apart, of how many bytes each.

    `wait` is how long the last one may take to come back. All spans are seconds.
    """

    packets: int
    spacing: float
    wait: float
    size: int


@dataclass(frozen=True, slots=True)
class Echoes:
    """What came of a series: how many were sent, and the seconds of those that came back."""

    sent: int
    seconds: tuple[float, ...]


@dataclass(slots=True)
class Flight:
    """One packet on its way; `came` ends with the seconds it took, or what went wrong."""

    address: str
    payload: bytes
    sent: float
    came: asyncio.Future[float] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Pinger:
    """One socket that sends pings over one version of IP. Belongs to one loop."""

    def __init__(self, version: int, now: Time, make: MakeSocket = socket.socket) -> None:
        """Open the socket; `now` is a monotonic clock.

        Raises:
            OwnFailure: The system does not let us.
        """
        self._family = V4 if version == 4 else V6
        self._now = now
        self._loop = asyncio.get_running_loop()
        self._socket = open_socket(self._family, make)
        self._raw = self._socket.type == socket.SOCK_RAW
        self._ident = int.from_bytes(os.urandom(2))
        self._secret = os.urandom(TOKEN_SIZE // 2)
        self._count = itertools.count()
        self._flights: dict[int, Flight] = {}
        self._due = 0.0
        # An error waiting on the socket would end uvloop's watch over it, but not that over
        # an epoll that watches the socket in turn.
        self._door = select.epoll()
        self._door.register(self._socket, select.EPOLLIN)
        self._loop.add_reader(self._door.fileno(), self._receive)

    def close(self) -> None:
        """Send and receive no more."""
        if not self._loop.is_closed():
            self._loop.remove_reader(self._door.fileno())
        self._door.close()
        self._socket.close()

    # Sending -------------------------------------------------------------------------------

    async def ping(self, address: str, series: Series, until: float) -> Echoes:
        """Send a series and wait for what comes back, until that time of the loop at the latest.

        Raises:
            ProbeFailure: Nothing came back.
            OwnFailure: Nothing could be sent.
        """
        flights: dict[int, Flight] = {}
        try:
            await self._send_all(address, series, until, flights)
            await self._wait(flights, min(until, self._loop.time() + series.wait))
            return _landed(flights)
        finally:
            for sequence, flight in flights.items():
                self._flights.pop(sequence, None)
                if not flight.came.cancel():
                    flight.came.exception()  # Looked at, or the loop would complain.

    async def _send_all(
        self, address: str, series: Series, until: float, flights: dict[int, Flight]
    ) -> None:
        began = self._loop.time()
        latest = (began + until) / 2  # What is sent needs time to come back.
        spacing = min(series.spacing, (latest - began) / series.packets)
        for number in range(series.packets):
            await asyncio.sleep(began + number * spacing - self._loop.time())
            if not await self._turn(latest):
                break
            sequence, flight = self._send(address, series.size)
            flights[sequence] = flight
        if not flights:
            raise OwnFailure("more pings are due at once than can be sent in time")

    async def _turn(self, latest: float) -> bool:
        """Wait for our turn among all pings; says no where it would come too late."""
        now = self._loop.time()
        due = max(self._due, now) + _PACE_SECONDS
        if due > latest:
            return False
        self._due = due
        if due > now + _BURST_SECONDS:
            await asyncio.sleep(due - now)
        return True

    def _send(self, address: str, size: int) -> tuple[int, Flight]:
        number = self._free_number()
        sequence = number & 0xFFFF
        payload = self._secret + number.to_bytes(TOKEN_SIZE // 2) + bytes(size - TOKEN_SIZE)
        message = write_request(self._family, self._ident, sequence, payload)
        flight = self._flights[sequence] = Flight(address, payload, self._now())
        try:
            self._transmit(message, address)
        except BlockingIOError:
            del self._flights[sequence]
            raise OwnFailure("this machine takes no more packets to send") from None
        except OSError as refused:
            del self._flights[sequence]
            raise network_failure(refused, address) from None
        return sequence, flight

    def _free_number(self) -> int:
        for number in itertools.islice(self._count, 1 << 16):
            if number & 0xFFFF not in self._flights:
                return number
        raise OwnFailure("more pings are on their way than can be told apart")

    def _transmit(self, message: bytes, address: str) -> None:
        try:
            self._socket.sendto(message, (address, 0))
        except OSError:
            # It may be what went wrong with an earlier packet, told only now.
            self._receive()
            self._socket.sendto(message, (address, 0))

    # Receiving -----------------------------------------------------------------------------

    def _receive(self) -> None:
        """Take what is there, but not for ever: the watch goes on while more is."""
        if not self._raw:
            self._receive_errors()
        for _ in range(_AT_ONCE):
            try:
                message, notes, _, sender = self._socket.recvmsg(_LONGEST, _ROOM_FOR_NOTES)
            except OSError:
                return  # Nothing more, or an error that is told on its own.
            if self._raw and self._family.version == 4:
                message = without_ip(message)
            self._take(read_answer(self._family, message), str(sender[0]), waited(notes))

    def _receive_errors(self) -> None:
        with suppress(OSError):
            while True:
                message, notes, *_ = self._socket.recvmsg(
                    _LONGEST, _ROOM_FOR_NOTES, socket.MSG_ERRQUEUE
                )
                why = trouble_in(notes, self._family)
                # The system has put its own ident into what it returns.
                self._take(read_returned(self._family, message, why), "", 0.0)

    async def _wait(self, flights: dict[int, Flight], until: float) -> None:
        came = [flight.came for flight in flights.values()]
        _, missing = await asyncio.wait(came, timeout=until - self._loop.time())
        if missing:
            self._receive()  # A busy loop may not have looked since it came.

    def _take(self, answer: Reply | Trouble | None, sender: str, lay: float) -> None:
        flight = self._flights.get(answer.sequence) if answer else None
        if not answer or not flight or flight.came.done():
            return
        if self._raw and answer.ident != self._ident:
            return
        if isinstance(answer, Trouble):
            says = f", says {sender}" if sender not in ("", flight.address) else ""
            flight.came.set_exception(ProbeFailure(f"{flight.address}: {answer.why}{says}"))
        elif answer.payload == flight.payload and _same(sender, flight.address):
            took = self._now() - flight.sent
            flight.came.set_result(took - lay if lay < took else took)


def _landed(flights: dict[int, Flight]) -> Echoes:
    came = [flight.came for flight in flights.values()]
    ended = [future for future in came if future.done()]
    failures = [failure for future in ended if (failure := future.exception())]
    seconds = tuple(future.result() for future in ended if not future.exception())
    if not seconds:
        address = next(iter(flights.values())).address
        lost = "the ping" if len(came) == 1 else f"any of {len(came)} pings"
        raise failures[0] if failures else ProbeFailure(f"no answer to {lost} from {address}")
    return Echoes(len(came), seconds)


def _same(sender: str, address: str) -> bool:
    return sender.partition("%")[0] == address.partition("%")[0]

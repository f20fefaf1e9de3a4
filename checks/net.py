"""What a probe may touch: names, connections, TLS and HTTP, with every phase timed."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, cast

from checks.clock import Clock
from checks.failures import OwnFailure, ProbeFailure, network_failure
from checks.wire.deadlines import Deadline, Deadlines
from checks.wire.peers import Peer, place
from checks.wire.stopwatch import Stopwatch
from checks.wire.streams import Stream
from checks.wire.tls import (
    Certificate,
    TlsSettings,
    context_for,
    distrust,
    name_to_verify,
    read_certificate,
    tls_failure,
)

if TYPE_CHECKING:
    from checks.wire.answers import AnswerReader
    from checks.wire.requests import HttpRequest

_RESOLVERS = 64
_STAGGER_SECONDS = 0.25
_MOST_ADDRESSES = 6
_LOOK_SECONDS = 2.0
_LOOK_MARGIN_SECONDS = 0.05
_HTTP = ("http/1.1",)
_DOING = {
    "resolve": "looking up the name",
    "connect": "connecting",
    "tls": "in the TLS handshake",
    "first_byte": "waiting for the first byte",
    "transfer": "receiving the answer",
}

LookUp = Callable[[Peer], list[str]]
MakeProtocol = Callable[[], asyncio.Protocol]
Reached = tuple[asyncio.Transport, str]


class Network:
    """The network of this machine, shared by all probes of a process.

    Names are looked up by the system's resolver in threads of our own: the loop's are few,
    and a name server that does not answer would hold them all.
    """

    def __init__(self, look_up: LookUp | None = None, at_once: int = _RESOLVERS) -> None:
        """Look up at most that many names at once, in threads."""
        self._look_up = look_up or system_look_up
        self._deadlines = Deadlines()
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="resolve")

    def begin(self, clock: Clock, deadline: float) -> ProbeNet:
        """The view of one probe, which ends at that time of the loop at the latest."""
        return ProbeNet(self, clock, deadline)

    def deadline(self, at: float) -> Deadline:
        """A block that ends with TimeoutError at that time of the loop."""
        return Deadline(self._deadlines, at)

    async def addresses(self, peer: Peer) -> list[str]:
        """The addresses of a peer, in the system's order of preference.

        Raises:
            ProbeFailure: There is no such name.
            OwnFailure: The resolver does not answer.
        """
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._threads, self._look_up, peer)
        except socket.gaierror as refused:
            raise _unresolved(refused, peer) from None
        except UnicodeError:
            raise ProbeFailure(f'"{peer.host}" is no name that can be looked up') from None
        return list(dict.fromkeys(found))[:_MOST_ADDRESSES]

    def close(self) -> None:
        """Give up look-ups that have not begun."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def system_look_up(peer: Peer) -> list[str]:
    """Ask the system's resolver; blocks."""
    found = socket.getaddrinfo(peer.host, peer.port, peer.family, socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def _unresolved(refused: socket.gaierror, peer: Peer) -> ProbeFailure:
    if refused.errno == socket.EAI_NONAME:
        return ProbeFailure(f"name {peer.host} not found")
    if refused.errno in (getattr(socket, "EAI_NODATA", None), socket.EAI_ADDRFAMILY):
        version = f"IPv{peer.ip} " if peer.ip else ""
        return ProbeFailure(f"name {peer.host} has no {version}address")
    return OwnFailure(f"cannot look up {peer.host}: {str(refused.strerror).lower()}")


class ProbeNet:
    """What one probe may touch. Everything it opens is closed when the probe ends."""

    __slots__ = (
        "_clock", "_deadline", "_network", "_port", "_stream", "_transports",
        "address", "certificate", "place", "watch",
    )  # fmt: skip

    def __init__(self, network: Network, clock: Clock, deadline: float) -> None:
        """Begin to time."""
        self.watch = Stopwatch(clock.monotonic)
        self.address = ""
        self.place = ""
        self.certificate: Certificate | None = None
        self._stream: Stream | None = None
        self._network = network
        self._clock = clock
        self._deadline = deadline
        self._port = 0
        self._transports: list[asyncio.Transport] = []

    def __enter__(self) -> ProbeNet:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.watch.enter("")
        for transport in self._transports:
            transport.abort()

    @property
    def phases(self) -> dict[str, float]:
        """Seconds by phase, as far as they were reached."""
        return self.watch.phases

    @property
    def elapsed(self) -> float:
        """Seconds since the probe began."""
        return self.watch.elapsed

    @property
    def doing(self) -> str:
        """What the probe is at, for the reason of one that took too long."""
        if self._stream:
            return self._stream.waiting
        return _DOING.get(self.watch.phase, "between two phases")

    async def connect(self, peer: Peer, tls: TlsSettings | None = None) -> Stream:
        """Open a connection for a dialogue."""
        stream = Stream()
        stream.transport = await self._open(peer, peer.host, stream, tls, ())
        self.watch.enter("")
        self._stream = stream
        return stream

    async def fetch(self, request: HttpRequest) -> AnswerReader:
        """Send an HTTP request over a connection of its own and read the answer."""
        from checks.wire.answers import AnswerReader

        reader = AnswerReader(self.watch, request.max_body, request.bodiless)
        if request.tunnel:
            transport = await self._through(request, reader)
        else:
            transport = await self._open(request.peer, request.host, reader, request.tls, _HTTP)
        self.watch.enter("first_byte")
        transport.write(request.message)
        await reader.done
        transport.abort()
        return reader

    # Connecting ----------------------------------------------------------------------------

    async def _open(
        self,
        peer: Peer,
        host: str,
        protocol: AnswerReader | Stream,
        tls: TlsSettings | None,
        alpn: tuple[str, ...],
    ) -> asyncio.Transport:
        transport = await self._dial(peer, None if tls else protocol)
        protocol.place = self.place
        return await self._secure(transport, host, protocol, tls, alpn) if tls else transport

    async def _dial(self, peer: Peer, protocol: asyncio.Protocol | None) -> asyncio.Transport:
        """Connect; without a protocol nothing is let in yet."""
        addresses = [peer.host]
        if not peer.literal:
            self.watch.enter("resolve")
            addresses = await self._network.addresses(peer)
        self.watch.enter("connect")
        if len(addresses) == 1:
            make = (lambda: protocol) if protocol else _Silence
            transport, self.address = await _reach(addresses[0], peer.port, make)
        else:
            attempts = [partial(_reach, address, peer.port, _Silence) for address in addresses]
            transport, self.address = await first_to_connect(attempts)
            if protocol:
                transport.set_protocol(protocol)
                transport.resume_reading()
        self._transports.append(transport)
        self._port = peer.port
        self.place = place(self.address, peer.port)
        return transport

    async def _through(self, request: HttpRequest, reader: AnswerReader) -> asyncio.Transport:
        """Have the proxy open a way to the host, and speak TLS through it."""
        from checks.wire.answers import AnswerReader

        assert request.tls is not None
        gate = AnswerReader(Stopwatch(self._clock.monotonic), 0, bodiless=True)
        transport = await self._dial(request.peer, gate)
        gate.place = f"the proxy {self.place}"
        reader.place = self.place = f"{request.host} through {gate.place}"
        self._port = 0
        transport.write(request.tunnel)
        await gate.done
        if not 200 <= gate.status < 300:
            raise ProbeFailure(f"{gate.place} refused to connect: status {gate.status}")
        return await self._secure(transport, request.host, reader, request.tls, _HTTP)

    # TLS -----------------------------------------------------------------------------------

    async def _secure(
        self,
        transport: asyncio.Transport,
        host: str,
        protocol: asyncio.Protocol,
        tls: TlsSettings,
        alpn: tuple[str, ...],
    ) -> asyncio.Transport:
        self.watch.enter("tls")
        context = context_for(tls, alpn)
        name = name_to_verify(tls, host)
        try:
            secured = await asyncio.get_running_loop().start_tls(
                transport, protocol, context, server_hostname=name
            )
        except ssl.SSLCertVerificationError as refused:
            self.watch.enter("")
            shown = await self._look(name) if self._port else None
            raise distrust(refused, shown, name, self._clock.now()) from None
        except ssl.SSLError as refused:
            raise tls_failure(refused, self.place) from None
        except OSError:
            raise ProbeFailure(f"{self.place} closed the TLS handshake") from None
        assert secured is not None
        self._transports.append(secured)
        self.certificate = _shown_on(secured)
        return secured

    async def _look(self, name: str) -> Certificate | None:
        """Shake hands again without verifying, only to read the certificate refused."""
        loop = asyncio.get_running_loop()
        until = min(loop.time() + _LOOK_SECONDS, self._deadline - _LOOK_MARGIN_SECONDS)
        context = context_for(TlsSettings(verify=False), ())
        try:
            async with asyncio.timeout_at(until):
                transport, _ = await loop.create_connection(
                    asyncio.Protocol, self.address, self._port, ssl=context, server_hostname=name
                )
        except (OSError, TimeoutError):
            return None
        self._transports.append(transport)
        return _shown_on(transport)


class _Silence(asyncio.Protocol):
    """Lets nothing in until the real protocol is there: some servers speak first."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports can read but do not say so by their class.
        cast(asyncio.ReadTransport, transport).pause_reading()


def _shown_on(transport: asyncio.Transport) -> Certificate | None:
    tls: ssl.SSLObject = transport.get_extra_info("ssl_object")
    der = tls.getpeercert(binary_form=True)
    return read_certificate(der) if der else None


async def _reach(address: str, port: int, make: MakeProtocol) -> Reached:
    try:
        transport, _ = await asyncio.get_running_loop().create_connection(make, address, port)
    except OSError as refused:
        raise network_failure(refused, place(address, port)) from None
    return transport, address


async def first_to_connect(attempts: Sequence[Callable[[], Awaitable[Reached]]]) -> Reached:
    """Try addresses one after the other, each a moment after the one before (RFC 8305).

    Raises:
        ProbeFailure: None could be reached; it gives the reasons of all.
    """
    waiting: set[asyncio.Future[Reached]] = set()
    failures: list[ProbeFailure] = []
    rest = list(attempts)
    won: list[Reached] = []
    try:
        while rest or waiting:
            if rest:
                waiting.add(asyncio.ensure_future(rest.pop(0)()))
            done, waiting = await asyncio.wait(
                waiting,
                timeout=_STAGGER_SECONDS if rest else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for attempt in done:
                try:
                    won.append(attempt.result())
                except ProbeFailure as failure:
                    failures.append(failure)
            if won:
                return won.pop(0)
    finally:
        for transport, _ in won:
            transport.abort()
        for attempt in waiting:
            attempt.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    raise _all_of(failures)


def _all_of(failures: list[ProbeFailure]) -> ProbeFailure:
    """Theirs before ours: an address of a family that we have no route for proves nothing."""
    theirs = [failure for failure in failures if not isinstance(failure, OwnFailure)]
    reasons = dict.fromkeys(failure.reason for failure in theirs or failures)
    return type((theirs or failures)[0])("; ".join(reasons))

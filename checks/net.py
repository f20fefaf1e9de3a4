"""What a probe may touch: names, connections, TLS and HTTP, with every phase timed."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING

from checks.clock import Clock
from checks.failures import OwnFailure, ProbeFailure
from checks.wire.datagrams import Datagrams, open_datagrams
from checks.wire.deadlines import Deadline, Deadlines
from checks.wire.dialing import Silence, all_of, first_to_connect, reach
from checks.wire.handshakes import Handshake, agreed_in, look
from checks.wire.name_servers import system_name_servers
from checks.wire.peers import Peer, place
from checks.wire.stopwatch import Stopwatch
from checks.wire.streams import BeforeTls, Stream
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
    from checks.wire.ping_sockets import MakeSocket
    from checks.wire.pings import Echoes, Pinger, Series
    from checks.wire.requests import HttpRequest

_RESOLVERS = 64
_MOST_ADDRESSES = 6
_LOOK_SECONDS = 2.0
_MARGIN_SECONDS = 0.05
_HTTP = ("http/1.1",)
_DOING = {
    "resolve": "looking up the name",
    "connect": "connecting",
    "tls": "in the TLS handshake",
    "first_byte": "waiting for the first byte",
    "transfer": "receiving the answer",
}

LookUp = Callable[[Peer], list[str]]


class Network:
    """The network of this machine, shared by all probes of a process.

    Names are looked up by the system's resolver in threads of our own: the loop's are few,
    and a name server that does not answer would hold them all.
    """

    def __init__(
        self,
        look_up: LookUp | None = None,
        at_once: int = _RESOLVERS,
        make_socket: MakeSocket = socket.socket,
        name_servers: Callable[[], Sequence[Peer]] = system_name_servers,
    ) -> None:
        """Look up names in so many threads at once; `make_socket` opens the sockets of pings."""
        self.name_servers = name_servers
        self._look_up = look_up or system_look_up
        self._deadlines = Deadlines()
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="resolve")
        self._make_socket = make_socket
        self._pingers: dict[int, Pinger] = {}

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

    def pinger(self, address: str, clock: Clock) -> Pinger:
        """The one socket that pings addresses of that version of IP.

        Raises:
            OwnFailure: The system does not let us.
        """
        from checks.wire.pings import Pinger

        version = 6 if ":" in address else 4
        if version not in self._pingers:
            self._pingers[version] = Pinger(version, clock.monotonic, self._make_socket)
        return self._pingers[version]

    def close(self) -> None:
        """Give up look-ups that have not begun, and close what all probes share."""
        for pinger in self._pingers.values():
            pinger.close()
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
        "_before_tls", "_clock", "_deadline", "_network", "_port", "_secured", "_stream",
        "_transports", "address", "certificate", "place", "watch",
    )  # fmt: skip

    def __init__(self, network: Network, clock: Clock, deadline: float) -> None:
        """Begin to time."""
        self.watch = Stopwatch(clock.monotonic)
        self.address = ""
        self.place = ""
        self.certificate: Certificate | None = None
        self._stream: Stream | Datagrams | None = None
        self._before_tls: BeforeTls | None = None
        self._secured: asyncio.Transport | None = None
        self._network = network
        self._clock = clock
        self._deadline = deadline
        self._port = 0
        self._transports: list[asyncio.Transport | asyncio.DatagramTransport] = []

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

    @property
    def name_servers(self) -> Sequence[Peer]:
        """The name servers that this machine is set to ask."""
        return self._network.name_servers()

    def enter(self, phase: str) -> None:
        """End the phase that runs and begin the next; an empty name begins none."""
        self.watch.enter(phase)

    def handshake(self) -> Handshake | None:
        """What was agreed on in the last TLS handshake, if there was one."""
        return agreed_in(self._secured.get_extra_info("ssl_object")) if self._secured else None

    async def connect(
        self,
        peer: Peer,
        tls: TlsSettings | None = None,
        alpn: tuple[str, ...] = (),
        before_tls: BeforeTls | None = None,
    ) -> Stream:
        """Open a connection for a dialogue, in TLS offering these protocols."""
        stream = Stream()
        self._stream, self._before_tls = None, before_tls
        if tls and before_tls:
            plain = await self._dial(peer, stream)
            await self._agree(plain, stream, before_tls)
            stream.transport = await self._secure(plain, peer.host, stream, tls, alpn)
        else:
            stream.transport = await self._open(peer, peer.host, stream, tls, alpn)
        self.watch.enter("")
        self._stream = stream
        return stream

    async def datagrams(self, peer: Peer) -> Datagrams:
        """Open a way for datagrams to a peer and back."""
        self._stream = None
        failures: list[ProbeFailure] = []
        addresses = await self._addresses(peer)
        self.watch.enter("")
        for self.address in addresses:
            self.place = place(self.address, peer.port)
            try:
                self._stream = talk = await open_datagrams(self.address, peer.port)
            except ProbeFailure as failure:
                failures.append(failure)
            else:
                self._transports.append(talk.transport)
                return talk
        raise all_of(failures)

    async def fetch(self, request: HttpRequest) -> AnswerReader:
        """Send an HTTP request over a connection of its own and read the answer."""
        reader, transport = await self._ask(request)
        transport.abort()
        return reader

    async def _ask(self, request: HttpRequest) -> tuple[AnswerReader, asyncio.Transport]:
        from checks.wire.answers import AnswerReader

        reader = AnswerReader(self.watch, request.max_body, request.bodiless)
        if request.tunnel:
            transport = await self._through(request, reader)
        else:
            transport = await self._open(request.peer, request.host, reader, request.tls, _HTTP)
        self.watch.enter("first_byte")
        transport.write(request.message)
        await reader.done
        return reader, transport

    async def upgrade(self, request: HttpRequest) -> tuple[AnswerReader, Stream]:
        """Ask by HTTP for another protocol; what follows the answer is the stream's."""
        # Room for a message of the greatest size and for what follows it.
        stream = Stream(2 * request.max_body)
        reader, transport = await self._ask(request)
        stream.take_over(transport, reader.place, reader.rest)
        self._stream = stream
        return reader, stream

    async def ping(self, peer: Peer, series: Series) -> Echoes:
        """Ping the first of its addresses that there is a way to from here."""
        failures: list[ProbeFailure] = []
        addresses = await self._addresses(peer)
        self.watch.enter("")
        for self.address in addresses:
            try:
                pinger = self._network.pinger(self.address, self._clock)
                return await pinger.ping(self.address, series, self._deadline - _MARGIN_SECONDS)
            except OwnFailure as failure:
                failures.append(failure)
        raise all_of(failures)

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
        addresses = await self._addresses(peer)
        self.watch.enter("connect")
        if len(addresses) == 1:
            make = (lambda: protocol) if protocol else Silence
            transport, self.address = await reach(addresses[0], peer.port, make)
        else:
            attempts = [partial(reach, address, peer.port, Silence) for address in addresses]
            transport, self.address = await first_to_connect(attempts)
            if protocol:
                transport.set_protocol(protocol)
                transport.resume_reading()
        self._transports.append(transport)
        self._port = peer.port
        self.place = place(self.address, peer.port)
        return transport

    async def _addresses(self, peer: Peer) -> list[str]:
        if peer.literal:
            return [peer.host]
        self.watch.enter("resolve")
        return await self._network.addresses(peer)

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
            chain = await self._look(name, tls) if self._port else ()
            self.certificate = chain[0] if chain else None
            raise distrust(refused, chain, name, self._clock.now()) from None
        except ssl.SSLError as refused:
            raise tls_failure(refused, self.place) from None
        except OSError:
            raise ProbeFailure(f"{self.place} closed the TLS handshake") from None
        assert secured is not None
        self._transports.append(secured)
        self._secured = secured
        self.certificate = _shown_on(secured)
        return secured

    async def _agree(self, plain: asyncio.Transport, stream: Stream, dialogue: BeforeTls) -> None:
        """Hold the dialogue before TLS; what is said in plain text after it nobody may trust."""
        self.watch.enter("")
        stream.transport, stream.place = plain, self.place
        self._stream = stream
        await dialogue(stream)
        self._stream = None
        if stream.unread:
            raise ProbeFailure(f"{self.place} goes on in plain text after it agreed to TLS")

    async def _look(self, name: str, tls: TlsSettings) -> tuple[Certificate, ...]:
        """Shake hands again without verifying, only to read the certificates refused."""
        time = asyncio.get_running_loop().time()
        until = min(time + _LOOK_SECONDS, self._deadline - _MARGIN_SECONDS)
        try:
            async with asyncio.timeout_at(until):
                return await look(self.address, self._port, name, tls, self._before_tls)
        except (OSError, TimeoutError, ProbeFailure):
            return ()


def _shown_on(transport: asyncio.Transport) -> Certificate | None:
    tls: ssl.SSLObject = transport.get_extra_info("ssl_object")
    der = tls.getpeercert(binary_form=True)
    return read_certificate(der) if der else None

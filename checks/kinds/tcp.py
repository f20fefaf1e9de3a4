"""The kind `tcp`: a connection, with TLS and a dialogue where they are wanted."""

from __future__ import annotations

from dataclasses import dataclass, replace

from checks.expectations import CertificateExpectation, LatencyExpectation
from checks.model import Kind, Net, Observation
from checks.patterns import OptionalPattern
from checks.settings import Text
from checks.wire.peers import IpVersion, Place, check_version
from checks.wire.tls import TlsChoice, certificate_facts


@dataclass(frozen=True, slots=True)
class Step:
    """One turn of a dialogue: what we send, or what we expect to hear."""

    send: Text | None = None
    """Text to send; a line end is added where it has none."""
    expect: OptionalPattern = None
    """A regular expression (RE2) that a line must match; lines before it are passed over."""

    def __post_init__(self) -> None:
        if (self.send is None) == (self.expect is None):
            raise ValueError("a step is either send or expect")


@dataclass(frozen=True, slots=True)
class TcpOptions:
    """Where to connect to, and what to say there."""

    address: Place
    """Host and port, such as `pay.example:443` or `[2001:db8::1]:25`."""
    tls: TlsChoice = None
    """Whether to speak TLS: true, or how."""
    ip: IpVersion | None = None
    """Use only IPv4 (4) or only IPv6 (6); otherwise what the system prefers, then the other."""
    dialogue: tuple[Step, ...] = ()
    """What to send and what to expect, in turn."""

    def __post_init__(self) -> None:
        check_version(self.address.host, self.ip)


async def _probe(options: TcpOptions, net: Net) -> Observation:
    stream = await net.connect(replace(options.address, ip=options.ip or 0), options.tls)
    for step in options.dialogue:
        if step.expect:
            await stream.line_matching(step.expect)
        elif step.send is not None:
            stream.send(_line(step.send))
    facts = {"address": net.address} | certificate_facts(net.certificate)
    return Observation(net.elapsed, net.phases, facts)


def _line(text: str) -> bytes:
    return (text if text.endswith("\n") else f"{text}\r\n").encode()


KIND = Kind(
    name="tcp",
    summary="Connects to a port and, if wanted, holds a dialogue.",
    options=TcpOptions,
    probe=_probe,
    target=lambda options: str(options.address),
    expectations={"latency": LatencyExpectation, "certificate": CertificateExpectation},
    short="address",
    example="""\
mail:
  tcp:
    address: mail.example:25
    dialogue:
      - expect: "^220 "
      - send: EHLO monitor.example
      - expect: "^250 "
""",
    failures={
        "connection refused by HOST:PORT": "The host is there and nobody listens at the port.",
        "no route to HOST:PORT": "A router on the way says that the host cannot be reached.",
        'expected a line matching ^220, got "554 no"': "The server speaks, but says other things.",
        "no answer within 5 s: waiting for a line matching ^220": "It took the connection and is "
        "silent: often a process that hangs.",
    },
)

"""The kind `icmp`: a few pings, how many come back and how soon."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Annotated

from annotated_types import Ge, Le

from checks.expectations import SpanExpectation
from checks.loss import LossExpectation
from checks.model import Kind, Net, Observation
from checks.settings import Duration, Size, Written
from checks.wire.peers import IpVersion, Peer, check_version, parse_host
from checks.wire.pings import TOKEN_SIZE, Series


def _read_host(raw: object) -> str:
    return parse_host(str(raw).strip("[]"))


@dataclass(frozen=True, slots=True)
class IcmpOptions:
    """Whom to ping, and how often."""

    host: Annotated[
        str, Written(_read_host, {"type": "string", "examples": ["gw.example", "2001:db8::1"]})
    ]
    """A name or an address."""
    packets: Annotated[int, Ge(1), Le(20)] = 3
    """How many to send in one probe; it fails when none comes back."""
    spacing: Duration = timedelta(milliseconds=200)
    """How long after one packet the next is sent; less where the timeout leaves no room."""
    wait: Duration = timedelta(seconds=1)
    """How long the last packet may take to come back."""
    size: Annotated[Size, Ge(TOKEN_SIZE), Le(9000)] = 56
    """How much each packet carries."""
    ip: IpVersion | None = None
    """Use only IPv4 (4) or only IPv6 (6); otherwise what the system prefers."""

    def __post_init__(self) -> None:
        check_version(self.host, self.ip)


async def _probe(options: IcmpOptions, net: Net) -> Observation:
    series = Series(
        packets=options.packets,
        spacing=options.spacing.total_seconds(),
        wait=options.wait.total_seconds(),
        size=options.size,
    )
    echoes = await net.ping(Peer(options.host, 0, options.ip or 0), series)
    loss = 1 - len(echoes.seconds) / echoes.sent
    return Observation(median(echoes.seconds), net.phases, {"address": net.address, "loss": loss})


KIND = Kind(
    name="icmp",
    summary="Sends a few pings; its latency is the median of those that come back.",
    options=IcmpOptions,
    probe=_probe,
    target=lambda options: options.host,
    expectations={"loss": LossExpectation, "latency": SpanExpectation},
    short="host",
    example="""\
gateway:
  icmp: {host: gw.example, packets: 5}
  degraded_if:
    loss: {above: 20%}
    latency: {above: 80ms}
""",
    failures={
        "no answer to any of 3 pings from ADDRESS": "The host is off, or a firewall drops pings.",
        "ADDRESS: host unreachable, says ROUTER": "A router on the way has no way on from there.",
        "Upfront may not send pings: …": "Ours, so the check is unknown and not failing: permit "
        "pings as the reason says.",
    },
)

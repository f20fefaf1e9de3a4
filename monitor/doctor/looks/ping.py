"""Whether this process may send pings, which the system grants to few by default."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from monitor.doctor.model import Found, Look, Surroundings, well, wrong

RANGE = Path("/proc/sys/net/ipv4/ping_group_range")
REMEDY = 'sysctl -w net.ipv4.ping_group_range="0 2147483647", or grant the capability CAP_NET_RAW'
_WAYS = (
    (socket.SOCK_DGRAM, "by a ping socket (net.ipv4.ping_group_range)"),
    (socket.SOCK_RAW, "by a raw socket (CAP_NET_RAW)"),
)


async def _ping(surroundings: Surroundings) -> Sequence[Found]:
    checks = surroundings.config.checks.values()
    pinging = [check.id for check in checks if check.kind.name == "icmp"]
    if way := _way():
        return [well(f"pings can be sent {way}")]
    if not pinging:
        return [well(f"pings cannot be sent, and no check needs to ({_group_range()})")]
    return [wrong(f"pings cannot be sent, which {pinging[0]} needs ({_group_range()})", REMEDY)]


def _way() -> str:
    """How a ping could be sent; empty when it cannot."""
    for type_, words in _WAYS:
        try:
            socket.socket(socket.AF_INET, type_, socket.IPPROTO_ICMP).close()
        except OSError as refused:
            if refused.errno not in (errno.EPERM, errno.EACCES, errno.EPROTONOSUPPORT):
                return ""
        else:
            return words
    return ""


def _group_range() -> str:
    with suppress(OSError):
        return f"ping_group_range is {' to '.join(RANGE.read_text().split())}"
    return "this system has no ping_group_range"


LOOK = Look("ping", _ping)

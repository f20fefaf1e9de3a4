"""The sockets that pings go through, as Linux has them: opened, and their notes read."""

from __future__ import annotations

import errno
import os
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress

from checks.failures import OwnFailure
from checks.wire.icmp import Family

Notes = list[tuple[int, int, bytes]]
MakeSocket = Callable[[int, int, int], socket.socket]

_BUFFER = 4 << 20
# Numbers of Linux that the socket module has no names for.
_SO_RCVBUFFORCE = 33
_SO_TIMESTAMPNS = 35
_IP_RECVERR = {4: (socket.IPPROTO_IP, 11), 6: (socket.IPPROTO_IPV6, 25)}
_FILTER = {4: (255, 1), 6: (socket.IPPROTO_ICMPV6, 1)}
_STAMP = struct.Struct("qq")
_ERROR = struct.Struct("=IBBBBII")

_NOT_PERMITTED = (
    "Upfront may not send pings: allow it with "
    "sysctl -w net.ipv4.ping_group_range='0 2147483647' or give the process CAP_NET_RAW"
)


def open_socket(family: Family, make: MakeSocket = socket.socket) -> socket.socket:
    """A socket for echo requests: unprivileged where that is allowed, else raw.

    Raises:
        OwnFailure: Neither is allowed.
    """
    door = _permitted(family, make)
    door.setblocking(False)
    with suppress(OSError):
        door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    with suppress(OSError):
        door.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
    with suppress(OSError):
        door.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    if door.type == socket.SOCK_RAW:
        door.setsockopt(*_FILTER[family.version], _unwanted(family))
    else:
        with suppress(OSError):
            door.setsockopt(*_IP_RECVERR[family.version], 1)
    return door


def _permitted(family: Family, make: MakeSocket) -> socket.socket:
    domain = socket.AF_INET if family.version == 4 else socket.AF_INET6
    protocol = socket.IPPROTO_ICMP if family.version == 4 else socket.IPPROTO_ICMPV6
    try:
        with suppress(OSError):
            return make(domain, socket.SOCK_DGRAM, protocol)
        return make(domain, socket.SOCK_RAW, protocol)
    except PermissionError:
        raise OwnFailure(_NOT_PERMITTED) from None
    except OSError as refused:
        words = os.strerror(refused.errno or errno.EIO).lower()
        raise OwnFailure(f"Upfront cannot send pings over IPv{family.version}: {words}") from None


def _unwanted(family: Family) -> bytes:
    """A bit for each type of message that a raw socket is spared; it sees everybody's."""
    wanted = {family.reply, *family.types}
    bits = 32 if family.version == 4 else 256
    words = [
        sum(1 << (kind % 32) for kind in range(first, first + 32) if kind not in wanted)
        for first in range(0, bits, 32)
    ]
    return struct.pack(f"{len(words)}I", *words)


def waited(notes: Notes) -> float:
    """Seconds that a packet lay here, by the system's stamp, while the loop had other work."""
    for level, kind, value in notes:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS) and len(value) >= _STAMP.size:
            seconds, nanoseconds = _STAMP.unpack_from(value)
            lay_ns: int = time.time_ns() - seconds * 10**9 - nanoseconds
            return max(0.0, lay_ns / 1e9)
    return 0.0


def trouble_in(notes: Notes, family: Family) -> str:
    """What the notes beside a returned packet say."""
    for level, kind, value in notes:
        if (level, kind) == _IP_RECVERR[family.version] and len(value) >= _ERROR.size:
            _, _, type_, code, _, _, _ = _ERROR.unpack_from(value)
            return family.say(type_, code) or "undeliverable"
    return "undeliverable"

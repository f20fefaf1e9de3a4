"""Messages of ICMP and ICMPv6 as a ping needs them: requests written, answers read."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

_HEAD = struct.Struct("!BBHHH")
_IPV6_HEAD = 40


@dataclass(frozen=True, slots=True)
class Reply:
    """What we sent came back."""

    ident: int
    sequence: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Trouble:
    """Someone on the way could not deliver what we sent; `why` is for people."""

    ident: int
    sequence: int
    why: str


@dataclass(frozen=True, slots=True)
class Family:
    """The numbers of one version of IP; `troubles` maps type and code to words."""

    version: int
    request: int
    reply: int
    troubles: Mapping[tuple[int, int], str]
    types: Mapping[int, str]

    def say(self, kind: int, code: int) -> str:
        """What a message of that type and code says, or nothing where it is no trouble."""
        return self.troubles.get((kind, code)) or self.types.get(kind, "")


V4 = Family(
    version=4,
    request=8,
    reply=0,
    troubles={
        (3, 0): "network unreachable",
        (3, 1): "host unreachable",
        (3, 2): "protocol unreachable",
        (3, 3): "port unreachable",
        (3, 4): "packet too big for the way",
        (3, 9): "forbidden by a firewall",
        (3, 10): "forbidden by a firewall",
        (3, 13): "forbidden by a firewall",
    },
    types={3: "unreachable", 11: "time to live exceeded on the way", 12: "header not understood"},
)
V6 = Family(
    version=6,
    request=128,
    reply=129,
    troubles={
        (1, 0): "no route there",
        (1, 1): "forbidden by a firewall",
        (1, 3): "host unreachable",
        (1, 4): "port unreachable",
        (1, 5): "forbidden by a firewall",
    },
    types={
        1: "unreachable",
        2: "packet too big for the way",
        3: "time to live exceeded on the way",
        4: "header not understood",
    },
)


def write_request(family: Family, ident: int, sequence: int, payload: bytes) -> bytes:
    """An echo request; the checksum of ICMPv6 is made by the system, which knows the addresses."""
    blank = _HEAD.pack(family.request, 0, 0, ident, sequence) + payload
    checksum = _checksum(blank) if family.version == 4 else 0
    return _HEAD.pack(family.request, 0, checksum, ident, sequence) + payload


def read_answer(family: Family, message: bytes) -> Reply | Trouble | None:
    """What a message says about a request, if it does; anyone may have sent it."""
    if len(message) < _HEAD.size:
        return None
    kind, code, _, ident, sequence = _HEAD.unpack_from(message)
    if kind == family.reply:
        return Reply(ident, sequence, message[_HEAD.size :])
    why = family.say(kind, code)
    return read_returned(family, _inner(family, message[_HEAD.size :]), why) if why else None


def read_returned(family: Family, message: bytes, why: str) -> Trouble | None:
    """Trouble with the request that begins a message, if it is one."""
    if len(message) < _HEAD.size:
        return None
    kind, _, _, ident, sequence = _HEAD.unpack_from(message)
    return Trouble(ident, sequence, why) if kind == family.request else None


def without_ip(message: bytes) -> bytes:
    """What an IPv4 packet carries."""
    return message[(message[0] & 15) * 4 :] if message else b""


def _inner(family: Family, packet: bytes) -> bytes:
    return without_ip(packet) if family.version == 4 else packet[_IPV6_HEAD:]


def _checksum(data: bytes) -> int:
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF

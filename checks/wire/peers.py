"""Where a probe connects to: host, port, and the family of addresses."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Annotated

from checks.settings import Written

_LABEL = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*\.?", re.ASCII)
_FAMILIES = {0: socket.AF_UNSPEC, 4: socket.AF_INET, 6: socket.AF_INET6}


@dataclass(frozen=True, slots=True)
class Peer:
    """A host and port; `ip` is 4 or 6 where only such addresses are to be used, else 0."""

    host: str
    port: int
    ip: int = 0

    @property
    def family(self) -> int:
        """The family of addresses as the system numbers it."""
        return _FAMILIES[self.ip]

    @property
    def literal(self) -> bool:
        """Whether the host is an address, so that there is nothing to look up."""
        return is_address(self.host)

    def __str__(self) -> str:
        """Host and port, IPv6 addresses in brackets."""
        return place(self.host, self.port)


@lru_cache(maxsize=4096)
def is_address(host: str) -> bool:
    """Whether a host is an IP address and no name."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def place(host: str, port: int) -> str:
    """Host and port as one writes them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def parse_place(text: object) -> Peer:
    """Read `pay.example:443`, `192.0.2.1:53` or `[2001:db8::1]:443`.

    Raises:
        ValueError: The port is missing or the host cannot be one.
    """
    written = str(text)
    if "://" in written:
        raise ValueError(f'"{written}" is an address with a scheme: write host:port')
    host, colon, port = written.rpartition(":")
    if ":" in host and not (host.startswith("[") and host.endswith("]")):
        raise ValueError(f'"{written}": write IPv6 in brackets, like [2001:db8::1]:443')
    if not colon or not port or not host:
        raise ValueError(f'"{written}" has no port: write host:port, like pay.example:443')
    return Peer(parse_host(host.strip("[]")), parse_port(port))


def parse_host(host: str) -> str:
    """Check that a text can be a host; names in other scripts become their ASCII form."""
    if is_address(host):
        return host
    try:
        name = host if host.isascii() else _to_ascii(host)
    except UnicodeError:
        name = ""
    if len(name) > 253 or not _NAME.fullmatch(name):
        raise ValueError(f'"{host}" is no host name or address')
    return name


def parse_port(text: str) -> int:
    """Read a port number."""
    if not re.fullmatch(r"\d{1,5}", text, re.ASCII) or not 0 < int(text) < 65_536:
        raise ValueError(f'"{text}" is no port: a number from 1 to 65535 is due')
    return int(text)


def check_version(host: str, ip: int | None) -> None:
    """Raise ValueError where a host is an address of the other version of IP."""
    if ip and is_address(host) and (":" in host) != (ip == 6):
        raise ValueError(f"{host} is no address of IPv{ip}")


def parse_family(raw: object) -> int:
    """Read 4 or 6."""
    if str(raw) not in ("4", "6"):
        raise ValueError(f'"{raw}" is no version of IP: write 4 or 6')
    return int(str(raw))


def _to_ascii(host: str) -> str:
    from yarl import URL

    return URL.build(scheme="http", host=host).raw_host or ""


IpVersion = Annotated[int, Written(parse_family, {"enum": [4, 6]})]
Place = Annotated[
    Peer, Written(parse_place, {"type": "string", "examples": ["pay.example:443", "[::1]:25"]})
]

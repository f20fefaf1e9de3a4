"""Whose network addresses are: this machine's, or such that we connect to for strangers."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Annotated

from checks.settings import Written

Network = IPv4Network | IPv6Network

# What lies outside holds loopback, link-local and private ones, and the IPv4 ones of NAT64.
_GLOBAL_IPV6 = ip_network("2000::/3")
# Addresses in these carry an IPv4 address that the way there leads to: 6to4 and Teredo.
_CARRIERS = (ip_network("2002::/16"), ip_network("2001::/32"))


def read_network(text: object) -> str:
    """An address or a network as it stands in the file; raises ValueError if it is neither."""
    try:
        return str(ip_network(str(text), strict=False))
    except ValueError:
        raise ValueError(f'"{text}" is no network: write it like 10.0.0.0/8') from None


PrivateNetwork = Annotated[
    str, Written(read_network, {"type": "string", "examples": ["10.0.0.0/8", "fd00::/8"]})
]


def is_loopback(host: str) -> bool:
    """Whether a name or an address, in brackets or not, is this machine's own."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def is_allowed(address: str, private: Sequence[Network] = ()) -> bool:
    """Whether an address is a public one, or in one of these networks."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    if any(found in network for network in private if network.version == found.version):
        return True
    return _is_public(found)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    # What counts as global differs between versions of Python; each of these must agree.
    if not address.is_global or address.is_private or address.is_multicast:
        return False
    if address.is_reserved or address.is_loopback or address.is_link_local:
        return False
    if isinstance(address, IPv4Address):
        return True
    return address in _GLOBAL_IPV6 and not any(address in carrier for carrier in _CARRIERS)

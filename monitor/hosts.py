"""The host that a check is about, and the network that it stands in as far as a name tells."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from checks.model import Check
from checks.wire.peers import is_address

PREFIX_BITS = {4: 24, 6: 48}
"""The smallest networks that are announced: two addresses in one of them share its fate."""

_SHARED_LABEL = 3
"""Second labels as short as these (co.uk, com.au) are not anybody's own."""


def host_of(check: Check) -> str:
    """The host that a check is about, empty where its target names none."""
    target = check.kind.target(check.options)
    try:
        return urlsplit(target if "://" in target else f"//{target}").hostname or ""
    except ValueError:
        return ""


def network_of(host: str) -> str:
    """The network of an address, or the domain of a name: what certainly fails together."""
    if is_address(host):
        address = ip_address(host.partition("%")[0])
        return str(ip_network((address, PREFIX_BITS[address.version]), strict=False))
    labels = host.rstrip(".").split(".")
    shared = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= _SHARED_LABEL
    return ".".join(labels[-3 if shared else -2 :])

"""The name servers that this machine is set to ask."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from checks.wire.peers import Peer, is_address

_SETTINGS = Path("/etc/resolv.conf")
_MOST = 3


def system_name_servers() -> Sequence[Peer]:
    """Those in /etc/resolv.conf, read anew each time."""
    try:
        return parse_settings(_SETTINGS.read_text("utf-8", "replace"))
    except OSError:
        return parse_settings("")


def parse_settings(text: str) -> Sequence[Peer]:
    """Read resolv.conf as the system does: the first three, or this machine where there is none."""
    words = (line.split() for line in text.splitlines())
    named = [line[1] for line in words if line[:1] == ["nameserver"] and len(line) > 1]
    return [Peer(address, 53) for address in named if is_address(address)][:_MOST] or [
        Peer("127.0.0.1", 53)
    ]

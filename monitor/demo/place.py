"""Where the demo takes place: its ports, its zone, and the checks.yaml that it runs on."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

HOST = "127.0.0.1"
TEMPLATE = Path(__file__).with_name("checks.yaml")
LOCALTIME = Path("/etc/localtime")


@dataclass(frozen=True, slots=True)
class Ports:
    """Where people look: status page, mailbox, metrics. `moved` are those that were taken."""

    page: int
    mailbox: int
    metrics: int
    moved: tuple[int, ...] = ()


def choose_ports(first: int) -> Ports:
    """Three ports from the first one on, each replaced by a free one where it is taken."""
    wanted = (first, first + 1, first + 2) if first else (0, 0, 0)
    page, mailbox, metrics = (port if is_free(port) else free_port() for port in wanted)
    moved = set(wanted) - {0, page, mailbox, metrics}
    return Ports(page, mailbox, metrics, tuple(sorted(moved)))


def is_free(port: int) -> bool:
    """Whether nobody listens there, and we may; 0 is no port."""
    if port == 0:
        return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def local_zone(environ: Mapping[str, str] = os.environ, link: Path = LOCALTIME) -> str:
    """The zone that this machine is set to, by name; UTC where it has none."""
    _, found, linked = os.path.realpath(link).partition("/zoneinfo/")
    for name in (environ.get("TZ", "").lstrip(":"), linked if found else ""):
        try:
            if name and ZoneInfo(name):
                return name
        except (ZoneInfoNotFoundError, ValueError):
            continue
    return "UTC"


def configuration(values: Mapping[str, object]) -> str:
    """The text of checks.yaml with its ports and spans filled in."""
    return re.sub(r"\{(\w+)\}", lambda found: str(values[found[1]]), TEMPLATE.read_text("utf-8"))

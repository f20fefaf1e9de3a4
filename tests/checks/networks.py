"""Networks that have only a loopback, set up as a test wants them."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.support import unavailable

MakeSocket = Callable[[int, int, int], socket.socket]

_NEW_NETWORK = 0x40000000
_SET_FLAGS = 0x8914
_UP = 1


@contextmanager
def network_of_its_own(**settings: str) -> Iterator[MakeSocket]:
    """What makes sockets in a network apart, where these are the settings of IPv4.

    A network belongs to a thread, and a socket to the network of the thread that made it.
    """
    with ThreadPoolExecutor(1) as thread:
        refused = thread.submit(_move_out, settings).result()
        if refused:
            unavailable("a network of its own", "servers", f"run as root ({refused})")
        yield lambda *kind: thread.submit(socket.socket, *kind).result()


def _move_out(settings: dict[str, str]) -> str:
    if ctypes.CDLL(None, use_errno=True).unshare(_NEW_NETWORK):
        return os.strerror(ctypes.get_errno())
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH14x", b"lo", _UP))
    for name, value in settings.items():
        Path(f"/proc/sys/net/ipv4/{name}").write_text(value)
    return ""

"""The socket beside the database over which commands reach the running service."""

from __future__ import annotations

import os
import socket
from pathlib import Path

LONGEST_PATH = 103
"""Bytes that the path of a socket may have where the bound is tightest (macOS)."""


class CannotControl(Exception):
    """Commands cannot reach the service; the words say why, and what to do about it."""


def socket_path(storage: str) -> Path:
    """Where the service on this storage listens for commands.

    Raises:
        CannotControl: The path is too long for a socket.
    """
    path = Path(storage.partition(":")[2]).with_suffix(".sock")
    size = len(os.fsencode(path))
    if size > LONGEST_PATH:
        raise CannotControl(
            f"the path {path} has {size} bytes, and a socket's may have at most {LONGEST_PATH};"
            " commands reach the service once `storage` names a shorter one"
        )
    return path


def open_socket(storage: str) -> socket.socket:
    """A socket that only this user may open; one that was left behind is replaced.

    The database's lock says that nobody else listens there.

    Raises:
        CannotControl: There is no place for it.
    """
    path = socket_path(storage)
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    opened.setblocking(False)
    before = os.umask(0o177)
    try:
        path.unlink(missing_ok=True)
        opened.bind(os.fspath(path))
    except OSError as error:
        opened.close()
        raise CannotControl(f"the socket {path} cannot be made: {error.strerror}") from error
    finally:
        os.umask(before)
    return opened

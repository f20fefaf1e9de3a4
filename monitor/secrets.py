"""The instance's key, which signs links and keys hashes: from the file, or made on first start."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

KEY_BYTES = 32
FEWEST_BYTES = 16


class KeyUnusable(Exception):
    """The instance key cannot be read or kept, or is none; the words are for operators."""


def instance_keys(configured: str | None, database: Path) -> tuple[bytes, ...]:
    """The keys that sign and are accepted: the configured ones, or our own beside the database.

    Several stand on lines of their own, the newest last: that one signs, all are accepted, so
    that a key can be replaced while links signed by the one before are still about.

    Raises:
        KeyUnusable: There is a key and it is too short, or none can be read or kept.
    """
    if configured is not None:
        return _keys(configured, "`secret_key`")
    path = database.with_name("secret_key")
    return _keys(_own(path), str(path))


def control_token(database: Path) -> str:
    """What whoever reloads the service over the internal listener must show.

    It is kept in a file of its own beside the database; deleting that makes another one.

    Raises:
        KeyUnusable: It is too short, or cannot be read or kept.
    """
    path = database.with_name("control_token")
    return _keys(_own(path), str(path))[-1].decode()


def _own(path: Path) -> str:
    """What a key file holds; it is made on first use."""
    try:
        kept = _kept(path)
        return _make(path) if kept is None else kept
    except OSError as error:
        raise KeyUnusable(f"the key file {path} cannot be used: {error.strerror}") from error


def _keys(text: str, where: str) -> tuple[bytes, ...]:
    keys = tuple(line.strip().encode() for line in text.splitlines() if line.strip())
    if not keys or any(len(key) < FEWEST_BYTES for key in keys):
        raise KeyUnusable(f"{where} needs keys of at least {FEWEST_BYTES} characters, one a line")
    return keys


def _kept(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return None


def _make(path: Path) -> str:
    """Write a new key and put it in place whole, unless another process was first."""
    if path.parent.parent.is_dir():
        path.parent.mkdir(mode=0o700, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
    return path.read_text("utf-8")

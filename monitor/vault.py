"""Secrets at rest: encrypted under the instance key, each bound to what it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class CannotOpen(Exception):
    """What is sealed was sealed under a key that we do not have, or was tampered with."""


class Vault:
    """Seals with the newest key and opens with any of them: AES-256-GCM over HKDF-SHA256.

    Most instances keep no secrets, so what it takes is imported with the first one.
    """

    def __init__(self, keys: Sequence[bytes], random: Callable[[int], bytes]) -> None:
        """Take the instance's keys, the newest last, and a source of random bytes."""
        self._keys = keys
        self._random = random

    @cached_property
    def _ciphers(self) -> Sequence[AESGCM]:
        return [_cipher(key) for key in self._keys]

    def seal(self, secret: str, owner: str) -> bytes:
        """Encrypt a secret; it opens for that owner only."""
        nonce = self._random(NONCE_BYTES)
        return nonce + self._ciphers[-1].encrypt(nonce, secret.encode(), owner.encode())

    def open(self, sealed: bytes, owner: str) -> str:
        """Decrypt; raises CannotOpen."""
        from cryptography.exceptions import InvalidTag

        nonce, encrypted = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        for cipher in reversed(self._ciphers):
            try:
                return cipher.decrypt(nonce, encrypted, owner.encode()).decode()
            except (InvalidTag, ValueError):
                continue
        raise CannotOpen("a stored secret does not open with this instance's key")


def _cipher(key: bytes) -> AESGCM:
    """Under a key for this purpose alone: the instance key signs links, too."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return AESGCM(HKDF(SHA256(), 32, salt=None, info=b"upfront.secrets").derive(key))

"""Secret addresses at which checks are reported to, and whose check an address is."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence

from checks.model import Check

TOKEN_BYTES = 18
"""144 bits: nobody guesses an address, and it stays short enough for a crontab."""

Keys = Sequence[bytes]
"""The instance's keys, the newest last: addresses made with any of them are answered."""


def address_of(check: Check, way: str, address: str, keys: Keys) -> str:
    """Where a check is reported to on `way` (`beat`, `metric`), below a page's address."""
    return f"{address.rstrip('/')}/{way}/{_token(check, way, check.id, keys[-1])}"


class Addresses:
    """Finds the check that a token of one way belongs to."""

    def __init__(self, way: str, keys: Keys) -> None:
        """Know no check yet."""
        self._way = way
        self._keys = keys
        self._checks: Mapping[bytes, Check] = {}

    def replace(self, checks: Iterable[Check]) -> None:
        """Know these checks; one that moved is still reached where it was."""
        self._checks = {
            self._place(_token(check, self._way, name, key)): check
            for check in checks
            for name in (*check.aliases, check.id)
            for key in self._keys
        }

    def find(self, token: str) -> Check | None:
        """The check whose address holds this token."""
        return self._checks.get(self._place(token))

    def _place(self, token: str) -> bytes:
        """Where a token is looked up: how long that takes tells nothing of those that are right."""
        return hmac.digest(self._keys[-1], token.encode(errors="replace"), hashlib.sha256)


def _token(check: Check, way: str, name: str, key: bytes) -> str:
    """The secret in a check's address, under its name or one that it had before."""
    written = f"{way}\0{name}\0{getattr(check.options, 'rotate', 1)}".encode()
    digest = hmac.digest(key, written, hashlib.sha256)
    return urlsafe_b64encode(digest[:TOKEN_BYTES]).decode()

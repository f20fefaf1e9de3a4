"""Signed tokens: what we hand out and recognise again, each good for one purpose only."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from itsdangerous import BadData, URLSafeSerializer


class Signer:
    """Makes and reads the tokens of one purpose."""

    def __init__(self, keys: Sequence[bytes], purpose: str) -> None:
        """Sign with the last key and accept all of them.

        `purpose` goes into the signature and not into the token: whatever it holds must be the
        same when the token is read.
        """
        self._serializer = URLSafeSerializer(
            list(keys),
            salt=f"upfront.{purpose}",
            signer_kwargs={"digest_method": sha256, "key_derivation": "hmac"},
        )

    def sign(self, value: Any) -> str:
        """A token that holds a value, for everybody to read."""
        return str(self._serializer.dumps(value))

    def read(self, token: str) -> Any:
        """What a token of ours holds, None for any other text."""
        try:
            return self._serializer.loads(token)
        except BadData:
            return None

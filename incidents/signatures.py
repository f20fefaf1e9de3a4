"""Signatures of webhooks as Standard Webhooks has them: symmetric, version 1."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"
SECRET_BYTES = 32
FEWEST_BYTES, MOST_BYTES = 24, 64


def secret_of(random: bytes) -> str:
    """A secret as its owner copies it."""
    return PREFIX + base64.b64encode(random).decode()


def key_of(secret: str) -> bytes:
    """The key in a secret; raises ValueError with a sentence if it is none."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if not FEWEST_BYTES <= len(key) <= MOST_BYTES:
        raise ValueError(f"a secret is {PREFIX} and base64 of {FEWEST_BYTES} to {MOST_BYTES} bytes")
    return key


def signature(secrets: Sequence[str], id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: one for each secret, so that either verifies."""
    signed = b"%s.%d.%s" % (id.encode(), timestamp, body)
    return " ".join(
        "v1," + base64.b64encode(hmac.digest(key_of(secret), signed, "sha256")).decode()
        for secret in secrets
    )

"""Identifiers that follow from what they name, so that a replay makes the same ones."""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import Iterator
from datetime import datetime


def stable_id(*parts: str) -> str:
    """Twelve characters of [a-z2-7] that follow from the parts: 60 bits of BLAKE2b."""
    digest = hashlib.blake2b("\x00".join(parts).encode(), digest_size=8).digest()
    return base64.b32encode(digest).decode().lower()[:12]


def stable_ids(*parts: str) -> Iterator[str]:
    """One such id after another, for where the first may be taken."""
    yield stable_id(*parts)
    for number in itertools.count(2):
        yield stable_id(*parts, str(number))


def incident_id(check: str, onset_at: datetime) -> str:
    """The id of the incident that a check opens with a failure that began then."""
    return stable_id("incident", check, onset_at.isoformat())


def update_id(incident: str, sequence: int) -> str:
    """The id of the update that is the incident's event of that sequence."""
    return stable_id("update", incident, str(sequence))

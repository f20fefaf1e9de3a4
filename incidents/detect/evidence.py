"""The words of a verdict: what was seen, from where, since when, so that a person can check."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from incidents.detect.plain.failures import Evidence

_VARYING = re.compile(r"0x[0-9a-f]+|\d+(?:[.:]\d+)*|\"[^\"]*\"", re.IGNORECASE)


def signature(reason: str) -> str:
    """The class of a failure: its reason without what varies from one to the next."""
    return _VARYING.sub("#", reason).strip().lower()


def against(found: Evidence, verb: str) -> str:
    """As in "3 of 3 probes from local failed since 14:02:10 UTC: connection refused"."""
    where = join(found.locations)
    said = f"{found.bad} of {found.of} probes from {where} {verb} since {clock(found.since)}"
    return f"{said}: {found.reason}" if found.reason else said


def clock(at: datetime) -> str:
    """The time of day in UTC, to the second."""
    return f"{at.astimezone(UTC):%H:%M:%S} UTC"


def join(names: Sequence[str]) -> str:
    """As in "fra", "fra and iad", "fra, iad and sin"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"

"""The words of a verdict: what was seen, from where, since when, so that a person can check."""

from __future__ import annotations

import math
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


def lasting(seconds: float) -> str:
    """How long an answer took, to the digits that a person reads: "1.9 s", "141 ms"."""
    return f"{seconds:.1f} s" if seconds >= 1 else f"{_milliseconds(seconds)} ms"


def between(low: float, high: float) -> str:
    """How long answers take: "0.6 to 1.2 s", "53 to 81 ms"."""
    if low >= 1:
        return f"{low:.1f} to {high:.1f} s"
    if high >= 1:
        return f"{low:.2g} to {high:.2g} s"
    return f"{_milliseconds(low)} to {_milliseconds(high)} ms"


def _milliseconds(seconds: float) -> str:
    value = seconds * 1000
    digits = 0 if value >= 100 else max(0, 1 - math.floor(math.log10(value))) if value > 0 else 0
    return f"{value:.{min(digits, 2)}f}"

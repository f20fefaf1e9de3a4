"""Whether the clock runs evenly, and whether somebody keeps it right."""

from __future__ import annotations

import ctypes
import struct
import sys
from collections.abc import Sequence
from datetime import timedelta

from checks.clock import SystemClock
from checks.duration import say_span
from monitor.doctor.model import Found, Look, Surroundings, warning, well

WATCHED = timedelta(milliseconds=250)
MOST_DRIFT = timedelta(milliseconds=20)
REMEDY = "run chrony or systemd-timesyncd: incidents are told by the clock"

_UNSYNCHRONISED = 0x40
_STATUS_AT = 40
"""Where `status` stands in Linux's struct timex on 64-bit machines."""
_TIMEX_BYTES = 512


async def _clock(surroundings: Surroundings) -> Sequence[Found]:
    clock = SystemClock()
    await clock.sleep(WATCHED)
    drift = clock.drift()
    if abs(drift) > MOST_DRIFT:
        moved = warning(f"the clock was moved by {say_span(drift)} while we looked", REMEDY)
    else:
        moved = well("the clock runs evenly")
    return [moved, *_kept_right()]


def _kept_right() -> Sequence[Found]:
    """What the kernel says of its clock; nothing where it cannot be asked."""
    synchronised = _synchronised()
    if synchronised is None:
        return []
    if synchronised:
        return [well("the clock is synchronised (NTP)")]
    return [warning("nobody says that the clock is synchronised (NTP)", REMEDY)]


def _synchronised() -> bool | None:
    if not sys.platform.startswith("linux") or sys.maxsize < 2**32:
        return None
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(timex)
    except (OSError, AttributeError):
        return None
    if state < 0:
        return None
    status: int = struct.unpack_from("i", timex, _STATUS_AT)[0]
    return not status & _UNSYNCHRONISED


LOOK = Look("clock", _clock, of_file=False)

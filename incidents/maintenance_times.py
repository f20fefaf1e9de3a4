"""When work takes place, as a language writes it, the zone named."""

from __future__ import annotations

from datetime import datetime

from incidents import instants
from incidents.words import Words


def when(starts_at: datetime, ends_at: datetime, words: Words) -> str:
    """From when to when, in the zone of both: "Sun 3 May, 02:00 – 04:00 CEST"."""
    end = instants.moment(ends_at, words)
    if starts_at.date() == ends_at.date():
        end = f"{instants.written(ends_at, 'clock', words)} {instants.zone(ends_at, words)}"
    return words("time.range", start=instants.written(starts_at, "mail", words), end=end)

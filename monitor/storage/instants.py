"""Instants as the database keeps them: whole microseconds or seconds since an epoch."""

from __future__ import annotations

from datetime import datetime, timedelta

from checks.instants import EPOCH, from_microseconds, to_microseconds

__all__ = [
    "EPOCH",
    "from_microseconds",
    "from_seconds",
    "maybe_instant",
    "maybe_microseconds",
    "to_microseconds",
    "to_seconds",
]


def maybe_microseconds(at: datetime | None) -> int | None:
    """As `to_microseconds`; None stays None."""
    return None if at is None else to_microseconds(at)


def maybe_instant(number: int | None) -> datetime | None:
    """As `from_microseconds`; None stays None."""
    return None if number is None else from_microseconds(number)


def to_seconds(at: datetime) -> int:
    """Whole seconds since 1970, rounded down."""
    return int((at - EPOCH) // timedelta(seconds=1))


def from_seconds(number: int) -> datetime:
    """The instant so many seconds after 1970."""
    return EPOCH + timedelta(seconds=number)

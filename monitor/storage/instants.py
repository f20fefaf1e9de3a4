"""Instants as the database keeps them: whole microseconds or seconds since an epoch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(at: datetime, since: datetime = EPOCH) -> int:
    """Whole microseconds from an epoch to an instant; exact."""
    return (at - since) // _MICROSECOND


def from_microseconds(number: int, since: datetime = EPOCH) -> datetime:
    """The instant that `to_microseconds` was given."""
    return since + timedelta(microseconds=number)


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

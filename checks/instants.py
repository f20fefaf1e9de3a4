"""Instants as whole microseconds since 1970, which compare as instants do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_microseconds(at: datetime, since: datetime = EPOCH) -> int:
    """Whole microseconds from an epoch to an instant; exact."""
    return (at - since) // MICROSECOND


def from_microseconds(number: int, since: datetime = EPOCH) -> datetime:
    """The instant that `to_microseconds` was given."""
    return since + timedelta(microseconds=number)

"""What is usual at each hour of the week: a mean that follows slowly, week by week."""

from __future__ import annotations

from array import array

import msgspec

HOURS = 168
_FEWEST, _MOST = 20, 6_000
_HOURS_KEPT = 5 / 3
"""A mean is one of the last values of so many such hours, and of twenty values at least."""
_WIDTH, _COUNT_WIDTH = 8, 2
_WEEKDAY_OF_EPOCH = 3  # 1970-01-01 was a Thursday


class Hours(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A mean for each hour of the week in UTC, and of how many values; both packed."""

    means: bytes = bytes(HOURS * _WIDTH)
    counts: bytes = bytes(HOURS * _COUNT_WIDTH)

    def mean(self, hour: int) -> float | None:
        """What is usual at an hour, None before its first value."""
        return memoryview(self.means).cast("d")[hour] if self.count(hour) else None

    def count(self, hour: int) -> int:
        """Of how many values that is the mean, as far as they count."""
        return memoryview(self.counts).cast("H")[hour]


def hour_of_week(at: float) -> int:
    """The hour of the week of epoch seconds, Monday's first being 0."""
    return (int(at // 3600) + _WEEKDAY_OF_EPOCH * 24) % HOURS


def with_value(hours: Hours, hour: int, value: float, spacing: float) -> Hours:
    """The means with one more value, which came so many seconds after the one before."""
    many = _HOURS_KEPT * 3600 / spacing if spacing > 0 else _FEWEST
    count = min(hours.count(hour) + 1, max(_FEWEST, min(int(many), _MOST)))
    before = hours.mean(hour) or 0.0
    mean = before + (value - before) / count
    return Hours(
        _replaced(hours.means, hour, array("d", (mean,)).tobytes()),
        _replaced(hours.counts, hour, array("H", (count,)).tobytes()),
    )


def _replaced(packed: bytes, place: int, item: bytes) -> bytes:
    first = place * len(item)
    return packed[:first] + item + packed[first + len(item) :]

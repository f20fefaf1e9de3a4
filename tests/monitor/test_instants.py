"""Instants as they are written on the command line."""

from datetime import UTC, datetime, timedelta, timezone

import click
import pytest

from monitor.instants import Instant
from tests.clock import START, FakeClock


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-21", datetime(2026, 11, 21, tzinfo=UTC)),
        ("2026-11-21T14:02", datetime(2026, 11, 21, 14, 2, tzinfo=UTC)),
        ("2026-11-21 14:02:30Z", datetime(2026, 11, 21, 14, 2, 30, tzinfo=UTC)),
        ("2026-11-21T14:02+01:00", datetime(2026, 11, 21, 13, 2, tzinfo=UTC)),
        ("2h", START - timedelta(hours=2)),
        ("1d12h", START - timedelta(hours=36)),
    ],
)
def test_an_instant_is_a_date_a_time_or_how_long_ago(text, at):
    assert Instant(FakeClock()).convert(text, None, None) == at


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("08:59", timedelta(minutes=1)),
        ("08:59:30", timedelta(seconds=30)),
        ("09:00", timedelta(0)),
        ("09:01", timedelta(hours=23, minutes=59)),
        ("10:59+02:00", timedelta(minutes=1)),
    ],
)
def test_a_time_of_day_is_the_last_one(text, ago):
    assert Instant(FakeClock()).convert(text, None, None) == START - ago


def test_an_instant_stays_what_it_is():
    at = datetime(2026, 11, 21, tzinfo=timezone(timedelta(hours=2)))
    assert Instant().convert(at, None, None) is at


@pytest.mark.parametrize("text", ["yesterday", "25:02", "14:2", "2026-13-01", "5", ""])
def test_anything_else_is_answered_with_what_to_write(text):
    with pytest.raises(click.BadParameter, match="write 2026-11-21T14:02"):
        Instant().convert(text, None, None)

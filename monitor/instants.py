"""Instants on the command line: a date, a time of day with or without it, or how long ago."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import click

from checks.clock import Clock, SystemClock
from checks.duration import parse_duration


class Instant(click.ParamType[datetime]):
    """`2026-11-21T14:02` (UTC unless it says otherwise), `2026-11-21`, or `2h` for so long ago.

    `14:02` is the last time that it was that, in UTC, as it stands in verdicts.
    """

    name = "instant"

    def __init__(self, clock: Clock | None = None) -> None:
        """Count back from what this clock says."""
        self._clock = clock or SystemClock()

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """The instant meant."""
        if isinstance(value, datetime):
            return value
        text = str(value).strip()
        try:
            if ":" in text[:3]:
                return self._last(time.fromisoformat(text))
            at = datetime.fromisoformat(text)
        except ValueError:
            return self._ago(text, param, ctx)
        return at if at.tzinfo else at.replace(tzinfo=UTC)

    def _last(self, of_day: time) -> datetime:
        """The last instant at which it was that time of day."""
        now = self._clock.now()
        at = datetime.combine(now.astimezone(of_day.tzinfo or UTC), of_day.replace(tzinfo=None))
        at = at.replace(tzinfo=of_day.tzinfo or UTC)
        return at if at <= now else at - timedelta(days=1)

    def _ago(self, text: str, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return self._clock.now() - parse_duration(text)
        except ValueError:
            self.fail(
                f'"{text}" is no instant; write 2026-11-21T14:02, 14:02 or 2h for two hours ago.',
                param,
                ctx,
            )

"""Instants on the command line: a date, a time of day with it, or how long ago."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from checks.clock import Clock, SystemClock
from checks.duration import parse_duration


class Instant(click.ParamType[datetime]):
    """`2026-11-21T14:02` (UTC unless it says otherwise), `2026-11-21`, or `2h` for so long ago."""

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
            at = datetime.fromisoformat(text)
        except ValueError:
            return self._ago(text, param, ctx)
        return at if at.tzinfo else at.replace(tzinfo=UTC)

    def _ago(self, text: str, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return self._clock.now() - parse_duration(text)
        except ValueError:
            self.fail(
                f'"{text}" is no instant; write 2026-11-21T14:02, or 2h for two hours ago.',
                param,
                ctx,
            )

"""A bar on the terminal for what takes long; nothing off a terminal, and nothing left behind."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TextIO

from checks.duration import say_span

WIDTH = 40
AFTER_SECONDS = 0.5
"""What takes less needs no bar."""
EVERY_SECONDS = 0.1

Advance = Callable[[int, int], None]
"""So much more is done, of so much in all."""


@contextmanager
def bar(
    label: str, stream: TextIO | None = None, seconds: Callable[[], float] = time.monotonic
) -> Iterator[Advance]:
    """Show how far it is, and how long it will take yet, until the block ends."""
    shown = stream or sys.stderr
    if not shown.isatty():
        yield lambda done, of: None
        return
    line = _Line(label, shown, seconds)
    try:
        yield line.advance
    finally:
        line.clear()


class _Line:
    def __init__(self, label: str, stream: TextIO, seconds: Callable[[], float]) -> None:
        self._label = label
        self._stream = stream
        self._seconds = seconds
        self._began = seconds()
        self._next = self._began + AFTER_SECONDS
        self._done = 0
        self._drawn = False

    def advance(self, done: int, of: int) -> None:
        self._done += done
        now = self._seconds()
        if now < self._next or of <= 0:
            return
        self._next, self._drawn = now + EVERY_SECONDS, True
        share = min(1.0, self._done / of)
        full = int(WIDTH * share)
        self._stream.write(
            f"\r\033[K{self._label}  [{'#' * full}{'-' * (WIDTH - full)}]  {share:4.0%}"
            f"{self._left(share, now)}"
        )
        self._stream.flush()

    def _left(self, share: float, now: float) -> str:
        if not 0 < share < 1:
            return ""
        left = (now - self._began) * (1 - share) / share
        return f", {say_span(timedelta(seconds=max(1, round(left))))} left"

    def clear(self) -> None:
        if self._drawn:
            self._stream.write("\r\033[K")
            self._stream.flush()

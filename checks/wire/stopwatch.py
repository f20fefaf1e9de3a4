"""The phases of one probe and how long each took."""

from __future__ import annotations

from collections.abc import Callable


class Stopwatch:
    """Runs from its making; at any time it is in one phase, or between phases."""

    __slots__ = ("_began", "_mark", "_time", "phase", "phases")

    def __init__(self, time: Callable[[], float]) -> None:
        """Start, with a monotonic clock in seconds."""
        self._time = time
        self._began = self._mark = time()
        self.phase = ""
        self.phases: dict[str, float] = {}

    def enter(self, phase: str) -> None:
        """End the phase that runs and begin the next; an empty name begins none.

        A phase entered again, as after a redirect, goes on where it was.
        """
        now = self._time()
        if self.phase:
            self.phases[self.phase] = self.phases.get(self.phase, 0.0) + now - self._mark
        self.phase = phase
        self._mark = now

    @property
    def elapsed(self) -> float:
        """Seconds since its making."""
        return self._time() - self._began

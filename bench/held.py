"""What holds the event loop: where its thread stands while it works on without a beat."""

from __future__ import annotations

import gc
import sys
import threading
import time
import traceback
from collections import Counter
from contextlib import suppress
from types import FrameType
from typing import Any

from bench.reload import Beat

LONG_SECONDS, LOOK_SECONDS = 0.1, 0.01
DEPTH = 8
"""Of a stack, so many of the innermost calls are told."""


class Holds:
    """A thread that counts where the one it was made in stands, while that works for long.

    All is CPU time, which other programs do not change. The collector lets nobody look while it
    walks, so it is timed by itself.
    """

    def __init__(self, beat: Beat) -> None:
        """Look at the present thread, in which `beat` runs."""
        self._beat = beat
        self._watched = threading.get_ident()
        self._clock = time.pthread_getcpuclockid(self._watched)
        self._seen: Counter[tuple[str, ...]] = Counter()
        self._longest_walk = 0.0
        self._walk_began = 0.0
        gc.callbacks.append(self._walks)
        threading.Thread(target=self._look, daemon=True).start()

    def told(self) -> str:
        """The stacks seen most since the last time, and the collector's longest walk."""
        lines = [f"collector: {self._longest_walk * 1e3:.0f} ms"]
        for stack, times in self._seen.most_common(4):
            lines += [f"seen {times} times at", *stack]
        self._seen.clear()
        self._longest_walk = 0.0
        return "\n  ".join(lines)

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            if time.clock_gettime(self._clock) - self._beat.at > LONG_SECONDS:
                with suppress(KeyError):
                    self._seen[_calls(sys._current_frames()[self._watched])] += 1

    def _walks(self, phase: str, _: dict[str, Any]) -> None:
        if phase == "start":
            self._walk_began = time.thread_time()
        else:
            took = time.thread_time() - self._walk_began
            self._longest_walk = max(self._longest_walk, took)


def _calls(frame: FrameType) -> tuple[str, ...]:
    """The innermost calls, as words."""
    stack = traceback.extract_stack(frame, limit=DEPTH)
    return tuple(f"  {one.filename}:{one.lineno} {one.name}" for one in stack)

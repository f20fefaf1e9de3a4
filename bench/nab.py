"""Scores a stream of values line by line, with the detector that serves the product.

Reads `timestamp,value` lines on stdin (epoch seconds) and writes one score a line, from 0 to 1,
before it reads the next:

    python -m bench.nab < values.csv

On the Numenta Anomaly Benchmark, by an adapter that hands out a value only when the one before
is scored (numenta/NAB is cloned to $NAB_DIR):

    NAB_DIR=… python nab_score.py --cmd "python -m bench.nab" --threshold 0.372

The threshold is `incidents.detect.metric.detector.THRESHOLD`, by which the kinds `metric` and
`prometheus` go.
"""

from __future__ import annotations

import sys

from incidents.detect.metric.detector import Memory, observe


class Detector:
    """The product's detector as a benchmark drives it: `update(timestamp, value) -> score`."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._memory = Memory()

    def update(self, timestamp: float, value: float) -> float:
        """The score of the next value, at an instant in epoch seconds."""
        self._memory, sight = observe(self._memory, timestamp, value)
        return sight.score


def main() -> None:
    """Score what comes on stdin until it ends."""
    detector = Detector()
    for line in sys.stdin:
        at, _, value = line.partition(",")
        print(repr(detector.update(float(at), float(value))), flush=True)


if __name__ == "__main__":
    main()

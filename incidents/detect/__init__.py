"""Pure folds from signals to verdicts: one idea a file; `choice.py` is the one door to them."""

from incidents.detect.choice import (
    ahead,
    begin,
    fits,
    reading,
    reconsider,
    restored,
    standing,
    step,
    stored,
    taken_over,
)
from incidents.detect.state import AWAITING_BEAT, WAITING, WAITS, Judged, Step, renamed

__all__ = [
    "AWAITING_BEAT",
    "WAITING",
    "WAITS",
    "Judged",
    "Step",
    "ahead",
    "begin",
    "fits",
    "reading",
    "reconsider",
    "renamed",
    "restored",
    "standing",
    "step",
    "stored",
    "taken_over",
]

"""Pure folds from signals to verdicts: one idea a file, composed in `check.py` and `beats.py`."""

from incidents.detect.choice import begin, fits, reconsider, restored, standing, step, stored
from incidents.detect.state import AWAITING_BEAT, WAITING, WAITS, Judged, Step, renamed

__all__ = [
    "AWAITING_BEAT",
    "WAITING",
    "WAITS",
    "Judged",
    "Step",
    "begin",
    "fits",
    "reconsider",
    "renamed",
    "restored",
    "standing",
    "step",
    "stored",
]

"""Pure folds from signals to verdicts: one idea a file, composed in `check.py`."""

from incidents.detect.check import begin, step
from incidents.detect.state import FOLD, WAITING, State, Step, renamed, restored, stored

__all__ = ["FOLD", "WAITING", "State", "Step", "begin", "renamed", "restored", "step", "stored"]

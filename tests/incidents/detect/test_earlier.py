"""States that earlier versions of Upfront kept are gone on with."""

from pathlib import Path

import msgspec
import pytest

from incidents.detect import restored, stored
from incidents.ports import FoldState
from incidents.signals import Signal
from tests.incidents.detect.test_bad_input import CHECK, Fold, healthy, learned
from tests.incidents.world import FAIL, result

FIRST = Path(__file__).parent / "states" / "learned-1.json"
"""What version 1 kept of a check after `STEADY`, and after `TROUBLED`, one a line."""
STEADY: list[Signal] = healthy(70)
TROUBLED: list[Signal] = [
    *healthy(70),
    result(FAIL, 4230.0, location="iad"),
    *healthy(2, start=4260.0, latency_seconds=0.8),
    *healthy(2, start=4380.0, latency_seconds=0.2),
]


def first(line: int) -> FoldState:
    """The state of a line, as it lay in storage."""
    return FoldState("learned", CHECK, 1, FIRST.read_bytes().splitlines()[line])


@pytest.mark.parametrize(("line", "signals"), [(0, STEADY), (1, TROUBLED)])
def test_a_state_of_version_1_is_what_the_same_results_come_to_today(line, signals):
    today = Fold(learned(availability=0.999)).feed(signals).state
    kept = restored(first(line))
    assert kept == today
    assert restored(stored(CHECK, kept)) == today


@pytest.mark.parametrize("part", ["course", "drift", "tail"])
@pytest.mark.parametrize("damage", [None, [], [1.0], {"a": 1}, "x"])
def test_a_damaged_state_of_version_1_is_not_taken_over(part, damage):
    data = msgspec.json.decode(first(0).data) | {part: damage}
    assert restored(FoldState("learned", CHECK, 1, msgspec.json.encode(data))) is None

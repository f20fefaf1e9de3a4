"""Whether a part of the probes fails: for as long as a release may take, and not just now."""

import msgspec
import pytest

from incidents.detect.learned import weigh
from incidents.detect.learned.around import NOTHING_AROUND
from incidents.detect.learned.odds import Glance, Suspicion
from incidents.detect.learned.parameters import BALANCED
from incidents.detect.learned.state import fresh
from incidents.detect.learned.trouble import Cause
from incidents.detect.learned.weigh import Case, Finding
from incidents.model import Judgement
from tests.incidents.detect.scripted import CHECK, learning
from tests.incidents.world import NOON, THREE

POLICY = learning().checks[CHECK]
NOW = NOON.timestamp()
SPREAD = (-200.0, -170.0, -130.0, -100.0, -60.0, -35.0, -20.0, -1.0)
"""Failures of one probe in two: when they began, in seconds from now."""


def found(failed: tuple[float, ...], row: int = 0) -> Finding | None:
    """What failures at these seconds lead to, the last few of them in an unbroken row."""
    starts = tuple(NOW + at for at in failed)
    recent = tuple(Glance(at, number % 3, failed=True) for number, at in enumerate(starts))
    suspicion = Suspicion(
        sums=((2 * BALANCED.failures,) * len(THREE),) * 3,
        began=starts[0], quick_began=starts[0], failed=len(starts), of=2.0 * len(starts),
        starts=starts, recent=recent, run=row, run_began=starts[-row] if row else None,
    )  # fmt: skip
    state = msgspec.structs.replace(fresh(POLICY, NOON), suspicion=suspicion)
    return weigh.found(Case(state, POLICY, BALANCED, NOTHING_AROUND, NOW))


def test_what_fails_now_and_then_for_minutes_is_told_since_it_began():
    told = found(SPREAD)
    assert told is not None
    assert (told.cause, told.onset) == (Cause.FAILURES, NOW + SPREAD[0])


def test_a_failure_long_before_is_not_where_it_began():
    told = found((-900.0, *SPREAD))
    assert told is not None
    assert told.onset == NOW + SPREAD[0]


@pytest.mark.parametrize("bad_moment", [(-500.0, -490.0), (-420.0, -400.0, -385.0)])
def test_a_bad_moment_does_not_age_what_begins_to_fail_now(bad_moment):
    assert found((*bad_moment, -12.0, -11.0, -8.0, -7.0, -2.0, -1.0)) is None


def test_while_every_probe_fails_it_is_waited_for_how_long():
    assert found(SPREAD, row=1) is None
    assert found((*SPREAD[:-1], -11.0, -6.0, -4.0, -1.5, -1.2, -0.9, -0.8), row=7) == Finding(
        Cause.FAILURES, NOW - 11.0, Judgement.FAILING
    )

"""Releases and blindness as the course tells them: from when to when."""

from __future__ import annotations

from datetime import timedelta

from incidents.signals import DeployMarker
from monitor.explain.around import Blind, Blindness, Release, Releases
from tests.clock import START


def minute(count: float):
    return START + timedelta(minutes=count)


def released(*marks: tuple[float, bool, str], until: float = 120):
    found = Releases()
    for at, began, note in marks:
        found.note(DeployMarker("shop", minute(at), began, note))
    return found.within(START, minute(until))


def test_a_release_is_from_its_start_to_its_end():
    assert released((1, True, "v2"), (4, False, "")) == (Release(minute(1), minute(4), "v2"),)


def test_an_end_without_a_start_is_no_release():
    assert released((1, False, "")) == ()


def test_a_release_whose_end_nobody_marks_is_over_after_half_an_hour():
    forgotten = Release(minute(1), minute(31), "", marked=False)
    assert released((1, True, "")) == (forgotten,)
    assert released((1, True, ""), (50, False, "")) == (forgotten,)
    assert released((1, True, ""), until=10) == (Release(minute(1), minute(10), "", marked=False),)


def test_a_second_start_makes_a_release_last_longer_and_a_late_one_is_another():
    assert released((1, True, "v2"), (20, True, "v3"), (45, False, "")) == (
        Release(minute(1), minute(45), "v2, v3"),
    )
    assert len(released((1, True, "v2"), (40, True, "v3"), (45, False, ""))) == 2


def test_a_release_that_was_over_before_is_left_out():
    found = Releases()
    found.note(DeployMarker("shop", minute(1), began=True))
    found.note(DeployMarker("shop", minute(2), began=False))
    assert found.within(minute(3), minute(9)) == ()


def test_a_location_is_blind_until_a_canary_answers_there():
    blindness = Blindness(("fra", "iad"))
    for at, cut_off in ((1, ()), (2, ("fra", "lhr")), (3, ("fra", "iad")), (5, ("iad",))):
        blindness.note(minute(at), cut_off)
    assert blindness.within(START, minute(9)) == (
        Blind("fra", minute(2), minute(5)),
        Blind("iad", minute(3), minute(9)),
    )
    assert blindness.within(minute(6), minute(9)) == (Blind("iad", minute(3), minute(9)),)

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.wakes import Wakes

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_who_is_due_is_woken_once_and_in_order() -> None:
    wakes = Wakes()
    wakes.wish("late", NOON + 2 * SECOND)
    wakes.wish("soon", NOON + SECOND)
    assert wakes.next_at() == NOON + SECOND
    assert wakes.pop_due(NOON + 3 * SECOND) == ["soon", "late"]
    assert wakes.pop_due(NOON + 3 * SECOND) == []
    assert wakes.next_at() is None


def test_only_so_many_are_woken_at_once_and_the_others_are_due_still() -> None:
    wakes = Wakes()
    for number in range(5):
        wakes.wish(f"check{number}", NOON + number * SECOND)
    assert wakes.pop_due(NOON + 9 * SECOND, 3) == ["check0", "check1", "check2"]
    assert wakes.next_at() == NOON + 3 * SECOND
    assert wakes.pop_due(NOON + 9 * SECOND, 3) == ["check3", "check4"]


def test_a_later_wish_replaces_the_earlier_one() -> None:
    wakes = Wakes()
    wakes.wish("check", NOON)
    wakes.wish("check", NOON + 5 * SECOND)
    assert wakes.pop_due(NOON + SECOND) == []
    assert wakes.pop_due(NOON + 5 * SECOND) == ["check"]


def test_only_those_kept_are_woken() -> None:
    wakes = Wakes()
    wakes.wish("gone", NOON)
    wakes.wish("stays", NOON + SECOND)
    wakes.keep({"stays", "new"})
    assert len(wakes) == 1
    assert wakes.next_at() == NOON + SECOND
    assert wakes.pop_due(NOON + SECOND) == ["stays"]


def test_a_copy_goes_its_own_way() -> None:
    wakes = Wakes()
    wakes.wish("check", NOON)
    copied = wakes.copy()
    copied.wish("other", NOON)
    assert wakes.pop_due(NOON) == ["check"]
    assert copied.pop_due(NOON) == ["check", "other"]

"""Incidents that would have opened beside those that did, and how that is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import click
import pytest

from incidents.model import ComponentStatus
from monitor.backtest.comparing import Episode, compare
from monitor.backtest.report import MOST, Report, as_text
from tests.clock import START


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def episode(id: str, opened: float, over: float | None = None, component: str = "shop") -> Episode:
    ended = None if over is None else START + minutes(over)
    return Episode(
        id, "Shop is down", START + minutes(opened - 1), START + minutes(opened), ended, ended,
        ComponentStatus.MAJOR_OUTAGE, (component,), (f"{component}/api",), "3 of 3 failed", True,
    )  # fmt: skip


def told(would: list[Episode], did: list[Episode]) -> list[tuple[str, str | None, str | None]]:
    return [
        (one.what.value, one.would and one.would.id, one.did and one.did.id)
        for one in compare(would, did)
    ]


@pytest.mark.parametrize(
    ("would", "did", "expected"),
    [
        ([], [], []),
        ([episode("a", 5, 9)], [episode("a", 5, 9)], [("same", "a", "a")]),
        ([episode("a", 5, 9)], [episode("a", 6, 9)], [("sooner", "a", "a")]),
        ([episode("a", 7, 9)], [episode("b", 5, 9)], [("later", "a", "b")]),
        ([episode("a", 5, 9)], [], [("new", "a", None)]),
        ([], [episode("b", 5, 9)], [("gone", None, "b")]),
        (
            [episode("a", 5, 9, "mail")],
            [episode("b", 5, 9)],
            [("new", "a", None), ("gone", None, "b")],
        ),
        (
            [episode("a", 5, 9)],
            [episode("b", 60, 90)],
            [("new", "a", None), ("gone", None, "b")],
        ),
        (
            [episode("a", 5, 20), episode("b", 12, 20)],
            [episode("c", 6, 20)],
            [("sooner", "a", "c"), ("new", "b", None)],
        ),
        ([episode("a", 50)], [episode("b", 51)], [("sooner", "a", "b")]),
    ],
)
def test_what_is_about_the_same_fault_is_paired(would, did, expected):
    assert told(would, did) == expected


def test_a_moment_apart_is_the_same():
    one, other = episode("a", 5, 9), episode("a", 5, 9)
    shifted = replace(other, opened_at=other.opened_at + timedelta(seconds=1.5))
    assert told([one], [shifted]) == [("same", "a", "a")]


def report(would: list[Episode], did: list[Episode], against: str | None = "the event log"):
    return Report(
        file="edited.yaml", source="storage", against=against, from_at=START,
        until=START + minutes(60), results=1000, checks=2, seconds=0.5, processes=1,
        rechecks_made=0, rechecks_wished=0, would=tuple(would), did=tuple(did),
        differences=compare(would, did), notes=("A note.",),
    )  # fmt: skip


def words(*args, **kwargs) -> str:
    return click.unstyle(as_text(report(*args, **kwargs)))


def test_words_say_what_differs():
    text = words([episode("a", 5, 9)], [episode("b", 8, 9)])
    assert "1 incident would have opened, 1 did: 1 sooner." in text
    assert "= Shop is down: 3 minutes sooner, it was 2026-03-02 09:08:00" in text
    assert "    opened 2026-03-02 09:05:00 UTC, 60 s after it began, 5 minutes long" in text


def test_words_say_which_checks_belong_to_an_incident_no_longer_or_now():
    did = replace(episode("a", 5, 9), checks=("shop/api", "till/api"))
    would = replace(episode("a", 5, 9), checks=("mail/smtp", "shop/api"))
    assert "    mail/smtp, shop/api (no longer till/api, now with mail/smtp)" in words(
        [would], [did]
    )


@pytest.mark.parametrize(
    ("against", "new", "gone"),
    [
        ("the event log", "did not open", "would not open"),
        ("old.yaml", "not by old.yaml", "only by old.yaml"),
    ],
)
def test_words_say_what_one_alone_knows(against, new, gone):
    text = words([episode("a", 5, 9)], [episode("b", 60, 90)], against)
    assert f"+ Shop is down: {new}\n" in text
    assert f"- Shop is down: {gone}\n" in text


def test_words_need_no_comparison():
    text = words([episode("a", 5)], [], None)
    assert "1 incident would have opened.\n\n* Shop is down\n" in text
    assert "still open at the end" in text


def test_no_incident_at_all_is_told_as_that():
    assert "No incident would have opened, none did." in words([], [])


def test_of_many_the_first_that_differ_are_told():
    would = [episode(f"a{number}", 20 * number, 20 * number + 1) for number in range(MOST + 5)]
    text = words([*would, episode("b", 2, 3, "mail")], would[5:])
    assert text.count("\n+ ") == 6
    assert f"… and {MOST} more; --json tells all" in text

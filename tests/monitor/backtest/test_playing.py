"""Replaying in several processes: shares of the checks, one fleet, and errors from any of them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from incidents.events import Opened
from monitor.backtest.files import Unreadable
from monitor.backtest.folding import Folded, shares
from monitor.backtest.machine import WORTH_MAKING
from monitor.backtest.notes import notes
from monitor.backtest.playing import WORTH_A_PROCESS, Played, play, processes
from monitor.backtest.sources import ResultsFile, names
from tests.clock import START
from tests.incidents.world import component, policy

FLEET = policy(
    component("payments"),
    component("checkout", "api", "edge", depends_on=("payments",)),
    component("mail"),
)


def written(path: Path, lines: list[str]) -> ResultsFile:
    path.write_text("\n".join(lines) + "\n")
    return ResultsFile(path, names(FLEET), START, START + timedelta(hours=1))


def result(check: str, second: int, outcome: str) -> str:
    at = (START + timedelta(seconds=second)).isoformat()
    reason = "connection refused" if outcome == "fail" else ""
    return json.dumps({"check": check, "at": at, "outcome": outcome, "reason": reason})


def outage() -> list[str]:
    """Ten minutes of all checks; from the fifth on payments and what needs it fail."""
    return [
        result(check, second, "fail" if second >= 300 and check != "mail/api" else "pass")
        for second in range(0, 600, 30)
        for check in FLEET.checks
    ]


def heard() -> tuple[list[int], object]:
    done: list[int] = []
    return done, done.append


def test_a_component_stays_whole_and_no_check_is_lost():
    parts = shares(FLEET, 2)
    assert sorted(name for part in parts for name in part.checks) == sorted(FLEET.checks)
    assert sorted(len(part.checks) for part in parts) == [2, 2]
    assert any({"checkout/api", "checkout/edge"} <= part.checks.keys() for part in parts)


@pytest.mark.parametrize("number", [1, 3])
def test_what_depends_on_what_fails_is_one_incident_however_it_was_shared(
    tmp_path: Path, number: int
):
    source = written(tmp_path / "results.jsonl", outage())
    done, tell = heard()
    played = play(FLEET, source, number, tell)
    opened = [one for one in played.recorded if isinstance(one.event, Opened)]
    assert len(opened) == 1
    assert (played.processes, played.folded.results) == (number, 80)
    assert 0 < sum(done) <= source.size() * number


def test_a_line_that_cannot_be_read_is_told_from_another_process(tmp_path: Path):
    source = written(tmp_path / "results.jsonl", [*outage(), "nonsense"])
    with pytest.raises(Unreadable, match=r"results\.jsonl:81: this is no JSON"):
        play(FLEET, source, 2, lambda done: None)


@pytest.mark.parametrize(
    ("signals", "most", "expected"),
    [(10, 8, 1), (2 * WORTH_A_PROCESS, 8, 2), (99 * WORTH_A_PROCESS, 2, 2),
     (99 * WORTH_A_PROCESS, 8, 3)],
)  # fmt: skip
def test_processes_are_as_many_as_are_worth_it(signals: int, most: int, expected: int):
    assert processes(FLEET, signals, most) == expected


@pytest.mark.parametrize(("results", "fast", "told"), [
    (WORTH_MAKING - 1, False, False), (WORTH_MAKING, False, True), (WORTH_MAKING, True, False),
])  # fmt: skip
def test_it_says_what_would_make_a_long_replay_faster(results: int, fast: bool, told: bool):
    played = Played((), Folded(results=results), 1, fast)
    assert any("upfront-status[fast]" in note for note in notes(played, ())) is told


def test_machine_code_or_not_is_the_same_to_whoever_asked(tmp_path: Path):
    source = written(tmp_path / "results.jsonl", outage())
    plain, fast = (play(FLEET, source, 1, lambda done: None, fast=one) for one in (False, True))
    assert fast.recorded == plain.recorded
    assert fast.fast

"""The lab's lines as a table: pooled, held against what must be, and marked."""

from __future__ import annotations

from bench.lab_table import Runs, table


def line(**changes) -> dict:
    given = {
        "faults": 10, "masked": 0, "detected": 10, "incidents_per_fault": 1.0, "reopens": 0,
        "severity_ok": 1.0,
    }  # fmt: skip
    return {**given, **changes}


def run(preset: str, times: dict | None = None, **kinds: dict) -> dict:
    found = [
        [kind, one, one and 2 * one] for kind, several in (times or {}).items() for one in several
    ]
    return {
        "preset": preset, "times": found, "by_kind": kinds, "false": 1, "healthy_months": 20.0,
        "false_open_share": 0.001, "ours_incidents": 0, "ours_faults": 2,
        "run": {"rechecks": 20, "results": 1000},
    }  # fmt: skip


def cells(runs: Runs, name: str) -> list[str]:
    (found,) = [row for row in table(runs).splitlines() if row.startswith(f"| {name} |")]
    return [cell.strip() for cell in found.strip("|").split("|")][1:]


def test_percentiles_and_shares_are_of_the_faults_of_all_seeds_together():
    one = run("full60", {"hard_down": [30.0] * 15}, hard_down=line())
    other = run("full60", {"hard_down": [40.0] * 4 + [90.0]}, hard_down=line(detected=9))
    assert cells(Runs([one, other]), "hard down p95, 60 s") == [
        "40.0 s",
        "63.0 s",
        "32.0 s",
        "must",
    ]
    assert cells(Runs([one, other]), "recovery shown, hard down, p95")[::3] == ["80.0 s", "must"]
    assert cells(Runs([one, other]), "hard down found")[::3] == ["95.0%", "**missed**"]


def test_faults_that_began_inside_another_one_are_not_counted_against_it():
    runs = Runs([run("full60", hard_down=line(faults=12, masked=2))])
    assert cells(runs, "hard down found")[0] == "100.0%"
    assert cells(runs, "faults masked") == ["16.7%", "2.0%", "2.0%", "**missed**"]


def test_a_fault_that_was_never_found_is_a_miss():
    runs = Runs([run("full30", {"err50": [100.0, None]}, err50=line(detected=8))])
    assert cells(runs, "half of all fail, p95, 30 s")[::3] == ["a miss", "**missed**"]


def test_what_was_not_run_is_left_open():
    assert cells(Runs([]), "false / service / month") == ["-", "0.10", "0.03", ""]


def test_the_figures_of_one_soak_are_told():
    runs = Runs([run("soak60")], [run("soak60")], [(12.0, 9000), (14.5, 8000)])
    assert cells(runs, "false / service / month")[::3] == ["0.05", "must"]
    assert cells(runs, "the same, noise 2")[::3] == ["0.05", "moonshot"]
    assert cells(runs, "rechecks in health")[::3] == ["2.0%", "moonshot"]
    assert cells(runs, "CPU per result")[::3] == ["14 us", "must"]
    assert cells(runs, "largest state")[::3] == ["9000 B", "must"]
    assert cells(runs, "incidents from our own outages")[::3] == ["0", "moonshot"]

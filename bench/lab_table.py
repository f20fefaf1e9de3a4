"""The lab's lines as one Markdown table, over several seeds, against what is to be reached.

Run: .venv/bin/python -m bench.lab_table LAB/lab.py --seeds one,two,three [--arguments ARGUMENTS]

LAB/lab.py needs numpy, so it is run by `--python` (the system's). What it wrote is kept under
`--keep`, and `--again` makes the table from there. All is pooled over the seeds, 95th percentiles
over all single faults (`bench.lab_times`).
"""

from __future__ import annotations

import argparse
import json
import math
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COST = re.compile(r"bench\.lab: ([\d.]+) us CPU/result, largest state (\d+) bytes")
FULL = "full60", "full30", "full10"
SOAK = "soak60"
LAT30, LAT100, LAT300 = "lat30", "lat100", "lat300"
PRESETS = ",".join((*FULL, SOAK))


@dataclass(frozen=True, slots=True)
class Runs:
    """What the lab wrote, one entry a preset and seed, and the times of its faults; the costs."""

    scored: Sequence[dict[str, Any]]
    noisy: Sequence[dict[str, Any]] = ()
    costs: Sequence[tuple[float, int]] = ()

    def of(self, *presets: str) -> list[dict[str, Any]]:
        """Those of these presets."""
        return [run for run in self.scored if run["preset"] in presets]

    def kinds(self, presets: Iterable[str], *kinds: str) -> list[dict[str, Any]]:
        """The lines of these kinds of fault in these presets."""
        found = [run["by_kind"] for run in self.of(*presets)]
        return [lines[kind] for lines in found for kind in kinds if kind in lines]


Measure = Callable[[Runs], float]


@dataclass(frozen=True, slots=True)
class Goal:
    """One line of the table: what is measured, and what it must and might be."""

    name: str
    measure: Measure
    must: float
    moonshot: float
    form: str = "{:.1f} s"
    more_is_better: bool = False

    def met(self, value: float, limit: float) -> bool:
        """Whether a value is as good as a limit asks."""
        return value >= limit if self.more_is_better else value <= limit

    def row(self, runs: Runs) -> str:
        """The line in Markdown."""
        value = self.measure(runs)
        reached = "a miss" if math.isinf(value) else self._said(value)
        limits = self._said(self.must), self._said(self.moonshot)
        return f"| {' | '.join((self.name, reached, *limits, self._mark(value)))} |"

    def _mark(self, value: float) -> str:
        if math.isnan(value):
            return ""
        if self.met(value, self.moonshot):
            return "moonshot"
        return "must" if self.met(value, self.must) else "**missed**"

    def _said(self, value: float) -> str:
        return self.form.format(value) if math.isfinite(value) else "-"


def found(kind: str, *presets: str) -> Measure:
    """The share of faults found, of those that did not begin inside another one."""

    def measure(runs: Runs) -> float:
        lines = runs.kinds(presets, kind)
        return _share(
            sum(line["detected"] for line in lines),
            sum(line["faults"] - line["masked"] for line in lines),
        )

    return measure


def p95(kind: str, *presets: str) -> Measure:
    """The time in which 95 % of all faults of all seeds were found, in the worst of the presets."""
    return lambda runs: max(
        (
            _p95([math.inf if seconds is None else seconds for seconds, _ in found])
            for preset in presets
            if (found := _times(runs, kind, preset))
        ),
        default=math.nan,
    )


def lag_p95(kind: str, *presets: str) -> Measure:
    """The time in which 95 % of those found were shown as over, in the worst of the presets."""
    return lambda runs: max(
        (
            _p95([lag for _, lag in found if lag is not None])
            for preset in presets
            if (found := _times(runs, kind, preset))
        ),
        default=math.nan,
    )


def _times(runs: Runs, kind: str, preset: str) -> list[tuple[float | None, float | None]]:
    """For each fault of all seeds the seconds until it was found and until it was over."""
    return [
        (seconds, lag)
        for run in runs.of(preset)
        for name, seconds, lag in run["times"]
        if name == kind
    ]


def _p95(times: Sequence[float]) -> float:
    """As the lab takes it: the least time that so many do not exceed."""
    return sorted(times)[max(0, math.ceil(0.95 * len(times)) - 1)]


def each(kind: str, what: str, *presets: str) -> Measure:
    """A mean over the faults found."""

    def measure(runs: Runs) -> float:
        lines = [line for line in runs.kinds(presets, kind) if line["detected"]]
        whole = sum(line[what] * line["detected"] for line in lines)
        return _share(whole, sum(line["detected"] for line in lines))

    return measure


def reopened(runs: Runs) -> float:
    """How often a flap's incident is reopened."""
    lines = runs.kinds(FULL, "flap")
    return _share(sum(line["reopens"] for line in lines), sum(line["detected"] for line in lines))


def severity(runs: Runs) -> float:
    """The share of incidents with a severity that a person would accept."""
    lines = [
        (line["severity_ok"] * line["detected"], line["detected"])
        for run in runs.of(*FULL)
        for kind, line in run["by_kind"].items()
        if line["detected"] and kind != "err05"
    ]
    return _share(sum(right for right, _ in lines), sum(number for _, number in lines))


def masked(runs: Runs) -> float:
    """The share of faults that began while their service was already shown as bad."""
    lines = [line for run in runs.of(*FULL) for line in run["by_kind"].values()]
    return _share(sum(line["masked"] for line in lines), sum(line["faults"] for line in lines))


def pooled(what: str, over: str, *presets: str) -> Measure:
    """A count by what it is counted over."""
    return lambda runs: _per(runs.of(*presets), what, over)


def noisy(runs: Runs) -> float:
    """False incidents by service and month with twice the benign noise."""
    return _per(runs.noisy, "false", "healthy_months")


def open_while_healthy(runs: Runs) -> float:
    """The share of healthy time that is shown as bad, pooled by time."""
    found = runs.of(*FULL, SOAK)
    bad = sum(run["false_open_share"] * run["healthy_months"] for run in found)
    return _share(bad, sum(run["healthy_months"] for run in found))


def rechecks(runs: Runs) -> float:
    """The share of rechecks where nothing but noise happens."""
    found = [run["run"] for run in runs.of(SOAK)]
    return _share(sum(run["rechecks"] for run in found), sum(run["results"] for run in found))


def blamed(runs: Runs) -> float:
    """Incidents during our own outages."""
    return float(sum(run["ours_incidents"] for run in runs.scored)) if runs.scored else math.nan


def slowest(runs: Runs) -> float:
    """CPU microseconds of a result, in the worst run."""
    return max((cpu for cpu, _ in runs.costs), default=math.nan)


def largest(runs: Runs) -> float:
    """Bytes of the largest state."""
    return max((float(size) for _, size in runs.costs), default=math.nan)


def _per(runs: Iterable[dict[str, Any]], what: str, over: str) -> float:
    known = list(runs)
    return _share(sum(run[what] for run in known), sum(run[over] for run in known))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


PERCENT = "{:.1%}"


def _by_interval(
    name: str, kind: str, must: tuple[float, ...], moonshot: tuple[float, ...]
) -> list[Goal]:
    presets = zip(FULL, must, moonshot, strict=True)
    goals = [
        Goal(f"{name} p95, {preset[4:]} s", p95(kind, preset), least, most)
        for preset, least, most in presets
    ]
    return [Goal(f"{name} found", found(kind, *FULL), 1, 1, PERCENT, True), *goals]


GOALS = (
    *_by_interval("hard down", "hard_down", (63, 33, 18), (32, 21.5, 14.5)),
    Goal("half of all fail, found", found("err50", *FULL), 1, 1, PERCENT, True),
    Goal("half of all fail, p95, 30 s", p95("err50", "full30"), 200, 120),
    Goal("20 % fail, found", found("err20", *FULL), 1, 1, PERCENT, True),
    Goal("20 % fail, p95, 30 s", p95("err20", "full30"), 600, 300),
    Goal("5 % fail, found, 60 s", found("err05", "full60"), 0.4, 0.8, PERCENT, True),
    *_by_interval("latency x2", LAT100, (210, 130, 130), (180, 100, 100)),
    *_by_interval("latency x4", LAT300, (180, 120, 120), (95, 95, 95)),
    Goal("latency x1.3, found", found(LAT30, *FULL), 0.75, 0.95, PERCENT, True),
    Goal("latency x1.3, p95", p95(LAT30, *FULL), math.inf, 600),
    Goal("ramp to x3-5, p95", p95("ramp", *FULL), 900, 360),
    Goal("tail, found", found("tail", *FULL), 0.95, 1, PERCENT, True),
    Goal("tail, p95", p95("tail", *FULL), math.inf, 900),
    Goal("brownout, found", found("brownout", *FULL), -math.inf, 1, PERCENT, True),
    Goal("false / service / month", pooled("false", "healthy_months", SOAK), 0.1, 0.03, "{:.2f}"),
    Goal("the same, with faults", pooled("false", "healthy_months", *FULL), 0.16, 0.03, "{:.2f}"),
    Goal("the same, noise 2", noisy, 1.5, 0.3, "{:.2f}"),
    Goal("open while healthy", open_while_healthy, 0.005, 0.005, "{:.3%}"),
    Goal("faults masked", masked, 0.02, 0.02, PERCENT),
    Goal("incidents from our own outages", blamed, 0, 0, "{:.0f}"),
    Goal(
        "incidents per shared fault",
        each("dependency", "incidents_per_fault", *FULL), 1.1, 1.0, "{:.2f}",
    ),
    Goal("incidents per flap", each("flap", "incidents_per_fault", *FULL), 1.1, 1.0, "{:.2f}"),
    Goal("reopened per flap", reopened, math.inf, 1, "{:.2f}"),
    Goal("recovery shown, hard down, p95", lag_p95("hard_down", *FULL), 90, 45),
    Goal("severity right", severity, 0.9, 0.95, PERCENT, True),
    Goal("rechecks in health", rechecks, 0.05, 0.02, PERCENT),
    Goal("CPU per result", slowest, 50, 10, "{:.0f} us"),
    Goal("largest state", largest, 32768, 8192, "{:.0f} B"),
)  # fmt: skip


def table(runs: Runs) -> str:
    """All lines in Markdown."""
    head = ["| quantity | reached | must | moonshot | |", "|---|---|---|---|---|"]
    return "\n".join([*head, *(goal.row(runs) for goal in GOALS)])


@dataclass(frozen=True, slots=True)
class Play:
    """One world that the product's detector is run through, and where that is kept."""

    preset: str
    seed: str
    noise: float
    keep: Path

    def file(self, kind: str) -> Path:
        """Where something of it is kept."""
        return self.keep / f"{self.preset}-{self.seed}-{self.noise:g}.{kind}"

    def run(self, asked: argparse.Namespace) -> None:
        """Let the lab play and score it."""
        mine = ["--events", str(self.file("events")), *shlex.split(asked.arguments)]
        detector = shlex.join([sys.executable, "-m", "bench.lab", *mine])
        what = ["--seed", self.seed, "--preset", self.preset, "--noise", f"{self.noise:g}"]
        how = ["--cmd", detector, "--json", str(self.file("json")), "--jobs", "1"]
        with self.file("cost").open("w") as cost:
            subprocess.run(
                [asked.python, asked.lab, "run", *what, *how],
                check=True, stdout=sys.stderr, stderr=cost,
            )  # fmt: skip
        self.file("times").write_text(self._times(asked))

    def _times(self, asked: argparse.Namespace) -> str:
        script = Path(__file__).with_name("lab_times.py")
        world = asked.lab, self.preset, self.seed, f"{self.noise:g}", self.file("events")
        command = [asked.python, script, *world]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def play(asked: argparse.Namespace) -> None:
    """Let the lab run the product's detector through all presets and seeds."""
    presets = [(preset, 1) for preset in asked.presets.split(",")]
    presets += [(preset, 2) for preset in asked.noisy.split(",") if preset]
    seeds = asked.seeds.split(",")
    plays = [Play(preset, seed, noise, asked.keep) for preset, noise in presets for seed in seeds]
    with ThreadPoolExecutor(asked.jobs) as pool:
        for _ in pool.map(lambda one: one.run(asked), plays):
            pass


def read(kept: Path) -> Runs:
    """What was run and kept."""
    costs = [COST.findall(file.read_text()) for file in kept.glob("*.cost")]
    return Runs(
        [_scored(file) for file in sorted(kept.glob("*-1.json"))],
        [_scored(file) for file in sorted(kept.glob("*-2.json"))],
        [(float(cpu), int(size)) for found in costs for cpu, size in found],
    )


def _scored(file: Path) -> dict[str, Any]:
    (scored,) = json.loads(file.read_text())
    return {**scored, "times": json.loads(file.with_suffix(".times").read_text())}


def main() -> None:
    """Run the lab and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lab", type=Path, help="the lab's lab.py")
    parser.add_argument("--seeds", default="open", help="separated by commas")
    parser.add_argument("--presets", default=PRESETS)
    parser.add_argument("--noisy", default=SOAK, help="presets to run with twice the noise")
    parser.add_argument("--arguments", default="", help="for bench.lab, such as --no-canaries")
    parser.add_argument("--python", default="python3", help="an interpreter with numpy")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path(".data/lab"))
    parser.add_argument("--again", action="store_true", help="from what was kept")
    asked = parser.parse_args()
    if not asked.again:
        asked.keep.mkdir(parents=True, exist_ok=True)
        play(asked)
    print(table(read(asked.keep)))


if __name__ == "__main__":
    main()

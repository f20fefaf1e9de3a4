"""How long it took until each single fault of the lab was found and over; the lab tells sums only.

Run by `bench.lab_table` with an interpreter that has numpy:
    python3 bench/lab_times.py LAB/lab.py PRESET SEED NOISE EVENTS

The lab scores kinds of faults; here each fault is a kind of its own, and all else is the lab's.
Prints a JSON array of [kind, seconds to detection, seconds to recovery], null for what was not
found. Faults that began inside another one are left out, as the lab does.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

APART = "#"


def times(lab: Path, preset: str, seed: str, noise: float, events: Path) -> list[Any]:
    """For each fault its kind, and the seconds until it was found and until it was over."""
    sys.path.insert(0, str(lab.parent))
    world: Any = importlib.import_module("world")
    score: Any = importlib.import_module("score")
    played = world.World(seed, preset, noise)
    for number, fault in enumerate(played.faults):
        if fault["kind"] in score.CUSTOMER:
            kind, fault["kind"] = fault["kind"], f"{fault['kind']}{APART}{number}"
            world.RIGHT_SEVERITY[fault["kind"]] = world.RIGHT_SEVERITY[kind]
    score.CUSTOMER = tuple(fault["kind"] for fault in played.faults if APART in fault["kind"])
    said = [json.loads(line) for line in events.read_text().splitlines()]
    rows = score.score(played, said)["by_kind"]
    return [
        [
            kind.partition(APART)[0],
            *((row["ttd_med_s"], row["lag_med_s"]) if row["detected"] else (None, None)),
        ]
        for kind, row in rows.items()
        if APART in kind and not row["masked"]
    ]


def main() -> None:
    """Print the times."""
    lab, preset, seed, noise, events = sys.argv[1:]
    print(json.dumps(times(Path(lab), preset, seed, float(noise), Path(events))))


if __name__ == "__main__":
    main()

"""Judge the detectors in worlds that they have not seen.

Run: .venv/bin/python -m bench.world --seed NAME[,NAME...] [--services 24] [--days 14] [--learn 3]
         [--interval 60] [--jobs 2] [--json FILE] [--list-false] [--list-missed] [--confirm 3/3]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

from bench.world import driving, printing, scenario, scoring
from bench.world.scenario import Plan
from incidents.policy import Confirm, Quorum


def judge(plan: Plan, confirm: Confirm | None) -> scoring.Score:
    """Build, drive and score one world."""
    began = time.monotonic()
    world = scenario.build(plan)
    score = scoring.score(world, driving.run(world, confirm))
    print(f"{plan.seed}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    return score


def plain_rule(text: str) -> Confirm:
    """`3/3` as a rule to believe a failure."""
    needed, _, of = text.partition("/")
    return Confirm(fail=Quorum(int(needed), int(of)))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.world", description=__doc__.splitlines()[0])
    parser.add_argument("--seed", required=True, help="names of worlds, separated by commas")
    parser.add_argument("--services", type=int, default=24)
    parser.add_argument("--days", type=float, default=14, help="days that are judged")
    parser.add_argument("--learn", type=float, default=3, help="days before them")
    parser.add_argument("--interval", type=float, default=60, help="seconds")
    parser.add_argument("--jobs", type=int, default=2, help="worlds at a time")
    parser.add_argument(
        "--confirm", type=plain_rule, help="judge by a plain rule such as 3/3 instead"
    )
    parser.add_argument("--json", type=Path, help="write the scores here, too")
    parser.add_argument("--list-false", action="store_true", help="name every false alarm")
    parser.add_argument(
        "--list-missed", action="store_true", help="name every fault that was not found"
    )
    return parser.parse_args()


def main() -> None:
    wanted = arguments()
    plans = [
        Plan(seed, wanted.services, wanted.days, wanted.learn, wanted.interval)
        for seed in wanted.seed.split(",")
    ]
    with ProcessPoolExecutor(min(wanted.jobs, len(plans))) as workers:
        scores = list(workers.map(judge, plans, [wanted.confirm] * len(plans)))
    for score in [*scores, scoring.pooled(scores)] if len(scores) > 1 else scores:
        print("\n".join(printing.report(score)), end="\n\n")
        if len(score.seeds) == 1 and wanted.list_false:
            print("\n".join(printing.false_list(score)), end="\n\n")
        if len(score.seeds) == 1 and wanted.list_missed:
            print("\n".join(printing.missed_list(score)), end="\n\n")
    if wanted.json:
        wanted.json.write_text(json.dumps([asdict(score) for score in scores], indent=1) + "\n")


if __name__ == "__main__":
    main()

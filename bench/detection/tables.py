"""The tables of docs/detection.md that are computed: by trials, by theory, from the parameters."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

from bench.detection.theory import probes_for_failures, probes_for_latency
from bench.detection.trials import (
    LOCATIONS,
    PATIENCE,
    Fault,
    Trial,
    policy,
    quantile,
    recoveries,
    trials,
)
from incidents.detect.learned.parameters import BY_SENSITIVITY, Parameters
from incidents.policy import CheckPolicy, Confirm, Sensitivity

DOCUMENT = Path(__file__).parents[2] / "docs" / "detection.md"
INTERVALS = (10.0, 30.0, 60.0)

KINDS = (
    ("down, refused at once", Fault(failing=1.0)),
    ("down, no answer until the timeout", Fault(failing=1.0, hangs=True)),
    ("one probe in two fails", Fault(failing=0.5)),
    ("one in five", Fault(failing=0.2)),
    ("one in ten", Fault(failing=0.1)),
    ("one in twenty", Fault(failing=0.05)),
    ("down, from one location of three", Fault(failing=1.0, seen_from=("iad",))),
    ("answers take 4 times as long", Fault(factor=4.0)),
    ("2 times", Fault(factor=2.0)),
    ("1.5 times", Fault(factor=1.5)),
    ("1.3 times", Fault(factor=1.3)),
    ("15 % of answers take 5 times as long", Fault(outliers=0.15)),
)

_PLAIN = policy(30.0)
SETTINGS = (
    ("as it comes", _PLAIN),
    ("`sensitivity: calm`", replace(_PLAIN, sensitivity=Sensitivity.CALM)),
    ("`sensitivity: eager`", replace(_PLAIN, sensitivity=Sensitivity.EAGER)),
    ("`ignore_gaps: 0s`", replace(_PLAIN, ignore_gaps=timedelta(0))),
    ("`ignore_gaps: 30s`", replace(_PLAIN, ignore_gaps=timedelta(seconds=30))),
    ("`ignore_gaps: 60s`", replace(_PLAIN, ignore_gaps=timedelta(seconds=60))),
    ("`location_grace: 2m`", replace(_PLAIN, location_grace=timedelta(minutes=2))),
    ("`confirm`, 3/3", replace(_PLAIN, confirm=Confirm())),
    ("one location", policy(30.0, 1)),
)
_TRIED = (
    ("down", KINDS[0][1]),
    ("one in five fails", KINDS[3][1]),
    ("from one location", KINDS[6][1]),
    ("2 times as slow", KINDS[8][1]),
)

_SHARES = (0.02, 0.05, 0.1, 0.2, 0.5)
_FACTORS = (1.2, 1.3, 1.5, 2.0)

MEANINGS = {
    "failures": "evidence for failures",
    "shift": "evidence for slower answers",
    "tail": "evidence for outliers",
    "suspicion": "evidence from which on probes are made faster",
    "errors": "a part of the probes must fail for",
    "old": "and two failures must be older than",
    "slow": "answers must be slow for",
    "slight": "if they take less than 1.5 times as long",
    "alone": "with one location, everything must fail for",
    "hold": "nothing bad for, before a recovery is told",
    "watch": "and watched after that for",
}
_EVIDENCE = frozenset({"failures", "shift", "tail", "suspicion"})


def write() -> None:
    """Put every table into its place in the document."""
    written = DOCUMENT.read_text(encoding="utf-8")
    for name, make in TABLES.items():
        written = replaced(written, name, make())
    DOCUMENT.write_text(written, encoding="utf-8")


def replaced(document: str, name: str, table: str) -> str:
    """The document with one table anew."""
    place = re.compile(rf"(<!-- table: {name} -->\n).*?(<!-- /table -->)", re.DOTALL)
    found, count = place.subn(lambda match: f"{match[1]}{table}\n{match[2]}", document)
    if count != 1:
        raise ValueError(f"the document has {count} places for the table {name}")
    return found


# What is found when ---------------------------------------------------------------------------


def found_table() -> str:
    """Time to detection by kind of fault and interval, and how soon its end is told."""
    head = ["fault", *(f"every {interval:g} s" for interval in INTERVALS), "over, every 30 s"]
    rows = (
        [name, *(cell(trials(policy(each), fault)) for each in INTERVALS), _over(fault)]
        for name, fault in KINDS
    )
    return markdown(head, rows)


def settings_table() -> str:
    """What a setting costs or saves, at an interval of half a minute."""
    rows = ([name, *(_tried(how, fault) for _, fault in _TRIED)] for name, how in SETTINGS)
    return markdown(["every 30 s", *(name for name, _ in _TRIED)], rows)


def _tried(how: CheckPolicy, fault: Fault) -> str:
    if len(how.locations) == 1 and fault.seen_from != LOCATIONS:
        return "cannot be known"
    return cell(trials(how, fault))


def _over(fault: Fault) -> str:
    found = recoveries(policy(30.0), fault)
    return cell(found) if len(found) >= 5 else ""


def cell(found: Sequence[Trial]) -> str:
    """Half of the trials and 95 % of them, or how many were told at all."""
    half, most = quantile(found, 0.5), quantile(found, 0.95)
    share = sum(trial is not None for trial in found) / len(found)
    if math.isinf(half):
        return f"{percent(share)} found" if share else "not found"
    if math.isinf(most):
        return f"{span(half)}, {percent(share)} found"
    return f"{span(half)} ({span(most)})"


# What theory says, and what the parameters are ------------------------------------------------


def theory_table() -> str:
    """Probes that are needed, and the time in which planned probes bring them."""
    head = ["fault", "probes", *(f"every {interval:g} s" for interval in INTERVALS)]
    asked = [(f"{percent(share)} fail", probes_for_failures(share)) for share in _SHARES]
    asked += [(f"{factor:g} times as slow", probes_for_latency(factor)) for factor in _FACTORS]
    rows = (
        [name, f"{math.ceil(probes)}", *(span(_lasts(probes, each)) for each in INTERVALS)]
        for name, probes in asked
    )
    return markdown(head, rows)


def _lasts(probes: float, interval: float) -> float:
    return math.ceil(probes) * interval / len(LOCATIONS)


def parameters_table() -> str:
    """The numbers behind each sensitivity, in nats and seconds."""
    rows = (
        [MEANINGS[one.name], *(_said(one.name, BY_SENSITIVITY[each]) for each in Sensitivity)]
        for one in fields(Parameters)
    )
    return markdown(["", *(f"`{each}`" for each in Sensitivity)], rows)


def _said(name: str, parameters: Parameters) -> str:
    value = float(getattr(parameters, name))
    return f"{value:g} nats" if name in _EVIDENCE else span(value)


def span(seconds: float) -> str:
    """As in "13 s", "2.5 min" or "1.2 h"."""
    if seconds < 119.5:
        return f"{seconds:.0f} s"
    if seconds < 595:
        return f"{seconds / 60:.1f} min".replace(".0 ", " ")
    return f"{seconds / 60:.0f} min" if seconds < PATIENCE else f"{seconds / 3600:.1f} h"


def percent(share: float) -> str:
    """As in "85 %"."""
    return f"{share * 100:.0f} %"


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table."""
    return "\n".join(_lines(head, rows))


def _lines(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


TABLES: dict[str, Callable[[], str]] = {
    "found": found_table,
    "settings": settings_table,
    "theory": theory_table,
    "parameters": parameters_table,
}

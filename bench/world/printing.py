"""The score as text, with the targets beside it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from statistics import mean

from bench.world.almanac import MONTH, say
from bench.world.scoring import Alarm, FaultScore, Score, poisson_interval

_COLUMNS = {
    "fault": 20,
    "n": 4,
    "found": 6,
    "late": 5,
    "masked": 7,
    "median": 8,
    "p95": 8,
    "inc/f": 6,
    "again": 6,
    "right": 6,
    "lag": 7,
    "lag95": 7,
    "reach": 6,
    "where": 6,
}
"""Column to its width.

found: shown before its end; late: only after it; masked: bad already when it began. p95 counts
what was not found as never. again: how often it became bad once more in the same incident.
right: its worst status is one that a person would accept. lag: from its end until nothing of it
was shown. reach: share of its services shown. where: the right locations were named.
"""


def report(score: Score) -> Iterator[str]:
    """The whole report, line by line."""
    yield f"world {', '.join(score.seeds)}"
    yield ""
    yield from fault_table(score.faults)
    yield ""
    yield from figures(score)
    yield ""
    yield from causes("false, by what was going on", score.false)
    if score.blamed:
        yield from causes("blamed on our own outages", score.blamed)


def fault_table(faults: Sequence[FaultScore]) -> Iterator[str]:
    """A row for each kind of fault, and one for all."""
    yield _row(tuple(_COLUMNS))
    for kind in sorted({fault.kind for fault in faults}):
        yield _row(_cells(kind, [fault for fault in faults if fault.kind == kind]))
    yield _row(_cells("all", faults))


def _cells(kind: str, faults: Sequence[FaultScore]) -> tuple[str, ...]:
    judged = [fault for fault in faults if not fault.masked]
    found = [fault for fault in judged if fault.seconds is not None]
    shown = [fault for fault in judged if fault.incidents]
    times = [math.inf if fault.seconds is None else fault.seconds for fault in judged]
    placed = [fault for fault in shown if fault.named is not None]
    lags = [fault.lag for fault in shown if fault.lag is not None]
    return (
        kind,
        str(len(faults)),
        share(len(found), len(judged)),
        str(sum(fault.late for fault in judged)),
        str(len(faults) - len(judged)),
        span(quantile([time for time in times if time < math.inf], 0.5)),
        span(quantile(times, 0.95)),
        f"{mean(fault.incidents for fault in shown):.2f}" if shown else "-",
        str(sum(fault.relapses for fault in shown)),
        share(sum(fault.right for fault in shown), len(shown)),
        span(quantile(lags, 0.5)),
        span(quantile(lags, 0.95)),
        f"{mean(fault.reached for fault in found):.2f}" if found else "-",
        share(sum(fault.named is True for fault in placed), len(placed)),
    )


def figures(score: Score) -> Iterator[str]:
    """The figures that have targets, and what they cost."""
    judged = [fault for fault in score.faults if not fault.masked]
    found = sum(fault.seconds is not None for fault in judged)
    opened = score.open_seconds / score.healthy_seconds
    blamed = len(_one_each(score.blamed))
    apart = mean([fault.incidents for fault in judged if fault.incidents] or [0])
    yield _false_rate(score)
    yield _aimed("shown as bad while healthy", f"{opened:.3%}", "<= 0.5 %", opened <= 0.005)
    share_found = share(found, len(judged))
    yield _aimed("faults found", share_found, ">= 95 %", found >= 0.95 * len(judged))
    yield _aimed("incidents per fault", f"{apart:.2f}", "<= 1.2", apart <= 1.2)
    yield _aimed("incidents blamed on our outages", str(blamed), "0", blamed == 0)
    yield _plain(
        "services named falsely", f"{len(score.false)}; by our outages {len(score.blamed)}"
    )
    yield _plain("incidents in all", str(score.incidents))
    yield from _costs(score)


def _false_rate(score: Score) -> str:
    months, count = score.healthy_seconds / MONTH, len(_one_each(score.false))
    rate, low, high = (number / months for number in (count, *poisson_interval(count)))
    value = f"{rate:.2f} ({low:.2f} to {high:.2f}; {count} in {months:.1f})"
    return _aimed("false incidents/service and month", value, "<= 0.5", rate <= 0.5)


def _costs(score: Score) -> Iterator[str]:
    planned = max(score.results - score.rechecks, 1)
    in_health = score.healthy_rechecks / max(score.healthy_planned, 1)
    shares = f"{score.rechecks / planned:.2%}; of services in health {in_health:.2%}"
    yield _plain("rechecks, of planned probes", shares)
    cost = 1e6 * score.feeding_seconds / max(score.results, 1)
    yield _plain("microseconds for each result", f"{cost:.1f} ({score.results} results)")


def _aimed(name: str, value: str, target: str, held: bool) -> str:
    return f"{'ok' if held else '! '} {name:36s}{value:36s} target {target}"


def _plain(name: str, value: str) -> str:
    return f"   {name:36s}{value}"


def _one_each(alarms: Iterable[Alarm]) -> list[Alarm]:
    """The first alarm of each incident."""
    first: dict[str, Alarm] = {}
    for alarm in alarms:
        first.setdefault(alarm.incident, alarm)
    return list(first.values())


def causes(title: str, alarms: Sequence[Alarm]) -> Iterator[str]:
    """How many incidents each cause led to, the most frequent first."""
    counted = Counter(
        f"{alarm.cause} ({alarm.shape})" if alarm.cause == "ordinary noise" else alarm.cause
        for alarm in _one_each(alarms)
    )
    yield f"{title}: {sum(counted.values())}"
    for cause, count in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])):
        yield f"  {count:5d}  {cause}"


def false_list(score: Score) -> Iterator[str]:
    """Every false alarm, and every one that we owe to ourselves."""
    for title, alarms in (("false", score.false), ("blamed", score.blamed)):
        for alarm in sorted(alarms, key=lambda one: one.start):
            also = f" (also {', '.join(alarm.others)})" if alarm.others else ""
            yield (
                f"  {title:6s} {say(alarm.start)} {alarm.service:8s} {alarm.shape:9s} "
                f"{alarm.status:21s} for {span(alarm.lasts):>7s}  {alarm.cause}{also}"
            )


def missed_list(score: Score) -> Iterator[str]:
    """Every fault that was not found in time, or called by a wrong name."""
    for fault in score.faults:
        if fault.seconds is None or not fault.right:
            who = (
                fault.services[0] if len(fault.services) == 1 else f"{len(fault.services)} of them"
            )
            lasts = span(fault.end - fault.start)
            yield f"  {say(fault.start)} {fault.kind:20s} {who:11s} for {lasts:>6s}  {_fate(fault)}"


def _fate(fault: FaultScore) -> str:
    if fault.masked:
        return "masked"
    if not fault.incidents:
        return "missed"
    return "late" if fault.late else f"shown as {fault.worst}"


def quantile(numbers: Sequence[float], part: float) -> float:
    """The smallest number that so large a part is not above; not a number if there is none."""
    ordered = sorted(numbers)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)] if ordered else math.nan


def share(part: int, whole: int) -> str:
    """A part of a whole in percent."""
    return f"{part / whole:.0%}" if whole else "-"


def span(seconds: float) -> str:
    """Seconds for a narrow column."""
    if math.isnan(seconds):
        return "-"
    if math.isinf(seconds):
        return "miss"
    sizes = ((86400, "d"), (5400, "h"), (600, "m"))
    for size, unit in sizes:
        if abs(seconds) >= size:
            return f"{seconds / (size if unit == 'd' else 3600 if unit == 'h' else 60):.1f}{unit}"
    return f"{seconds:.0f}s"


def _row(cells: Sequence[str]) -> str:
    first, *others = zip(cells, _COLUMNS.values(), strict=True)
    return f"{first[0]:{first[1]}s}" + "".join(f"{cell:>{width}s}" for cell, width in others)

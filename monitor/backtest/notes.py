"""What is to be known about a backtest: in what it can differ from what would have been."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from incidents.moves import moves
from incidents.policy import Policy
from monitor.backtest.machine import worth_making
from monitor.backtest.playing import Played
from monitor.backtest.sources import Source, Stored

_SHOWN = 5


def notes(played: Played, left_out: Sequence[str], without: Sequence[str] = ()) -> tuple[str, ...]:
    """One sentence for each thing that matters here.

    `left_out` are checks that the file does not have, `without` those of it without results.
    """
    return tuple(_notes(played, left_out, without))


def without_results(source: Source, policy: Policy) -> tuple[str, ...]:
    """Checks that are probed, but of which nothing is stored, by no earlier id either."""
    if not isinstance(source, Stored):
        return ()
    renamed, stored = moves(policy).checks, source.checks()
    known = stored | {renamed[old] for old in stored if old in renamed}
    probed = (id for id, check in policy.checks.items() if check.pushed is None)
    return tuple(sorted(id for id in probed if id not in known))


def _notes(played: Played, left_out: Sequence[str], without: Sequence[str]) -> Iterator[str]:
    folded = played.folded
    if folded.made or folded.wished:
        yield (
            f"Rechecks cannot be made anew: {folded.made:,} that were made are in the results,"
            f" while these settings would have asked for {folded.wished:,}. Where they would have"
            " asked and nobody did, they would have known sooner in life."
        )
    yield (
        "What is learned (usual latency, usual failures) began with nothing at the first result;"
        " a running service has learned for longer."
    )
    yield (
        "Outcomes are as they were judged then: a change of `expect` or `degraded_if` shows only"
        " in new results."
    )
    if played.processes > 1:
        yield (
            "What the fleet learns together was learned in"
            f" {played.processes} parts; --jobs 1 learns it as a running service does."
        )
    if folded.past:
        yield (
            f"{sum(folded.past.values()):,} results answer another question than the check asks"
            f" now, and were left out: {_some(sorted(folded.past))}."
        )
    if folded.elsewhere:
        yield (
            "Results from locations that their checks do not have were left out:"
            f" {sum(folded.elsewhere.values()):,} from {_some(sorted(folded.elsewhere))}."
        )
    if without:
        yield f"There are no results of {_some(without)}: nothing can be said of them."
    if left_out:
        yield f"Results of checks that the file does not have were left out: {_some(left_out)}."
    if worth_making(folded.results, played.processes) and not played.fast:
        yield "With numba so many results are replayed faster: pip install 'upfront-status[fast]'."


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"

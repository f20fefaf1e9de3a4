"""What is to be known about a backtest: in what it can differ from what would have been."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.backtest.playing import Played

_SHOWN = 5


def notes(played: Played, left_out: Sequence[str]) -> tuple[str, ...]:
    """One sentence for each thing that matters here."""
    return tuple(_notes(played, left_out))


def _notes(played: Played, left_out: Sequence[str]) -> Iterator[str]:
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
    if left_out:
        yield f"Results of checks that the file does not have were left out: {_some(left_out)}."


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"

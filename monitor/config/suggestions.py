"""What was probably meant: the nearest of the names that are possible."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

WORDS_OF_OTHERS: Mapping[str, str] = {
    "alerts": "routes",
    "alerting": "channels",
    "dependencies": "depends_on",
    "endpoints": "components",
    "every": "interval",
    "frequency": "interval",
    "labels": "name",
    "less_than": "below",
    "max": "below",
    "min": "above",
    "more_than": "above",
    "monitors": "checks",
    "needs": "depends_on",
    "notifications": "channels",
    "notifiers": "channels",
    "over": "above",
    "period": "interval",
    "probes": "checks",
    "retries": "confirm",
    "schedule": "interval",
    "services": "components",
    "slo": "objective",
    "sla": "agreement",
    "threshold": "confirm",
    "title": "name",
    "under": "below",
}
"""Words that other tools use for what we call otherwise."""


def nearest(word: str, possible: Iterable[str]) -> str | None:
    """The possible name that a mistyped or foreign word most likely stands for."""
    names = list(possible)
    lower = word.lower().replace("-", "_")
    by_lower = {name.lower(): name for name in names}
    foreign = {theirs: ours for theirs, ours in WORDS_OF_OTHERS.items() if ours in names}
    if lower in by_lower:
        return by_lower[lower]
    if lower in foreign:
        return foreign[lower]
    begun = [name for name in by_lower if len(lower) > 2 and _begins(name, lower)]
    if len(begun) == 1:
        return by_lower[begun[0]]
    meant = foreign | by_lower
    close = difflib.get_close_matches(lower, meant, n=1, cutoff=0.65)
    return meant[close[0]] if close else None


def _begins(name: str, word: str) -> bool:
    """Whether one is the beginning of the other: auto, automatic."""
    return name.startswith(word) or (len(name) > 3 and word.startswith(name))


def did_you_mean(word: str, possible: Iterable[str]) -> str:
    """The tail of a message: `, did you mean "interval"?`, or nothing."""
    meant = nearest(word, possible)
    return f', did you mean "{meant}"?' if meant else ""


def listing(names: Iterable[str], *, at_most: int = 12) -> str:
    """Names for a sentence: "a, b and c"; long lists are cut."""
    told = [str(name) for name in names]
    if len(told) > at_most:
        return ", ".join(told[:at_most]) + ", …"
    return " and ".join(filter(None, [", ".join(told[:-1]), *told[-1:]]))


def unknown(what: str, word: str, known: Iterable[str]) -> str:
    """That there is no such thing, and which one was probably meant."""
    names = list(known)
    near = did_you_mean(word, names)
    some = f"; there are {listing(names)}." if names else "; there are none."
    return f'There is no {what} "{word}"{near or some}'

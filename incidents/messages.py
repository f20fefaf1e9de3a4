"""The machine's words, in customers' terms: titles and bodies of updates, in any language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from incidents import maintenance_words
from incidents.impact import SHOWN_FIRST
from incidents.model import ComponentStatus, Phrase, Shift
from incidents.policy import Policy
from incidents.words import FALLBACK, Words, load

Statuses = Mapping[str, ComponentStatus]

_BETWEEN_NAMES = "\n"
_STILL = "still:"
"""Begins the key of a status that components had before, too."""
_MORE = "+"
"""Ends the key of a status under which is counted who has it besides those named."""

MOST_NAMES = 5
"""Beyond so many, the others are counted; one more is still named."""

_CLAUSES: Mapping[str, str] = {
    "title": "is",
    "past_title": "was",
    "watched_title": "again",
    "opened": "is",
    "worsened": "now",
    "relapsed": "again",
    "holding": "still",
    "holding_recovered": "still",
    "recovered": "again",
    "resolved": "normal",
}
"""A phrase's key to how it puts what a component is; the texts are `clause.HOW.STATUS`."""


def title(statuses: Statuses, policy: Policy) -> Phrase:
    """What an incident goes by: "Checkout and Payments are down, Search is slow"."""
    return _phrase("title", troubled(statuses) or statuses, policy)


def past_title(worst: Statuses, policy: Policy) -> Phrase:
    """The same once it is over, by the worst there was: "Checkout was down"."""
    return _phrase("past_title", troubled(worst) or worst, policy)


def watched_title(statuses: Statuses, policy: Policy) -> Phrase:
    """What is said above the news that all is well, and watched."""
    return _phrase("watched_title", _well(statuses), policy)


def opened(statuses: Statuses, policy: Policy) -> Phrase:
    """The first words."""
    return _phrase("opened", troubled(statuses), policy)


def worsened(shifts: Mapping[str, Shift], policy: Policy) -> Phrase:
    """It got worse, or reached more components: what changed since it was told, then the rest."""
    changed: dict[str, ComponentStatus] = {}
    rest: dict[str, ComponentStatus] = {}
    for name, shift in shifts.items():
        if shift.after is not ComponentStatus.OPERATIONAL:
            (rest if shift.before is shift.after else changed)[name] = shift.after
    still = {_STILL + status: names for status, names in _names(rest, policy).items()}
    return Phrase("worsened", _names(changed, policy) | still)


def relapsed(statuses: Statuses, policy: Policy) -> Phrase:
    """It seemed to be over."""
    return _phrase("relapsed", troubled(statuses), policy)


def recovered(statuses: Statuses, policy: Policy) -> Phrase:
    """All is well, and watched."""
    return _phrase("recovered", _well(statuses), policy)


def resolved(statuses: Statuses, policy: Policy) -> Phrase:
    """It is over."""
    return _phrase("resolved", _well(statuses), policy)


def holding(statuses: Statuses, policy: Policy) -> Phrase:
    """Nothing new, said before the promise to write is broken."""
    found = troubled(statuses)
    return _phrase("holding" if found else "holding_recovered", found or statuses, policy)


def forgotten(statuses: Statuses, policy: Policy) -> Phrase:
    """What was in trouble is no longer monitored."""
    return _phrase("forgotten", troubled(statuses) or statuses, policy)


def troubled(statuses: Statuses) -> dict[str, ComponentStatus]:
    """The components that are not well."""
    return {
        component: status
        for component, status in statuses.items()
        if status is not ComponentStatus.OPERATIONAL
    }


def _well(statuses: Statuses) -> dict[str, ComponentStatus]:
    return {
        component: status
        for component, status in statuses.items()
        if status is ComponentStatus.OPERATIONAL
    }


def component_name(component: str, policy: Policy) -> str:
    """What customers call a component; one no longer configured goes by its id."""
    found = policy.components.get(component)
    return " ".join((found.name if found else component).split()) or component


def _phrase(key: str, statuses: Statuses, policy: Policy) -> Phrase:
    return Phrase(key, _names(statuses, policy))


def _names(statuses: Statuses, policy: Policy) -> dict[str, str]:
    """For each status, worst first, the names that have it."""
    components: defaultdict[ComponentStatus, list[str]] = defaultdict(list)
    for component, status in statuses.items():
        components[status].append(component)
    found: dict[str, str] = {}
    for status in SHOWN_FIRST:
        if status in components:
            found |= _row(status.value, components[status], policy)
    return found


def _row(status: str, components: Sequence[str], policy: Policy) -> dict[str, str]:
    """Those who are named, and how many there are besides: in a storm there are thousands."""
    more = len(components) - MOST_NAMES if len(components) > MOST_NAMES + 1 else 0
    shown = components[:MOST_NAMES] if more else components
    row = {status: _BETWEEN_NAMES.join(component_name(one, policy) for one in shown)}
    return row | {status + _MORE: str(more)} if more else row


def written(phrase: Phrase) -> str:
    """The phrase as the log keeps it beside the key: in English."""
    return say(phrase, load(FALLBACK))


def told(phrase: Phrase | None, text: str, words: Words) -> str:
    """The machine's words in the reader's language; a person's, or a later version's, as written.

    `text` is what was written.
    """
    if phrase is None:
        return text
    try:
        return say(phrase, words)
    except KeyError:
        return text


def say(phrase: Phrase, words: Words) -> str:
    """The phrase in a language.

    Raises:
        KeyError: It is one of a later version.
    """
    if phrase.key.startswith(maintenance_words.SCOPE):
        return maintenance_words.say(phrase, words)
    rows = list(_rows(phrase))
    return words(
        _known(f"phrase.{phrase.key}", words),
        clauses=words("list.comma").join(_clauses(phrase.key, rows, words)),
        names=_listed([one for row in rows for one in row[1]], sum(row[2] for row in rows), words),
    )


def _rows(phrase: Phrase) -> Iterator[tuple[str, list[str], int]]:
    """Of each status: who is named, and how many there are besides."""
    for status, row in phrase.values.items():
        if not status.endswith(_MORE):
            yield status, row.split(_BETWEEN_NAMES), int(phrase.values.get(status + _MORE, 0))


def _clauses(
    key: str, rows: Iterable[tuple[str, Sequence[str], int]], words: Words
) -> Iterator[str]:
    """What is said of each status; nothing where the names alone are told."""
    how = _CLAUSES.get(key)
    for status, names, more in rows if how else ():
        said = "still" if status.startswith(_STILL) else how
        clause = f"clause.{said}.{status.removeprefix(_STILL)}"
        _known(f"{clause}.other", words)
        yield words.count(clause, len(names) + more, names=_listed(names, more, words))


def _listed(names: Sequence[str], more: int, words: Words) -> str:
    return words.listed(names, at_most=MOST_NAMES + 1, more=more)


def _known(key: str, words: Words) -> str:
    if key not in words:
        raise KeyError(key)
    return key

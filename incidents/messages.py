"""The machine's words, in customers' terms: titles and bodies of updates, in any language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from incidents import maintenance_words, roll
from incidents.impact import SHOWN_FIRST
from incidents.model import ComponentStatus, Phrase, Shift
from incidents.policy import Policy
from incidents.roll import Roll, Row
from incidents.words import FALLBACK, Words, load

_WELL = ComponentStatus.OPERATIONAL
_BETWEEN_NAMES = "\n"
_STILL = "still:"
"""Begins the key of a status that components had before, too."""
_MORE = "+"
"""Ends the key of a status under which is counted who has it besides those named."""

MOST_NAMES = roll.FIRST - 1
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


def title(who: Roll, policy: Policy) -> Phrase:
    """What an incident goes by: "Checkout and Payments are down, Search is slow"."""
    return _phrase("title", troubled(who) or who, policy)


def past_title(worst: Roll, policy: Policy) -> Phrase:
    """The same once it is over, by the worst there was: "Checkout was down"."""
    return _phrase("past_title", troubled(worst) or worst, policy)


def watched_title(who: Roll, policy: Policy) -> Phrase:
    """What is said above the news that all is well, and watched."""
    return _phrase("watched_title", _well(who), policy)


def opened(who: Roll, policy: Policy) -> Phrase:
    """The first words."""
    return _phrase("opened", troubled(who), policy)


def worsened(shifts: Mapping[str, Shift], policy: Policy) -> Phrase:
    """It got worse, or reached more components: what changed since it was told, then the rest."""
    changed: dict[str, ComponentStatus] = {}
    rest: dict[str, ComponentStatus] = {}
    for name, shift in shifts.items():
        if shift.after is not _WELL:
            (rest if shift.before is shift.after else changed)[name] = shift.after
    still = {_STILL + status: names for status, names in _names(roll.of(rest), policy).items()}
    return Phrase("worsened", _names(roll.of(changed), policy) | still)


def relapsed(who: Roll, policy: Policy) -> Phrase:
    """It seemed to be over."""
    return _phrase("relapsed", troubled(who), policy)


def recovered(who: Roll, policy: Policy) -> Phrase:
    """All is well, and watched."""
    return _phrase("recovered", _well(who), policy)


def resolved(who: Roll, policy: Policy) -> Phrase:
    """It is over."""
    return _phrase("resolved", _well(who), policy)


def holding(who: Roll, policy: Policy) -> Phrase:
    """Nothing new, said before the promise to write is broken."""
    found = troubled(who)
    return _phrase("holding" if found else "holding_recovered", found or who, policy)


def forgotten(who: Roll, policy: Policy) -> Phrase:
    """What was in trouble is no longer monitored."""
    return _phrase("forgotten", troubled(who) or who, policy)


def troubled(who: Roll) -> Roll:
    """Those that are not well."""
    return {status: row for status, row in who.items() if status is not _WELL}


def _well(who: Roll) -> Roll:
    return {status: row for status, row in who.items() if status is _WELL}


def component_name(component: str, policy: Policy) -> str:
    """What customers call a component; one no longer configured goes by its id."""
    found = policy.components.get(component)
    return " ".join((found.name if found else component).split()) or component


def _phrase(key: str, who: Roll, policy: Policy) -> Phrase:
    return Phrase(key, _names(who, policy))


def _names(who: Roll, policy: Policy) -> dict[str, str]:
    """For each status, worst first, the names that have it."""
    found: dict[str, str] = {}
    for status in SHOWN_FIRST:
        if status in who:
            found |= _row(status.value, who[status], policy)
    return found


def _row(status: str, those: Row, policy: Policy) -> dict[str, str]:
    """Those who are named, and how many there are besides: in a storm there are thousands."""
    more = those.count - MOST_NAMES if those.count > MOST_NAMES + 1 else 0
    shown = those.first[:MOST_NAMES] if more else those.first
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

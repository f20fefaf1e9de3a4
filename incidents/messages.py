"""The machine's words, in customers' terms: titles and bodies of updates, in any language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from incidents.impact import SHOWN_FIRST
from incidents.model import ComponentStatus, Phrase, Shift
from incidents.policy import Policy

Statuses = Mapping[str, ComponentStatus]

_BETWEEN_NAMES = "\n"
_STILL = "still:"
"""Begins the key of a status that components had before, too."""

MOST_NAMES = 5
"""Beyond so many, the others are counted; one more is still named."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language's words; `state` and `bodies` are filled with names and the right "is"."""

    joint: str
    more: str
    are: tuple[str, str]
    were: tuple[str, str]
    still: str
    """A clause about components that are as they were."""
    states: Mapping[ComponentStatus, str]
    bodies: Mapping[str, tuple[str, str]]
    """Key to a clause about components in one state, and the sentence around the clauses."""


ENGLISH = Language(
    joint="and",
    more="{count} more",
    are=("is", "are"),
    were=("was", "were"),
    still="{names} {are} still {state}",
    states={
        ComponentStatus.MAJOR_OUTAGE: "down",
        ComponentStatus.PARTIAL_OUTAGE: "partly down",
        ComponentStatus.DEGRADED: "slow",
        ComponentStatus.OPERATIONAL: "working",
    },
    bodies={
        "title": ("{names} {are} {state}", "{clauses}"),
        "past_title": ("{names} {were} {state}", "{clauses}"),
        "watched_title": ("{names} {are} {state} again", "{clauses}; we keep watching"),
        "opened": ("{names} {are} {state}", "{clauses}. We are looking into it."),
        "worsened": ("{names} {are} now {state}", "{clauses}. We are looking into it."),
        "relapsed": ("{names} {are} {state} again", "{clauses}. We are looking into it."),
        "holding": ("{names} {are} still {state}", "{clauses}. We have no more news yet."),
        "holding_recovered": (
            "{names} {are} still {state}",
            "{clauses}. We keep watching until we are sure.",
        ),
        "recovered": (
            "{names} {are} {state} again",
            "{clauses}. We keep watching until we are sure.",
        ),
        "resolved": (
            "{names} {are} {state} normally again",
            "{clauses}. We are sorry for the trouble.",
        ),
        "forgotten": (
            "{names}",
            "We no longer monitor {clauses}, so we cannot see how it goes on.",
        ),
    },
)
GERMAN = Language(
    joint="und",
    more="{count} weitere",
    are=("ist", "sind"),
    were=("war", "waren"),
    still="{names} {are} weiterhin {state}",
    states={
        ComponentStatus.MAJOR_OUTAGE: "ausgefallen",
        ComponentStatus.PARTIAL_OUTAGE: "teilweise ausgefallen",
        ComponentStatus.DEGRADED: "langsam",
        ComponentStatus.OPERATIONAL: "in Ordnung",
    },
    bodies={
        "title": ("{names} {are} {state}", "{clauses}"),
        "past_title": ("{names} {were} {state}", "{clauses}"),
        "watched_title": ("{names} {are} wieder {state}", "{clauses}; wir beobachten es weiter"),
        "opened": ("{names} {are} {state}", "{clauses}. Wir gehen der Sache nach."),
        "worsened": ("{names} {are} jetzt {state}", "{clauses}. Wir gehen der Sache nach."),
        "relapsed": ("{names} {are} wieder {state}", "{clauses}. Wir gehen der Sache nach."),
        "holding": ("{names} {are} noch immer {state}", "{clauses}. Mehr wissen wir noch nicht."),
        "holding_recovered": (
            "{names} {are} weiterhin {state}",
            "{clauses}. Wir beobachten es, bis wir sicher sind.",
        ),
        "recovered": (
            "{names} {are} wieder {state}",
            "{clauses}. Wir beobachten es, bis wir sicher sind.",
        ),
        "resolved": (
            "{names} {are} wieder {state}",
            "{clauses}. Wir bitten um Entschuldigung.",
        ),
        "forgotten": (
            "{names}",
            "Wir überwachen {clauses} nicht mehr und sehen nicht, wie es weitergeht.",
        ),
    },
)
LANGUAGES: Mapping[str, Language] = {"en": ENGLISH, "de": GERMAN}


def title(statuses: Statuses, policy: Policy) -> str:
    """What an incident goes by: "Checkout and Payments are down, Search is slow"."""
    return say(_phrase("title", troubled(statuses) or statuses, policy))


def past_title(worst: Statuses, policy: Policy) -> str:
    """The same once it is over, by the worst there was: "Checkout was down"."""
    return say(_phrase("past_title", troubled(worst) or worst, policy))


def watched_title(statuses: Statuses, policy: Policy) -> Phrase:
    """What is said above the news that all is well, and watched."""
    return _phrase("watched_title", _well(statuses), policy)


def opened(statuses: Statuses, policy: Policy) -> Phrase:
    """The first words."""
    return _phrase("opened", troubled(statuses), policy)


def worsened(shifts: Mapping[str, Shift], policy: Policy) -> Phrase:
    """It got worse, or reached more components: what changed since it was told, then the rest."""
    now = {name: shift.after for name, shift in shifts.items()}
    same = {name for name, shift in shifts.items() if shift.before is shift.after}
    changed = {name: status for name, status in troubled(now).items() if name not in same}
    rest = {name: status for name, status in troubled(now).items() if name in same}
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
    names: defaultdict[ComponentStatus, list[str]] = defaultdict(list)
    for component, status in statuses.items():
        names[status].append(component_name(component, policy))
    return {
        status.value: _BETWEEN_NAMES.join(names[status])
        for status in SHOWN_FIRST
        if status in names
    }


def say(phrase: Phrase, language: str = "en") -> str:
    """The phrase in a language, in English where that language is not spoken here."""
    words = LANGUAGES.get(language.partition("-")[0].lower(), ENGLISH)
    clause, sentence = words.bodies[phrase.key]
    clauses = [
        _clause(
            words.still if status.startswith(_STILL) else clause,
            ComponentStatus(status.removeprefix(_STILL)),
            names.split(_BETWEEN_NAMES),
            words,
        )
        for status, names in phrase.values.items()
    ]
    return sentence.replace("{clauses}", ", ".join(clauses))


def _clause(clause: str, status: ComponentStatus, names: Sequence[str], words: Language) -> str:
    shown = list(names)
    if len(names) > MOST_NAMES + 1:
        rest = words.more.format(count=len(names) - MOST_NAMES)
        shown = [*names[:MOST_NAMES], rest]
    return clause.format(
        names=join_names(shown, words.joint),
        are=words.are[len(names) > 1],
        were=words.were[len(names) > 1],
        state=words.states.get(status, status.value),
    )


def join_names(names: Sequence[str], joint: str = "and") -> str:
    """As in "Checkout", "Checkout and Search", "Checkout, Payments and Search"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {joint} {names[-1]}"

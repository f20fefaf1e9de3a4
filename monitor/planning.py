"""What a file would change about a running service: pure, in words for people."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

import msgspec

from incidents.moves import Moves
from monitor.running import AT_NEXT_START, HIDDEN, Running, RunningCheck, RunningIncident, Settings

PAGE_NAME = re.compile(r"page\.name|pages\.[^.]+\.name")
"""What every page has set."""


class Change(msgspec.Struct, frozen=True):
    """A setting with its values before and after, empty where it is not set."""

    setting: str
    before: str
    after: str
    note: str = ""


class Step(msgspec.Struct, frozen=True):
    """What happens to one component or check.

    `what` is `added`, `changed`, `moved` (`previous` is its id so far) or `removed`. `effects`
    say what that means for evidence, history and what customers see.
    """

    id: str
    what: str
    previous: str = ""
    changes: tuple[Change, ...] = ()
    effects: tuple[str, ...] = ()


class Ending(msgspec.Struct, frozen=True):
    """What happens to an open incident some of whose checks go."""

    id: str
    title: str
    public: bool
    checks: tuple[str, ...]
    effect: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All that would change."""

    components: tuple[Step, ...]
    checks: tuple[Step, ...]
    settings: tuple[Change, ...]
    incidents: tuple[Ending, ...]
    probes_per_minute_before: float
    probes_per_minute_after: float

    @property
    def empty(self) -> bool:
        """Whether nothing would."""
        return not (self.components or self.checks or self.settings)


def compare(before: Running, after: Running, moved: Moves) -> Plan:
    """What comes of going from one to the other; `moved` is what the aliases of `after` say."""
    return Plan(
        components=tuple(_components(before, after, moved)),
        checks=tuple(_checks(before, after, moved)),
        settings=tuple(_setting_changes(before.settings, after.settings)),
        incidents=tuple(_endings(before, after, moved)),
        probes_per_minute_before=before.probes_per_minute,
        probes_per_minute_after=after.probes_per_minute,
    )


# Components -----------------------------------------------------------------------------------


def _components(before: Running, after: Running, moved: Moves) -> Iterator[Step]:
    origins = _origins(before.components, after.components, moved.components)
    for name, settings in after.components.items():
        origin = origins.get(name, name)
        known = before.components.get(origin)
        if known is None:
            yield Step(name, "added", effects=(_appears(name, settings, after),))
            continue
        changes = tuple(_changes(known, settings))
        renames = _renames(known, settings)
        if origin != name:
            follows = "its bars, open incidents and subscriptions follow"
            yield Step(name, "moved", origin, changes, (follows, *renames))
        elif changes:
            yield Step(name, "changed", "", changes, renames)
    for name in before.components:
        if name not in after.components and name not in origins.values():
            gone = "disappears from the page; its past incidents stay in the history"
            yield Step(name, "removed", effects=(gone,))


def _appears(name: str, settings: Settings, after: Running) -> str:
    watched = any(check.partition("/")[0] == name for check in after.checks)
    until = ", unknown until its first result" if watched else ", set by operators"
    return f"appears on the page as “{settings['name']}”{until}"


def _renames(before: Settings, after: Settings) -> tuple[str, ...]:
    if before["name"] == after["name"]:
        return ()
    return (f"the page calls it “{after['name']}” instead of “{before['name']}”",)


# Checks ---------------------------------------------------------------------------------------


def _checks(before: Running, after: Running, moved: Moves) -> Iterator[Step]:
    origins = _origins(before.checks, after.checks, moved.checks)
    for name, check in after.checks.items():
        origin = origins.get(name, name)
        known = before.checks.get(origin)
        if known is None:
            yield Step(name, "added", effects=(_asked(check),))
            continue
        changes = tuple(_changes(_flat(known), _flat(check)))
        if origin != name:
            yield Step(name, "moved", origin, changes, (_kept(known, check, "follow"),))
        elif changes or known.revision != check.revision:
            yield Step(name, "changed", "", changes, (_kept(known, check, "stay"),))
    for name in before.checks:
        if name not in after.checks and name not in origins.values():
            yield Step(name, "removed", effects=("is probed no more; what was measured is kept",))


def _asked(check: RunningCheck) -> str:
    places = ", ".join(check.locations)
    return f"{check.kind} {check.target}, every {check.interval} from {places}"


def _kept(before: RunningCheck, after: RunningCheck, verb: str) -> str:
    if before.revision != after.revision:
        history = "follows" if verb == "follow" else "stays"
        return f"asks another question: evidence begins anew, history {history}"
    return f"evidence and history {verb}"


def _flat(check: RunningCheck) -> Settings:
    return {
        "kind": check.kind,
        "interval": check.interval,
        "timeout": check.timeout,
        "locations": ", ".join(check.locations),
        **check.settings,
    }


# Incidents ------------------------------------------------------------------------------------


def _endings(before: Running, after: Running, moved: Moves) -> Iterator[Ending]:
    for incident in before.incidents:
        gone = tuple(
            check for check in incident.checks
            if check not in after.checks and moved.stays(check) not in after.checks
        )  # fmt: skip
        if gone:
            effect = _effect(incident, len(gone) == len(incident.checks))
            yield Ending(incident.id, incident.title, incident.public, gone, effect)


def _effect(incident: RunningIncident, abandoned: bool) -> str:
    if not abandoned:
        return "goes on with the checks that stay; these leave it as no longer monitored"
    if not incident.public:
        return "is discarded: nothing of it is monitored any more"
    return "stays open: customers read that it is no longer monitored, not that it is resolved"


# Both -----------------------------------------------------------------------------------------


def _origins(
    before: Collection[str], after: Collection[str], moved: Mapping[str, str]
) -> dict[str, str]:
    """New ids to the ids that they take the place of."""
    return {
        new: old
        for old, new in moved.items()
        if old in before and new in after and new not in before
    }


def _changes(before: Settings, after: Settings) -> Iterator[Change]:
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name, ""), after.get(name, "")
        if old != new:
            yield Change(name, _shown(old), _shown(new))


def _shown(value: str) -> str:
    return "(hidden)" if value.startswith(HIDDEN) else value


def _setting_changes(before: Settings, after: Settings) -> Iterator[Change]:
    """A service that runs has settings, and cannot change all of them."""
    for change in _changes(before, after):
        note = ""
        if before and change.setting in AT_NEXT_START:
            note = "takes effect at the next start"
        elif before and not change.after and PAGE_NAME.fullmatch(change.setting):
            note = "the page is gone: its subscribers are told nothing until it is back"
        yield Change(change.setting, change.before, change.after, note)

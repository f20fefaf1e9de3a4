"""The one sentence in large type that answers: is it broken, what, since when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from incidents import impact
from incidents.model import ComponentStatus, Incident
from incidents.words import Words
from statuspage.ports import Snapshot
from statuspage.views.freshness import is_blind, is_stale
from statuspage.views.posts import title_of
from statuspage.views.standing import Standing
from statuspage.views.story import going_on
from statuspage.views.times import Moment, Times


@dataclass(frozen=True, slots=True)
class Headline:
    """The sentence, the state that gives it shape and tint, and what is said beside it.

    `moments` are those that are told of, so that they can be marked as times.
    """

    sentence: str
    state: ComponentStatus
    beside: str = ""
    moments: tuple[Moment, ...] = ()


def headline(snapshot: Snapshot, standings: Mapping[str, Standing], times: Times) -> Headline:
    """What a reader must know first."""
    instants = [standing.since_at for standing in standings.values()]
    instants += [snapshot.last_result_at, *_planned_ends(snapshot)]
    return _marked(_headline(snapshot, standings, times), instants, times)


def component_headline(standing: Standing, times: Times) -> Headline:
    """What a reader must know first of one component."""
    return _marked(_component_headline(standing, times), [standing.since_at], times)


def _marked(said: Headline, instants: Iterable[datetime | None], times: Times) -> Headline:
    """The same with those of the instants that it tells of, each time once."""
    told = {moment.text: moment for moment in map(times.moment, filter(None, instants))}
    found = (moment for text, moment in told.items() if text in f"{said.sentence} {said.beside}")
    return replace(said, moments=tuple(found))


def _headline(snapshot: Snapshot, standings: Mapping[str, Standing], times: Times) -> Headline:
    if is_blind(snapshot):
        return _blind(snapshot, times)
    found = list(standings.values())
    troubled = [standing for standing in found if not standing.well and standing.known]
    if troubled:
        said = _trouble(troubled, found, times)
        if said.state is ComponentStatus.MAINTENANCE and not said.beside:
            return replace(said, beside=_planned(snapshot, times))
        return said
    lost = [standing for standing in found if not standing.known]
    if lost:
        return _unknown(lost, found, times)
    watched = going_on(snapshot)
    if watched:
        return _watching(watched[0], standings, times.words)
    if not found:
        return Headline(times.words("headline.empty"), ComponentStatus.UNKNOWN)
    return Headline(times.words("headline.operational"), ComponentStatus.OPERATIONAL)


def _planned(snapshot: Snapshot, times: Times) -> str:
    """Until when the work that goes on is planned."""
    last_at = max(_planned_ends(snapshot), default=None)
    if last_at is None:
        return ""
    return times.words("maintenance.planned_until", time=times.moment(last_at).text)


def _planned_ends(snapshot: Snapshot) -> list[datetime]:
    works = snapshot.board.maintenances.values()
    return [work.ends_at for work in works if work.status.running]


def _component_headline(standing: Standing, times: Times) -> Headline:
    words, name, status = times.words, standing.name, standing.status
    since = times.moment(standing.since_at).text if standing.since_at else ""
    if standing.gone_at:
        return Headline(words("component.gone", name=name, since=since), status)
    if standing.well:
        beside = words("component.well_since", since=since) if since else ""
        return Headline(words("component.working", name=name), status, beside)
    if not standing.known:
        key = "headline.unknown" if since else "headline.unknown_new"
        return Headline(words(key, names=name, since=since), status)
    return Headline(words("headline.trouble", lead=_said([standing], status, times)), status)


def _blind(snapshot: Snapshot, times: Times) -> Headline:
    if snapshot.last_result_at is None or not is_stale(snapshot):
        return Headline(times.words("headline.first"), ComponentStatus.UNKNOWN)
    since = times.moment(snapshot.last_result_at).text
    return Headline(times.words("headline.stale", since=since), ComponentStatus.UNKNOWN)


def _trouble(
    troubled: Sequence[Standing], all_of_them: Sequence[Standing], times: Times
) -> Headline:
    words, work = times.words, ComponentStatus.MAINTENANCE
    worst = impact.worst(standing.status for standing in troubled)
    worked_on = [one for one in troubled if one.status is work] if worst is not work else []
    broken = [standing for standing in troubled if standing not in worked_on]
    lead = _leading([standing for standing in broken if standing.status is worst], broken)
    others = [standing for standing in broken if standing not in lead]
    lost = [standing for standing in all_of_them if not standing.known]
    said, beside = _said(lead, worst, times), _beside(lost, worked_on, times)
    if not others:
        return Headline(words("headline.trouble", lead=said), worst, beside)
    affected = words.count("headline.affected", len(others), names=_names(others, words))
    return Headline(words("headline.trouble_and", lead=said, affected=affected), worst, beside)


def _beside(lost: Sequence[Standing], worked_on: Sequence[Standing], times: Times) -> str:
    """What is said beside trouble: of what nobody can tell, and what is being worked on."""
    words, said = times.words, []
    if lost:
        said.append(words("headline.rest_unknown", names=_names(lost, words)))
    if worked_on:
        work = _said(worked_on, ComponentStatus.MAINTENANCE, times)
        said.append(words("headline.trouble", lead=work))
    return " ".join(said)


def _said(found: Sequence[Standing], status: ComponentStatus, times: Times) -> str:
    """That these are in a state, and since when."""
    since = min((standing.since_at for standing in found if standing.since_at), default=times.now)
    return times.words.count(
        f"headline.lead.{status}",
        len(found),
        names=_names(found, times.words),
        since=times.moment(since).text,
    )


def _leading(worst: Sequence[Standing], troubled: Sequence[Standing]) -> list[Standing]:
    """Those of the worst that do not merely depend on another one in trouble.

    Work is announced for each by itself.
    """
    if worst[0].status is ComponentStatus.MAINTENANCE:
        return list(worst)
    names = {standing.component.id for standing in troubled}
    roots = [s for s in worst if not names.intersection(s.component.depends_on)]
    return roots or list(worst)


def _unknown(lost: Sequence[Standing], all_of_them: Sequence[Standing], times: Times) -> Headline:
    words, names = times.words, _names(lost, times.words)
    if all(standing.awaited for standing in lost) and len(lost) < len(all_of_them):
        beside = words("headline.awaited", names=names)
        return Headline(words("headline.reporting"), ComponentStatus.UNKNOWN, beside)
    since: datetime | None = min((s.since_at for s in lost if s.since_at), default=None)
    if since is None:
        sentence = words("headline.unknown_new", names=names)
    else:
        sentence = words("headline.unknown", names=names, since=times.moment(since).text)
    beside = words("headline.rest") if len(lost) < len(all_of_them) else ""
    return Headline(sentence, ComponentStatus.UNKNOWN, beside)


def _watching(incident: Incident, standings: Mapping[str, Standing], words: Words) -> Headline:
    names = [standings[name].name for name in incident.timeline if name in standings]
    if not names:
        sentence = words("headline.open", title=title_of(incident, words))
        return Headline(sentence, ComponentStatus.DEGRADED)
    sentence = words("headline.watching", names=words.listed(names))
    return Headline(sentence, ComponentStatus.OPERATIONAL)


def _names(found: Iterable[Standing], words: Words) -> str:
    return words.listed([standing.name for standing in found])

"""The fold of one check that learns what is usual: evidence, trouble, recovery, silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from checks.model import Outcome, Result
from incidents.detect import staleness
from incidents.detect.learned import gather, habits, rounds, shift, weigh, words
from incidents.detect.learned.around import NOTHING_AROUND, Around
from incidents.detect.learned.course_of_trouble import followed
from incidents.detect.learned.habits import Healed
from incidents.detect.learned.parameters import BY_SENSITIVITY, NEVER
from incidents.detect.learned.rounds import Asked
from incidents.detect.learned.state import Learned, Look, Place, fresh, relocated, taken_over
from incidents.detect.learned.trouble import Trouble
from incidents.detect.learned.weigh import Case, Finding
from incidents.detect.learned.words import instant
from incidents.detect.state import Judged, Step, changes
from incidents.detect.warnings import warn
from incidents.model import Judgement, Verdict
from incidents.policy import CheckPolicy
from incidents.signals import DeployMarker, Gap, Recheck, Signal, Tick, Wake, known_at

LONGEST_DEPLOY = timedelta(minutes=30)
"""A release that nobody ends is over after that."""
_LOOK = 20.0
"""Seconds that a fresh look may take; it is twice every location, three seconds apart."""
_LOOKS = (0.0, 3.0)


def begin(policy: CheckPolicy, at: datetime) -> Step:
    """The first step of a check that has no state yet."""
    return _with_wake(fresh(policy, at), policy, at)


def adopted(state: Judged, policy: CheckPolicy, at: datetime) -> Step:
    """The first step of a check that another fold has judged until now."""
    return _with_wake(taken_over(state, policy, at), policy, at)


def step(
    state: Learned, signal: Signal, policy: CheckPolicy, around: Around = NOTHING_AROUND
) -> Step:
    """Fold one signal in. Another question's evidence is dropped first."""
    before = state
    if state.revision != policy.revision:
        state = _asked_anew(state, policy, known_at(signal))
    state = relocated(state, policy.locations)
    if isinstance(signal, Result):
        found = _on_result(state, signal, policy, around)
    elif isinstance(signal, Tick):
        found = _on_tick(state, signal, policy)
    elif isinstance(signal, Gap):
        found = _on_gap(state, signal, policy)
    elif isinstance(signal, DeployMarker):
        found = _on_deploy(state, signal)
    else:
        found = Step(state)
    return changes(before, found)


def _asked_anew(state: Learned, policy: CheckPolicy, at: datetime) -> Learned:
    return msgspec.structs.replace(
        fresh(policy, at), wake_at=state.wake_at, instability=state.instability,
        warned=state.warned, deploy_until=state.deploy_until,
    )  # fmt: skip


# Results --------------------------------------------------------------------------------------


def _on_result(state: Learned, result: Result, policy: CheckPolicy, around: Around) -> Step:
    now = result.known_at
    if (
        result.revision != policy.revision
        or result.location not in state.locations
        or staleness.too_late(result.at, now, policy)
    ):
        return Step(state)
    if result.outcome is Outcome.ERROR:
        return _with_wake(msgspec.structs.replace(state, error=result.reason), policy, now)
    began = min(result.at, now).timestamp()
    index = gather.place_of(state, result, began)
    if index is None:
        return Step(state)
    state = _heard(state, result, now)
    if state.deploy_until is not None:
        state = _after_deploy(state, now.timestamp())
    parameters = BY_SENSITIVITY[policy.sensitivity]
    state = gather.gathered(state, result, index, began, policy, parameters)
    case = Case(state, policy, parameters, around, now.timestamp())
    if state.trouble is not None:
        return _in_trouble(case, result, began)
    if state.settled is not None and case.now >= state.settled.due_at:
        return _with_habit(case, state.settled.healed, result, began)
    return _well(case, result, began)


def _with_habit(case: Case, healed: Healed | None, result: Result, began: float) -> Step:
    """A trouble went by and did not come back: that is remembered."""
    state = msgspec.structs.replace(case.state, settled=None)
    if healed is not None:
        kept = habits.remembered(state.habits, healed)
        state = msgspec.structs.replace(state, habits=kept)
    step = _well(msgspec.structs.replace(case, state=state), result, began)
    return msgspec.structs.replace(step, healed=healed)


def _heard(state: Learned, result: Result, now: datetime) -> Learned:
    """The state of a check that was heard: no longer silent, and known if it passes."""
    held, verdict = state.held, state.verdict
    if held.judgement is Judgement.UNKNOWN and result.outcome is not Outcome.FAIL:
        since = min(result.at, now)
        evidence = words.recovered(state, since.timestamp())
        held = verdict = Verdict(held.check, Judgement.HEALTHY, since, now, evidence)
    elif verdict != held and held.judgement is not Judgement.UNKNOWN:
        held = verdict = replace(held, at=now)  # known again from now on
    state = msgspec.structs.replace(
        state, heard_at=now, awaited_at=max(now, state.awaited_at), error="",
        held=held, verdict=verdict,
    )  # fmt: skip
    return warn(state, result)


def _well(case: Case, result: Result, began: float) -> Step:
    """A check that no trouble is told of: is there one now, and should it be asked again?"""
    finding = weigh.found(case)
    if finding is None and case.state.look is not None:
        case, finding = _looked(case)
    if finding is not None:
        return _told(case, finding)
    if case.state.look is None and weigh.is_slow(case):
        return _look_again(case)
    return _asked(case, result, began)


def _looked(case: Case) -> tuple[Case, Finding | None]:
    """What a fresh look says once it is complete, or its time is over."""
    state, look = case.state, case.state.look
    assert look is not None
    wanted = len(_LOOKS) * len(state.locations)
    if len(look.deviations) < wanted and case.now <= look.until:
        return case, None
    seen_enough = len(look.deviations) >= max(2, wanted // 2)
    if seen_enough and weigh.borne_out(look.deviations):
        state = msgspec.structs.replace(state, look=None)
        return msgspec.structs.replace(case, state=state), weigh.slow_finding(state, case.now)
    drift = shift.copied(state.drift)
    shift.halve(drift)
    state = msgspec.structs.replace(state, look=None, drift=drift)
    return msgspec.structs.replace(case, state=state), None


def _look_again(case: Case) -> Step:
    """Ask every location twice before anyone is told."""
    state = msgspec.structs.replace(case.state, look=Look(case.now + _LOOK))
    at = tuple(case.now + offset for offset in _LOOKS)
    asking = rounds.wishes(case.policy, at, None)
    return _with_wake(state, case.policy, instant(case.now), asking)


def _asked(case: Case, result: Result, began: float) -> Step:
    """The rounds of rechecks that a suspicion asks for."""
    state, places, now = case.state, len(case.state.locations), case.now
    if state.suspicion is None and now > state.rounds.hurry_until and not _suspects(case):
        return _with_wake(state, case.policy, instant(now))
    asked = _burst(case, result, began, recheck=result.recheck)
    quick = bool(asked.at)
    hurry = _hurry(case, asked.rounds)
    asked = Asked(hurry, asked.at) if quick else rounds.in_hurry(hurry, began, now, places)
    if asked.rounds is not state.rounds:
        state = msgspec.structs.replace(state, rounds=asked.rounds)
    limit = weigh.quick_timeout(case) if quick else None
    asking = rounds.wishes(case.policy, asked.at, limit)
    return _with_wake(state, case.policy, instant(now), asking)


def _burst(case: Case, result: Result, began: float, *, recheck: bool) -> Asked:
    """The rounds that a failure asks for: at once, and while all fails and it is not told yet."""
    state = case.state
    if result.outcome is not Outcome.FAIL or state.suspicion is None:
        return Asked(state.rounds)
    run_began = state.suspicion.run_began or began
    unconfirmed = began - run_began < weigh.outage_patience(case)
    places = len(state.locations)
    return rounds.after_failure(
        state.rounds, case.now, places, recheck=recheck, unconfirmed=unconfirmed
    )


def _suspects(case: Case) -> bool:
    """Whether latency gives reason to look more often."""
    state, parameters = case.state, case.parameters
    return state.drift.value > parameters.suspicion or state.tail.value > parameters.outliers


def _hurry(case: Case, known: rounds.Rounds) -> rounds.Rounds:
    """The rounds after what speaks for looking more often."""
    state, enough = case.state, case.parameters.suspicion
    if state.suspicion is not None and state.suspicion.value > enough:
        known = rounds.hurried(known, case.now, 120.0)
    if state.tail.value > case.parameters.outliers:
        known = rounds.hurried(known, case.now, 120.0)
    if state.drift.value > enough and state.drift.began > NEVER:
        known = rounds.hurried(known, case.now, 600.0)
    return known


# Trouble --------------------------------------------------------------------------------------


def _told(case: Case, finding: Finding) -> Step:
    """The step that tells of a trouble."""
    state = case.state
    trouble = Trouble(
        finding.cause,
        finding.onset,
        case.now,
        last_bad=case.now,
        rate=weigh.own_rate(state),
        worst=state.drift.mean,
        total=finding.judgement is Judgement.FAILING,
    )
    verdict = _verdict(case, finding)
    state = msgspec.structs.replace(
        state, trouble=trouble, held=verdict, verdict=verdict, look=None
    )
    asked = rounds.in_trouble(state.rounds, case.now, case.now, 0.0, case.policy)
    state = msgspec.structs.replace(state, rounds=asked.rounds)
    return _with_wake(
        state, case.policy, instant(case.now), rounds.wishes(case.policy, asked.at, None)
    )


def _verdict(case: Case, finding: Finding) -> Verdict:
    evidence, mark, seen_from = words.evidence(case, finding)
    return Verdict(
        case.policy.check, finding.judgement, instant(finding.onset), instant(case.now),
        evidence, mark, seen_from,
    )  # fmt: skip


def _in_trouble(case: Case, result: Result, began: float) -> Step:
    """A check that a trouble is or was told of: worse, better, back again, or over."""
    found = followed(case, result, began)
    state, asked, limit = found.state, Asked(found.state.rounds), None
    if state.trouble is not None:
        going_on = msgspec.structs.replace(case, state=state)
        asked, limit = _followed_up(going_on, state.trouble, result, began)
        state = msgspec.structs.replace(state, rounds=asked.rounds)
    if found.finding is not None:
        told = _verdict(msgspec.structs.replace(case, state=state), found.finding)
        state = msgspec.structs.replace(state, held=told, verdict=told)
    elif found.well_from is not None:
        told = Verdict(
            case.policy.check, Judgement.HEALTHY, instant(found.well_from), instant(case.now),
            found.words,
        )  # fmt: skip
        state = msgspec.structs.replace(state, held=told, verdict=told)
    asking = rounds.wishes(case.policy, asked.at, limit)
    return _with_wake(state, case.policy, instant(case.now), asking)


def _followed_up(
    case: Case, trouble: Trouble, result: Result, began: float
) -> tuple[Asked, timedelta | None]:
    """The rounds for a trouble, and how long their probes may take.

    What fails while it is told to be over is looked at at once, as any first failure is.
    """
    state, now = case.state, case.now
    if not trouble.shown:
        recheck = result.recheck and rounds.in_burst(state.rounds, now)
        asked = _burst(case, result, began, recheck=recheck)
        if asked.at:
            return asked, weigh.quick_timeout(case)
    lasted = now - trouble.opened
    return rounds.in_trouble(state.rounds, began, now, lasted, case.policy), None


# Releases -------------------------------------------------------------------------------------


def _on_deploy(state: Learned, marker: DeployMarker) -> Step:
    """A release begins: its troubles are its own for a while; or ends: what stays counts."""
    if marker.began:
        until = (marker.at + LONGEST_DEPLOY).timestamp()
        return Step(msgspec.structs.replace(state, deploy_until=until))
    if state.deploy_until is None:
        return Step(state)
    return Step(_after_deploy(state, marker.at.timestamp(), ended=True))


def _after_deploy(state: Learned, now: float, *, ended: bool = False) -> Learned:
    """The state once a release is over: the evidence starts anew."""
    if not ended and state.deploy_until is not None and now < state.deploy_until:
        return state
    return msgspec.structs.replace(weigh.without_evidence(state), deploy_until=None)


# Silence --------------------------------------------------------------------------------------


def _on_tick(state: Learned, tick: Tick, policy: CheckPolicy) -> Step:
    state = _nothing_from_after(state, tick.at)
    if tick.at >= staleness.silent_at(state, policy):
        state = staleness.silent(state, tick.at)
    return _with_wake(state, policy, tick.at)


def _on_gap(state: Learned, gap: Gap, policy: CheckPolicy) -> Step:
    state = _nothing_from_after(state, gap.at)
    return _with_wake(staleness.after_gap(state, gap, policy), policy, gap.at)


def _nothing_from_after(state: Learned, now: datetime) -> Learned:
    """The state without what claims to be from the future, and awake."""
    latest = now.timestamp() + 1.0
    places = state.places
    if any(place.starts and place.starts[-1] > latest for place in places):
        state = msgspec.structs.replace(
            weigh.without_evidence(state),
            places=tuple(
                Place(tuple(at for at in place.starts if at <= latest), place.level)
                for place in places
            ),
        )
    return msgspec.structs.replace(
        state,
        awaited_at=min(state.awaited_at, now),
        heard_at=min(state.heard_at, now) if state.heard_at else None,
        wake_at=None,
    )


def _with_wake(
    state: Learned, policy: CheckPolicy, now: datetime, asking: tuple[Recheck, ...] = ()
) -> Step:
    """The step with a wish to be woken when silence is to be judged, unless one stands."""
    due_at = staleness.silent_at(state, policy)
    if due_at <= now or (state.wake_at is not None and now < state.wake_at <= due_at):
        return Step(state, wishes=asking)
    woken = msgspec.structs.replace(state, wake_at=due_at)
    return Step(woken, wishes=(*asking, Wake(policy.check, due_at)))

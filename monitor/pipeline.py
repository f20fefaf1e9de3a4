"""From signals to the journal: number them, fold them, keep them, and say what follows."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from checks.clock import Clock
from checks.meter import SILENT, Meter
from checks.model import Outcome, Result
from incidents import correlate, detect
from incidents.commands import Command
from incidents.events import MACHINE
from incidents.folds import PORTION, Change, Folds
from incidents.journal import Journal
from incidents.model import Verdict
from incidents.policy import Policy
from incidents.ports import SequenceConflict, Signals, StorageError
from incidents.reconcile import awaited, reconcile, works
from incidents.signals import (
    Beat,
    DeployMarker,
    Gap,
    Positioned,
    Recheck,
    Signal,
    Tick,
    Value,
    Wish,
)
from monitor.adopting import drafted, fresh_until, known_until
from monitor.heap import Walks
from monitor.portions import portions
from monitor.sight import Sight, Sighted
from monitor.wakes import Wakes

SAVE_EVERY = timedelta(minutes=1)
RETRY_AFTER = timedelta(seconds=1)
SETTLED_AT_ONCE = 100
"""Changes of verdicts that are decided on and written before others get their turn."""
SETTLED_WITHIN_SECONDS = 0.1
"""No change waits much longer for more of them, while there are signals still to be folded."""
FOLDED_AT_ONCE = 50
"""Signals folded before others get their turn on the loop."""
TAKEN_AT_ONCE = 1_000
"""Signals folded before others get their turn at the pipeline."""

log = structlog.get_logger(__name__)


class Pipeline:
    """Folds signals in one order, the same at a replay as it was live.

    What is folded is handed to storage before anything that follows from it is recorded, so
    that the log never knows more than the signals that are kept.
    """

    def __init__(
        self,
        *,
        policy: Policy,
        signals: Signals,
        journal: Journal,
        clock: Clock,
        recheck: Callable[[Recheck], None],
        meter: Meter = SILENT,
    ) -> None:
        """Start with nothing; `restore` brings what was kept. `recheck` grants that wish."""
        self.wakes = Wakes()
        self.woken = asyncio.Event()
        self.last_result_at: datetime | None = None
        self._folds = Folds(policy)
        self._signals = signals
        self._journal = journal
        self._clock = clock
        self._recheck = recheck
        self._meter = meter
        self._sight = Sight(meter)
        self._fresh_until: datetime | None = None
        self._position = 0
        self._saved_at = clock.now()
        self._restored = False
        self._half_folded = False
        self._walks = Walks()
        self._unsettled: list[Change | Sighted] = []
        self._turn = asyncio.Lock()

    @property
    def policy(self) -> Policy:
        """What is gone by at present."""
        return self._folds.policy

    @property
    def fresh_until(self) -> datetime | None:
        """When, without further results, nothing would be known any more.

        Reports that others owe us do not count: that they are late is known.
        """
        return self._fresh_until

    @property
    def waiting(self) -> int:
        """How many checks that are probed have no result yet."""
        checks, states = self.policy.checks, self._folds.states
        return sum(states[id].waiting for id in states if checks[id].pushed is None)

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        """What is held of every check now."""
        return {check: state.verdict for check, state in self._folds.states.items()}

    @property
    def blind(self) -> frozenset[str]:
        """The locations where no canary answers."""
        return self._sight.blind

    def release_until(self, component: str) -> datetime | None:
        """When the marked release of a component is over, as `Folds.release_until` has it."""
        return self._folds.release_until(component)

    # Starting -------------------------------------------------------------------------------

    async def restore(self) -> None:
        """Load what was kept, fold again what came after, and mark the time we were away.

        Raises:
            StorageError: Something kept cannot be read, or nothing can be written.
        """
        position, states = await self._signals.load_states()
        self._position = position
        for kept in states:
            if not self._folds.surroundings.restore(kept):
                self._restore(kept.key, detect.restored(kept), position)
        now = self._clock.now()
        self._wish(self._folds.adopt(self.policy, now))
        await self._signals.rename(self._folds.moves.checks)
        async for positioned in self._signals.since(position):
            await self._fold(positioned)
        self._position = max(self._position, await self._signals.last_position())
        self._restored = True
        async with self._journal.turn() as turn:
            for command in reconcile(self._folds.fleet, turn.board, self.policy, now):
                turn.decide(command)
        if self.last_result_at is not None:
            await self.take([Gap(at=now, from_at=min(self.last_result_at, now))])
        else:
            await self._settle()

    def _restore(self, check: str, state: detect.Judged | None, position: int) -> None:
        if state is None:
            return
        self._folds.restore(check, state, position)
        if state.wake_at is not None and check in self.policy.checks:
            self.wakes.wish(check, state.wake_at)
        if state.heard_at is not None:
            self._heard(state.heard_at)

    async def adopt(self, policy: Policy) -> None:
        """Go by another policy; unchanged checks keep their evidence.

        Raises:
            StorageError: What follows from it could not be recorded, and nothing has changed.
            SequenceConflict: The same, since another process was faster.
        """
        async with self._turn:
            await self._settle()
            if self._unsettled:
                raise StorageError("What was found before cannot be recorded yet.")
            copies, now = (self._folds.copy(), self.wakes.copy()), self._clock.now()
            draft = await asyncio.to_thread(drafted, *copies, policy, now)
            await self._record_adoption(draft.folds, now)
            self._folds = folds = draft.folds
            self.wakes, self._fresh_until = draft.wakes, draft.fresh_until
            self._wish(draft.rechecks)
            self.woken.set()
            await self._signals.rename(folds.moves.checks)
            if folds.moves.checks:
                await self.save()  # nothing is to be folded again under the ids from before

    async def _record_adoption(self, folds: Folds, now: datetime) -> None:
        """Write what follows from the folds' policy, all or nothing."""
        try:
            async with self._journal.turn(folds.policy) as turn:
                known = folds.fleet, turn.board, folds.policy, now
                for command in reconcile(*known, folds.moves):
                    turn.decide(command)
                for command in awaited(*known):
                    turn.decide(command)
        except (StorageError, SequenceConflict):
            with contextlib.suppress(StorageError):
                async with self._journal.turn():
                    pass  # the board is again as the log has it
            raise

    # Running --------------------------------------------------------------------------------

    def next_at(self) -> datetime | None:
        """When `wake` has something to do, if nothing else happens."""
        if self._unsettled:
            return self._clock.now() + RETRY_AFTER
        return self.wakes.next_at()

    async def wake(self) -> None:
        """Fold a tick for the checks that asked to be woken by now, those due longest first.

        Of thousands only some, so that others get their turn: `next_at` is due still.
        """
        now = self._clock.now()
        due = self.wakes.pop_due(now, TAKEN_AT_ONCE)
        if due or self._unsettled:
            await self.take([Tick(check, now) for check in due])

    async def take(self, signals: Sequence[Signal]) -> None:
        """Fold signals, keep them, and record what follows; returns when it is on disk.

        While storage takes nothing, what follows is kept in mind and recorded later.
        """
        async with self._turn:
            settled_at = self._clock.monotonic()
            for some in portions(signals, FOLDED_AT_ONCE):
                await self._fold_and_keep(some)
                waited = self._clock.monotonic() - settled_at
                if len(self._unsettled) >= SETTLED_AT_ONCE or waited >= SETTLED_WITHIN_SECONDS:
                    await self._settle()
                    settled_at = self._clock.monotonic()
                await asyncio.sleep(0)
            await self._settle()
            await self._save_in_time()

    async def _fold_and_keep(self, signals: Sequence[Signal]) -> None:
        self._half_folded = True
        numbered = [await self._number(signal) for signal in signals]
        kept = [positioned for positioned in numbered if positioned]
        self._unsettled += self._sight.look(
            self._folds.blind_locations, self.policy.canaries, self._clock.now(), self._position
        )
        await self._signals.add(kept)
        self._half_folded = False
        self._walks.folded(len(signals))

    async def hear(self, *signals: Beat | Value | DeployMarker) -> None:
        """Fold in what somebody reported; on disk and synced when this returns.

        Raises:
            StorageError: It may be lost, and is to be reported again.
        """
        await self.take(signals)
        await self._signals.sync()

    async def _number(self, signal: Signal) -> Positioned | None:
        """Fold a signal in at the next position; a tick that changed nothing needs no keeping."""
        positioned = Positioned(self._position + 1, signal)
        changed = await self._fold(positioned)
        return positioned if changed or not isinstance(signal, Tick) else None

    async def _fold(self, positioned: Positioned) -> bool:
        signal = positioned.signal
        if isinstance(signal, Result):
            self._count(signal)
        elif isinstance(signal, Beat | Value):
            self._heard(signal.at)
        changed = False
        found = self._folds.portions(signal, positioned.position)
        for number, (changes, wishes) in enumerate(found):
            if number:
                self._walks.folded(PORTION)
                await asyncio.sleep(0)
            changed = changed or bool(changes)
            self._unsettled += changes
            self._wish(wishes)
        if isinstance(signal, Result):
            self._freshen(signal.check)
        elif isinstance(signal, Gap):  # the clock may have been set back
            self._fresh_until = fresh_until(self._folds)
        if changed or not isinstance(signal, Tick):
            self._position = positioned.position
        return changed

    def _count(self, result: Result) -> None:
        if result.check in self.policy.canaries:
            self._sight.count(result)
            return
        self._meter.count("upfront_results_total", check=result.check, outcome=result.outcome)
        if result.outcome is not Outcome.ERROR:
            self._heard(result.known_at)

    def _freshen(self, check: str) -> None:
        """Take note of how long what is known of a check stays so."""
        until = known_until(self._folds, check)
        if until and (self._fresh_until is None or until > self._fresh_until):
            self._fresh_until = until

    def _heard(self, at: datetime) -> None:
        if self.last_result_at is None or at > self.last_result_at:
            self.last_result_at = at

    def _wish(self, wishes: Iterable[Wish]) -> None:
        for wish in wishes:
            if isinstance(wish, Recheck):
                self._recheck(wish)
            else:
                self.wakes.wish(wish.check, wish.at)
                self.woken.set()

    async def _settle(self) -> None:
        """Record what follows from changed verdicts, some hundred in one transaction."""
        while self._unsettled:
            some = self._unsettled[:SETTLED_AT_ONCE]
            try:
                async with self._journal.turn() as turn:
                    for change in some:
                        for command in change.commands(self._folds.fleet, turn.board, self.policy):
                            turn.decide(command)
                        await asyncio.sleep(0)  # the last of thousands takes a while by itself
            except (StorageError, SequenceConflict) as error:
                log.error("what was found cannot be recorded yet", error=str(error))
                return
            del self._unsettled[: len(some)]
            await asyncio.sleep(0)

    async def act(self, commands: Sequence[Command], actor: str = MACHINE) -> None:
        """Carry out commands on what stands, and what follows where one ends an incident.

        Raises:
            StorageError: Nothing was recorded.
            SequenceConflict: The same, since another process was faster.
        """
        async with self._turn, self._journal.turn() as turn:
            for command in commands:
                turn.decide(command, actor)
                await asyncio.sleep(0)  # of thousands of members it took a while
                fleet = self._folds.fleet
                for follow_up in correlate.follow_up(fleet, turn.board, command, self.policy):
                    turn.decide(follow_up)
                    await asyncio.sleep(0)  # there may be one for each of its members

    async def keep_plans(self) -> None:
        """Announce, begin and end work as the plans have it by now.

        Raises:
            StorageError: Nothing was recorded.
            SequenceConflict: The same, since another process was faster.
        """
        async with self._turn, self._journal.turn() as turn:
            for command in works(self._folds.fleet, turn.board, self.policy, turn.at):
                turn.decide(command)

    # Keeping --------------------------------------------------------------------------------

    async def _save_in_time(self) -> None:
        if self._clock.now() - self._saved_at >= SAVE_EVERY:
            await self.save()

    async def save(self) -> None:
        """Keep the states that changed, with the position that they hold everything up to.

        Not while something that follows from them is not recorded: a replay must find it. Nor
        before all that was kept is folded in again: what is kept says more than we know. Nor
        after we were ended amid a signal, which is to be folded again as a whole.
        """
        if self._unsettled or self._half_folded or not self._restored:
            return
        self._saved_at = self._clock.now()
        dirty, refolded = tuple(self._folds.dirty), tuple(self._folds.refolded)
        try:
            await self._signals.save_states(self._folds.kept(), self._position)
        except StorageError as error:
            log.error("fold states cannot be kept yet", error=str(error))
        else:
            self._folds.dirty.difference_update(dirty)
            self._folds.refolded.difference_update(refolded)

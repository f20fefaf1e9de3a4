"""A line of probing: from the timetable over a transport to agents, and the results back.

Canaries have a line of their own. When our network fails, every probe waits for its timeout and
agents fall behind; those that tell that it is us must not queue up with them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine
from typing import Any

from checks.clock import Clock
from checks.meter import SILENT, Meter
from checks.model import Check
from incidents.signals import Recheck
from monitor.agent import Agent
from monitor.brain import follow_results
from monitor.engine import Engine
from monitor.pipeline import Pipeline
from monitor.ports import Probe, Transport


class Line:
    """One engine, one transport and the agent of this process at its other end."""

    def __init__(
        self,
        transport: Transport,
        check: Callable[[str], Check | None],
        probe: Probe,
        clock: Clock,
        meter: Meter = SILENT,
    ) -> None:
        """Start without checks; `adopt` brings them. `check` finds one as it is configured now."""
        self._transport = transport
        self._engine = Engine(transport, clock, meter)
        self._agent = Agent((), check, transport, probe, clock, meter)

    async def adopt(self, checks: Collection[Check], locations: Collection[str]) -> None:
        """Probe these checks from these locations; what is unchanged keeps its timers."""
        self._agent.serve(locations)
        await self._engine.adopt(checks)

    def expedite(self, wish: Recheck) -> None:
        """Probe once more, as wished."""
        self._engine.expedite(wish)

    def backlog(self) -> tuple[int, int]:
        """How many requests wait for the agent, and how many in it for their host."""
        return self._transport.backlog(), self._agent.backlog()

    def parts(self, pipeline: Pipeline) -> tuple[Coroutine[Any, Any, None], ...]:
        """What is to run; results go to the pipeline."""
        return self._engine.run(), self._agent.run(), follow_results(self._transport, pipeline)

"""What running asks of the way between scheduler and agents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from checks.model import Check, ProbeRequest, Result


class Transport(Protocol):
    """Carries probe requests to agents and results back; in process or over NATS."""

    async def request(self, request: ProbeRequest) -> None:
        """Hand over a probe that is due; waits while the location's agents are behind.

        One that already waits for the same check and location does for both.
        """
        ...

    async def next_request(self, location: str) -> ProbeRequest:
        """The next probe for an agent at that location, the one that waits longest."""
        ...

    async def answer(self, result: Result) -> None:
        """Hand back what a probe came to; waits while the reader of results is behind."""
        ...

    async def results(self) -> Sequence[Result]:
        """Wait for results and take all that are there, oldest first."""
        ...

    def backlog(self) -> int:
        """How many requests wait for an agent."""
        ...


class Probe(Protocol):
    """Runs one probe of a check; never raises but for cancellation."""

    async def __call__(self, check: Check, request: ProbeRequest) -> Result:
        """Probe within the request's timeout and say what it came to."""
        ...

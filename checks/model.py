"""The values of measuring: what is asked, what a probe saw, and what was made of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

if TYPE_CHECKING:
    from checks.pushing import Pushed
    from checks.wire.answers import AnswerReader
    from checks.wire.datagrams import Datagrams
    from checks.wire.handshakes import Handshake
    from checks.wire.peers import Peer
    from checks.wire.pings import Echoes, Series
    from checks.wire.requests import HttpRequest
    from checks.wire.streams import BeforeTls, Stream
    from checks.wire.tls import Certificate, TlsSettings


VALUE = "value"
"""The fact under which a kind brings a number that is judged."""


class Outcome(StrEnum):
    """What one probe came to. `error` is our own failing, so it counts as unknown."""

    PASS = "pass"  # noqa: S105
    SLOW = "slow"
    FAIL = "fail"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Observation:
    """Raw facts seen by one probe.

    `phases` maps resolve, connect, tls, first_byte and transfer to seconds, as far as they
    were reached. `facts` holds what the kind saw under the names its expectations read:
    `status` (int), `headers` (Headers), `body` (Body), `certificate` (Certificate), `address`
    and so on. Those that are text or numbers go into the result.
    """

    latency_seconds: float
    phases: Mapping[str, float] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One expectation held against one observation.

    `held` says whether the statement is true. `actual` and `stated` are for people:
    "status 503" and "200-299".
    """

    held: bool
    actual: str
    stated: str


class Expectation(Protocol):
    """A statement about an observation, under `expect`, `degraded_if` or `warn_if`."""

    def judge(self, observation: Observation, at: datetime) -> Finding:
        """Hold the statement against what was seen at that instant."""
        ...


@dataclass(frozen=True, slots=True)
class Named:
    """An expectation with the key it stands under, such as `status`."""

    key: str
    expectation: Expectation


class Net(Protocol):
    """What one probe may touch. It times the phases and closes what it opened.

    What goes wrong in it rises as `checks.failures.ProbeFailure`; a kind lets that pass.
    """

    address: str
    certificate: Certificate | None

    @property
    def phases(self) -> Mapping[str, float]:
        """Seconds by phase, as far as they were reached."""
        ...

    @property
    def elapsed(self) -> float:
        """Seconds since the probe began."""
        ...

    def enter(self, phase: str) -> None:
        """End the phase that runs and begin the next, in a dialogue; an empty name begins none."""
        ...

    @property
    def name_servers(self) -> Sequence[Peer]:
        """The name servers that this machine is set to ask."""
        ...

    def handshake(self) -> Handshake | None:
        """What was agreed on in the last TLS handshake, if there was one."""
        ...

    async def connect(
        self,
        peer: Peer,
        tls: TlsSettings | None = None,
        alpn: tuple[str, ...] = (),
        before_tls: BeforeTls | None = None,
    ) -> Stream:
        """Open a connection for a dialogue, in TLS offering these protocols."""
        ...

    async def datagrams(self, peer: Peer) -> Datagrams:
        """Open a way for datagrams to a peer and back."""
        ...

    async def fetch(self, request: HttpRequest) -> AnswerReader:
        """Send an HTTP request over a connection of its own and read the answer."""
        ...

    async def upgrade(self, request: HttpRequest) -> tuple[AnswerReader, Stream]:
        """Ask by HTTP for another protocol; what follows the answer is the stream's."""
        ...

    async def ping(self, peer: Peer, series: Series) -> Echoes:
        """Ping the first of its addresses that there is a way to from here."""
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of check: its options, what can be expected of it, and how it is probed.

    A module in `checks/kinds/` ends in `KIND = Kind(...)`; dropping it there is all that
    is needed.

    Attributes:
        name: The key in checks.yaml.
        summary: One sentence for the reference.
        options: A frozen dataclass; its fields are the settings, each with a docstring.
        probe: Runs one probe. It handles no timeout and catches nothing. None for a kind that
            is `pushed`.
        target: What a person calls the thing probed, a URL or host:port, without secrets; its
            host is what concurrency is bounded by.
        expectations: Setting name to annotated type of expectation.
        expected: What is expected when `expect` does not name it.
        short: The option that a bare scalar fills, as in `http: https://…`.
        pushed: How a kind is judged that nobody probes, since others report to it.
        learns: Of a kind that brings a number, the fact `value`: whether what is usual of it is
            learned. None for kinds that bring none.
        instrument: What the kind measures with, if it asks somebody else about the thing: where
            that cannot be asked, nothing is known of the thing, so the failure is ours.
        example: A check of the kind as it stands under `checks`, for the reference.
        failures: Reasons that people meet, and what they mean, for the reference.
    """

    name: str
    summary: str
    options: type
    probe: Callable[[Any, Net], Awaitable[Observation]] | None
    target: Callable[[Any], str]
    expectations: Mapping[str, Any] = field(default_factory=dict)
    expected: Mapping[str, Expectation] = field(default_factory=dict)
    short: str | None = None
    pushed: Pushed | None = None
    learns: Callable[[Any], bool] | None = None
    instrument: str = ""
    example: str = ""
    failures: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert (self.probe is None) != (self.pushed is None), f"{self.name}: probed or pushed?"


@dataclass(frozen=True, slots=True)
class Check:
    """The configured question: what is probed, how often, from where, and what must hold.

    `revision` changes when kind or options do: evidence gathered under another revision
    answers another question.
    """

    id: str
    name: str
    kind: Kind
    options: Any
    interval: timedelta
    timeout: timedelta
    locations: tuple[str, ...]
    expect: tuple[Named, ...] = ()
    degraded_if: tuple[Named, ...] = ()
    warn_if: tuple[Named, ...] = ()
    aliases: tuple[str, ...] = ()
    revision: str = ""

    @property
    def component(self) -> str:
        """The component that it belongs to."""
        return owner_of(self.id)


def owner_of(check: str) -> str:
    """The component that a check belongs to: its id up to the slash."""
    return check.partition("/")[0]


@dataclass(frozen=True, slots=True)
class ProbeRequest:
    """One probe that is due: which check, from which location, and by when it must end."""

    check: str
    location: str
    due_at: datetime
    timeout: timedelta
    recheck: bool = False


class Result(msgspec.Struct, frozen=True):
    """What one probe came to; the stored fact, and a signal to the folds.

    `at` is when the probe began. `known_at` is when its result was known. `latency_seconds`
    is None when there is nothing to time: no whole answer came (refused, unresolved, timed
    out, broken off) or the error is our own; `phases` then end where it ended. `reason` is
    empty on `pass`. `warnings` are statements under `warn_if` that came true.
    """

    check: str
    location: str
    at: datetime
    known_at: datetime
    outcome: Outcome
    latency_seconds: float | None = None
    reason: str = ""
    phases: Mapping[str, float] = {}
    facts: Mapping[str, Any] = {}
    warnings: tuple[str, ...] = ()
    recheck: bool = False
    revision: str = ""

"""Values that the suites keep and ask for again."""

from datetime import UTC, datetime, timedelta

from checks.model import Outcome, Result
from incidents.events import ComponentRegistered, Recorded
from incidents.model import Subscriber, SubscriberState
from incidents.ports import Append, Events, Recipient
from incidents.signals import Positioned, Signal

NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def passing(at: datetime = NOW, check: str = "shop/api", latency: float = 0.1, **more) -> Result:
    known_at = at + timedelta(seconds=latency, milliseconds=3)
    more = {"location": "here", "outcome": Outcome.PASS, "revision": "r1", **more}
    return Result(check=check, at=at, known_at=known_at, latency_seconds=latency, **more)


def numbered(*signals: Signal, after: int = 0) -> list[Positioned]:
    return [Positioned(after + index, signal) for index, signal in enumerate(signals, 1)]


def named(name: str, subject: str = "component:shop", expected: int = 0, **more) -> Append:
    event = ComponentRegistered(public_id="abcdefghijkl", name=name)
    return Append(subject, expected, NOW, "machine", (event,), **more)


async def append_told(events: Events, count: int = 1) -> list[Recorded]:
    """Events that somebody is to be told of."""
    told = frozenset({0})
    return [
        recorded
        for index in range(count)
        for recorded in await events.append([named("x", f"component:c{index}", told=told)])
    ]


def subscriber(number: int, **more) -> Subscriber:
    more = {"state": SubscriberState.CONFIRMED, "confirmed_position": 0, **more}
    return Subscriber(f"s{number:06}", "mail", f"{number}@example.org", NOW, **more)


def recipient(number: int, channel: str = "mail") -> Recipient:
    return Recipient(f"s{number:06}", channel, f"{number}@example.org")

"""Addresses of metrics, and which numbers are taken at them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from checks.assertions import named
from checks.expectations_value import ValueExpectation
from checks.kinds.heartbeat import KIND as HEARTBEAT
from checks.kinds.heartbeat import HeartbeatOptions
from checks.kinds.metric import KIND, MetricOptions
from checks.model import Check, Outcome
from incidents.signals import Value
from monitor.heartbeats import Heartbeats, heartbeat_url
from monitor.values import A_MINUTE, AHEAD, OLDEST, PushedValues, metric_url
from statuspage.ports import BeatAnswer, Refused
from tests.clock import FakeClock
from tests.incidents.world import seconds

KEYS = (b"an older instance key", b"the instance key")
MINUTE = timedelta(minutes=1)


def metric(id: str = "shop/orders", aliases: tuple[str, ...] = (), **options) -> Check:
    kind = MetricOptions(**{"every": MINUTE, **options})
    limits = {
        "expect": named({"value": ValueExpectation(below=1000)}),
        "degraded_if": named({"value": ValueExpectation(above=500)}),
        "warn_if": named({"value": ValueExpectation(above=400)}),
    }
    return Check(id, id, KIND, kind, MINUTE, MINUTE, (), aliases=aliases, **limits)


def token(check: Check, *keys: bytes) -> str:
    start, _, found = metric_url(check, "https://status.example/", keys or KEYS).rpartition("/")
    assert start == "https://status.example/metric"
    return found


@dataclass
class Desk:
    """A door that remembers what was heard."""

    heard: list[Value] = field(default_factory=list)
    clock: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self) -> None:
        self.values = PushedValues(KEYS, self._hear, self.clock)
        self.values.replace([metric()])

    async def _hear(self, *values: Value) -> None:
        self.heard += values

    async def push(self, body: str, to: str = "") -> str | Refused:
        return await self.values.push(to or token(metric()), body.encode())

    def line(self, number: float, ago: timedelta) -> str:
        return f"{number} {(self.clock.now() - ago).isoformat()}"


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize(
    ("number", "outcome", "reason", "warnings"),
    [
        (399, Outcome.PASS, "", ()),
        (450, Outcome.PASS, "", ("value 450, above 400",)),
        (812, Outcome.SLOW, "value 812, above 500", ("value 812, above 400",)),
        (1000, Outcome.FAIL, "value 1000, expected below 1000", ("value 1000, above 400",)),
    ],
)
async def test_a_number_is_heard_with_what_its_limits_say(desk, number, outcome, reason, warnings):
    assert await desk.push(str(number)) == "OK"
    now = desk.clock.now()
    assert desk.heard == [Value("shop/orders", now, now, number, outcome, reason, warnings)]


async def test_several_are_heard_in_order_of_time(desk):
    lines = [desk.line(number, seconds(60 * number)) for number in (1, 3, 2)]
    assert await desk.push("\n".join(lines)) == "OK"
    assert [value.number for value in desk.heard] == [3, 2, 1]
    assert {value.at for value in desk.heard} == {desk.clock.now()}


async def test_what_is_sent_again_is_taken_once(desk):
    line = desk.line(5, MINUTE)
    assert await desk.push(line) == "OK"
    assert await desk.push(line) == "OK, 1 of 1 known already"
    assert await desk.push(f"{line}\n{desk.line(6, seconds(0))}") == "OK, 1 of 2 known already"
    assert [value.number for value in desk.heard] == [5, 6]


async def test_what_is_older_than_the_last_is_refused(desk):
    await desk.push("5")
    answer = await desk.push(desk.line(6, MINUTE))
    moment = f"{desk.clock.now():%Y-%m-%d %H:%M:%S}"
    assert answer == Refused(
        409, f"older than the last value, of {moment} UTC: send in order of time"
    )
    assert len(desk.heard) == 1


async def test_clocks_may_differ_a_little(desk):
    assert await desk.push(desk.line(5, -AHEAD)) == "OK"
    assert desk.heard[0].measured_at == desk.clock.now()


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (-AHEAD - seconds(1), "is in the future: the clocks differ, or it is no such time"),
        (OLDEST + seconds(1), "is too long ago: 400 days at most"),
    ],
)
async def test_what_is_of_another_time_is_refused_with_all_that_came_with_it(desk, ago, words):
    answer = await desk.push(f"{desk.line(1, MINUTE)}\n{desk.line(5, ago)}")
    assert isinstance(answer, Refused)
    assert answer.status == 400
    assert answer.reason.endswith(words)
    assert desk.heard == []


@pytest.mark.parametrize("body", ["", "NaN", "many", '{"value": "inf"}'])
async def test_what_is_no_number_is_refused(desk, body):
    answer = await desk.push(body)
    assert isinstance(answer, Refused)
    assert answer.status == 400
    assert desk.heard == []


async def test_nobody_guesses_an_address(desk):
    right = token(metric())
    assert len(right) == 24
    for wrong in (right[:-1], right + "A", right.swapcase(), "shop/orders", "\udcff", "é"):
        assert await desk.push("5", wrong) == Refused(404, "there is no such metric")
    assert desk.heard == []


async def test_a_rotated_address_is_another_one(desk):
    before = token(metric())
    desk.values.replace([metric(rotate=2)])
    assert await desk.push("5", before) == Refused(404, "there is no such metric")
    assert await desk.push("5", token(metric(rotate=2))) == "OK"


async def test_addresses_of_an_older_key_and_of_an_earlier_id_are_still_answered(desk):
    moved = metric("store/orders", aliases=("shop/orders",))
    desk.values.replace([moved])
    for known in (token(moved), token(moved, KEYS[0]), token(metric())):
        await desk.clock.advance(MINUTE)
        assert await desk.push("5", known) == "OK"
    assert {value.check for value in desk.heard} == {"store/orders"}


async def test_a_heartbeat_takes_no_numbers_and_a_metric_no_beats(desk):
    job = Check("shop/job", "job", HEARTBEAT, HeartbeatOptions(every=MINUTE), MINUTE, MINUTE, ())
    desk.values.replace([job, metric()])
    beats = Heartbeats(KEYS, desk._hear, desk.clock)
    beats.replace([job, metric()])
    for check in (job, metric()):
        found = heartbeat_url(check, "https://x", KEYS).rpartition("/")[2]
        assert await desk.push("5", found) == Refused(404, "there is no such metric")
    own = heartbeat_url(metric(), "https://x", KEYS).rpartition("/")[2]
    assert await beats.beat(own, "", "") is BeatAnswer.UNKNOWN


async def test_nobody_sends_without_measure(desk):
    answers = [await desk.push("5") for _ in range(A_MINUTE + 1)]
    assert answers[-1] == Refused(429, "that was too often: send several values at once", 60)
    assert not any(isinstance(answer, Refused) for answer in answers[:-1])

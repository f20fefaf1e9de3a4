"""Numbers from the web to the folds: whose an address is, and which numbers can be taken."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from datetime import datetime, timedelta
from typing import Protocol

from checks.assertions import judge
from checks.clock import Clock
from checks.meter import SILENT, Meter
from checks.model import VALUE, Check, Observation
from checks.samples import Sample, read_samples
from incidents.signals import Value
from monitor.addresses import Addresses, Keys, address_of
from statuspage.guards import RateLimit
from statuspage.ports import Refused

WAY = "metric"
A_MINUTE, AN_HOUR = 120, 7_200
"""How often a check's values are taken in that time."""
AHEAD = timedelta(minutes=1)
"""Clocks differ: a value this little from the future was measured just now."""
OLDEST = timedelta(days=400)
"""Values may be sent that long afterwards, to teach what is usual."""
UNKNOWN = Refused(404, "there is no such metric")


class Hear(Protocol):
    """Folds values in; they are on disk when it returns."""

    def __call__(self, *signals: Value) -> Awaitable[None]:
        """Take them in this order."""
        ...


def metric_url(check: Check, address: str, keys: Keys) -> str:
    """Where the numbers of a check are sent."""
    return address_of(check, WAY, address, keys)


def takes_values(check: Check) -> bool:
    """Whether numbers are sent to a check."""
    return check.kind.pushed is not None and check.kind.learns is not None


class PushedValues:
    """Implements `statuspage.ports.Values`."""

    def __init__(self, keys: Keys, hear: Hear, clock: Clock, meter: Meter = SILENT) -> None:
        """Know no check yet."""
        self._addresses = Addresses(WAY, keys)
        self._hear = hear
        self._clock = clock
        self._meter = meter
        self._newest_at: dict[str, datetime] = {}
        self._rate = RateLimit(A_MINUTE, AN_HOUR)

    def replace(self, checks: Iterable[Check]) -> None:
        """Take values for these checks; one that moved is still reached where it was."""
        taking = [check for check in checks if takes_values(check)]
        self._addresses.replace(taking)
        known = {check.id for check in taking}
        self._newest_at = {id: at for id, at in self._newest_at.items() if id in known}

    async def push(self, token: str, body: bytes) -> str | Refused:
        """Take all values in a body, or none; they are on disk when that is said.

        What was sent before is passed over, so that a program may send it again.

        Raises:
            StorageError: They cannot be kept now; they are to be sent again.
        """
        check = self._addresses.find(token)
        if check is None:
            return UNKNOWN
        if not await self._rate.allows(check.id):
            return Refused(429, "that was too often: send several values at once", 60)
        now = self._clock.now()
        try:
            values = [_value(check, sample, now) for sample in read_samples(body)]
        except ValueError as error:
            return Refused(400, str(error))
        newest_at = self._newest_at.get(check.id)
        fresh = [one for one in values if newest_at is None or one.measured_at > newest_at]
        if not fresh and newest_at is not None and values[-1].measured_at < newest_at:
            moment = f"{newest_at:%Y-%m-%d %H:%M:%S} UTC"
            return Refused(409, f"older than the last value, of {moment}: send in order of time")
        if fresh:
            await self._hear(*fresh)
            self._newest_at[check.id] = max(fresh[-1].measured_at, newest_at or now - OLDEST)
            self._meter.count("upfront_values_total", len(fresh), check=check.id)
        passed = len(values) - len(fresh)
        return f"OK, {passed} of {len(values)} known already" if passed else "OK"


def _value(check: Check, sample: Sample, now: datetime) -> Value:
    """The signal of a sample, with what the check's limits say of it.

    Raises:
        ValueError: It was not measured at such a time.
    """
    measured_at = sample.at or now
    if measured_at > now + AHEAD:
        moment = f"{measured_at:%Y-%m-%d %H:%M:%S} UTC"
        raise ValueError(f"{moment} is in the future: the clocks differ, or it is no such time")
    if measured_at < now - OLDEST:
        raise ValueError(f"{measured_at:%Y-%m-%d} is too long ago: {OLDEST.days} days at most")
    judged = judge(check, Observation(0.0, facts={VALUE: sample.number}), now)
    return Value(
        check.id, now, min(measured_at, now), sample.number, judged.outcome, judged.reason,
        judged.warnings,
    )  # fmt: skip

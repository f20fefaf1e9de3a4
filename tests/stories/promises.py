"""What Upfront promises across crashes, checked from outside once everything has settled."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from tests.stories.ledger import Event, Ledger
from tests.stories.town import OPERATOR, Reader, Town

NEWEST = 50
"""Entries of the feed, and incidents of the API."""


@dataclass(frozen=True)
class Shown:
    """The updates (ids, by incident) that each surface shows."""

    pages: dict[str, set[str]]
    feed: set[tuple[str, str]]
    api: dict[str, set[str]]


async def check_promises(town: Town) -> None:
    """Settle, end well, check every promise and print the figures."""
    await town.settle()
    shown = await look_around(town)
    await town.stop()
    check_incidents(town)
    check_shown(town.kept, shown)
    for reader in town.readers.values():
        check_reader(town, reader)
    check_operators(town)
    check_repeats(town)
    tell_figures(town)


async def look_around(town: Town) -> Shown:
    """Read every surface as customers and their programs do."""
    _, text = await town.service.ask("/api/v2/incidents.json")
    api = {
        incident["id"]: {update["id"] for update in incident["incident_updates"]}
        for incident in json.loads(text)["incidents"]
    }
    pages = {
        incident: set(
            re.findall(r'id="update-(\w+)"', await town.service.get(f"/incidents/{incident}"))
        )
        for incident in api
    }
    feed = re.findall(r"/incidents/(\w+)#update-(\w+)", await town.service.get("/feed.atom"))
    return Shown(pages, set(feed), api)


def check_incidents(town: Town) -> None:
    """No two at once on a component, none twice for a fault, none lost, all of them ended."""
    open_on: dict[str, str] = {}
    opened: dict[str, Event] = {}
    for event in town.kept.events:
        if event.type == "opened":
            assert event.incident not in opened
            opened[event.incident] = event
        elif event.type == "status_changed":
            other = open_on.setdefault(event.fields["component"], event.incident)
            assert other == event.incident, f"{event} while {other} is open"
        elif event.type == "update_posted" and event.fields["status"] == "resolved":
            open_on = {name: other for name, other in open_on.items() if other != event.incident}
    assert not open_on
    assert town.seen <= opened.keys()
    check_faults(town, opened)


def check_faults(town: Town, opened: dict[str, Event]) -> None:
    """Each incident began with a fault of the check that opened it, and no other one did."""
    begun = defaultdict(list)
    for incident, (check, onset) in openers(town.kept, opened).items():
        fault = next((f for f in town.faults if f.check == check and f.holds(onset)), None)
        assert fault is not None, f"{incident} opened without a fault of {check}"
        begun[fault.check, fault.from_at].append(incident)
    assert [found for found in begun.values() if len(found) > 1] == []


def openers(kept: Ledger, opened: dict[str, Event]) -> dict[str, tuple[str, float]]:
    """The check that opened each incident, and since when it failed."""
    found: dict[str, tuple[str, float]] = {}
    for event in kept.events:
        if event.type == "check_judged" and event.incident not in found:
            verdict = event.fields["verdict"]
            onset = datetime.fromisoformat(verdict["onset_at"]).timestamp()
            found[event.incident] = (verdict["check"], onset)
    assert found.keys() == opened.keys()
    return found


def check_shown(kept: Ledger, shown: Shown) -> None:
    """Every update is on page, in feed and API, and nothing else is."""
    written = defaultdict(set)
    for update in kept.updates:
        written[update.incident].add(update.fields["update"])
    assert len(written) <= NEWEST
    assert shown.api == written
    assert shown.pages == written
    newest = kept.updates[-NEWEST:]
    assert shown.feed == {(update.incident, update.fields["update"]) for update in newest}


def check_reader(town: Town, reader: Reader) -> None:
    """Every update after the confirmation came, and none from before it."""
    if reader.confirmed_at == float("inf"):
        return
    record = town.kept.subscribers[reader.address]
    assert record.state == "confirmed"
    assert record.confirmed_position is not None
    owed = [event for event in town.kept.updates if event.position > record.confirmed_position]
    since = [event for event in town.kept.updates if event.at > reader.confirmed_at * 1e6]
    assert {event.position for event in since} <= {event.position for event in owed}
    check_received(town, reader.address, owed)


def check_operators(town: Town) -> None:
    """Everything that operators are told of came over their route.

    What customers read as an incident opens stands in the message about the opening.
    """
    opened = {(event.incident, event.at) for event in town.kept.events if event.type == "opened"}
    told_then = [one for one in town.kept.updates if (one.incident, one.at) in opened]
    owed = [one for one in town.kept.events if one.for_operators and one not in told_then]
    check_received(town, OPERATOR, owed)


def check_received(town: Town, address: str, owed: list[Event]) -> None:
    """There is one message for each event that is owed, and it came; nothing else did."""
    keys = {one.position: one.key for one in town.kept.deliveries if one.address == address}
    arrivals = town.arrivals
    missing = [event for event in owed if not arrivals[address, keys[event.position]]]
    assert missing == [], f"{address} never got them"
    known = {event.position for event in town.kept.events if event.type == "subscription_requested"}
    assert keys.keys() - known == {event.position for event in owed}


def check_repeats(town: Town) -> None:
    """A mail is repeated only if it was in flight at a kill, and under the same Message-ID."""
    keys = {(one.address, one.key) for one in town.kept.deliveries}
    arrivals = town.arrivals
    assert arrivals.keys() <= keys
    for mail, copies in arrivals.items():
        assert copies <= 1 + town.in_flight[mail], f"{mail} came {copies} times"


def tell_figures(town: Town) -> None:
    """Print how much there was and how much of it twice."""
    kept, arrivals = town.kept, town.arrivals
    incidents = len({update.incident for update in kept.updates})
    print(
        f"{town.kills} kills, {len(town.faults)} faults, {incidents} incidents,"
        f" {len(kept.updates)} updates; {sum(arrivals.values())} mails: 0 lost,"
        f" {sum(arrivals.values()) - len(arrivals)} repeated of {town.in_flight.total()} in doubt"
        f" at a kill; {kept.raw.total()} results: {kept.raw_duplicates} duplicated"
    )

"""Documents are made outside of requests: on change, with age, and not more often."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from checks.meter import SilentMeter
from statuspage import web
from statuspage.publisher import REFRESH, REFRESH_BLIND, Publisher
from tests.statuspage import examples
from tests.statuspage.conftest import PlayedClock, PlayedLive
from tests.statuspage.scenes import MAJOR, NOW, PAGE, Scene


class Recorder(SilentMeter):
    def __init__(self):
        self.seen = []

    def observe(self, name, value, /, **labels):
        self.seen.append((name, value))


@pytest.fixture
def meter():
    return Recorder()


@pytest.fixture
async def play(meter):
    """A publisher that follows what the test plays."""
    tasks = []

    async def follow(snapshot):
        live, clock = PlayedLive(snapshot), PlayedClock(snapshot.at)
        made = Publisher(
            live, clock, web.made_pages(), address="http://127.0.0.1:8080", meter=meter
        )
        await made.publish()
        tasks.append(asyncio.create_task(made.run()))
        return live, clock, made

    yield follow
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - the shelf is not an event
            await asyncio.sleep(0.005)


def text(publisher, path="/"):
    """A page as it is served, but for the marks around its times."""
    found = publisher.first.shelf.get(path)
    return re.sub("</?time[^>]*>", "", found.document.body.decode()) if found else ""


async def test_a_change_is_on_the_page_and_the_time_it_took_is_measured(play, meter):
    live, clock, made = await play(examples.all_good())
    clock.advance(timedelta(seconds=1))
    scene = examples.with_past(Scene())
    id = scene.open("Search is down", scene.now, {"search": MAJOR}, "We know.", after=timedelta(0))
    live.stir(scene.snapshot())
    await until(lambda: "Search is down since 14:14." in text(made))
    assert f"/incidents/{id}" in made.first.shelf
    assert "Search is down" in text(made, "/api/v2/summary.json")
    assert ("upfront_event_to_published_seconds", 1.0) in meter.seen


async def test_pages_age_though_nothing_changes(play):
    live, clock, made = await play(examples.all_good())
    summary = made.first.shelf["/api/v2/summary.json"]
    await clock.asleep.wait()
    live.now = replace(live.now, at=live.now.at + REFRESH, fresh_until=None)
    clock.advance(REFRESH)
    await until(lambda: "as of 14:14:46" in text(made))
    assert made.first.shelf["/api/v2/summary.json"] is summary


async def test_the_page_says_that_it_does_not_know_as_soon_as_results_are_old(play):
    live, clock, made = await play(
        replace(examples.all_good(), fresh_until=NOW + timedelta(seconds=4))
    )
    await clock.asleep.wait()
    live.now = replace(live.now, at=live.now.at + timedelta(seconds=4, milliseconds=10))
    clock.advance(timedelta(seconds=4, milliseconds=10))
    await until(lambda: "We cannot tell at the moment" in text(made))
    assert made.first.shelf["/api/v2/status.json"].document.status == 503


async def test_the_first_results_are_waited_for(play):
    live, clock, made = await play(examples.no_results())
    await clock.asleep.wait()
    live.now = replace(examples.all_good(), at=live.now.at + REFRESH_BLIND)
    clock.advance(REFRESH_BLIND)
    await until(lambda: "Everything is working." in text(made))


async def test_what_was_known_grows_old_when_the_service_cannot_say(play):
    live, clock, made = await play(examples.all_good())
    live.broken = True
    await clock.asleep.wait()
    clock.advance(timedelta(minutes=5))
    await until(lambda: "We cannot tell at the moment" in text(made))


async def test_many_changes_at_once_are_rendered_once(play):
    live, _, made = await play(examples.all_good())
    asked = live.asked
    snapshot = examples.one_slow()
    for _ in range(500):
        live.stir(snapshot)
    await until(lambda: "Checkout is slow" in text(made))
    assert live.asked - asked <= 3


async def test_a_burst_of_readers_renders_nothing(open_site):
    site = await open_site(examples.major_outage())
    asked = site.live.asked
    answers = await asyncio.gather(*(site.client.get("/") for _ in range(64)))
    assert {answer.status for answer in answers} == {200}
    assert site.live.asked == asked


async def test_what_was_not_made_ahead_is_made_once_for_all_who_ask(open_site):
    site = await open_site(examples.all_good())
    first, second = await asyncio.gather(
        site.client.get("/history/2026-10"), site.client.get("/history/2026-10")
    )
    assert first.headers["ETag"] == second.headers["ETag"]
    assert "/history/2026-10" not in site.publisher.first.shelf


async def test_a_page_that_cannot_be_rendered_takes_no_other_along(open_site):
    site = await open_site(examples.all_good())
    broken = replace(examples.all_good(), latencies=None)
    site.live.now = broken
    await site.publisher.publish()
    assert (await site.client.get("/")).status == 500
    assert (await site.client.get("/history")).status == 200
    assert (await site.client.get("/api/v2/summary.json")).status == 200


async def test_without_an_address_of_its_own_links_lead_to_where_it_listens(open_site):
    page = replace(PAGE, url="")
    site = await open_site(replace(examples.all_good(), page=page))
    feed = await (await site.client.get("/feed.atom")).text()
    assert "http://127.0.0.1:8080/incidents/" in feed

"""The live stream: what readers are told, after a break as well, and how many there may be."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from statuspage import live
from statuspage.live import STREAM
from tests.statuspage import examples
from tests.statuspage.scenes import PAGE

TWO_LANGUAGES = replace(PAGE, languages=("en", "de"))


async def next_event(answer):
    """The next event of a stream as its fields; comments and pauses are passed over."""
    fields = {}
    async with asyncio.timeout(10):
        while "event" not in fields:
            fields = {}
            while line := (await answer.content.readline()).decode().rstrip("\n"):
                name, _, value = line.partition(": ")
                fields[name] = value
    return fields["event"], fields.get("id"), json.loads(fields["data"])


@pytest.fixture
async def site(open_site):
    return await open_site(examples.all_good())


async def listen(site, path="/live", **headers):
    answer = await site.client.get(path, headers=headers)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    return answer


async def test_a_reader_is_told_the_present_state_and_then_each_change(site):
    answer = await listen(site)
    kind, first, state = await next_event(answer)
    assert (kind, state["headline"]) == ("state", "Everything is working.")
    site.live.now = examples.one_slow()
    await site.publisher.publish()
    kind, second, state = await next_event(answer)
    assert kind == "state"
    assert second == state["version"] != first
    assert state["headline"].startswith("Checkout is slow since")
    assert state["incidents"][0]["promised_at"].endswith("Z")


async def test_while_nothing_changes_only_the_age_is_told(site):
    answer = await listen(site)
    await next_event(answer)
    later = replace(site.live.now, at=site.live.now.at.replace(second=59))
    site.live.now = later
    await site.publisher.publish()
    kind, id, age = await next_event(answer)
    assert (kind, id) == ("age", None)
    assert age["as_of_said"] == "as of 14:14:59"


@pytest.mark.parametrize(("known", "kind"), [(True, "age"), (False, "state")])
async def test_who_comes_back_is_told_what_was_missed_and_nothing_twice(site, known, kind):
    _, version, _ = await next_event(await listen(site))
    headers = {"Last-Event-ID": version if known else "17-told of another life"}
    assert (await next_event(await listen(site, **headers)))[0] == kind


async def test_the_page_tells_the_version_that_the_stream_begins_with(site):
    page = await (await site.client.get("/")).text()
    _, version, _ = await next_event(await listen(site))
    assert f'data-version="{version}"' in page


async def test_the_stream_speaks_the_language_of_its_path(open_site):
    site = await open_site(replace(examples.all_good(), page=TWO_LANGUAGES))
    english = await next_event(await listen(site, "/en/live"))
    german = await next_event(await listen(site, "/de/live"))
    assert english[2]["headline"] != german[2]["headline"]


async def test_one_address_cannot_take_all_places(site):
    stream = site.client.app[STREAM]
    stream.limits = live.Limits(readers=3, from_one_address=2)
    kept = [await listen(site) for _ in range(2)]
    refused = await site.client.get("/live")
    assert refused.status == 503
    kept.pop().close()
    async with asyncio.timeout(10):
        while stream.readers > 1:
            await site.publisher.publish()
    assert (await listen(site)).status == 200


async def test_readers_are_let_go_when_the_site_ends(site):
    answer = await listen(site)
    await next_event(answer)
    await site.client.app[STREAM].close()
    async with asyncio.timeout(10):
        await answer.content.read()
    assert (await site.client.get("/live")).status == 503


class Stuck:
    """A reader that takes nothing."""

    async def write(self, message):
        await asyncio.Event().wait()


async def test_who_does_not_take_what_is_sent_is_given_up():
    with pytest.raises(TimeoutError):
        await live.send(Stuck(), b"news", timedelta(milliseconds=1))

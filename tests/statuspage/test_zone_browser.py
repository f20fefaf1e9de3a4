"""Times in the reader's zone, in a real browser: told and named, and days left to the page."""

from dataclasses import replace

import pytest

from tests.statuspage import examples


@pytest.fixture
async def read(browser, open_site):
    """Opens the start page as somebody elsewhere reads it."""

    async def from_zone(zone, **options):
        site = await open_site(examples.major_outage())
        page = await (await browser.new_context(timezone_id=zone, **options)).new_page()
        await page.clock.install(time=examples.major_outage().at)
        await page.goto(str(site.client.make_url("/")))
        return page, site

    return from_zone


async def test_elsewhere_all_times_are_the_readers_and_the_zone_is_named(read):
    page, _ = await read("America/New_York")
    assert await page.text_content("h1") == (
        "Payments is down since 08:02; Checkout and Invoices are affected."
    )
    assert "Next update by 08:30" in await page.text_content(".promise")
    assert "as of 08:14:31" in await page.text_content("header")
    assert "America/New_York" in await page.text_content("footer")
    assert "Europe/Berlin" in await page.text_content("footer")
    assert "03:26 – " in await page.text_content("main")


async def test_across_midnight_the_day_is_told_too(read):
    page, _ = await read("Pacific/Auckland")
    assert "since 02:02;" in await page.text_content("h1")


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Europe/Paris"])
async def test_where_the_clocks_are_the_same_nothing_changes(read, zone):
    page, _ = await read(zone)
    assert "since 14:02;" in await page.text_content("h1")
    assert "All times are in Europe/Berlin" in await page.text_content("footer")


async def test_without_script_the_pages_zone_holds_and_is_named(read):
    page, _ = await read("America/New_York", java_script_enabled=False)
    assert "since 14:02;" in await page.text_content("h1")
    assert "All times are in Europe/Berlin" in await page.text_content("footer")


async def test_news_come_in_the_readers_zone_as_well(read):
    page, site = await read("America/New_York")
    slow = examples.one_slow()
    site.live.now = replace(slow, at=slow.at.replace(second=59))
    await site.publisher.publish()
    await page.clock.run_for(3_000)
    await page.wait_for_selector("h1:text('Checkout is slow since 08:02.')")
    assert "as of 08:14:59" in await page.text_content("header")

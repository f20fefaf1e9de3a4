"""The pages in a real browser: with and without script, narrow, in print, by keyboard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.statuspage import examples
from tests.support import require_browser, unavailable

ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
PHONE = {"width": 360, "height": 640}


@pytest.fixture
async def browser() -> AsyncIterator[object]:
    path = require_browser()
    try:
        from playwright.async_api import async_playwright
    except ImportError:
        unavailable("playwright", "browser", "pip install playwright")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield opened
        await opened.close()


@pytest.fixture
async def visit(browser, open_site):
    """Opens a page of a site; fails the test if the browser complains of anything."""
    complaints = []

    def hear(text: str) -> None:
        # A refused form and a cut line are told as such, and are what the test is about.
        if not text.startswith("Failed to load resource"):
            complaints.append(text)

    async def open_page(snapshot, path="/", **options):
        site = await open_site(snapshot)
        page = await (await browser.new_context(**options)).new_page()
        await page.clock.install(time=snapshot.at + timedelta(seconds=12))
        page.on("console", lambda message: hear(message.text))
        page.on("pageerror", lambda error: hear(str(error)))
        await page.goto(str(site.client.make_url(path)))
        return page, site

    yield open_page
    assert complaints == []


async def test_the_page_answers_without_script(visit):
    page, _ = await visit(examples.major_outage(), java_script_enabled=False, viewport=PHONE)
    assert await page.text_content("h1") == (
        "Payments is down since 14:02; Checkout and Invoices are affected."
    )
    assert "Next update by 14:30" in await page.text_content("main")
    await page.click("summary")
    assert await page.is_visible("details[open] .row .name >> text=Search")


async def test_with_script_ages_and_countdowns_are_told(visit):
    page, _ = await visit(examples.major_outage())
    assert "12 seconds ago" in await page.text_content("header")
    assert "in 15 minutes" in await page.text_content(".promise")


async def test_on_a_phone_the_answer_and_the_next_step_need_no_scrolling(visit):
    page, _ = await visit(examples.major_outage(), viewport=PHONE)
    for found in ("h1", ".promise", ".button"):
        box = await page.locator(found).first.bounding_box()
        assert box["y"] + box["height"] <= PHONE["height"]
    button = await page.locator(".button").first.bounding_box()
    assert button["height"] >= 44


@pytest.mark.parametrize("name", ["all-good", "major-outage", "no-components", "many"])
async def test_nothing_sticks_out_at_320_pixels(visit, name):
    page, _ = await visit(examples.SITUATIONS[name](), viewport={"width": 320, "height": 640})
    assert await page.evaluate("document.documentElement.scrollWidth") == 320


async def test_a_change_arrives_in_the_open_page_and_leaves_groups_open(visit):
    page, site = await visit(examples.all_good())
    await page.click("summary >> nth=0")
    slow = examples.one_slow()
    site.live.now = replace(slow, at=slow.at + timedelta(seconds=15))
    await site.publisher.publish()
    await page.clock.run_for(21_000)
    await page.wait_for_selector("h1:text('Checkout is slow since 14:02.')")
    assert await page.get_attribute("details >> nth=0", "open") is not None
    assert "degraded_performance" in await page.get_attribute("#top", "class")
    assert (await page.title()).startswith("Checkout is slow since 14:02.")


async def test_a_page_that_is_not_refreshed_any_more_says_so(visit):
    page, site = await visit(examples.all_good())
    await page.route("**/*", lambda route: route.abort())
    assert not await page.is_visible("[data-stale]")
    await page.clock.run_for(15_000)
    await page.clock.fast_forward(120_000)
    await asyncio.wait_for(page.wait_for_selector("[data-stale]:visible"), 10)
    assert site.live.asked == 1


async def test_the_first_tab_leads_to_the_content(visit):
    page, _ = await visit(examples.all_good())
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "content"


async def test_a_subscription_begins_in_the_browser(visit):
    page, site = await visit(examples.major_outage())
    await page.click("text=Tell me when it’s fixed")
    await page.click("text=Send me the link")
    assert await page.evaluate("document.activeElement.id") == "address"
    await page.keyboard.type("reader@customer.example")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("h1:text('Look into your mail')")
    assert site.intake.asked == [("mail", "reader@customer.example", (), "en")]


async def test_an_incident_prints_without_controls(visit):
    snapshot, id = examples.long_incident()
    page, _ = await visit(snapshot, f"/incidents/{id}")
    await page.emulate_media(media="print")
    assert await page.is_visible("text=All kept orders are charged.")
    assert not await page.is_visible("header nav")
    assert not await page.is_visible("footer ul")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["all-good", "one-slow", "major-outage", "one-unknown"])
async def test_words_stand_out_from_their_ground(visit, name, scheme):
    page, _ = await visit(examples.SITUATIONS[name](), color_scheme=scheme)
    poor = await page.evaluate(CONTRAST)
    assert poor == []


CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgb = (color) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (color) => rgb(color).slice(0, 3).map((c) => c / 255)
    .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (found) => {
    for (; found; found = found.parentElement) {
      const color = getComputedStyle(found).backgroundColor;
      if (rgb(color)[3] === 255) return color;
    }
    return "white";
  };
  const poor = [];
  for (const found of document.querySelectorAll("body *")) {
    const own = [...found.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !found.checkVisibility()) continue;
    const pair = [light(getComputedStyle(found).color), light(ground(found))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (ratio < 4.5) poor.push(found.textContent.trim().slice(0, 30) + " " + ratio.toFixed(2));
  }
  return poor;
}"""

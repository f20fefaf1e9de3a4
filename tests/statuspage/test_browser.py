"""The pages in a real browser: with and without script, narrow, in print, by keyboard."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.async_api import expect

from tests.statuspage import examples, scenes
from tests.statuspage.scenes import MAJOR, NOW, PAGE, Scene

PHONE = {"width": 360, "height": 640}


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
    assert await page.is_visible("header a:text('reload')")
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
    await expect(page.locator("#address")).to_be_focused()
    await page.keyboard.type("reader@customer.example")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("h1:text('Look into your mail')")
    assert site.intake.asked == [("main", "mail", "reader@customer.example", (), "en")]


async def test_an_incident_prints_without_controls(visit):
    snapshot, id = examples.long_incident()
    page, _ = await visit(snapshot, f"/incidents/{id}")
    await page.emulate_media(media="print")
    assert await page.is_visible("text=All kept orders are charged.")
    assert not await page.is_visible("header nav")
    assert not await page.is_visible("footer ul")


async def test_a_row_is_one_link_wherever_it_is_touched(visit):
    page, _ = await visit(examples.all_good())
    row = page.locator(".board > ul > .row", has_text="Sign-in")
    assert await row.get_by_role("link").count() == 1
    box = await row.locator(".bars").bounding_box()
    await page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await page.wait_for_selector("h1:text('Sign-in is working.')")


def two_days():
    scene = Scene()
    for days in (70, 20, 3):
        scene.past("Search is down", days, 40, {"search": MAJOR})
    return scene.snapshot()


async def focused_day(page):
    return await page.evaluate("document.activeElement.querySelector('title')?.textContent")


async def test_the_days_of_a_component_are_one_tab_stop_with_arrows_between_them(visit):
    page, _ = await visit(two_days(), "/components/search")
    days = page.locator(".quarter a")
    assert [await day.get_attribute("tabindex") for day in await days.all()] == ["-1", "-1", "0"]
    await days.last.focus()
    assert (await focused_day(page)).startswith("Wed 18 Nov: Down, 40 minutes.")
    await page.keyboard.press("ArrowLeft")
    assert (await focused_day(page)).startswith("Sun 1 Nov")
    await page.keyboard.press("Home")
    assert (await focused_day(page)).startswith("Sat 12 Sep")
    await page.keyboard.press("ArrowLeft")
    assert (await focused_day(page)).startswith("Sat 12 Sep")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("h1:text('Resolved: Search is down')")


async def test_without_script_each_day_is_a_plain_link(visit):
    page, _ = await visit(two_days(), "/components/search", java_script_enabled=False)
    days = page.get_by_role("link", name="40 minutes")
    assert await days.count() == 3
    assert await page.locator(".quarter a[tabindex]").count() == 0


async def test_on_a_phone_thirty_days_are_shown_the_newest_at_the_end(visit):
    page, _ = await visit(two_days(), "/components/search", viewport=PHONE)
    assert await page.get_by_role("link", name="40 minutes").count() == 2
    box = await page.locator(".quarter a").last.bounding_box()
    frame = await page.locator(".quarter").bounding_box()
    day = frame["width"] / 30
    assert box["x"] + box["width"] == pytest.approx(frame["x"] + frame["width"] - 3 * day, abs=2)
    assert await page.is_visible("text=Fri 23 Oct")


async def test_in_a_script_from_right_to_left_the_newest_day_is_at_the_left(visit):
    page, _ = await visit(two_days(), "/components/search")
    await page.evaluate("document.documentElement.dir = 'rtl'")
    box = await page.locator(".quarter a").last.bounding_box()
    frame = await page.locator(".quarter").bounding_box()
    assert box["x"] < frame["x"] + frame["width"] / 20


async def test_of_many_components_some_are_found_by_their_name(visit):
    page, site = await visit(examples.many())
    await page.fill("#find", "sérvice 29")
    assert await page.locator(".board li.row:visible").count() == 13
    assert await page.text_content("#found") == "13 of 300"
    later = replace(examples.many(), at=NOW + timedelta(seconds=20))
    site.live.now = replace(later, page=replace(later.page, name="Other"))
    await site.publisher.publish()
    await page.evaluate("document.querySelector('[data-live]').dataset.content = ''")
    assert await page.input_value("#find") == "sérvice 29"
    await page.fill("#find", "")
    assert await page.locator(".board details[open]").count() == 0
    assert await page.text_content("#found") == ""


async def test_without_script_nothing_offers_to_search(visit):
    page, _ = await visit(examples.many(), java_script_enabled=False)
    assert not await page.is_visible("#find")


def hostile():
    word = "W" * 200
    table = "|".join(["", *["column"] * 40, ""])
    rule = "|".join(["", *["-"] * 40, ""])
    scene = Scene(components=(scenes.component("x", f"<b>{word}</b>\u202e"),))
    body = f"{word}\n\n{table}\n{rule}\n{table}\n\n    {word * 3}"
    scene.open(word, scene.ago(minutes=5), {"x": MAJOR}, body)
    return scene.snapshot(page=replace(PAGE, name=word))


async def test_endless_words_and_giant_tables_stay_on_the_page(visit):
    page, site = await visit(hostile(), viewport={"width": 320, "height": 640})
    widths = {}
    for path in ("/", "/components/x", "/history", "/components/x/history"):
        await page.goto(str(site.client.make_url(path)))
        widths[path] = await page.evaluate("document.documentElement.scrollWidth")
    assert set(widths.values()) == {320}, widths


async def test_a_giant_table_is_scrolled_by_keyboard(visit):
    page, _ = await visit(hostile(), viewport=PHONE)
    body = page.locator(".story .body")
    await body.focus()
    await page.keyboard.press("ArrowRight")
    await expect(body).not_to_have_js_property("scrollLeft", 0)


async def test_in_forced_colours_shapes_have_the_readers_colour(visit):
    page, _ = await visit(examples.major_outage(), forced_colors="active")
    ink = await page.evaluate("getComputedStyle(document.body).color")
    shapes = await page.evaluate(
        "[...document.querySelectorAll('.row > .shape')].map((s) => getComputedStyle(s).color)"
    )
    assert set(shapes) == {ink}


async def test_an_incident_on_paper_says_which_day_it_was_and_where_to_read_on(visit):
    snapshot, id = examples.long_incident()
    page, _ = await visit(snapshot, f"/incidents/{id}")
    paper = page.locator(".paper")
    assert not await paper.first.is_visible()
    await page.emulate_media(media="print")
    assert await paper.first.text_content() == " · Sat 21 Nov"
    address = f"https://status.acme.example/incidents/{id}"
    assert await paper.last.get_attribute("data-address") == address
    assert await paper.last.is_visible()


async def test_in_german_the_answer_and_the_next_step_need_no_scrolling_either(visit):
    german = replace(PAGE, languages=("de",))
    page, _ = await visit(replace(examples.major_outage(), page=german), viewport=PHONE)
    for found in ("h1", ".promise", ".button"):
        box = await page.locator(found).first.bounding_box()
        assert box["y"] + box["height"] <= PHONE["height"]


async def test_a_component_prints_without_controls(visit):
    page, _ = await visit(examples.major_outage(), "/components/payments")
    await page.emulate_media(media="print")
    for hidden in ("header nav", "footer ul", ".button", ".themes", ".turn"):
        assert not await page.locator(hidden).first.is_visible()
    assert await page.is_visible("text=Last 90 days")

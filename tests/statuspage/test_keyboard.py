"""The pages without a mouse: what is reached, in which order, and that one sees where one is."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
from playwright.async_api import expect

from tests.statuspage import tour

FOCUSABLE = """() => [...document.querySelectorAll(
    "a[href], button, summary, input, [tabindex='0']")]
  .filter((one) => one.tabIndex >= 0 && one.checkVisibility()).length"""
"""How much there is to reach; what a closed group holds is not."""

NUMBERED = """() => {
  window.places = new Map([...document.querySelectorAll("*")].map((one, place) => [one, place]));
}"""
"""Remembers the order of the page as it is now: the script may put notes into it meanwhile."""

HERE = """() => {
  const one = document.activeElement;
  if (one === document.body) return null;
  const drawn = one.closest(".name") && one.closest(".row") && one.tagName === "A"
    ? getComputedStyle(one, "::after") : getComputedStyle(one);
  const day = one.querySelector(".hit");
  const box = one.getBoundingClientRect();
  return {
    place: places.get(one),
    ring: day ? getComputedStyle(day).stroke !== "none"
      : drawn.outlineStyle !== "none" && parseFloat(drawn.outlineWidth) >= 2,
    colour: day ? getComputedStyle(day).stroke : drawn.outlineColor,
    seen: box.width > 0 && box.top < innerHeight && box.bottom > 0 && box.left >= 0,
    says: one.ariaLabel || one.textContent.trim().slice(0, 40) || one.id,
  };
}"""


@pytest.fixture
async def visit(browser, open_site):
    """Opens a page of a site."""

    async def open_page(leg, path="/", **options):
        site = await open_site(leg.told_in("en"), webhooks=leg.webhooks)
        page = await (await browser.new_context(reduced_motion="reduce", **options)).new_page()
        await page.goto(str(site.client.make_url(path)))
        return page

    return open_page


async def tabbed(page) -> list[dict[str, object]]:
    """What Tab comes by, once around."""
    found = []
    await page.evaluate(NUMBERED)
    await page.keyboard.press("Tab")
    while here := await page.evaluate(HERE):
        found.append(here)
        await page.keyboard.press("Tab")
        assert len(found) < 200
    return found


@pytest.mark.parametrize(
    "look",
    [{"color_scheme": "light"}, {"color_scheme": "dark"}, {"forced_colors": "active"}],
    ids=["light", "dark", "forced colours"],
)
async def test_everything_is_reached_in_order_and_one_always_sees_where_one_is(visit, look):
    page = await visit(tour.public(), "/en/", **look)
    for path in ("/en/", "/en/components/search", "/en/subscribe/webhook"):
        await page.goto(urljoin(page.url, path))
        found = await tabbed(page)
        ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert [one["place"] for one in found] == sorted({one["place"] for one in found})
        assert len(found) == await page.evaluate(FOCUSABLE)
        assert [one["says"] for one in found if not one["ring"] or not one["seen"]] == []
        assert ground not in {one["colour"] for one in found}


async def test_a_group_opens_and_closes_by_keyboard_and_holds_the_focus(visit):
    page = await visit(tour.home("all-good"))
    group = page.locator("details").first
    await group.locator("summary").focus()
    for key, opened in (("Enter", True), ("Space", False), ("Space", True)):
        await page.keyboard.press(key)
        assert (await group.get_attribute("open") is not None) is opened
    await page.keyboard.press("Tab")
    await expect(group.get_by_role("link").first).to_be_focused()


async def test_the_theme_is_chosen_by_keyboard_and_holds_before_the_next_page_is_painted(visit):
    page = await visit(tour.home("all-good"), color_scheme="light")
    dark = page.get_by_role("button", name="Dark")
    await dark.focus()
    await page.keyboard.press("Enter")
    await expect(dark).to_have_attribute("aria-pressed", "true")
    await page.context.add_init_script(
        """new MutationObserver(() => {
          if (document.body && !window.first) window.first = document.documentElement.dataset.theme;
        }).observe(document, {childList: true, subtree: true})"""
    )
    await page.reload()
    assert await page.evaluate("window.first") == "dark"
    ground = "getComputedStyle(document.body).backgroundColor"
    assert await page.evaluate(ground) == "rgb(13, 17, 23)"
    await page.get_by_role("button", name="As the device").click()
    await page.reload()
    assert await page.evaluate(ground) == "rgb(255, 255, 255)"


async def test_a_form_that_is_refused_puts_the_focus_on_the_field_and_keeps_what_was_typed(visit):
    leg = tour.public()
    page = await visit(leg, "/en/subscribe/webhook")
    await page.locator("#address").focus()
    await page.keyboard.type("http://hooks.example/x")
    await page.keyboard.press("Enter")
    address = page.locator("#address[aria-invalid=true]")
    await expect(address).to_be_focused()
    await expect(address).to_have_value("http://hooks.example/x")
    await expect(address).to_have_accessible_description(
        "The address must begin with https://. It begins with https:// and takes a POST."
    )


async def test_the_language_is_chosen_and_stays_chosen(visit):
    page = await visit(tour.public(), "/en/history", locale="en-GB")
    await page.get_by_role("link", name="Deutsch").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("html[lang=de] h1")).to_have_text("Vorfälle im November 2026")
    await page.get_by_role("link", name="Status").click()
    await expect(page.locator("html[lang=de] h1")).to_contain_text("Search ist seit 13:40 Uhr")
    await page.get_by_role("link", name="English").click()
    await expect(page.locator("h1")).to_contain_text("Search is down since 13:40")


async def test_the_search_field_is_reached_and_left_by_keyboard(visit):
    page = await visit(tour.home("many"))
    field = page.get_by_role("searchbox", name="Find a component")
    await field.focus()
    await page.keyboard.type("service 59")
    await expect(page.get_by_role("search").get_by_role("status")).to_have_text("1 of 60")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Service 59")).to_be_focused()

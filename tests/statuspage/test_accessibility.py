"""Every page holds WCAG 2.2 AA and the practices that axe knows, in both themes and languages.

English is looked at in all sizes and themes; German words must do no harm in one of them.
"""

from __future__ import annotations

import pytest

from tests.statuspage import tour
from tests.support import unavailable

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 640}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = (
    (DESK, "light", {"runOnly": TAGS}),
    (DESK, "dark", {"runOnly": ["color-contrast", "link-in-text-block"]}),
    (PHONE, "light", {"runOnly": ["target-size", "scrollable-region-focusable", "heading-order"]}),
)
"""Sizes and themes, and of each the rules that may say something new there."""

WORDS = ((DESK, "light", {"runOnly": TAGS, "rules": {"color-contrast": {"enabled": False}}}),)
"""What other words on the same page may break: all but its colours and sizes."""

AUDIT = """async (options) => {
  const told = await axe.run(document, {...options, resultTypes: ["violations", "incomplete"]});
  return [...told.violations, ...told.incomplete]
    .flatMap((found) => found.nodes.map((node) => `${found.id}: ${node.target}`));
}"""
"""What breaks a rule, and where axe cannot tell whether it does."""

FILL = """(field, value) => {
  if (field.type === "checkbox") field.checked = true; else field.value = value; }"""

HOMES = [name for name in tour.LEGS if name.startswith("home")]
PAGES = [name for name in tour.LEGS if not name.startswith("home")]
WITHOUT_SCRIPT = {"home with work", "open incident", "component in trouble", "history", "subscribe"}


@pytest.fixture
def axe() -> str:
    """The script of axe-core."""
    try:
        from axe_playwright_python.base import AXE_SCRIPT
    except ImportError:
        unavailable("axe-core", "browser", "pip install axe-playwright-python")
    return AXE_SCRIPT


@pytest.fixture
async def page(browser, axe):
    """A tab, used for one page after the other, with axe in all of them: it is compiled once."""
    opened = await browser.new_page(viewport=DESK, reduced_motion="reduce")
    await opened.add_init_script(axe)
    return opened


async def arrive(page, address: str, stop: tour.Stop) -> None:
    """Go to a page, by way of its form where something is typed."""
    answer = await page.goto(address)
    if stop.typed is not None:
        for name, value in stop.typed.items():
            await page.locator(f'[name="{name}"]').evaluate(FILL, value)
        async with page.expect_navigation() as moved:
            await page.locator("main form").evaluate("(form) => form.requestSubmit()")
        answer = await moved.value
    assert answer.status == stop.status, stop


async def findings(page, looks=LOOKS) -> list[str]:
    """What axe says of the open page, however it is looked at."""
    found = []
    for size, theme, options in looks:
        await page.set_viewport_size(size)
        await page.emulate_media(color_scheme=theme)
        told = await page.evaluate(AUDIT, options)
        found += [f"{size['width']} px, {theme}, {one}" for one in told]
    return found


@pytest.mark.parametrize(
    ("names", "language"),
    [(HOMES, "en"), (["home, major-outage", "home, many"], "de"), (PAGES, "en"), (PAGES, "de")],
    ids=["homes-en", "homes-de", "pages-en", "pages-de"],
)
async def test_axe_finds_nothing(page, open_site, names, language):
    looks, found = LOOKS if language == "en" else WORDS, {}
    for name in names:
        leg = tour.LEGS[name]()
        site = await open_site(leg.told_in(language), webhooks=leg.webhooks)
        for stop in leg.stops:
            await arrive(page, str(site.client.make_url(leg.path(stop, language))), stop)
            if said := await findings(page, looks):
                found[f"{name}, {stop.name}"] = said
    assert found == {}


async def test_axe_finds_nothing_on_pages_whose_script_did_not_run(page, open_site, axe):
    leg = tour.public()
    site = await open_site(leg.told_in("en"))
    session, found = await page.context.new_cdp_session(page), {}
    for stop in leg.stops:
        if stop.name in WITHOUT_SCRIPT:
            # axe is a script itself and waits for ever where none may run.
            await session.send("Emulation.setScriptExecutionDisabled", {"value": True})
            await arrive(page, str(site.client.make_url(leg.path(stop, "en"))), stop)
            await session.send("Emulation.setScriptExecutionDisabled", {"value": False})
            assert await page.locator("[data-themes]").is_hidden()
            await page.evaluate(axe)
            if said := await findings(page):
                found[stop.name] = said
    assert len(found) == 0, found

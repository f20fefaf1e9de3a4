"""Where search engines find a page: one address for each language, and none of what is private."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import html

from statuspage.site import Access, Page
from tests.statuspage import examples
from tests.statuspage.scenes import PAGE

ADDRESS = "https://status.acme.example"
MAIN = replace(PAGE, url=ADDRESS, languages=("en", "de"))
SHOP = Page(
    id="shop", name="Shop", url="https://shop.example", hosts=("shop.example",), languages=("de",)
)
TEAM = Page(
    id="team", name="Team", url=f"{ADDRESS}/team", path="/team", languages=("de", "en"),
)  # fmt: skip
STAFF = Page(
    id="staff", name="Staff", url=f"{ADDRESS}/staff", path="/staff", languages=("en", "de"),
    access=Access(token="let-me-in-please"),
)  # fmt: skip
NOWHERE = Page(id="nowhere", name="Nowhere", hosts=("nowhere.example",), languages=("en", "de"))


@pytest.fixture
async def site(open_site):
    pages = (MAIN, SHOP, TEAM, STAFF, NOWHERE)
    return await open_site(replace(examples.one_slow(), page=MAIN, pages=pages))


async def places(site, path: str, **headers: str) -> dict[str, str]:
    """What a page says of where it is: its own address, and those in other languages."""
    page = html.fromstring(await (await site.client.get(path, headers=headers)).text())
    links = page.xpath("//link[@rel='canonical' or @hreflang]")
    return {link.get("hreflang", "canonical"): link.get("href") for link in links}


@pytest.mark.parametrize("path", ["/", "/history", "/history/2026-10", "/components/checkout"])
async def test_a_page_names_its_own_address_and_those_in_all_languages(site, path):
    there = {
        "en": f"{ADDRESS}/en{path}",
        "de": f"{ADDRESS}/de{path}",
        "x-default": f"{ADDRESS}{path}",
    }
    assert await places(site, f"/de{path}") == {"canonical": f"{ADDRESS}/de{path}", **there}
    assert await places(site, f"/en{path}") == {"canonical": f"{ADDRESS}/en{path}", **there}


async def test_a_page_that_chose_the_readers_language_names_the_address_that_stays_in_it(site):
    found = await places(site, "/history", **{"Accept-Language": "de"})
    assert found["canonical"] == f"{ADDRESS}/de/history"


async def test_a_page_in_one_language_has_no_alternatives(site):
    found = await places(site, "/history", Host="shop.example")
    assert found == {"canonical": "https://shop.example/history"}


async def test_a_page_under_a_path_names_addresses_under_that_path(site):
    assert await places(site, "/team/en/history") == {
        "canonical": f"{ADDRESS}/team/en/history",
        "de": f"{ADDRESS}/team/de/history",
        "en": f"{ADDRESS}/team/en/history",
        "x-default": f"{ADDRESS}/team/history",
    }


async def test_what_is_private_or_has_no_address_names_none(site):
    bearer = {"Authorization": "Bearer let-me-in-please", "Accept": "text/html"}
    assert await places(site, "/staff/en/history", **bearer) == {}
    assert await places(site, "/staff/en/history", Accept="text/html") == {}
    assert await places(site, "/en/history", Host="nowhere.example") == {}


async def test_what_is_nowhere_to_be_found_again_names_none(site):
    assert await places(site, "/de/nothing/here") == {}
    assert await places(site, "/de/embed") == {}

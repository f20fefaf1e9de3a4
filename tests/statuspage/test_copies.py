"""A page as files: all of it, in every language, and nothing that somebody would have to answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from posixpath import normpath

import pytest
import pytest_asyncio
from lxml import html

from statuspage import assets
from statuspage.copies import copies
from statuspage.documents import Document
from statuspage.ports import Snapshot
from statuspage.site import Access, Page
from statuspage.web import made_pages
from tests.statuspage import examples, works
from tests.statuspage.conftest import PlayedLive
from tests.statuspage.scenes import MAJOR, PAGE, RESOLVED, Scene

ADDRESS = "http://127.0.0.1:8080"
TWO = replace(PAGE, languages=("en", "de"))
SHOP = Page(id="shop", name="Shop", hosts=("shop.example",), components=("checkout",))
TEAM = Page(id="team", name="Team", path="/team", components=("search",))
STAFF = Page(id="staff", name="Staff only", path="/staff", access=Access(token="t" * 20))


def a_bad_day() -> Snapshot:
    """More incidents began on one day than a month tells, and work was announced."""
    scene = Scene()
    for hour in range(30):
        onset = scene.ago(days=40, minutes=10 * hour)
        id = scene.open(f"Trouble {hour}", onset, {"checkout": MAJOR}, "We look into it.")
        scene.post(id, onset + timedelta(minutes=5), RESOLVED, "It is over.")
    works.four_works(scene)
    return scene.snapshot()


SITUATIONS = {**examples.SITUATIONS, "bad-day": a_bad_day}
Files = Mapping[str, Document | None]


async def copied(snapshot: Snapshot, *pages: Page) -> Files:
    """All files of the copies of these pages, or of the snapshot's own."""
    pages = pages or (snapshot.page,)
    snapshot = replace(snapshot, page=pages[0], pages=pages, subscribe_by=("mail", "webhook"))
    files: dict[str, Document | None] = {}
    for copy in copies(pages, made_pages(), assets.load(), ADDRESS):
        told = copy.told(snapshot)
        files |= {placed.file: placed.document for placed in copy.files()}
        for leaf in chain(copy.current(told), copy.rest(told)):
            async for placed in copy.made(leaf, told, PlayedLive(told)):
                files[placed.file] = placed.document
    return files


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def slow_in_two() -> Files:
    """The copy of a page in two languages, one component of which is slow."""
    return await copied(examples.one_slow(), TWO)


def text(files: Files, file: str) -> str:
    found = files[file]
    assert found is not None
    return found.body.decode()


def served(files: Files, path: str) -> bool:
    """Whether a plain file server would find it, unless nothing can be told there."""
    place = normpath(path.partition("#")[0].partition("?")[0]).strip("/.")
    return any(name in files for name in (place, f"{place}/index.html".lstrip("/")))


def pages_in(files: Files) -> Mapping[str, str]:
    return {name: text(files, name) for name in files if name.endswith(".html")}


@pytest.mark.parametrize(
    ("name", "page"),
    [("bad-day", PAGE), *((name, TWO) for name in sorted(set(SITUATIONS) - {"many"}))],
)
async def test_every_link_of_a_copy_leads_to_a_file_of_it(name, page):
    files = await copied(SITUATIONS[name](), page)
    broken = set()
    for file, body in pages_in(files).items():
        for element, attribute, link, _ in html.fromstring(body).iterlinks():
            if attribute in ("href", "src") and link.startswith("/") and element.tag != "use":
                broken |= set() if served(files, link) else {(file, link)}
    assert not broken


async def test_there_is_nothing_in_it_that_somebody_would_have_to_answer():
    files = await copied(examples.major_outage(), TWO)
    for name, body in pages_in(files).items():
        assert "<form" not in body, name
        assert "/subscribe" not in body, name
        assert "data-stream" not in body, name
        assert " data-stale" not in body, name
    assert not [name for name in files if "subscribe" in name or "unlock" in name]


MADE = {
    "en": "This is a copy, made on Sat 21 Nov at 14:14:31, of https://status.acme.example.",
    "de": "Dies ist eine Kopie von https://status.acme.example,"
    " erstellt am Sa., 21. Nov. um 14:14:31 Uhr.",
}
OF = {
    "en": "This is a copy of https://status.acme.example. Its start page says when it was made.",
    "de": "Dies ist eine Kopie von https://status.acme.example."
    " Wann sie erstellt wurde, steht auf ihrer Startseite.",
}


async def test_every_page_says_of_what_it_is_a_copy_and_how_to_know_from_when(slow_in_two):
    for body in pages_in(slow_in_two).values():
        tree = html.fromstring(body)
        note = tree.xpath("//*[@data-outdated]")[0]
        assert "{ago}" in note.get("data-outdated")
        said = note.getprevious().text_content()
        assert said in (MADE[tree.get("lang")], OF[tree.get("lang")])
        assert note.get("data-made-at") == (
            "2026-11-21T13:14:31Z" if said in MADE.values() else None
        )
        mark = tree.get("data-mark").strip("/")
        assert text(slow_in_two, mark) == '{"made_at":"2026-11-21T13:14:31Z"}'


@pytest.mark.parametrize("path", ["", "components/checkout/", "embed/"])
async def test_what_tells_how_things_stand_says_itself_when_it_was_made(slow_in_two, path):
    told = text(slow_in_two, f"de/{path}index.html")
    assert MADE["de"] in html.fromstring(told).text_content()


async def test_what_is_over_is_told_by_the_same_bytes_however_time_passes():
    snapshot = replace(a_bad_day(), page=TWO, fresh_until=None)
    later = replace(snapshot, at=snapshot.at + timedelta(hours=6))
    first, second = await copied(snapshot, TWO), await copied(later, TWO)
    (copy,) = copies((TWO,), made_pages(), assets.load(), ADDRESS)
    over = {f"{leaf.path}/index.html".strip("/") for leaf in copy.rest(copy.told(snapshot))}
    stay = {name for name in first.keys() & second.keys() if first[name] == second[name]}
    assert {name for name in over & first.keys() if name not in stay} == set()
    assert {name.split("/")[0] for name in over & stay} >= {"history", "incidents", "maintenance"}
    assert "index.html" not in stay
    assert "copy.json" not in stay


async def test_the_pages_stand_in_each_language_and_in_the_pages_own_without_naming_it(
    slow_in_two,
):
    for name in ("index.html", "history/index.html", "feed.atom", "embed.json", "404.html"):
        assert slow_in_two[name] == slow_in_two[f"en/{name}"] != slow_in_two[f"de/{name}"]
    assert "de/badge.svg" not in slow_in_two


async def test_a_file_has_the_ending_that_servers_go_by():
    files = await copied(examples.major_outage())
    assert text(files, "components/checkout/index.html").startswith("<!doctype html>")
    for name in (
        "feed.rss", "maintenance.ics", "badge.svg", "badge/uptime/7d.json", "embed.js",
        "components/checkout/feed.json", "card/operational.png", "api/v1/openapi.json",
        "api/v2/summary.json", "api/v2/incidents/unresolved.json", "api/v1/status.json",
        "api/v1/components.json", "api/v1/components/checkout.json",
    ):  # fmt: skip
        assert files[name], name
    assert all(re.search(r"\.[a-z0-9]+$", name) for name in files)


async def test_what_cannot_be_told_has_no_file_rather_than_a_good_one():
    snapshot = examples.all_good()
    stale = replace(snapshot, fresh_until=snapshot.at - timedelta(minutes=1))
    files = await copied(stale)
    assert not [name for name, found in files.items() if name.startswith("api/v2/") and found]
    assert "We cannot tell" in text(files, "index.html")
    assert "Everything is working" not in "".join(pages_in(files).values())


async def test_private_pages_are_left_out():
    files = await copied(examples.major_outage(), STAFF, PAGE)
    assert not [name for name in files if name.startswith("staff")]
    assert "Staff only" not in "".join(pages_in(files).values())


async def test_each_page_stands_below_its_prefix_or_in_the_folder_of_its_host():
    files = await copied(examples.major_outage(), PAGE, SHOP, TEAM)
    assert "Acme status" in text(files, "index.html")
    assert "Shop status" in text(files, "shop.example/index.html")
    assert "Team status" in text(files, "team/index.html")
    assert [name for name in files if name.startswith("shop.example/static/page.")]
    assert 'href="/team/history"' in text(files, "team/index.html")
    assert 'data-mark="/team/copy.json"' in text(files, "team/index.html")


async def test_a_page_tells_nothing_of_what_is_on_another_one():
    files = await copied(examples.major_outage(), PAGE, SHOP)
    shop = [found for name, found in files.items() if name.startswith("shop.example/") and found]
    assert shop
    hidden = [name for name in examples.all_good().policy.components if name != "checkout"]
    for found in shop:
        named = re.findall(rb"/components/([a-z]+)", found.body)
        assert not {name.decode() for name in named} & set(hidden)
    assert "Payments" not in text(files, "shop.example/index.html").partition("<main")[0]
    assert "shop.example/components/payments/index.html" not in files


async def test_a_lone_page_stands_at_the_top_whatever_its_hosts():
    files = await copied(examples.one_slow(), replace(SHOP, components=()))
    assert "Shop status" in text(files, "index.html")


async def test_what_is_over_is_no_part_of_what_is_current():
    snapshot = examples.recovering()
    (copy,) = copies((snapshot.page,), made_pages(), assets.load(), ADDRESS)
    told = copy.told(snapshot)
    current = [leaf.path for leaf in copy.current(told)]
    rest = [leaf.path for leaf in copy.rest(told)]
    going_on = {f"/incidents/{found.id}" for found in told.board.open_incidents() if found.public}
    assert going_on <= set(current)
    assert [path for path in rest if path.startswith("/incidents/")]
    assert not set(current) & set(rest)
    assert current[-1] == "/copy.json"

"""Several pages, in several languages, from one instance; private ones with their lock."""

from dataclasses import replace

import pytest

from statuspage.site import Access, Page
from tests.statuspage import examples
from tests.statuspage.scenes import PAGE

MAIN = replace(PAGE, languages=("en", "de"))
SHOP = Page(
    id="shop", name="Shop", hosts=("shop.example",), components=("checkout",), languages=("de",)
)
STAFF = Page(
    id="staff",
    name="Staff only",
    path="/internal",
    languages=("en",),
    access=Access(token="let-me-in-please", password="open sesame"),
)


@pytest.fixture
async def site(open_site):
    snapshot = replace(examples.one_slow(), page=MAIN, pages=(MAIN, SHOP, STAFF))
    return await open_site(snapshot)


async def get(site, path, **headers):
    return await site.client.get(path, headers=headers, allow_redirects=False)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("de-AT,de;q=0.9", "de"), ("en", "en"), ("tlh, de;q=0.2", "de"), ("", "en"), (";;;q=", "en")],
)
async def test_a_reader_is_answered_in_a_language_that_is_read(site, accepted, language):
    answer = await get(site, "/", **{"Accept-Language": accepted})
    assert f'<html lang="{language}"' in await answer.text()
    assert answer.headers["Content-Language"] == language
    assert "Accept-Language" in answer.headers["Vary"]


async def test_links_stay_in_the_language_and_the_others_are_offered(site):
    page = await (await get(site, "/de/", **{"Accept-Language": "en"})).text()
    assert '<html lang="de"' in page
    assert 'href="/de/history"' in page
    assert 'href="/en/"' in page


async def test_a_language_in_the_path_leaves_nothing_to_negotiate(site):
    answer = await get(site, "/de/history")
    assert answer.headers["Vary"] == "Accept-Encoding"


async def test_what_programs_read_is_in_the_language_of_the_page(site):
    answer = await get(site, "/feed.atom", **{"Accept-Language": "de"})
    assert "Accept-Language" not in answer.headers["Vary"]
    assert 'xml:lang="en"' in await answer.text()


async def test_a_page_is_found_by_its_host_and_shows_its_components_only(site):
    page = await (await get(site, "/", Host="SHOP.example:8080")).text()
    assert '<html lang="de"' in page
    assert "Checkout" in page
    assert "Payments" not in page
    summary = await (await get(site, "/api/v2/summary.json", Host="shop.example")).json()
    assert [one["name"] for one in summary["components"] if not one["group"]] == ["Checkout"]


async def test_a_host_that_nobody_has_named_is_the_first_pages(site):
    assert "Payments" in await (await get(site, "/", Host="elsewhere.example")).text()


async def test_a_private_page_tells_its_name_and_nothing_else(site):
    answer = await get(site, "/internal/", Accept="text/html")
    text = await answer.text()
    assert answer.status == 401
    assert "Staff only" in text
    assert "Checkout" not in text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize(
    "path", ["/internal/feed.atom", "/internal/api/v2/summary.json", "/internal/nowhere"]
)
async def test_a_program_must_show_a_token(site, path):
    refused = await get(site, path)
    assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    shown = await get(site, path, Authorization="Bearer let-me-in-please")
    assert shown.status == (404 if path.endswith("nowhere") else 200)
    assert "public" not in shown.headers["Cache-Control"]


async def test_a_link_with_the_token_opens_the_page_and_does_not_keep_it_in_the_address(site):
    answer = await get(site, "/internal/history?token=let-me-in-please", Accept="text/html")
    assert answer.status == 303
    assert answer.headers["Location"] == "/internal/history"
    cookie = answer.headers["Set-Cookie"].partition(";")[0]
    page = await get(site, "/internal/history", Accept="text/html", Cookie=cookie)
    assert page.status == 200


async def test_the_password_opens_the_page_and_a_wrong_one_stays_at_the_field(site):
    wrong = await site.client.post("/internal/unlock", data={"password": "sesame"})
    assert wrong.status == 422
    right = await site.client.post(
        "/internal/unlock",
        data={"password": "open sesame", "back": "/internal/"},
        allow_redirects=False,
    )
    assert (right.status, right.headers["Location"]) == (303, "/internal/")


async def test_the_feed_of_a_private_page_opens_by_its_own_link_and_nothing_else_does(site):
    bearer = {"Authorization": "Bearer let-me-in-please", "Accept": "text/html"}
    page = await (await get(site, "/internal/", **bearer)).text()
    link = page.partition('href="/internal/feed.atom')[2].partition('"')[0].replace("&amp;", "&")
    assert link.startswith("?token=")
    assert (await get(site, f"/internal/feed.atom{link}")).status == 200
    assert (await get(site, f"/internal/feed.rss{link}")).status == 401
    assert "let-me-in-please" not in page


async def test_beats_and_health_need_no_key(site):
    assert (await get(site, "/internal/healthz")).status == 200
    beat = await get(site, "/internal/beat/unknown")
    assert (beat.status, await beat.text()) == (404, "there is no such heartbeat\n")

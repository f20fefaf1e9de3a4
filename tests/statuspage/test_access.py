"""Private pages: who is let in by what, and that nobody else learns anything."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.access import KEPT_FOR, Admitted, Ask, Asked, Denied, Lock, local_path
from statuspage.site import Access
from tests.statuspage import examples
from tests.statuspage.conftest import PlayedClock
from tests.statuspage.scenes import PAGE

TOKEN = "tok-0123456789abcdef"
PASSWORD = "open sesame"
ACCESS = Access(token=TOKEN, password=PASSWORD)
PRIVATE = replace(PAGE, id="inside", access=ACCESS, url="")
KEYS = (b"k" * 32,)
BROWSER = {"Accept": "text/html", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "same-origin"}
COOKIE = "upfront-inside"


@pytest.fixture
def clock():
    return PlayedClock()


@pytest.fixture
def lock(clock):
    return Lock(PRIVATE, ACCESS, KEYS, clock)


def feed_token(lock, path="/feed.atom"):
    return lock.carried(path).partition("?token=")[2]


# What opens -------------------------------------------------------------------------------------


def test_the_token_opens_everything_and_leaves_the_address_of_a_page(lock):
    assert lock.admit(Asked("/", token=TOKEN, browsing=True)) == Admitted(by_link=True)
    assert lock.admit(Asked("/feed.atom", token=TOKEN)) == Admitted()
    assert lock.admit(Asked("/api/v2/summary.json", bearer=TOKEN)) == Admitted()


def test_nobody_comes_in_without_anything_or_with_something_else(lock):
    assert lock.admit(Asked("/", browsing=True)) == Ask()
    assert lock.admit(Asked("/", token="guess", browsing=True)) == Ask(wrong=True)
    assert lock.admit(Asked("/feed.atom")) == Denied()
    assert lock.admit(Asked("/feed.atom", token="guess")) == Denied()
    assert lock.admit(Asked("/feed.atom", bearer=PASSWORD)) == Denied()
    assert lock.admit(Asked("/", cookie="guess", browsing=True)) == Ask()


def test_the_token_of_a_feed_opens_that_feed_and_nothing_else(lock):
    token = feed_token(lock)
    assert TOKEN not in token
    assert lock.admit(Asked("/feed.atom", token=token)) == Admitted()
    assert lock.admit(Asked("/feed.rss", token=token)) == Denied()
    assert lock.admit(Asked("/", token=token, browsing=True)) == Ask(wrong=True)
    assert lock.admit(Asked("/", cookie=token, browsing=True)) == Ask()


def test_a_cookie_opens_everything_until_it_expires(lock, clock):
    cookie = lock.cookie()
    assert lock.admit(Asked("/history", cookie=cookie, browsing=True)) == Admitted()
    assert lock.admit(Asked("/feed.atom", token=cookie)) == Denied()
    clock.advance(KEPT_FOR + timedelta(seconds=1))
    assert lock.admit(Asked("/history", cookie=cookie, browsing=True)) == Ask()


@pytest.mark.parametrize(
    "access", [Access(token=TOKEN), Access(token=TOKEN, password="another word"), Access("x" * 16)]
)
def test_a_changed_secret_makes_all_void_that_was_handed_out(lock, clock, access):
    other = Lock(PRIVATE, access, KEYS, clock)
    assert other.admit(Asked("/", cookie=lock.cookie(), browsing=True)) == Ask()
    assert other.admit(Asked("/feed.atom", token=feed_token(lock))) == Denied()


def test_what_one_page_handed_out_opens_no_other(lock, clock):
    other = Lock(replace(PRIVATE, id="other"), ACCESS, KEYS, clock)
    assert other.admit(Asked("/", cookie=lock.cookie(), browsing=True)) == Ask()


def test_an_old_instance_key_is_still_accepted_and_the_new_one_signs(clock):
    old = Lock(PRIVATE, ACCESS, (b"o" * 32,), clock)
    both = Lock(PRIVATE, ACCESS, (b"o" * 32, b"n" * 32), clock)
    new = Lock(PRIVATE, ACCESS, (b"n" * 32,), clock)
    assert both.admit(Asked("/", cookie=old.cookie(), browsing=True)) == Admitted()
    assert new.admit(Asked("/", cookie=both.cookie(), browsing=True)) == Admitted()
    assert new.admit(Asked("/", cookie=old.cookie(), browsing=True)) == Ask()


@pytest.mark.parametrize("access", [Access(token=TOKEN), Access(password=PASSWORD), ACCESS])
def test_a_secret_that_is_not_set_is_not_opened_by_nothing(access, clock):
    lock = Lock(PRIVATE, access, KEYS, clock)
    assert not lock.opens("")
    assert lock.opens(PASSWORD) is bool(access.password)
    assert lock.opens(TOKEN) is bool(access.token)
    assert lock.admit(Asked("/", token="", browsing=True)) == Ask()


@given(st.text(max_size=40))
def test_no_text_opens_by_accident(text):
    lock = Lock(PRIVATE, ACCESS, KEYS, PlayedClock())
    assert lock.opens(text) is (text in (TOKEN, PASSWORD))
    asked = Asked("/feed.atom", token=text, cookie=text)
    assert isinstance(lock.admit(asked), Admitted) is (text == TOKEN)


def test_links_for_programs_carry_a_token_and_others_do_not(lock):
    assert lock.carried("/history") == "/history"
    assert lock.carried("/feed.atom").startswith("/feed.atom?token=")
    assert lock.carried("/badge.svg?style=flat").startswith("/badge.svg?style=flat&token=")
    assert lock.carried("/feed.atom") == lock.carried("/feed.atom")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("/history", "/history"),
        ("/history?month=2026-11", "/history?month=2026-11"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/a\\b", "/"),
        ("https://evil.example", "/"),
        ("/a\r\nSet-Cookie: x=y", "/"),
        ("", "/"),
    ],
)
def test_a_way_back_leads_nowhere_else(written, expected):
    assert local_path(written) == expected


# Over HTTP --------------------------------------------------------------------------------------


@pytest.fixture
async def site(open_site):
    return await open_site(replace(examples.major_outage(), page=PRIVATE))


async def get(site, path, **headers):
    response = await site.client.get(
        path, headers=BROWSER | headers, allow_redirects=False, skip_auto_headers=["Accept"]
    )
    return response, await response.text()


def tells_anything(text):
    """Whether a text tells of what a page knows: states, names, updates, tokens of feeds."""
    shown = re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)
    words = ["payments", "checkout", "invoices", "down", "14:02", "major_outage.", "token="]
    return [word for word in words if word in shown.lower()]


@pytest.mark.parametrize("path", ["/", "/history", "/incidents/x", "/nothing/here", "/subscribe"])
async def test_who_is_not_let_in_gets_the_form_and_learns_the_name_only(site, path):
    response, text = await get(site, path)
    assert response.status == 401
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert "Acme" in text
    assert 'name="password"' in text
    assert not tells_anything(text)


@pytest.mark.parametrize(
    "path",
    ["/feed.atom", "/feed.json", "/badge.svg", "/api/v2/summary.json", "/api/v1/status", "/live"],
)
async def test_a_program_without_a_token_is_refused(site, path):
    response = await site.client.get(path)
    assert response.status == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert not tells_anything(await response.text())
    given = await site.client.get(path, headers={"Authorization": f"Bearer {TOKEN}"})
    assert given.status == 200
    given.close()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/subscribe/forged"), ("GET", "/unsubscribe/forged"), ("POST", "/subscribe/x"),
        ("GET", "/unlock"), ("POST", "/unlock"), ("GET", "/healthz"), ("TRACE", "/"),
    ],
)  # fmt: skip
async def test_what_is_open_to_everybody_tells_nothing_either(site, method, path):
    response = await site.client.request(method, path, headers=BROWSER)
    assert not tells_anything(await response.text())


async def test_not_even_too_many_attempts_tell_anything(site):
    for _ in range(7):
        response = await site.client.post("/unlock", data={"password": "guess"}, headers=BROWSER)
    assert response.status == 429
    assert not tells_anything(await response.text())


async def test_the_password_opens_the_page_that_was_asked_for(site):
    _, form = await get(site, "/history")
    back = re.search(r'name="back" value="([^"]*)"', form)[1]
    opened = await site.client.post(
        "/unlock", data={"password": PASSWORD, "back": back}, headers=BROWSER, allow_redirects=False
    )
    assert (opened.status, opened.headers["Location"]) == (303, "/history")
    cookie = opened.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert int(cookie["max-age"]) == KEPT_FOR.total_seconds()
    response, text = await get(site, "/", Cookie=f"{COOKIE}={cookie.value}")
    assert response.status == 200
    assert "Payments" in text


async def test_a_wrong_password_comes_back_at_the_field(site):
    for typed, said in (("guess", "That is not right"), ("", "Type something first")):
        response = await site.client.post(
            "/unlock", data={"password": typed, "back": "/history"}, headers=BROWSER
        )
        text = await response.text()
        assert response.status == 422
        assert said in text
        assert 'aria-invalid="true"' in text
        assert 'value="/history"' in text
        assert "guess" not in text


async def test_a_link_with_the_token_becomes_a_cookie(site):
    response, _ = await get(site, f"/history?token={TOKEN}&x=1")
    assert (response.status, response.headers["Location"]) == (303, "/history?x=1")
    assert response.headers["Cache-Control"] == "no-store"
    cookie = response.cookies[COOKIE].value
    response, text = await get(site, "/history", Cookie=f"{COOKIE}={cookie}")
    assert response.status == 200
    assert TOKEN not in text


async def test_private_documents_stay_in_the_readers_own_browser(site):
    given = {"Authorization": f"Bearer {TOKEN}"}
    response = await site.client.get("/feed.atom", headers=given)
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert response.headers["X-Robots-Tag"] == "noindex"
    vary = {name.strip() for name in response.headers["Vary"].split(",")}
    assert {"Cookie", "Authorization", "Accept-Encoding"} <= vary
    again = await site.client.get(
        "/feed.atom", headers=given | {"If-None-Match": response.headers["ETag"]}
    )
    assert again.status == 304
    stranger = await site.client.get(
        "/feed.atom", headers={"If-None-Match": response.headers["ETag"]}
    )
    assert stranger.status == 401


async def test_a_feed_names_itself_with_the_token_that_opens_it(site):
    given = {"Authorization": f"Bearer {TOKEN}"}
    text = await (await site.client.get("/feed.atom", headers=given)).text()
    own = re.search(r'href="[^"]*(/feed\.atom\?token=[^"]+)"', text)[1]
    assert TOKEN not in text
    assert (await site.client.get(own)).status == 200


async def test_over_https_the_cookie_is_bound_to_the_host(open_site):
    page = replace(PRIVATE, url="https://status.acme.example")
    site = await open_site(replace(examples.major_outage(), page=page))
    response, _ = await get(site, f"/?token={TOKEN}", Host="status.acme.example")
    cookie = response.cookies[f"__Host-{COOKIE}"]
    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")


async def test_a_public_page_beside_a_private_one_stays_open(open_site):
    inside = replace(PRIVATE, path="/inside")
    snapshot = replace(examples.major_outage(), pages=(PAGE, inside))
    site = await open_site(snapshot)
    assert (await get(site, "/"))[0].status == 200
    assert (await get(site, "/unlock"))[0].status == 404
    response, text = await get(site, "/inside/history")
    assert response.status == 401
    assert 'action="/inside/unlock"' in text
    assert 'value="/inside/history"' in text


async def test_the_form_speaks_the_readers_language(open_site):
    page = replace(PRIVATE, languages=("en", "de"))
    site = await open_site(replace(examples.major_outage(), page=page))
    _, text = await get(site, "/", **{"Accept-Language": "de"})
    assert "Diese Seite ist privat" in text
    assert 'lang="de"' in text

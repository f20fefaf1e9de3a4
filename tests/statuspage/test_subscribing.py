"""Subscribing, confirming and ending, as forms."""

from dataclasses import replace

import pytest
from aiohttp import FormData
from lxml import html

from tests.statuspage import examples


@pytest.fixture
async def site(open_site):
    return await open_site(examples.all_good())


async def page_of(answer):
    return html.document_fromstring((await answer.read()).decode())


async def test_an_address_is_handed_on_and_the_reader_told_to_look_into_the_mail(site):
    answer = await site.client.post("/subscribe", data={"address": " a@b.example "})
    assert answer.status == 200
    assert answer.url.path == "/subscribe/sent"
    assert "Look into your mail" in (await page_of(answer)).text_content()
    assert site.intake.asked == [("main", "mail", "a@b.example", (), "en")]


@pytest.mark.parametrize(
    ("typed", "mistake"),
    [
        ("", "Write the address that we should send to."),
        ("not an address", "Enter a mail address like name@example.com."),
        ("<script>", "Enter a mail address like name@example.com."),
        ("x" * 300 + "@b.example", "That is longer than a mail address can be."),
    ],
)
async def test_a_mistake_stands_at_the_field_and_what_was_typed_is_kept(site, typed, mistake):
    answer = await site.client.post("/subscribe", data={"address": typed})
    assert answer.status == 422
    page = await page_of(answer)
    field = page.xpath("//input[@name='address']")[0]
    assert field.get("value") == typed[:254]
    assert field.get("aria-invalid") == "true"
    assert field.get("autofocus") is not None
    assert page.get_element_by_id("error").text_content() == mistake
    assert "error" in field.get("aria-describedby").split()
    assert page.findtext(".//title").startswith("Error:")
    assert site.intake.asked == []


@pytest.mark.parametrize("path", ["/subscribe/good", "/unsubscribe/good"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_opening_a_link_changes_nothing(site, path, method):
    answer = await site.client.request(method, path)
    assert answer.status == 200
    assert site.intake.confirmed == site.intake.ended == []


async def test_the_button_confirms(site):
    page = await page_of(await site.client.get("/subscribe/good"))
    form = page.forms[-1]
    assert (form.method, form.action) == ("POST", "/subscribe/good")
    assert "reader@customer.example" in page.text_content()
    answer = await site.client.post(form.action)
    assert "You are subscribed" in (await page_of(answer)).text_content()
    assert site.intake.confirmed == ["good"]


async def test_a_mail_program_unsubscribes_with_one_click_from_anywhere(site):
    answer = await site.client.post(
        "/unsubscribe/good",
        data=b"List-Unsubscribe=One-Click",
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": "https://webmail.example",
            "Sec-Fetch-Site": "cross-site",
        },
        allow_redirects=False,
    )
    assert answer.status == 200
    assert site.intake.ended == ["good"]
    assert "Set-Cookie" not in answer.headers


async def test_one_click_may_come_as_multipart(site):
    form = FormData(default_to_multipart=True)
    form.add_field("List-Unsubscribe", "One-Click")
    answer = await site.client.post("/unsubscribe/good", data=form, allow_redirects=False)
    assert answer.status == 200
    assert site.intake.ended == ["good"]


@pytest.mark.parametrize("path", ["/subscribe/stale", "/unsubscribe/stale"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_link_that_is_not_valid_says_so(site, path, method):
    answer = await site.client.request(method, path)
    assert answer.status == 404
    assert "This link is not valid" in (await page_of(answer)).text_content()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://status.acme.example"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://[broken"}, 403),
    ],
)
async def test_a_form_is_taken_only_from_our_own_pages(site, headers, status):
    answer = await site.client.post("/subscribe", data={"address": "a@b.example"}, headers=headers)
    assert answer.status == status
    assert len(site.intake.asked) == (status == 200)


async def test_an_address_that_asks_too_often_has_to_wait(site):
    statuses = []
    for number in range(8):
        data = {"address": f"a{number}@b.example"}
        answer = await site.client.post("/subscribe", data=data, allow_redirects=False)
        statuses.append(answer.status)
    assert statuses == [303] * 6 + [429] * 2
    assert len(site.intake.asked) == 6


async def test_a_forged_forwarding_header_does_not_help(site):
    statuses = [
        (
            await site.client.post(
                "/subscribe",
                data={"address": "a@b.example"},
                headers={"X-Forwarded-For": f"198.51.100.{number}"},
                allow_redirects=False,
            )
        ).status
        for number in range(7)
    ]
    assert statuses[-1] == 429


async def test_behind_a_named_proxy_each_client_counts_for_itself(open_site):
    site = await open_site(examples.all_good(), trusted=("127.0.0.0/8",))
    for number in range(10):
        answer = await site.client.post(
            "/subscribe",
            data={"address": "a@b.example"},
            headers={"X-Forwarded-For": f"198.51.100.{number}"},
            allow_redirects=False,
        )
        assert answer.status == 303


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_without_a_mail_channel_there_is_no_form(open_site, method):
    site = await open_site(replace(examples.all_good(), subscribe_by=()))
    answer = await site.client.request(method, "/subscribe", data={} if method == "POST" else None)
    assert answer.status == 404


@pytest.mark.parametrize(
    ("type", "body"),
    [
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
        ("application/x-www-form-urlencoded; charset=nonsense", b"address=a"),
        ("application/x-www-form-urlencoded", b"\xff\xfe%zz"),
        ("application/json", b"{"),
    ],
)
async def test_a_broken_form_is_the_senders_mistake(site, type, body):
    answer = await site.client.post("/subscribe", data=body, headers={"Content-Type": type})
    assert answer.status in (400, 422)
    assert site.intake.asked == []

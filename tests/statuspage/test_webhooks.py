"""Adding and managing a webhook over the page."""

import re
from dataclasses import replace

import pytest

from incidents.endpoints import EndpointState, Failure
from incidents.mistakes import Mistake
from statuspage.ports import Webhook, WebhookAction
from tests.statuspage import examples
from tests.statuspage.scenes import NOW

SNAPSHOT = replace(examples.all_good(), subscribe_by=("mail", "webhook"))
SECRET = "whsec_c2VjcmV0"


class PlayedWebhooks:
    """One webhook, whose token is "good"."""

    def __init__(self) -> None:
        self.webhook_now = Webhook("good", "https://hooks.example/x", EndpointState.UNVERIFIED)
        self.added: list[tuple[str, str, tuple[str, ...]]] = []
        self.contacts: list[str] = []
        self.acts: list[WebhookAction] = []

    async def add(
        self, page: str, address: str, components: tuple[str, ...], contact: str = "",
        language: str = "en",
    ) -> Webhook:  # fmt: skip
        if not address.startswith("https://"):
            raise Mistake("mistake.url_https")
        self.added.append((page, address, components))
        self.contacts.append(contact)
        return replace(self.webhook_now, secret=SECRET)

    async def webhook(self, token: str) -> Webhook | None:
        return self.webhook_now if token == "good" else None

    async def act(self, token: str, action: WebhookAction) -> Webhook | None:
        self.acts.append(action)
        return None if action is WebhookAction.REMOVE else self.webhook_now


@pytest.fixture
def webhooks():
    return PlayedWebhooks()


@pytest.fixture
async def client(open_site, webhooks):
    return (await open_site(SNAPSHOT, webhooks=webhooks)).client


async def test_programs_are_shown_the_way_from_the_form_for_people(client):
    page = await (await client.get("/subscribe")).text()
    assert 'href="/subscribe/webhook"' in page
    form = await (await client.get("/subscribe/webhook")).text()
    assert 'name="component.checkout"' in form


async def test_an_owner_may_leave_a_mail_address_where_the_page_sends_mail(open_site, webhooks):
    data = {"address": "https://hooks.example/x", "contact": " ada@example.com "}
    client = (await open_site(SNAPSHOT, webhooks=webhooks)).client
    assert 'name="contact"' in await (await client.get("/subscribe/webhook")).text()
    assert (await client.post("/subscribe/webhook", data=data)).status == 200
    refused = await client.post("/subscribe/webhook", data=data | {"address": "x"})
    assert 'value="ada@example.com"' in await refused.text()

    mute = replace(SNAPSHOT, subscribe_by=("webhook",))
    client = (await open_site(mute, webhooks=webhooks)).client
    assert "contact" not in await (await client.get("/subscribe/webhook")).text()
    assert (await client.post("/subscribe/webhook", data=data)).status == 200
    assert webhooks.contacts == ["ada@example.com", ""]


async def test_where_no_webhook_can_be_added_nothing_speaks_of_it(open_site):
    client = (await open_site(examples.all_good())).client
    for path in ("/", "/subscribe"):
        assert "webhook" not in (await (await client.get(path)).text()).lower()
    assert (await client.get("/subscribe/webhook")).status == 404
    assert (await client.post("/subscribe/webhook", data={"address": "x"})).status == 404
    assert (await client.get("/webhooks/good")).status == 404


async def test_adding_one_shows_its_secret_and_its_link_once(client, webhooks):
    data = {"address": "https://hooks.example/x", "component.checkout": "on"}
    answer = await client.post("/subscribe/webhook", data=data)
    text = await answer.text()
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert SECRET in text
    assert "/webhooks/good" in text
    assert webhooks.added == [("main", "https://hooks.example/x", ("checkout",))]
    assert SECRET not in await (await client.get("/webhooks/good")).text()


async def test_a_mistake_stands_at_the_field_and_keeps_what_was_typed(client, webhooks):
    data = {"address": "http://hooks.example/x", "component.checkout": "on"}
    answer = await client.post("/subscribe/webhook", data=data)
    text = await answer.text()
    assert answer.status == 422
    assert "must begin with https://" in text
    assert 'value="http://hooks.example/x"' in text
    assert re.search(r'name="component\.checkout" checked', text)
    assert webhooks.added == []


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        (EndpointState.UNVERIFIED, {"verify", "remove"}),
        (EndpointState.ACTIVE, {"pause", "rotate", "remove"}),
        (EndpointState.PAUSED, {"verify", "rotate", "remove"}),
        (EndpointState.DISABLED, {"verify", "rotate", "remove"}),
    ],
)
async def test_only_what_can_be_done_is_offered(client, webhooks, state, offered):
    webhooks.webhook_now = replace(webhooks.webhook_now, state=state)
    text = await (await client.get("/webhooks/good")).text()
    assert set(re.findall(r'name="action" value="(\w+)"', text)) == offered


async def test_failures_are_told_and_cannot_bring_in_markup(client, webhooks):
    failure = Failure(NOW, "the receiver answered <b>500</b>")
    webhooks.webhook_now = replace(webhooks.webhook_now, failures=(failure,), mistake="<i>no</i>")
    text = await (await client.get("/webhooks/good")).text()
    assert "&lt;b&gt;500" in text
    assert "<i>" not in text


async def test_a_button_does_what_it_says(client, webhooks):
    answer = await client.post("/webhooks/good", data={"action": "rotate"})
    assert answer.status == 200
    answer = await client.post("/webhooks/good", data={"action": "remove"})
    assert "removed" in await answer.text()
    assert webhooks.acts == [WebhookAction.ROTATE, WebhookAction.REMOVE]


@pytest.mark.parametrize(
    ("path", "data", "headers", "status"),
    [
        ("/webhooks/bad", {"action": "pause"}, {}, 404),
        ("/webhooks/good", {"action": "explode"}, {}, 400),
        ("/webhooks/good", {}, {}, 400),
        ("/webhooks/good", {"action": "remove"}, {"Origin": "https://evil.example"}, 403),
        ("/subscribe/webhook", {"address": "https://a.b/"}, {"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
async def test_what_is_not_ours_is_refused(client, webhooks, path, data, headers, status):
    answer = await client.post(path, data=data, headers=headers)
    assert answer.status == status
    assert (webhooks.acts, webhooks.added) == ([], [])


async def test_whoever_asks_too_often_has_to_wait(client):
    statuses = [
        (await client.post("/webhooks/good", data={"action": "verify"})).status for _ in range(7)
    ]
    assert statuses == [200] * 6 + [429]

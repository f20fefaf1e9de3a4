"""Subscribers' webhooks: added, verified by a challenge, and managed by their owners."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import msgspec

from checks.clock import Clock
from checks.wire.requests import parse_url, shown
from incidents import endpoints as rules
from incidents import subscriptions
from incidents.channels.mail import check_address as mail_address
from incidents.channels.webhook import WebhookSender, WebhookSettings, check_address
from incidents.endpoints import Endpoint
from incidents.events import SubscriptionConfirmed, SubscriptionRequested
from incidents.letterheads import Letterheads, chosen
from incidents.mistakes import Mistake
from incidents.model import Subscriber, SubscriberState
from incidents.payloads import payload
from incidents.policy import Policy
from incidents.ports import Append, Endpoints, Events, SequenceConflict
from incidents.sending import Message, SendError
from incidents.signatures import SECRET_BYTES, secret_of
from incidents.subscriptions import ACTOR, Links, subject_of
from incidents.words import load
from monitor.endpoints import Signer
from monitor.intake import Appended, new_id
from monitor.vault import Vault
from statuspage.ports import Webhook, WebhookAction

CHANNEL = "webhook"
NOT_OFFERED = "mistake.webhooks"
NOT_ECHOED = "mistake.webhook_echo"
KNOWN_ALREADY = "mistake.webhook_known"


class WebhookDesk:
    """Implements `statuspage.ports.Webhooks`.

    `policy` and `letterheads` may be replaced while it runs; `adopt` takes other settings of
    the channel.
    """

    def __init__(
        self, *, endpoints: Endpoints, events: Events, append: Appended, vault: Vault,
        signer: Signer, links: Links, policy: Policy, letterheads: Letterheads, clock: Clock,
    ) -> None:  # fmt: skip
        """Keep webhooks in `endpoints`; those whose challenge is answered become subscribers."""
        self.policy = policy
        self.letterheads = letterheads
        self._endpoints = endpoints
        self._events = events
        self._append = append
        self._vault = vault
        self._signer = signer
        self._links = links
        self._clock = clock
        self._asker: WebhookSender | None = None

    async def adopt(self, settings: WebhookSettings | None) -> None:
        """Take addresses by these settings from now on, or none."""
        await self.close()
        self._asker = WebhookSender(settings, self._clock) if settings else None

    async def close(self) -> None:
        """Send no more challenges."""
        asker, self._asker = self._asker, None
        if asker:
            await asker.close()

    async def add(
        self, page: str, address: str, components: tuple[str, ...], contact: str = "",
        language: str = "en",
    ) -> Webhook:  # fmt: skip
        """Take an address; nothing is sent there before its owner asks for the challenge.

        Raises:
            Mistake: We cannot send there, or a component is not on the page.
        """
        url = check_address(address)
        asked = chosen(components, page, self.letterheads, self.policy)
        contact = mail_address(contact) if contact else ""
        if self._asker is None:
            raise Mistake(NOT_OFFERED)
        self._asker.refuse(url)
        id, secret = new_id(), _new_secret()
        sealed = self._vault.seal(secret, id)
        endpoint = Endpoint(
            id, url, self._clock.now(), sealed, components=asked, contact=contact,
            language=language, page=page,
        )  # fmt: skip
        await self._endpoints.keep(endpoint)
        return self._seen(endpoint, secret=secret)

    async def webhook(self, token: str) -> Webhook | None:
        """The webhook that a link manages, None if it is not valid (any more)."""
        endpoint = await self._found(token)
        return self._seen(endpoint) if endpoint else None

    async def act(self, token: str, action: WebhookAction) -> Webhook | None:
        """Do what the owner asks; None if the link is not valid, or the webhook removed now."""
        endpoint = await self._found(token)
        if endpoint is None:
            return None
        match action:
            case WebhookAction.VERIFY:
                return await self._verify(endpoint)
            case WebhookAction.ROTATE:
                return await self._rotate(endpoint)
            case WebhookAction.PAUSE:
                return await self._changed(endpoint, rules.paused)
            case WebhookAction.REMOVE:
                await self._remove(endpoint)
        return None

    # What is asked ---------------------------------------------------------------------------

    async def _verify(self, endpoint: Endpoint) -> Webhook | None:
        """Send the challenge; answered, it makes the webhook a subscriber, or one again."""
        mistake = await self._challenge(endpoint)
        if not mistake and not await self._subscribe(endpoint):
            mistake = load(endpoint.language)(KNOWN_ALREADY)
        if mistake:
            return self._seen(endpoint, mistake=mistake)
        return await self._changed(endpoint, rules.activated)

    async def _challenge(self, endpoint: Endpoint) -> str:
        """Returns what went wrong, nothing if the challenge was echoed."""
        if self._asker is None:
            return load(endpoint.language)(NOT_OFFERED)
        token, at = secrets.token_urlsafe(24), self._clock.now()
        event = payload("subscription.challenge", at, {"challenge": token})
        message = Message("", "", "", key=new_id(), url="", data=event)
        try:
            signed = self._signer.signed(endpoint, message)
            answer = await self._asker.ask(endpoint.url, signed)
        except SendError as error:
            return _sentence(str(error))
        echoed = hmac.compare_digest(echo_in(answer).encode(), token.encode())
        return "" if echoed else load(endpoint.language)(NOT_ECHOED)

    async def _subscribe(self, endpoint: Endpoint) -> bool:
        """Write the subscriber; false if another one has the address on that page."""
        known = (await self._events.subscribers_at(CHANNEL, endpoint.url)).get(endpoint.page)
        if known and known.state is SubscriberState.CONFIRMED:
            return known.id == endpoint.id
        if known:
            await self._events.erase(known.id)
        subject = subject_of(endpoint.id)
        append = Append(
            subject=subject,
            expected=len(await self._events.load(subject)),
            at=self._clock.now(),
            actor=ACTOR,
            events=(
                SubscriptionRequested(endpoint.components, endpoint.language, endpoint.page),
                SubscriptionConfirmed(),
            ),
            subscriber=Subscriber(
                endpoint.id, CHANNEL, endpoint.url, endpoint.created_at,
                SubscriberState.CONFIRMED, endpoint.components, endpoint.language,
                page=endpoint.page,
            ),
        )  # fmt: skip
        try:
            await self._append([append])
        except SequenceConflict:  # somebody has just verified the same address
            return False
        return True

    async def _rotate(self, endpoint: Endpoint) -> Webhook | None:
        secret = _new_secret()
        sealed, at = self._vault.seal(secret, endpoint.id), self._clock.now()
        return await self._changed(endpoint, partial(rules.rotated, sealed=sealed, at=at), secret)

    async def _remove(self, endpoint: Endpoint) -> None:
        """Forget it, and the address, which may be a secret in itself."""
        await self._endpoints.change(endpoint.id, lambda _: None)
        known = await self._events.subscriber(endpoint.id)
        if known is not None:
            history = await self._events.load(subject_of(known.id))
            ended = subscriptions.end(known, history, self._clock.now())
            await self._append([ended] if ended else [])
            await self._events.erase(known.id)

    # What is known ---------------------------------------------------------------------------

    async def _found(self, token: str) -> Endpoint | None:
        """The endpoint, with what its subscriber hears of now: components may have moved."""
        id = self._links.managed_by(token)
        endpoint = await self._endpoints.endpoint(id) if id else None
        known = await self._events.subscriber(endpoint.id) if endpoint else None
        return replace(endpoint, components=known.components) if endpoint and known else endpoint

    async def _changed(
        self, endpoint: Endpoint, change: Callable[[Endpoint], Endpoint], secret: str = ""
    ) -> Webhook | None:
        changed = await self._endpoints.change(endpoint.id, change)
        if changed is None:
            return None
        return self._seen(replace(changed, components=endpoint.components), secret=secret)

    def _seen(self, endpoint: Endpoint, *, secret: str = "", mistake: str = "") -> Webhook:
        return Webhook(
            token=self._links.manage_token(endpoint.id),
            address=shown(parse_url(endpoint.url)),
            state=endpoint.state,
            components=endpoint.components,
            failures=endpoint.recent if endpoint.failing_since else (),
            secret=secret,
            mistake=mistake,
        )


def _new_secret() -> str:
    return secret_of(secrets.token_bytes(SECRET_BYTES))


def echo_in(answer: bytes) -> str:
    """The challenge in an answer: the whole body, or a JSON object's `challenge`.

    A receiver that only sends back what it got is none that asked for events.
    """
    try:
        match msgspec.json.decode(answer):
            case {"challenge": str(token)}:
                return token
            case str(token):
                return token
    except msgspec.DecodeError:
        pass
    return answer.decode("utf-8", "replace").strip()


def _sentence(reason: str) -> str:
    return reason if reason.endswith(".") else f"{reason[:1].upper()}{reason[1:]}."

"""Webhooks: each event as signed JSON, after Standard Webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated, Any

import msgspec
from annotated_types import Ge, Le
from yarl import URL

from checks.clock import Clock, SystemClock
from checks.duration import say_span
from checks.failures import ProbeFailure
from checks.net import LookUp, Network, system_look_up
from checks.settings import Duration, Written
from checks.wire.peers import Peer, is_address
from checks.wire.requests import Ask, HttpRequest, parse_url, request_to
from checks.wire.tls import TlsSettings
from incidents.addresses import PrivateNetwork, is_allowed
from incidents.mistakes import Mistake
from incidents.sending import Channel, Message, SendError
from incidents.signatures import key_of, signature

LARGEST_BODY = 20_000 - 1
"""Bytes, as Standard Webhooks asks: receivers may refuse more."""
LONGEST_URL = 2_000
LARGEST_ANSWER = 4_096
"""Bytes of an answer that are read, where any are."""
LOOK_UPS_AT_ONCE = 16
LONGEST_TIMEOUT = timedelta(seconds=30)
AT_ONCE = 64
"""Among strangers' receivers some hang; the others must not wait for them."""
GONE = 410
NOT_PUBLIC = "the address does not lead to the public internet"


def read_secret(text: object) -> str:
    """A signing secret as it stands in the file; raises ValueError if it is none."""
    key_of(str(text))
    return str(text)


Secret = Annotated[str, Written(read_secret, {"type": "string"})]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """Events as signed JSON: for routes, and for readers of the page who add an address."""

    secret: Secret | None = field(default=None, repr=False)
    """What messages of routes are signed with: `whsec_` and base64 of 24 to 64 bytes. Without it
    they are not signed. Readers of the page each get a secret of their own."""
    timeout: Duration = timedelta(seconds=15)
    """How long to wait for a receiver, all in all."""
    ports: tuple[Annotated[int, Ge(1), Le(65535)], ...] = (443, 8443)
    """Ports that readers' addresses may have."""
    allow_http: bool = False
    """Whether readers' addresses may be plain http."""
    allow_private: tuple[PrivateNetwork, ...] = ()
    """Networks of yours, like `10.0.0.0/8`, in which readers' addresses may be. All other addresses
    that are not public are refused; what routes name is not restricted."""
    ca_file: str = ""
    """A PEM file of authorities to trust besides the system's."""

    def __post_init__(self) -> None:
        if self.timeout > LONGEST_TIMEOUT:
            raise ValueError(f"a timeout is at most {say_span(LONGEST_TIMEOUT)}")


def check_address(text: str) -> str:
    """The URL as it is kept; raises Mistake if it cannot be one."""
    if len(text) > LONGEST_URL:
        raise Mistake("mistake.url_long", longest=LONGEST_URL)
    try:
        url = parse_url(text)
    except ValueError:
        raise Mistake("mistake.url") from None
    return str(url)


class WebhookSender:
    """Posts events; each over a connection of its own, to the address that was looked at."""

    def __init__(
        self,
        settings: WebhookSettings,
        clock: Clock | None = None,
        look_up: LookUp = system_look_up,
    ) -> None:
        """Nothing is connected before the first event."""
        self._settings = settings
        self._clock = clock or SystemClock()
        self._ask_system = look_up
        self._private = tuple(ip_network(one) for one in settings.allow_private)
        self._trusted = Network(at_once=LOOK_UPS_AT_ONCE)
        self._guarded = Network(self._look_up, at_once=LOOK_UPS_AT_ONCE)
        self._tls = TlsSettings(ca_file=settings.ca_file)
        self._encoded: tuple[Mapping[str, Any], bytes] = ({}, b"{}")

    async def send(self, address: str, message: Message) -> None:
        """Post an event; returns once the receiver has answered that it took it.

        Raises:
            SendError: It did not, or we must not connect there; permanent where it said that
                it wants no more (410), or where the address is one that we never post to.
        """
        await self._post(address, message)

    async def ask(self, address: str, message: Message) -> bytes:
        """Post an event and read the beginning of the answer; raises as `send` does."""
        return await self._post(address, message, wanted=True)

    async def close(self) -> None:
        """Give up look-ups that have not begun."""
        self._trusted.close()
        self._guarded.close()

    async def _post(self, address: str, message: Message, *, wanted: bool = False) -> bytes:
        """Post; the body of the answer is read only where it is `wanted`."""
        url = parse_url(address)
        guarded = message.secrets is not None
        if guarded:
            try:
                self._refuse(url)
            except Mistake as mistake:
                raise SendError(str(mistake), permanent=True) from None
        request = self._request(url, message, bodiless=not wanted)
        network = self._guarded if guarded else self._trusted
        deadline = asyncio.get_running_loop().time() + self._settings.timeout.total_seconds()
        with network.begin(self._clock, deadline) as net:
            try:
                with network.deadline(deadline):
                    answer = await net.fetch(request)
            except TimeoutError:
                raise SendError(f"no answer in time: {net.doing}", in_doubt=True) from None
            except ProbeFailure as failure:
                raise SendError(failure.reason, in_doubt=bool(net.place)) from None
            refuse_unless_taken(answer.status)
            return answer.body().raw if wanted else b""

    def _request(self, url: URL, message: Message, *, bodiless: bool) -> HttpRequest:
        body = self._encode(message.data)
        timestamp = int(self._clock.now().timestamp())
        headers = [
            ("Content-Type", "application/json"),
            ("webhook-id", message.key),
            ("webhook-timestamp", str(timestamp)),
        ]
        if secrets := self._secrets(message):
            headers.append(("webhook-signature", signature(secrets, message.key, timestamp, body)))
        ask = Ask("POST", tuple(headers), body, self._tls, max_body=LARGEST_ANSWER)
        return replace(request_to(url, ask), bodiless=bodiless)

    def _secrets(self, message: Message) -> tuple[str, ...]:
        own = self._settings.secret
        return message.secrets if message.secrets is not None else (own,) if own else ()

    def _encode(self, data: Mapping[str, Any]) -> bytes:
        """The body; the last one is kept, as many recipients get the same."""
        if self._encoded[0] is not data:
            self._encoded = (data, encode(data))
        return self._encoded[1]

    # Where strangers may send us ------------------------------------------------------------

    def refuse(self, address: str) -> None:
        """Raise Mistake for an address that we never post to on a stranger's word."""
        self._refuse(parse_url(address))

    def _refuse(self, url: URL) -> None:
        if url.scheme != "https" and not self._settings.allow_http:
            raise Mistake("mistake.url_https")
        if url.port not in self._settings.ports:
            raise Mistake("mistake.url_port", ports=", ".join(map(str, self._settings.ports)))
        host = url.raw_host or ""
        if is_address(host) and not is_allowed(host, self._private):
            raise Mistake("mistake.url_private")

    def _look_up(self, peer: Peer) -> list[str]:
        """Look a name up once; all that it stands for must be public, and is what we connect to."""
        found = self._ask_system(peer)
        if not all(is_allowed(address, self._private) for address in found):
            raise ProbeFailure(NOT_PUBLIC)
        return found


def refuse_unless_taken(status: int) -> None:
    """Raise SendError unless the receiver took the event; a redirect is not followed."""
    if 200 <= status < 300:
        return
    if status == GONE:
        raise SendError("the receiver wants no more: it answered 410", permanent=True)
    if 300 <= status < 400:
        raise SendError(f"the receiver answered {status}; redirects are not followed")
    raise SendError(f"the receiver answered {status}")


def encode(data: Mapping[str, Any]) -> bytes:
    """An event as JSON, what is too long cut: the page has all of it."""
    body = msgspec.json.encode(data)
    longest = LARGEST_BODY
    while len(body) > LARGEST_BODY and longest:
        longest //= 2
        body = msgspec.json.encode(_cut(data, longest))
    return body


def _cut(value: Any, longest: int) -> Any:
    """No text and no list is longer than that."""
    match value:
        case str() if len(value) > longest:
            return value[: max(0, longest - 1)] + "…"
        case Mapping():
            return {name: _cut(one, longest) for name, one in value.items()}
        case list():
            return [_cut(one, longest) for one in value[:longest]]
    return value


CHANNEL = Channel(
    name="webhook",
    summary="Events as signed JSON to a URL, after Standard Webhooks.",
    settings=WebhookSettings,
    open=WebhookSender,
    public=True,
    leave_link=False,
    at_once=AT_ONCE,
    check_address=check_address,
)

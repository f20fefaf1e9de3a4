"""Sending to subscribers' webhooks: each copy signed with its own secrets, and how it fared."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from checks.clock import Clock
from incidents import endpoints as rules
from incidents.endpoints import Endpoint, EndpointState
from incidents.ports import Endpoints
from incidents.recipients import OPERATOR
from incidents.sending import Message, Sender, SendError, Unwanted
from monitor.vault import CannotOpen, Vault

Disabled = Callable[[Endpoint], Awaitable[None]]
"""Called once for each webhook that is turned off."""


class Signer:
    """Puts into messages the secrets that an endpoint's owner knows."""

    def __init__(self, vault: Vault, clock: Clock) -> None:
        """Open secrets with this vault; the clock says whether the one before still counts."""
        self._vault = vault
        self._clock = clock

    def signed(self, endpoint: Endpoint, message: Message) -> Message:
        """The message for this endpoint; raises SendError where its secret cannot be read."""
        sealed = endpoint.signing(self._clock.now())
        try:
            opened = tuple(self._vault.open(one, endpoint.id) for one in sealed)
        except CannotOpen as error:
            raise SendError(str(error)) from None
        return replace(message, secrets=opened)


class EndpointSender:
    """Sends over webhooks, and keeps account of how subscribers' receivers answer."""

    def __init__(
        self, sender: Sender, endpoints: Endpoints, signer: Signer, clock: Clock,
        disabled: Disabled | None = None,
    ) -> None:  # fmt: skip
        """Send through `sender`; those that fail for long are disabled in `endpoints`."""
        self._sender = sender
        self._endpoints = endpoints
        self._signer = signer
        self._clock = clock
        self._disabled = disabled

    async def send(self, address: str, message: Message) -> None:
        """Post an event to a route's target or a subscriber's webhook.

        Raises:
            SendError: It was not taken.
            Unwanted: The webhook is paused, disabled or gone.
        """
        if message.recipient.startswith(OPERATOR):
            await self._sender.send(address, message)
            return
        endpoint = await self._endpoints.endpoint(message.recipient)
        if endpoint is None or endpoint.state is not EndpointState.ACTIVE:
            raise Unwanted
        try:
            await self._sender.send(endpoint.url, self._signer.signed(endpoint, message))
        except SendError as error:
            at = self._clock.now()
            failed = partial(rules.failed, reason=str(error), at=at, final=error.permanent)
            await self._note(endpoint, failed)
            raise
        if endpoint.failing_since:
            await self._note(endpoint, rules.answered)

    async def close(self) -> None:
        """Let go of what the sender holds."""
        await self._sender.close()

    async def _note(self, endpoint: Endpoint, change: Callable[[Endpoint], Endpoint]) -> None:
        """Keep how it fared; only the one who turns it off tells the owner."""
        turned_off = False

        def changed(now: Endpoint) -> Endpoint:
            nonlocal turned_off
            after = change(now)
            turned_off = after.state is EndpointState.DISABLED is not now.state
            return after

        after = await self._endpoints.change(endpoint.id, changed)
        if turned_off and after and self._disabled:
            await self._disabled(after)

"""The open ways to send, as the configuration has them now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from incidents.sending import Channel, Message, Sender, Unwanted


class Switch:
    """A sender that can be exchanged: what is being sent goes to its end over the old one."""

    def __init__(self) -> None:
        """Lead nowhere until something is put behind it."""
        self._way: _Way | None = None

    async def send(self, address: str, message: Message) -> None:
        """Hand the message to whatever is open now.

        Raises:
            Unwanted: The channel is not configured (any more).
            SendError: It was not taken.
        """
        if self._way is None:
            raise Unwanted
        await self._way.send(address, message)

    async def lead_to(self, sender: Sender | None) -> None:
        """Send over this from now on, or over nothing."""
        before, self._way = self._way, _Way(sender) if sender else None
        if before:
            await before.leave()

    async def close(self) -> None:
        """Let go of what is open."""
        await self.lead_to(None)


class _Way:
    """One open sender; whoever sends last over one that is left closes it."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._sending = 0
        self._left = False

    async def send(self, address: str, message: Message) -> None:
        self._sending += 1
        try:
            await self._sender.send(address, message)
        finally:
            self._sending -= 1
            await self._close_if_done()

    async def leave(self) -> None:
        self._left = True
        await self._close_if_done()

    async def _close_if_done(self) -> None:
        if self._left and not self._sending:
            await self._sender.close()


class Senders:
    """A switch for each channel that there is; those not configured drop what they are given."""

    def __init__(self, known: Mapping[str, Channel]) -> None:
        """Nothing is open before `adopt`."""
        self.known = known
        self.switches = {name: Switch() for name in known}
        self._settings: Mapping[str, Any] = {}

    @property
    def channels(self) -> Mapping[str, tuple[Channel, Sender]]:
        """All channels with their switches, for the outbox."""
        return {name: (channel, self.switches[name]) for name, channel in self.known.items()}

    def public(self, names: tuple[str, ...]) -> dict[str, Channel]:
        """Those of these channels that are configured now."""
        return {name: self.known[name] for name in names if name in self._settings}

    async def adopt(self, settings: Mapping[str, Any]) -> None:
        """Open what is new or set differently, close what is gone, leave the rest alone."""
        before, self._settings = self._settings, settings
        for name, switch in self.switches.items():
            if name not in settings:
                await switch.lead_to(None)
            elif name not in before or before[name] != settings[name]:
                await switch.lead_to(self.known[name].open(settings[name]))

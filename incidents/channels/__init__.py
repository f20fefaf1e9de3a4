"""Ways to reach people: one module each, ending in `CHANNEL`; none knows another."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache

from checks.discovery import discover
from incidents.sending import Channel


@cache
def channels() -> Mapping[str, Channel]:
    """Every channel there is, by name."""
    found: list[Channel] = [channel for _, channel in discover(sys.modules[__name__], "CHANNEL")]
    return {channel.name: channel for channel in found}

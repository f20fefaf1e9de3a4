"""The settings of the page: its name, address, languages and zone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """One public status page."""

    id: str = "main"
    name: str = "Status"
    """What the page is called: your company or product."""
    url: str = ""
    """The public address, used in links that leave the page (mail, feeds)."""
    languages: tuple[str, ...] = ("en",)
    """Languages offered; the first one is the page's own."""
    timezone: str = "Etc/UTC"
    """IANA zone of times written without script."""

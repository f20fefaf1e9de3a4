"""The settings of a page: where it is served, what it shows, to whom, and how it looks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from incidents.policy import Component


class Theme(StrEnum):
    """Light or dark: as the reader's device has it, or always one."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Access:
    """What a reader of a private page must show; either suffices where both are set."""

    token: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Shade:
    """One colour as it is on a light ground and on a dark one, each written `#rrggbb`."""

    light: str
    dark: str

    def __str__(self) -> str:
        return f"{self.light} on light, {self.dark} on dark"


@dataclass(frozen=True, slots=True)
class Logo:
    """An image that stands before the page's name."""

    content_type: str
    body: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """What tells this image from another one."""
        return hashlib.blake2b(self.body, digest_size=6).hexdigest()

    def __str__(self) -> str:
        return f"{self.content_type} of {len(self.body)} bytes ({self.digest})"


@dataclass(frozen=True, slots=True)
class Brand:
    """Whose page it is, to the eye.

    `link` is where the name and the logo lead, the start page unless set. `colours` are by
    name (`accent`, `ground`, `ink`). `foot` is Markdown, `links` maps titles to addresses,
    `css` maps custom properties to values; all of them are checked when the file is read.
    """

    logo: Logo | None = None
    link: str = ""
    colours: Mapping[str, Shade] = field(default_factory=dict)
    foot: str = ""
    links: Mapping[str, str] = field(default_factory=dict)
    css: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """One public status page."""

    id: str = "main"
    name: str = "Status"
    """What the page is called: your company or product."""
    url: str = ""
    """The public address, its path included; links that leave the page begin with it."""
    languages: tuple[str, ...] = ("en",)
    """Languages offered; the first one is the page's own."""
    timezone: str = "Etc/UTC"
    """IANA zone of times written without script."""
    hosts: tuple[str, ...] = ()
    """Host names that show this page, in lower case and without a port."""
    path: str = ""
    """The prefix under which it is served, as in "/internal"; "" is the root."""
    groups: tuple[str, ...] = ()
    """Groups that it shows; with `components` empty as well, everything."""
    components: tuple[str, ...] = ()
    """Components that it shows beside those of `groups`."""
    theme: Theme = Theme.AUTO
    """Light, dark, or as the reader's device has it."""
    access: Access | None = None
    """What its readers must show; None: it is public."""
    brand: Brand = field(default_factory=Brand)
    """Whose page it is, to the eye."""

    def shows(self, component: Component) -> bool:
        """Whether a component is on the page: what that says itself goes first."""
        if component.pages:
            return self.id in component.pages
        if not self.components and not self.groups:
            return True
        return component.id in self.components or component.group in self.groups

    def address(self, own: str) -> str:
        """Where links that leave the page begin; `own` is where we listen ourselves."""
        return (self.url or own + self.path).rstrip("/")

    @property
    def private(self) -> bool:
        """Whether a reader must show something."""
        return self.access is not None

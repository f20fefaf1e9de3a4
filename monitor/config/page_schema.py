"""The keys of a page as people write them; like `schema`, of which it is a part."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from annotated_types import MinLen

from monitor.config.forms import Language, PublicUrl, Timezone, Url
from monitor.config.page_forms import Colour, Host, Link, PasswordText, PathPrefix, TokenText
from statuspage.site import Theme


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessSettings:
    """What a reader of a private page must show; either suffices where both are set."""

    token: TokenText | None = None
    """For links and programs, as `?token=…` or `Authorization: Bearer …`: 16 characters at
    least, `${env:NAME}`."""
    password: PasswordText | None = None
    """For people, who type it once: 8 characters at least, `${env:NAME}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourSettings:
    """Colours of your own: `"#7a1fa2"` in quotes, or `{light: …, dark: …}`.

    Colours of states are the same on every page. A colour that cannot be read on its ground is
    an issue; one that is given for light only is lightened for dark until it can be.
    """

    accent: Colour | None = None
    """Links in the text, and the first button; as the ink unless set."""
    ink: Colour | None = None
    """Text; `#1f2328` on light and `#e6edf3` on dark unless set."""
    ground: Colour | None = None
    """What everything stands on; `#ffffff` and `#0d1117` unless set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandSettings:
    """Whose page it is, to the eye."""

    logo: str | None = None
    """A file of SVG, PNG or WebP that stands before the name, 100 KiB at most; its path is
    relative to the main file."""
    link: Url | None = None
    """Where the name and the logo lead; the page itself unless set."""
    colours: ColourSettings = field(default_factory=ColourSettings)
    """Colours of your own."""
    foot: str = ""
    """What stands at the foot of every page, in Markdown."""
    links: dict[str, Link] = field(default_factory=dict)
    """Links at the foot: their titles and where they lead, such as `Imprint`."""
    css: dict[str, str] = field(default_factory=dict)
    """CSS variables: `--font`, `--radius`, and any of your own that begin with `--x-`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSettings:
    """A status page."""

    name: str = "Status"
    """What the page is called: your company or product."""
    url: PublicUrl = ""
    """The public address, its path included; links that leave the page (mail, feeds) begin with
    it. That of a page after the first follows from the first one's unless set."""
    languages: Annotated[tuple[Language, ...], MinLen(1)] = ("en",)
    """Languages offered; the first one is the page's own."""
    timezone: Timezone = "Etc/UTC"
    """IANA zone of times written without script, and of maintenance windows."""
    hosts: tuple[Host, ...] = ()
    """Host names that show this page; of a page after the first, that of its `url` unless set."""
    path: PathPrefix | None = None
    """The prefix under which it is served; the first page is at `/` and the others are under
    `/ID` unless set, or unless they have hosts."""
    groups: tuple[str, ...] = ()
    """Groups that it shows; everything unless this or `components` is set."""
    components: tuple[str, ...] = ()
    """Components that it shows. What a component says itself, in `pages`, goes first."""
    theme: Theme = Theme.AUTO
    """Always one of them, or as the reader's device has it."""
    access: AccessSettings | None = None
    """Makes the page private: readers must show a token or a password."""
    brand: BrandSettings = field(default_factory=BrandSettings)
    """Logo, colours, foot and links."""

"""Whose page it is, to the eye: name, logo, colours, foot, and the style that they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from statuspage.assets import Assets
from statuspage.documents import FOREVER, Document
from statuspage.site import Brand, Logo, Page, Theme
from statuspage.views.text import fit, line

LOGO_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""The Content-Security-Policy of a logo: an SVG is a picture here and runs nothing."""

_ENDINGS = {"image/svg+xml": "svg", "image/png": "png", "image/webp": "webp"}


@dataclass(frozen=True, slots=True)
class BrandView:
    """What templates show of a brand.

    `logo` is the path of the image, empty without one; `link` where it and the name lead,
    empty for the page itself. `foot` is Markdown. `theme` is empty where the device decides.
    """

    logo: str
    link: str
    foot: str
    links: tuple[tuple[str, str], ...]
    theme: str


NO_BRAND = BrandView("", "", "", (), "")
"""A page as it comes."""


def brand_view(page: Page) -> BrandView:
    """The brand of a page."""
    brand = page.brand
    return BrandView(
        logo_path(brand.logo) if brand.logo else "",
        brand.link,
        fit(brand.foot),
        tuple((line(title), url) for title, url in brand.links.items()),
        "" if page.theme is Theme.AUTO else page.theme.value,
    )


def branded(assets: Assets, page: Page) -> Assets:
    """The assets of a page: the style with the brand's at its end, the logo beside the icons."""
    logo = page.brand.logo
    style = brand_style(page.brand)
    documents = {logo_path(logo): logo_document(logo)} if logo else {}
    if not style and not documents:
        return assets
    return replace(assets, style=assets.style + style, documents={**assets.documents, **documents})


def files_policy(page: Page, path: str) -> Mapping[str, str]:
    """Header fields of a file that a page brings along: a logo is a picture and runs nothing."""
    logo = page.brand.logo
    if logo is None or path != logo_path(logo):
        return {}
    return {"Content-Security-Policy": LOGO_POLICY}


def logo_path(logo: Logo) -> str:
    """Where the image is served; another image has another path."""
    return f"/static/logo.{logo.digest}.{_ENDINGS[logo.content_type]}"


def logo_document(logo: Logo) -> Document:
    """The image, which never changes under its path."""
    return Document(logo.content_type, logo.body, cache=FOREVER)


def brand_style(brand: Brand) -> str:
    """CSS that sets the brand's variables, in light and in dark; empty where nothing is set.

    It stands after the page's own style. Browsers that know no light-dark() get the light one,
    as they do of the page's own colours.
    """
    always = {**brand.css, **_mixtures(brand)}
    light = {f"--{name}": shade.light for name, shade in brand.colours.items()}
    both = {
        f"--{name}": f"light-dark({shade.light},{shade.dark})"
        for name, shade in brand.colours.items()
    }
    style = _root({**always, **light})
    return f"{style}@supports(color:light-dark(#000,#fff)){{{_root(both)}}}" if both else style


def _mixtures(brand: Brand) -> dict[str, str]:
    """What lies between ink and ground follows from both."""
    if not {"ink", "ground"} & set(brand.colours):
        return {}
    mixed = "color-mix(in srgb,var(--ink) {},var(--ground))"
    return {"--wash": mixed.format("4%"), "--rule": mixed.format("16%")}


def _root(variables: Mapping[str, str]) -> str:
    said = "".join(f"{name}:{value};" for name, value in variables.items())
    return f":root{{{said}}}" if said else ""

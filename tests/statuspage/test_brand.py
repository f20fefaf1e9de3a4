"""Whose page it is, to the eye: logo, colours, foot, theme."""

import base64
import hashlib
import re
from dataclasses import replace

import pytest
from lxml import html

from statuspage import contrast
from statuspage.assets import load
from statuspage.site import Access, Brand, Logo, Page, Shade, Theme
from statuspage.views.brand import LOGO_POLICY, brand_style, branded, logo_path
from tests.statuspage import examples, scenes

SVG = Logo(
    "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
)
ACCENT = {"accent": Shade("#7a1fa2", "#c58fe0")}
BRAND = Brand(
    logo=SVG,
    link="https://acme.example",
    colours=ACCENT,
    foot="Made by **Acme** <b>and</b> friends.",
    links={"Imprint": "https://acme.example/imprint", "<i>": "mailto:a@acme.example"},
    css={"--radius": "4px", "--x-own": "1px"},
)
PAGE = replace(scenes.PAGE, brand=BRAND)


@pytest.fixture
async def site(open_site):
    return await open_site(replace(examples.major_outage(), page=PAGE))


async def tree(site, path="/"):
    response = await site.client.get(path)
    return html.document_fromstring(await response.text()), response


def test_a_page_without_a_brand_has_the_style_as_it_comes():
    assets = load()
    assert brand_style(Brand()) == ""
    assert branded(assets, Page()) is assets


def test_colours_are_set_for_both_schemes_and_for_browsers_that_know_only_one():
    assert brand_style(Brand(colours=ACCENT)) == (
        ":root{--accent:#7a1fa2;}"
        "@supports(color:light-dark(#000,#fff)){:root{--accent:light-dark(#7a1fa2,#c58fe0);}}"
    )


def test_with_another_ground_what_lies_between_follows():
    style = brand_style(Brand(colours={"ground": Shade("#fff7d5", "#262626")}))
    assert "--wash:color-mix(in srgb,var(--ink) 4%,var(--ground));" in style
    assert "--wash" not in brand_style(Brand(colours=ACCENT))


def test_the_page_has_the_colours_that_contrast_is_measured_against():
    style = load().style.replace(" ", "")
    for name in ("ground", "ink", "faint"):
        shade = getattr(contrast, name.upper())
        light, dark = re.search(rf"--{name}:light-dark\((#\w+),(#\w+)\)", style).groups()
        assert [_long(light), _long(dark)] == [shade.light, shade.dark]
    for name, tone in contrast.state_tones(dark=True).items():
        assert tone in style, name


def _long(colour):
    return colour if len(colour) == 7 else "#" + "".join(digit * 2 for digit in colour[1:])


async def test_the_policy_names_the_very_style_of_the_page(site):
    page, response = await tree(site)
    (style,) = page.xpath("//style/text()")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert "--radius:4px" in style
    assert f"style-src 'sha256-{digest}'" in response.headers["Content-Security-Policy"]


async def test_name_and_logo_lead_to_the_brands_own_place(site):
    page, _ = await tree(site)
    (name,) = page.xpath("//header//a[@class='brand']")
    assert name.get("href") == "https://acme.example"
    assert name.text_content().strip() == "Acme"
    (image,) = name.xpath("img")
    assert (image.get("src"), image.get("alt")) == (logo_path(SVG), "")


async def test_a_logo_is_a_picture_that_runs_nothing_and_never_changes(site):
    response = await site.client.get(logo_path(SVG))
    assert response.status == 200
    assert response.headers["Content-Type"] == "image/svg+xml"
    assert response.headers["Content-Security-Policy"] == LOGO_POLICY
    assert "immutable" in response.headers["Cache-Control"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_foot_and_links_stand_at_the_foot_and_are_harmless(site):
    page, _ = await tree(site)
    (foot,) = page.xpath("//footer//*[@class='imprint']")
    assert foot.xpath(".//strong")
    assert not foot.xpath(".//b")
    links = {one.text_content(): one.get("href") for one in page.xpath("//footer//li/a")}
    assert links["Imprint"] == "https://acme.example/imprint"
    assert links["<i>"] == "mailto:a@acme.example"


@pytest.mark.parametrize(
    ("theme", "attribute", "choices"),
    [(Theme.AUTO, None, 1), (Theme.DARK, "dark", 0), (Theme.LIGHT, "light", 0)],
)
async def test_a_page_that_is_always_dark_offers_no_choice(open_site, theme, attribute, choices):
    page = replace(scenes.PAGE, theme=theme)
    shown, _ = await tree(await open_site(replace(examples.all_good(), page=page)))
    assert shown.get("data-theme") == attribute
    assert len(shown.xpath("//*[@data-themes]")) == choices
    assert len(shown.xpath("//script[not(@src)]")) == choices


async def test_the_form_of_a_private_page_has_its_look_and_not_its_foot(open_site):
    page = replace(PAGE, access=Access(password="correct horse"), theme=Theme.DARK)
    site = await open_site(replace(examples.all_good(), page=page))
    response = await site.client.get("/", headers={"Accept": "text/html"})
    shown = html.document_fromstring(await response.text())
    assert response.status == 401
    assert shown.get("data-theme") == "dark"
    assert shown.xpath("//header//img[@class='logo']")
    assert not shown.xpath("//footer")
    logo = await site.client.get(logo_path(SVG))
    assert logo.status == 200

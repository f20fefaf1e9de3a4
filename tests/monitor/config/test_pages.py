"""Pages of a file: where they are, what they show, to whom, and how they look."""

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.brand import is_safe_value
from monitor.config.load import load
from monitor.config.page_forms import read_colour, read_host, read_link, read_path
from monitor.running import HIDDEN, described
from statuspage import contrast
from statuspage.site import Access, Page, Shade, Theme

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
SVG = b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- made by hand -->\n<!DOCTYPE svg>\n<svg xmlns='x'/>"
WEBP = b"RIFF\x10\0\0\0WEBPVP8 "
COMPONENTS = "components: {shop: {group: front}, billing: }\ngroups: {front: }\n"


@pytest.fixture
def read(tmp_path):
    def loaded(text, **environ):
        path = tmp_path / "checks.yaml"
        path.write_text("version: 1\n" + COMPONENTS + dedent(text))
        return load(path, environ=environ)

    return loaded


@pytest.fixture
def pages(read):
    def found(text, **environ):
        loaded = read(text, **environ)
        assert loaded.mistakes == ()
        return loaded.config.pages

    return found


# Where ------------------------------------------------------------------------------------------


def test_the_first_page_is_at_the_root_and_the_others_are_found_by_id_or_address(pages):
    found = pages(
        """
        pages:
          main: {url: https://status.acme.example}
          inside:
          partners: {url: https://partners.acme.example/}
          short: {url: https://status.acme.example/s}
          own: {hosts: Status.Other.Example, path: /o/wn/}
        """
    )
    assert {name: (page.hosts, page.path) for name, page in found.items()} == {
        "main": ((), ""),
        "inside": ((), "/inside"),
        "partners": (("partners.acme.example",), ""),
        "short": ((), "/s"),
        "own": (("status.other.example",), "/o/wn"),
    }
    assert {name: page.url for name, page in found.items()} == {
        "main": "https://status.acme.example",
        "inside": "https://status.acme.example/inside",
        "partners": "https://partners.acme.example",
        "short": "https://status.acme.example/s",
        "own": "https://status.other.example/o/wn",
    }


def test_where_the_first_page_has_no_address_the_others_have_none_to_go_by(pages):
    found = pages("pages: {main: {}, inside: {}, own: {hosts: own.example}}\n")
    assert [page.url for page in found.values()] == ["", "", ""]


def test_an_address_that_follows_keeps_the_port_of_the_first_one(pages):
    found = pages("pages: {main: {url: 'http://a.example:81'}, own: {hosts: b.example}}\n")
    assert found["own"].url == "http://b.example:81"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("status.acme.example", "status.acme.example"),
        ("STATUS.acme.example.", "status.acme.example"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("prüfung.example", "xn--prfung-4ya.example"),
    ],
)
def test_hosts_are_kept_as_browsers_send_them(written, expected):
    assert read_host(written) == expected


@pytest.mark.parametrize("written", ["", "a b", "-a.example", "a..b", "a" * 64, "*.acme.example"])
def test_what_is_no_host_is_refused(written):
    with pytest.raises(ValueError, match="no host name"):
        read_host(written)


@pytest.mark.parametrize(
    ("written", "expected"), [("/", ""), ("/a", "/a"), ("/a-1/b_2/", "/a-1/b_2")]
)
def test_paths_are_kept_without_their_last_slash(written, expected):
    assert read_path(written) == expected


@pytest.mark.parametrize("written", ["/A", "/a b", "/../x", "/a//b", "/%2e", "/a?b", "/ä"])
def test_a_path_holds_nothing_that_would_need_care(written):
    with pytest.raises(ValueError, match="cannot be a path"):
        read_path(written)


# Who --------------------------------------------------------------------------------------------


def test_secrets_of_a_page_are_told_nowhere(read):
    secrets = {"T": "token-0123456789", "P": "correct horse"}
    loaded = read("page: {access: {token: '${env:T}', password: '${env:P}'}}", **secrets)
    assert loaded.issues == ()
    page = loaded.config.page
    assert page.access == Access(token=secrets["T"], password=secrets["P"])
    assert page.private
    running = described(loaded.config)
    assert running.settings["page.access.token"].startswith(HIDDEN)
    assert not [one for one in secrets.values() if one in repr((page, running))]


def test_a_changed_secret_shows_in_a_plan_as_a_change(read):
    before, after = (
        described(read("page: {access: {password: '${env:P}'}}", P=word).config).settings
        for word in ("correct horse", "battery staple")
    )
    assert before["page.access.password"] != after["page.access.password"]


def test_a_secret_as_it_is_gives_a_warning(read):
    loaded = read("page: {access: {password: correct horse}}")
    assert [issue.message for issue in loaded.issues] == ['"password" is written as it is']


# What -------------------------------------------------------------------------------------------


def test_a_page_selects_and_a_component_says_the_same_from_the_other_side(read):
    loaded = read("pages: {main: {groups: front}, inside: {components: billing, theme: dark}}")
    config = loaded.config
    assert loaded.issues == ()
    shown = {
        name: [one for one, found in config.policy.components.items() if page.shows(found)]
        for name, page in config.pages.items()
    }
    assert shown == {"main": ["shop"], "inside": ["billing"]}
    assert config.pages["inside"].theme is Theme.DARK


# How it looks -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "media_type"), [(PNG, "image/png"), (SVG, "image/svg+xml"), (WEBP, "image/webp")]
)
def test_a_logo_goes_by_what_it_is_and_a_changed_one_is_a_changed_file(
    tmp_path, read, body, media_type
):
    (tmp_path / "logo").write_bytes(body)
    first = read("page: {brand: {logo: logo}}")
    logo = first.config.page.brand.logo
    assert (logo.content_type, logo.body) == (media_type, body)
    (tmp_path / "logo").write_bytes(body + b" ")
    second = read("page: {brand: {logo: logo}}")
    assert first.digest != second.digest
    assert described(first.config).settings != described(second.config).settings


def test_a_logo_that_is_too_large_is_refused(tmp_path, read):
    (tmp_path / "logo.png").write_bytes(PNG + b"\0" * 100 * 1024)
    assert [issue.message for issue in read("page: {brand: {logo: logo.png}}").mistakes] == [
        '"logo.png" is larger than 100 KiB'
    ]


def test_a_colour_for_light_is_lightened_for_dark_and_the_other_way_round(pages):
    found = pages('page: {brand: {colours: {accent: "#7a1fa2", ink: {dark: "#fff"}}}}')
    colours = found["main"].brand.colours
    assert colours["accent"].light == "#7a1fa2"
    assert contrast.legible(colours["accent"].dark, contrast.GROUND.dark)
    assert colours["ink"].dark == "#ffffff"
    assert contrast.legible(colours["ink"].light, contrast.GROUND.light)


@pytest.mark.parametrize("written", ["#0a5", "0a5", "#00AA55", "00aa55"])
def test_colours_are_kept_in_one_form(written):
    assert read_colour(written) == Shade("#00aa55", "")


@pytest.mark.parametrize(
    "written", ["#00aa5", "green", "rgb(0,0,0)", "", {}, {"lite": "#000"}, ["#000"]]
)
def test_what_is_no_colour_is_refused(written):
    with pytest.raises(ValueError, match="colour"):
        read_colour(written)


colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(colours, colours)
def test_the_nearest_legible_colour_is_legible(colour, ground):
    found = contrast.nearest_legible(colour, ground)
    assert contrast.legible(found, ground)
    assert (found == colour) is contrast.legible(colour, ground)


@given(colours, st.booleans())
def test_on_the_nearest_ground_every_state_can_be_read(ground, dark):
    found = contrast.nearest_ground(ground, dark=dark)
    tones = contrast.state_tones(dark=dark).values()
    assert all(contrast.legible(tone, found) for tone in tones)


def test_contrast_is_that_of_wcag():
    assert contrast.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    "value", ["12px", '"Acme Sans", system-ui', "clamp(1rem, 2vw + 1em, 3rem)", "#7a1fa2", "1 / 2"]
)
def test_plain_values_of_variables_are_taken(value):
    assert is_safe_value(value)


@pytest.mark.parametrize(
    "value",
    [
        "", "red; color: blue", "x}body{", "url(https://e.example)", "URL (x)", "</style>",
        "/* x */", "a*/", "\\75rl(x)", "image-set('x' 1x)", "calc(1px", "1px)", '"open', "@import",
        "é", "x" * 201, "expression(1):",
    ],
)  # fmt: skip
def test_a_value_that_could_be_more_than_a_value_is_refused(value):
    assert not is_safe_value(value)


@given(st.text(alphabet="ab (){};:\"'/*\\,.#<>@-", max_size=30))
def test_a_safe_value_never_ends_its_declaration(value):
    if is_safe_value(value):
        assert not set(value) & set("{};:\\<>@")
        assert value.count('"') % 2 == 0 or value.count("'") > 0


@pytest.mark.parametrize("url", ["https://acme.example/imprint", "mailto:a@b.example", "tel:110"])
def test_links_of_the_foot_lead_somewhere(url):
    assert read_link(url) == url


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "acme.example", "/x"])
def test_links_of_the_foot_lead_nowhere_else(url):
    with pytest.raises(ValueError, match=r"no link|no scheme"):
        read_link(url)


def test_a_page_with_nothing_set_is_the_page_as_it_comes(pages):
    assert pages("")["main"] == Page()

"""What a page looks like, as the file has it: its logo, its colours, its foot."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields

from monitor.config.nodes import Map, Scalar, Spot, is_null, locate
from monitor.config.page_schema import BrandSettings, ColourSettings
from monitor.config.suggestions import listing, nearest
from monitor.config.validation import Reader, follow
from statuspage import contrast
from statuspage.site import Brand, Logo, Shade

LARGEST_LOGO_BYTES = 100 * 1024

CSS_VARIABLES = ("--font", "--radius")
"""Variables of the page's own style that may be set."""

_OWN_VARIABLE = re.compile(r"--x-[a-z0-9-]+", re.ASCII)
# Names, numbers, calls and texts in quotes: nothing that ends a declaration.
_SAFE_VALUE = re.compile(r"""(?:[\w\s.,%#+*/()-]|"[\w\s.,-]*"|'[\w\s.,-]*')+""", re.ASCII)
_LOADING = re.compile(r"(?:url|src|image|image-set|cross-fade|element)\s*\(", re.IGNORECASE)
_LONGEST_VALUE = 200


def read_brand(node: Map, key: Scalar, reader: Reader) -> Brand:
    """The brand of a page whose map is `node`; everything that is wrong with it is noted."""
    own = node.entries.get("brand")
    if own is None or is_null(own.value):
        return Brand()
    settings = reader.read(own.value, BrandSettings, own.key, "a brand")
    return _Branding(node, key, reader).read(settings or BrandSettings())


class _Branding:
    """Reads one page's brand."""

    def __init__(self, node: Map, key: Scalar, reader: Reader) -> None:
        self._node, self._key, self._reader = node, key, reader
        self._issues = reader.issues

    def read(self, settings: BrandSettings) -> Brand:
        return Brand(
            self._logo(settings.logo) if settings.logo else None,
            settings.link or "",
            self._colours(settings.colours),
            settings.foot,
            settings.links,
            {name: value for name, value in settings.css.items() if self._is_safe(name, value)},
        )

    def _at(self, *path: str) -> Spot:
        return locate(self._node, ("brand", *path), self._key)

    # Logo -------------------------------------------------------------------------------------

    def _logo(self, name: str) -> Logo | None:
        files, folder = self._reader.variables.files, self._reader.variables.folder
        try:
            body = files.read(folder / name, LARGEST_LOGO_BYTES)
        except (OSError, ValueError) as error:
            number = getattr(error, "errno", None)
            reason = os.strerror(number) if number else "it cannot be opened"
            self._issues.add(self._at("logo"), f'"{name}" cannot be read: {reason}')
            return None
        if len(body) > LARGEST_LOGO_BYTES:
            size = LARGEST_LOGO_BYTES // 1024
            self._issues.add(
                self._at("logo"), f'"{name}" is larger than {size} KiB', "SVG is small, as is WebP"
            )
            return None
        media_type = _media_type(body)
        if media_type is None:
            self._issues.add(self._at("logo"), f'"{name}" is neither SVG, PNG nor WebP')
            return None
        return Logo(media_type, body)

    # Colours ----------------------------------------------------------------------------------

    def _colours(self, settings: ColourSettings) -> dict[str, Shade]:
        self._warn_of_comments()
        ground = self._ground(settings.ground)
        found = {} if settings.ground is None else {"ground": ground}
        for name in ("ink", "accent"):
            shade: Shade | None = getattr(settings, name)
            if shade is not None:
                found[name] = self._text_colour(name, shade, ground)
        if settings.ground is not None and settings.ink is None:
            self._ink_on(ground)
        return found

    def _warn_of_comments(self) -> None:
        """Note colours that YAML took for comments."""
        node = follow(self._node, ("brand", "colours"))
        for name, value in node if isinstance(node, Map) else ():
            if is_null(value):
                self._issues.add(
                    self._at("colours", name),
                    f'"{name}" is empty: what follows a bare # is a comment',
                    'put it in quotes, as in "#7a1fa2"',
                )

    def _ground(self, shade: Shade | None) -> Shade:
        given = shade or Shade("", "")
        ground = Shade(given.light or contrast.GROUND.light, given.dark or contrast.GROUND.dark)
        for scheme, own in _by_scheme(given):
            dark = scheme == "dark"
            nearest = contrast.nearest_ground(own, dark=dark) if own else own
            if nearest != own:
                tones = contrast.state_tones(dark=dark)
                worst = min(tones, key=lambda name: contrast.contrast(tones[name], own))
                self._illegible(
                    "ground", scheme, f"{worst.replace('_', ' ')} {tones[worst]}", tones[worst],
                    own, nearest,
                )  # fmt: skip
        return ground

    def _ink_on(self, ground: Shade) -> None:
        """The page's own ink must be legible on a ground that was chosen."""
        for scheme, ink in _by_scheme(contrast.INK):
            own = getattr(ground, scheme)
            if not contrast.legible(ink, own):
                self._illegible(
                    "ground", scheme, f"the ink {ink}", ink, own,
                    contrast.nearest_ground(own, dark=scheme == "dark"),
                )  # fmt: skip

    def _text_colour(self, name: str, shade: Shade, ground: Shade) -> Shade:
        """A colour of text in both schemes; the one that is not given follows from the other."""
        for scheme, own in _by_scheme(shade):
            behind: str = getattr(ground, scheme)
            if own and not contrast.legible(own, behind):
                nearest = contrast.nearest_legible(own, behind)
                self._illegible(name, scheme, f"{name} {own}", own, behind, nearest)
        return Shade(
            shade.light or contrast.nearest_legible(shade.dark, ground.light),
            shade.dark or contrast.nearest_legible(shade.light, ground.dark),
        )

    def _illegible(
        self, name: str, scheme: str, text: str, colour: str, ground: str, nearest: str
    ) -> None:
        ratio = contrast.contrast(colour, ground)
        self._issues.add(
            self._at("colours", name, scheme),
            f"{text} on the {scheme} ground {ground} has a contrast of {ratio:.2f}:1, and"
            f" {contrast.ENOUGH}:1 is due",
            f'the nearest {name} that passes: "{nearest}"',
        )

    # Variables --------------------------------------------------------------------------------

    def _is_safe(self, name: str, value: str) -> bool:
        if name not in CSS_VARIABLES and not _OWN_VARIABLE.fullmatch(name):
            meant = nearest(name.lstrip("-"), (known.lstrip("-") for known in CSS_VARIABLES))
            self._issues.add(
                self._at("css", name),
                f'no CSS variable "{name}"' + (f', did you mean "--{meant}"?' if meant else ""),
                f"there are {listing(CSS_VARIABLES)}; your own begin with --x-",
            )
            return False
        if is_safe_value(value):
            return True
        self._issues.add(
            self._at("css", name),
            "that cannot be the value of a CSS variable",
            "a size, a colour, a list of fonts: no braces, semicolons, comments or addresses",
        )
        return False


def is_safe_value(value: str) -> bool:
    """Whether a value stays the value of one declaration, and loads nothing."""
    return (
        len(value) <= _LONGEST_VALUE
        and _SAFE_VALUE.fullmatch(value) is not None
        and "/*" not in value
        and "*/" not in value
        and not _LOADING.search(value)
        and _is_balanced(value)
    )


def _is_balanced(value: str) -> bool:
    depth = 0
    for letter in value:
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            return False
    return depth == 0


def _by_scheme(shade: Shade) -> Iterator[tuple[str, str]]:
    return ((one.name, getattr(shade, one.name)) for one in fields(shade))


_MAGIC: Mapping[str, re.Pattern[bytes]] = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "image/svg+xml": re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<[?!][^<]*)*<svg[\s>]"),
}


def _media_type(body: bytes) -> str | None:
    return next((name for name, magic in _MAGIC.items() if magic.match(body)), None)

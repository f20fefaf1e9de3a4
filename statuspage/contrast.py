"""Whether a colour can be read on another one, by the contrast of WCAG 2.2."""

from __future__ import annotations

from collections.abc import Callable

from statuspage.site import Shade

ENOUGH = 4.5
"""The least contrast of text to its ground, for WCAG's level AA."""

GROUND = Shade("#ffffff", "#0d1117")
INK = Shade("#1f2328", "#e6edf3")
FAINT = Shade("#57606a", "#9198a1")
"""The page's own colours, as style/tokens.css has them."""

_STEPS = 255
_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)

Rgb = tuple[int, int, int]


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def legible(colour: str, ground: str) -> bool:
    """Whether text of a colour can be read on a ground."""
    return contrast(colour, ground) >= ENOUGH


def nearest_legible(colour: str, ground: str) -> str:
    """The colour itself where it can be read, else the nearest darker or lighter that can."""
    return _nearest(colour, lambda mixed: legible(mixed, ground))


def state_tones(*, dark: bool) -> dict[str, str]:
    """All text that is not an operator's choice: the states and what is said quietly."""
    from incidents.letters import TONES  # needs all that letters do, and few files set colours

    tones = {state.value: shade.dark if dark else shade.light for state, shade in TONES.items()}
    return {**tones, "faint": FAINT.dark if dark else FAINT.light}


def nearest_ground(ground: str, *, dark: bool) -> str:
    """The ground itself where every state can be read on it, else the nearest that allows it."""
    tones = state_tones(dark=dark).values()
    return _nearest(ground, lambda mixed: all(legible(tone, mixed) for tone in tones))


def _nearest(colour: str, fits: Callable[[str], bool]) -> str:
    """Mix in black or white, whichever helps with less; both ends cannot fail together."""
    start = _channels(colour)
    for step in range(_STEPS + 1):
        for end in (_BLACK, _WHITE):
            mixed = _written(_mixed(start, end, step))
            if fits(mixed):
                return mixed
    return colour


def _mixed(start: Rgb, end: Rgb, step: int) -> Rgb:
    red, green, blue = (
        round(one + (other - one) * step / _STEPS) for one, other in zip(start, end, strict=True)
    )
    return red, green, blue


def _channels(colour: str) -> Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _written(channels: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*channels)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

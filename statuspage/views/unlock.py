"""The form before a private page: it tells nothing of the page but its name."""

from __future__ import annotations

from dataclasses import dataclass

from incidents.words import Words
from statuspage.site import Page
from statuspage.views.text import line


@dataclass(frozen=True, slots=True)
class LockedFrame:
    """What of a page's frame everybody may see."""

    page: str
    language: str
    direction: str


@dataclass(frozen=True, slots=True)
class UnlockView:
    """The form; `back` is the path that it leads to, `error` what is wrong with what was typed.

    `password` is false where only a token opens the page, which nobody types by heart.
    """

    frame: LockedFrame
    back: str
    password: bool
    error: str = ""


def unlock(page: Page, words: Words, back: str, error: str = "") -> UnlockView:
    """The form of a page in a language."""
    return UnlockView(
        LockedFrame(line(page.name), words.language, words.direction),
        back,
        page.access is not None and bool(page.access.password),
        error,
    )

"""The small pages: one asks for an address, one has a button, one says one thing."""

from __future__ import annotations

from dataclasses import dataclass

from incidents.words import Words
from statuspage.ports import Snapshot
from statuspage.views.frame import Frame, frame
from statuspage.views.standing import overall
from statuspage.views.times import times_of


@dataclass(frozen=True, slots=True)
class SubscribeView:
    """The form, with what was typed and what is wrong with it."""

    frame: Frame
    address: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class TokenView:
    """A page with one button; `path`, which holds the link's token, is where it posts to."""

    frame: Frame
    title: str
    text: str
    button: str
    path: str


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A page that says one thing."""

    frame: Frame
    title: str
    text: str


def notice(snapshot: Snapshot, words: Words, title: str, text: str) -> NoticeView:
    """What says one thing; `title` and `text` are keys of texts."""
    return NoticeView(plain_frame(snapshot, words), words(title), words(text))


def plain_frame(snapshot: Snapshot, words: Words) -> Frame:
    """The frame of a page that says nothing of any state itself."""
    times = times_of(snapshot, words)
    return frame(snapshot, overall(snapshot), times)

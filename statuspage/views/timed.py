"""Sentences whose times are marked as times."""

from __future__ import annotations

import re
from collections.abc import Iterable

from markupsafe import Markup, escape

from statuspage.views.times import Moment


def timed(sentence: str, moments: Iterable[Moment], *, exact: bool = False) -> Markup:
    """A sentence with its times marked as such, so that a script can tell them in another zone.

    `exact` ones are told with their seconds.
    """
    by_text = {moment.text: moment for moment in moments if moment.text in sentence}
    if not by_text:
        return escape(sentence)
    longest_first = sorted(by_text, key=len, reverse=True)
    pieces = re.split("(" + "|".join(map(re.escape, longest_first)) + ")", sentence)
    return Markup().join(
        _time(by_text[piece], exact) if piece in by_text else escape(piece) for piece in pieces
    )


def _time(moment: Moment, exact: bool) -> Markup:
    mark = Markup(" data-exact") if exact else ""
    return Markup('<time datetime="{}"{}>{}</time>').format(moment.iso, mark, moment.text)

"""Operators' Markdown made into HTML that can do no harm."""

from __future__ import annotations

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
    "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_LONGEST = 50_000

_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": 20}).enable(
    ["strikethrough", "table"]
)
# The page's own headings lead down to the third level; an update may not step between them.
_DEMOTED = {f"h{level}": f"h{max(4, min(6, level + 3))}" for level in range(1, 7)}


@lru_cache(maxsize=1024)
def markdown(source: str) -> Markup:
    """Render and sanitise: no images, no scripts, no raw HTML, links of http and mail only."""
    tokens = _markdown.parse(source[:_LONGEST])
    for token in tokens:
        token.tag = _DEMOTED.get(token.tag, token.tag)
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    safe = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
    )
    return Markup(safe)  # noqa: S704 - nh3 has just cleaned it


@lru_cache(maxsize=1024)
def excerpt(source: str) -> str:
    """The words of an update without any markup, for formats that know none."""
    text = nh3.clean(str(markdown(source)), tags=set())
    return " ".join(Markup(text).unescape().split())  # noqa: S704 - plain text follows

"""Operators' Markdown made into HTML that can do no harm, or into plain text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
    "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_SCHEMES = {"http", "https", "mailto"}
_LONGEST = 50_000

# The page's own headings lead down to the third level; an update may not step between them.
_DEMOTED = {f"h{level}": f"h{max(4, min(6, level + 3))}" for level in range(1, 7)}


@lru_cache(maxsize=1024)
def markdown(source: str) -> Markup:
    """Render and sanitise: no images, no scripts, no raw HTML, links of http and mail only."""
    import nh3

    parser = _parser()
    tokens = parser.parse(source[:_LONGEST])
    for token in tokens:
        token.tag = _DEMOTED.get(token.tag, token.tag)
    html = parser.renderer.render(tokens, parser.options, {})
    safe = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes=_SCHEMES,
        link_rel="nofollow noopener noreferrer",
    )
    return Markup(safe)  # noqa: S704 - nh3 has just cleaned it


@lru_cache(maxsize=1024)
def excerpt(source: str) -> str:
    """The words of an update without any markup, for formats that know none."""
    import nh3

    text = nh3.clean(str(markdown(source)), tags=set())
    return " ".join(Markup(text).unescape().split())  # noqa: S704 - plain text follows


def plain(source: str) -> str:
    """As text for a mail: paragraphs and lists stay, a link is its text and its address."""
    from markdown_it.tree import SyntaxTreeNode

    return _text(SyntaxTreeNode(_parser().parse(source[:_LONGEST])))


@cache
def _parser() -> MarkdownIt:
    """Imported with the first words that somebody wrote: it is large."""
    from markdown_it import MarkdownIt

    options = {"html": False, "linkify": False, "maxNesting": 20}
    return MarkdownIt("commonmark", options).enable(["strikethrough", "table"])


# Plain text -----------------------------------------------------------------------------------


def _text(node: SyntaxTreeNode) -> str:
    write = _WRITERS.get(node.type)
    if write is not None:
        return write(node)
    return _inside(node) if node.children else node.content


def _inside(node: SyntaxTreeNode) -> str:
    return "".join(map(_text, node.children))


def _blocks(node: SyntaxTreeNode) -> str:
    return "\n\n".join(filter(None, map(_text, node.children)))


def _link(node: SyntaxTreeNode) -> str:
    text, url = _inside(node), str(node.attrs.get("href", ""))
    scheme, _, rest = url.partition(":")
    if scheme.lower() not in _SCHEMES or text in (url, rest):
        return text
    return f"{text} ({url})" if text else url


def _list(node: SyntaxTreeNode) -> str:
    first = int(node.attrs.get("start", 1))
    return "\n".join(
        _indented(f"{number}. " if node.type == "ordered_list" else "- ", _item(item))
        for number, item in enumerate(node.children, first)
    )


def _item(node: SyntaxTreeNode) -> str:
    return "\n".join(filter(None, map(_text, node.children)))


def _indented(mark: str, text: str) -> str:
    """The text behind a mark, its later lines below its first."""
    return mark + text.replace("\n", "\n" + " " * len(mark))


def _quote(node: SyntaxTreeNode) -> str:
    return "\n".join(f"> {line}".rstrip() for line in _blocks(node).splitlines())


def _code(node: SyntaxTreeNode) -> str:
    return "    " + node.content.rstrip().replace("\n", "\n    ")


def _table(node: SyntaxTreeNode) -> str:
    rows = (row for part in node.children for row in part.children)
    return "\n".join(" | ".join(map(_text, row.children)) for row in rows)


_WRITERS: Mapping[str, Callable[[SyntaxTreeNode], str]] = {
    "root": _blocks,
    "blockquote": _quote,
    "bullet_list": _list,
    "ordered_list": _list,
    "code_block": _code,
    "fence": _code,
    "table": _table,
    "link": _link,
    "hr": lambda node: "---",
    "softbreak": lambda node: "\n",
    "hardbreak": lambda node: "\n",
}
